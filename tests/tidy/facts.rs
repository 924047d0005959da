//! Every test that is named after a fact has a line in the list of facts, and every line has a test.

use std::collections::BTreeSet;

use super::token::tokens;
use super::tree::{Broken, Source, assert_none, broken, source, sources};

const LIST: &str = "tests/FACTS.md";

pub(crate) fn check(list: &str, sources: &[Source]) -> Vec<Broken> {
    let listed: Vec<(usize, &str)> =
        list.lines().enumerate().filter_map(|(at, line)| Some((at + 1, number(line)?))).collect();
    let known: BTreeSet<&str> = listed.iter().map(|(_, number)| *number).collect();
    let mut tested = BTreeSet::new();
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust() && source.path != "tests/tidy/facts.rs") {
        let tokens = tokens(&source.text);
        for pair in tokens.windows(2).filter(|pair| pair[0].text == "fn") {
            for number in numbers(&pair[1].text) {
                if !known.contains(number.as_str()) {
                    let rule = format!("`{}` names {number}, which {LIST} does not list", pair[1].text);
                    found.push(source.broken(
                        pair[1].line,
                        rule,
                        "add the fact with its source, or rename the test",
                    ));
                }
                tested.insert(number);
            }
        }
    }
    for (line, number) in listed.into_iter().filter(|(_, number)| !tested.contains(*number)) {
        let rule = format!("no test is named after {number}");
        found.push(broken(LIST, line, rule, "write the test, or remove the line"));
    }
    found
}

/// Returns `012` of `| 012 | ...` and `t52` of `| t52 | ...`.
fn number(line: &str) -> Option<&str> {
    let first = line.strip_prefix("| ")?.split(" |").next()?;
    let digits = first.strip_prefix('t').unwrap_or(first);
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(first)
}

/// Returns the numbers in a test's name: two of `fact_034_035_...`, one of `t64_...`.
fn numbers(name: &str) -> Vec<String> {
    let digits = |part: &&str| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit());
    if let Some(rest) = name.strip_prefix("fact_") {
        return rest.split('_').take_while(digits).map(str::to_owned).collect();
    }
    let is_signed = |part: &&str| {
        part.len() == 3 && part.starts_with('t') && part[1..].bytes().all(|b| b.is_ascii_digit())
    };
    name.split('_').take_while(is_signed).map(str::to_owned).collect()
}

#[test]
fn a_number_without_a_line_and_a_line_without_a_test_are_found() {
    let list = "| number | x |\n|---|---|\n| 012 | a | b |\n| t52 | c |\n";
    let source = Source::new("tests/a.rs", "fn fact_012_013_a() {}\n#[test]\nfn other() {}\n// fn t52_x()");
    let rules: Vec<String> = check(list, &[source]).into_iter().map(|one| one.to_string()).collect();
    assert_eq!(
        rules,
        [
            "tests/a.rs:1: `fact_012_013_a` names 013, which tests/FACTS.md does not list; add the fact with its source, or rename the test",
            "tests/FACTS.md:4: no test is named after t52; write the test, or remove the line",
        ]
    );
}

#[test]
fn facts_and_tests_agree() {
    let list = source(LIST).expect("tests/FACTS.md is there");
    assert_none(&check(&list.text, &sources()));
}
