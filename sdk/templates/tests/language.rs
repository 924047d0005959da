//! The language as a plugin author uses it: sources and data in, text or an error out.

use jackfield_templates::{
    MAX_DEPTH, MAX_OUTPUT, MAX_SOURCE, MAX_STEPS, RenderError, add, check, registry, render, render_within,
};
use serde_json::{Value, json};

const VALUES: &str = "short_sha, first_line, truncate, quote, plural, escape, len, lookup, \
                      eq, ne, gt, gte, lt, lte, and, or, not";

fn rendered(source: &str, data: &Value) -> Result<String, RenderError> {
    let mut registry = registry();
    add(&mut registry, "card", source).expect("the template is sound");
    render(&registry, "card", data)
}

#[track_caller]
fn shows(source: &str, data: &Value, expected: &str) {
    assert_eq!(rendered(source, data).as_deref(), Ok(expected));
}

#[track_caller]
fn fails(source: &str, data: &Value, expected: &str) {
    assert_eq!(rendered(source, data).expect_err("rendering fails").to_string(), expected);
}

#[track_caller]
fn refused(source: &str, expected: &str) {
    assert_eq!(check("card", source).expect_err("the template is refused").to_string(), expected);
}

#[test]
fn every_helper_writes_text() {
    shows("{{short_sha v}}", &json!({"v": "0d1a26e67d8f"}), "0d1a26e");
    shows("{{first_line v}}", &json!({"v": " one \ntwo"}), "one");
    shows("{{truncate v 3}}", &json!({"v": "grüße"}), "grü…");
    shows("{{quote v}}", &json!({"v": "one\ntwo"}), "> one\n> two");
    shows("{{n}} {{plural n 'commit' 'commits'}}", &json!({"n": 1}), "1 commit");
    shows("{{n}} {{plural n 'commit' 'commits'}}", &json!({"n": 0}), "0 commits");
    shows("{{escape v}}", &json!({"v": "a_b"}), "a\\_b");
    shows("{{len list}} {{len text}}", &json!({"list": [1, 2], "text": "grüße"}), "2 5");
    shows("{{lookup map 'a'}} {{lookup list 1}}", &json!({"map": {"a": 1}, "list": ["x", "y"]}), "1 y");
}

#[test]
fn helpers_nest_and_work_in_conditions() {
    shows("{{escape (truncate (first_line v) 4)}}", &json!({"v": "a_bcdef\nx"}), "a\\_bc…");
    shows("{{#if (gt (len list) 1)}}many{{else}}few{{/if}}", &json!({"list": [1, 2]}), "many");
    let source = "{{#if (eq v \"a\")}}A{{else if (eq v \"b\")}}B{{else}}?{{/if}}";
    shows(source, &json!({"v": "b"}), "B");
    shows(source, &json!({"v": "c"}), "?");
}

#[test]
fn comparisons_take_numbers_and_texts() {
    let data = json!({"a": 2, "b": 10, "half": 0.5, "big": u64::MAX, "x": "x", "y": "y", "list": [1]});
    for (condition, expected) in [
        ("(eq a 2)", true),
        ("(eq list list)", true),
        ("(eq a x)", false),
        ("(ne a b)", true),
        ("(gt b a)", true),
        ("(gt big -1)", true),
        ("(gt a half)", true),
        ("(gte a 2)", true),
        ("(lt x y)", true),
        ("(lte y x)", false),
        ("(and (not false) (or false x))", true),
    ] {
        shows(&format!("{{{{#if {condition}}}}}yes{{{{/if}}}}"), &data, if expected { "yes" } else { "" });
    }
    let reason = "template `card`, line 1, column 1: helper `gt` needs two numbers or two texts";
    fails("{{#if (gt a x)}}yes{{/if}}", &data, reason);
    refused(
        "{{#eq a 2}}x{{/eq}}",
        "template `card`, line 1, column 1: helper `eq` cannot be used as a block",
    );
}

#[test]
fn markdown_is_not_escaped_as_html() {
    shows("{{v}}", &json!({"v": "<b> & \"x\""}), "<b> & \"x\"");
}

#[test]
fn loops_know_their_position() {
    shows(
        "{{#each list}}{{@index}}={{this}}{{#unless @last}}, {{/unless}}{{else}}none{{/each}}",
        &json!({"list": ["a", "b"]}),
        "0=a, 1=b",
    );
    shows("{{#each list}}x{{else}}none{{/each}}", &json!({"list": []}), "none");
    shows(
        "{{#each list as |item n|}}{{n}}{{item.a}}{{/each}}",
        &json!({"list": [{"a": "x"}, {"a": "y"}]}),
        "0x1y",
    );
    shows("head\n{{#each list}}\n- {{this}}\n{{/each}}\n", &json!({"list": ["a", "b"]}), "head\n- a\n- b\n");
}

#[test]
fn a_missing_field_is_named_with_its_place() {
    fails(
        "one\n  {{commit.sha}}",
        &json!({"commit": {}}),
        "template `card`, line 2, column 3: field `commit.sha` is missing",
    );
    fails("{{escape a.b}}", &json!({"a": {}}), "template `card`, line 1, column 1: field `a.b` is missing");
    fails(
        "{{#each list}}x{{/each}}",
        &json!({}),
        "template `card`, line 1, column 1: field `list` is missing",
    );
    fails(
        "{{#if (eq 1 kind)}}x{{/if}}",
        &json!({}),
        "template `card`, line 1, column 1: field `kind` is missing",
    );
    fails(
        "{{#each list}}\n{{#if (and yes (gt size 1))}}x{{/if}}\n{{/each}}",
        &json!({"list": [{"yes": true}]}),
        "template `card`, line 2, column 1: field `size` is missing",
    );
    fails(
        "{{lookup map 'a'}}",
        &json!({"map": {}}),
        "template `card`, line 1, column 1: field `\"a\"` is missing",
    );
}

#[test]
fn an_else_chain_may_loop_and_reports_the_place_of_its_block() {
    let source = "x\n{{#if a}}a{{else each list}}{{this}},{{else}}none{{/if}}";
    shows(source, &json!({"a": false, "list": ["b", "c"]}), "x\nb,c,");
    shows(source, &json!({"a": false, "list": []}), "x\nnone");
    fails(
        "x\n{{#if a}}a{{else if (eq kind 1)}}b{{/if}}",
        &json!({"a": false}),
        "template `card`, line 2, column 1: field `kind` is missing",
    );
    refused(
        "x\n{{#if a}}a{{else if (shout kind)}}b{{/if}}",
        &format!("template `card`, line 2, column 1: there is no helper `shout`; there are {VALUES}"),
    );
}

#[test]
fn an_optional_field_can_be_tested() {
    shows("{{#if v}}yes{{else}}no{{/if}}", &json!({}), "no");
    shows("{{#with v}}{{x}}{{else}}no{{/with}}", &json!({}), "no");
}

#[test]
fn an_argument_of_the_wrong_kind_is_named() {
    let at = "template `card`, line 1, column 1: ";
    let data = json!({"n": 5, "none": null, "list": [], "text": "x"});
    for (source, reason) in [
        ("{{short_sha n}}", "helper `short_sha` needs a text, but `n` is a number"),
        ("{{first_line none}}", "helper `first_line` needs a text, but `none` is null"),
        ("{{truncate list 3}}", "helper `truncate` needs a text, but `list` is a list"),
        ("{{truncate text -1}}", "helper `truncate` needs a whole number from 0, but argument 2 is a number"),
        ("{{quote true}}", "helper `quote` needs a text, but argument 1 is a boolean"),
        ("{{plural text 'a' 'b'}}", "helper `plural` needs a whole number, but `text` is a text"),
        ("{{escape this}}", "helper `escape` needs a text, but `this` is an object"),
        ("{{len n}}", "helper `len` needs a list, an object or a text, but `n` is a number"),
        ("{{lookup text 1}}", "helper `lookup` needs a list or an object, but `text` is a text"),
        ("{{truncate text}}", "helper `truncate` takes 2 arguments, not 1"),
        ("{{escape}}", "helper `escape` takes 1 argument, not 0"),
    ] {
        fails(source, &data, &format!("{at}{reason}"));
    }
}

#[test]
fn a_template_that_was_never_added_is_named() {
    let fault = render(&registry(), "card", &json!({})).expect_err("there is none");
    assert_eq!(fault.to_string(), "template `card`: there is no template of this name");
}

#[test]
fn a_broken_source_is_refused_with_its_place() {
    let fault = check("card", "one\n{{#if a}}x{{/each}}").expect_err("the block is closed wrongly");
    assert_eq!((fault.line, fault.column), (2, 11));
    assert_eq!(fault.reason, "helper \"if\" was opened, but \"each\" is closing");
    let fault = check("card", "one\n  {{a b").expect_err("the tag is open");
    assert_eq!(fault.line, 2);
}

#[test]
fn unknown_helpers_are_refused_before_rendering() {
    let fault = check("card", "x\n{{shout name}}").expect_err("there is no such helper");
    assert_eq!((fault.line, fault.column), (2, 1));
    assert!(
        fault.reason.starts_with("there is no helper `shout`; there are short_sha, first_line,"),
        "{fault}"
    );
    let fault = check("card", "{{#if (shout name)}}x{{/if}}").expect_err("there is no such helper");
    assert!(fault.reason.starts_with("there is no helper `shout`;"), "{fault}");
    refused(
        "{{#escape a}}x{{/escape}}",
        "template `card`, line 1, column 1: helper `escape` cannot be used as a block",
    );
    refused("{{each a}}", "template `card`, line 1, column 1: helper `each` cannot be used as a value");
    assert!(check("card", "{{log 'x'}}").is_err());
}

#[test]
fn a_template_that_could_include_itself_is_refused() {
    let reason = "template `card`, line 1, column 2: partials and decorators are not part of the language";
    refused("x{{> card}}", reason);
    refused("x{{#> card}}y{{/card}}", reason);
    refused("x{{#*inline 'card'}}y{{/inline}}", reason);
}

#[test]
fn depth_is_bounded() {
    let blocks = |n: usize| format!("{}x{}", "{{#if a}}".repeat(n), "{{/if}}".repeat(n));
    shows(&blocks(MAX_DEPTH), &json!({"a": true}), "x");
    let fault = check("card", &blocks(MAX_DEPTH + 1)).expect_err("one too many");
    assert_eq!(fault.reason, "more than 24 blocks inside each other");
    assert_eq!(fault.column, MAX_DEPTH * "{{#if a}}".len() + 1);
    let fault = check("card", &blocks(5000)).expect_err("far too many");
    assert!(!fault.reason.is_empty());

    let parentheses = |n: usize| format!("{{{{#if {}a{}}}}}x{{{{/if}}}}", "(not ".repeat(n), ")".repeat(n));
    shows(&parentheses(MAX_DEPTH), &json!({"a": true}), "x");
    let fault = check("card", &parentheses(MAX_DEPTH + 1)).expect_err("one too many");
    assert_eq!(fault.reason, "more than 24 parentheses inside each other");
    let fault = check("card", &parentheses(5000)).expect_err("far too many");
    assert_eq!(fault.reason, "more than 100 times `(` in one template: split it");

    let elses = |n: usize| format!("{{{{#if a}}}}x{}{{{{/if}}}}", "{{else if a}}x".repeat(n));
    shows(&elses(MAX_DEPTH - 1), &json!({"a": false}), "");
    let fault = check("card", &elses(MAX_DEPTH)).expect_err("one too many");
    assert_eq!(fault.reason, "more than 24 blocks inside each other");
    let fault = check("card", &elses(4000)).expect_err("far too many");
    assert_eq!(fault.reason, "more than 200 times `else` in one template: split it");
}

#[test]
fn the_source_is_bounded() {
    assert_eq!(check("card", &"x".repeat(MAX_SOURCE)), Ok(()));
    let fault = check("card", &"x".repeat(MAX_SOURCE + 1)).expect_err("one too many");
    assert_eq!(fault.reason, "65537 bytes of source, 65536 are allowed");
}

#[test]
fn loops_over_nothing_visible_run_out_of_steps() {
    let rounds: Vec<u32> = (0..1000).collect();
    for source in [
        "{{#each a}}{{#each ../a}}{{#each ../../a}}{{/each}}{{/each}}{{/each}}",
        "{{#each a}}{{#if false}}{{else each ../a}}{{#each ../../a}}{{/each}}{{/if}}{{/each}}",
    ] {
        let fault = rendered(source, &json!({"a": rounds})).expect_err("a milliard of rounds");
        assert_eq!(
            fault.reason,
            format!("more than {MAX_STEPS} steps: loop over less data, or not over one list inside another")
        );
    }
}

#[test]
fn helpers_are_charged_for_what_they_read() {
    let data = json!({"a": (0..1000).collect::<Vec<u32>>(), "text": "x".repeat(100_000), "map": {"big": ["x".repeat(100_000)]}});
    for source in [
        "{{#each a}}{{truncate (escape ../text) 0}}{{/each}}",
        "{{#each a}}{{#if (lookup ../map 'big')}}{{/if}}{{/each}}",
        "{{#each a}}{{#if (eq ../text ../text)}}{{/if}}{{/each}}",
        "{{#each a}}{{#if (ne ../map ../map)}}{{/if}}{{/each}}",
        "{{#each a}}{{#if (gt ../text ../text)}}{{/if}}{{/each}}",
    ] {
        let fault = rendered(source, &data).expect_err("a hundred megabytes");
        assert!(fault.reason.starts_with("more than 100000 steps"), "{fault}");
    }
}

#[test]
fn blocks_and_conditions_are_charged() {
    // Each round takes a step for itself, and one for each block and condition in it.
    let data = json!({"a": (0..40_000).collect::<Vec<u32>>()});
    for source in [
        "{{#each a}}{{#if this}}{{/if}}{{#unless this}}{{/unless}}{{/each}}",
        "{{#each a}}{{#with ../a}}{{/with}}{{#with ../a}}{{/with}}{{/each}}",
        "{{#each a}}{{#if (and ../a this)}}{{/if}}{{/each}}",
        "{{#each a}}{{#if (or this ../a)}}{{/if}}{{/each}}",
        "{{#each a}}{{#if (not ../a)}}{{/if}}{{/each}}",
    ] {
        let fault = rendered(source, &data).expect_err("120,000 steps");
        assert!(fault.reason.starts_with("more than 100000 steps"), "{source}: {fault}");
    }
}

#[test]
fn a_missing_field_is_false_in_a_condition() {
    shows(
        "{{#if (or missing yes)}}yes{{/if}}{{#if (and yes missing)}}no{{/if}}",
        &json!({"yes": true}),
        "yes",
    );
}

#[test]
fn a_rendering_ends_when_its_time_is_up() {
    let mut registry = registry();
    add(&mut registry, "card", "{{#if v}}x{{/if}}").expect("the template is sound");
    let none = std::time::Duration::ZERO;
    let fault = render_within(&registry, "card", &json!({"v": true}), none).expect_err("there is no time");
    assert_eq!(fault.reason, "not done within 0 ms: give it less data");
    let enough = std::time::Duration::from_mins(10);
    assert_eq!(render_within(&registry, "card", &json!({"v": true}), enough).as_deref(), Ok("x"));
}

#[test]
fn the_arguments_of_a_helper_are_bounded() {
    let condition = |count: usize| format!("{{{{#if (and{})}}}}x{{{{/if}}}}", " v".repeat(count));
    shows(&condition(16), &json!({"v": true}), "x");
    refused(&condition(17), "template `card`, line 1, column 1: more than 16 arguments of one helper");
}

#[test]
fn each_rendering_has_its_own_steps() {
    let mut registry = registry();
    add(&mut registry, "card", "{{#each a}}x{{/each}}").expect("the template is sound");
    let data = json!({"a": (0..70_000).collect::<Vec<u32>>()});
    assert_eq!(render(&registry, "card", &data).map(|text| text.len()), Ok(70_000));
    assert_eq!(render(&registry, "card", &data).map(|text| text.len()), Ok(70_000));
}

#[test]
fn output_is_bounded() {
    let source = "{{#each a}}{{../text}}{{/each}}";
    let fault =
        rendered(source, &json!({"a": [1, 2, 3], "text": "x".repeat(MAX_OUTPUT / 2)})).expect_err("too long");
    assert_eq!(fault.reason, "it writes more than 262144 bytes");
    assert_eq!((fault.line, fault.column), (Some(1), Some(12)));
}
