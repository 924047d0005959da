//! Handlers check no permissions: an extractor proves them, or the verb that makes the change checks them. And what
//! they answer is a struct, so that its fields have names and the compiler knows them.

use super::token::{starts_with, tokens};
use super::tree::{Broken, Source, assert_none, sources_below};

const HANDLERS: &str = "host/src/http/";

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let handlers = sources.iter().filter(|source| source.is_rust() && source.path.starts_with(HANDLERS));
    handlers.flat_map(check_file).collect()
}

/// Finds the functions that return a `Json` with a `Value` in it.
pub(crate) fn check_answers(sources: &[Source]) -> Vec<Broken> {
    let handlers = sources.iter().filter(|source| source.is_rust() && source.path.starts_with(HANDLERS));
    handlers.flat_map(check_answers_of).collect()
}

fn check_answers_of(source: &Source) -> Vec<Broken> {
    let tokens = tokens(&source.text);
    let arrows = (0..tokens.len()).filter(|at| starts_with(&tokens, *at, &["-", ">"]));
    let untyped = arrows.filter(|at| {
        let returned = tokens[*at..].iter().take_while(|token| !matches!(token.text.as_str(), "{" | ";"));
        let words: Vec<&str> = returned.map(|token| token.text.as_str()).collect();
        words.contains(&"Json") && words.contains(&"Value")
    });
    let remedy = "define a struct for the response, with `Serialize`";
    untyped.map(|at| source.broken(tokens[at].line, "a handler answers untyped JSON", remedy)).collect()
}

fn check_file(source: &Source) -> Vec<Broken> {
    let tokens = tokens(&source.text);
    let calls = (0..tokens.len()).filter(|at| starts_with(&tokens, *at, &["rules", "::"]));
    let remedy = "name a proof in the handler's signature, or let the verb check the rule";
    calls.map(|at| source.broken(tokens[at].line, "a handler calls a rule", remedy)).collect()
}

#[test]
fn a_handler_that_calls_a_rule_is_found() {
    let bad = Source::new("host/src/http/v4/a.rs", "//! A.\nfn a() {\n    rules::administer(user)?;\n}\n");
    let verb = Source::new("host/src/chat/b.rs", "//! B.\nfn b() {\n    rules::administer(user)?;\n}\n");
    let found: Vec<(String, usize)> =
        check(&[bad, verb]).into_iter().map(|one| (one.path, one.line)).collect();
    assert_eq!(found, [("host/src/http/v4/a.rs".to_owned(), 3)]);
}

#[test]
fn a_handler_that_answers_untyped_json_is_found() {
    let bad = "fn a() -> Json<Value> {}\nfn b() -> Result<Json<Map<String, Value>>, Problem> {}\n";
    let good =
        "fn c(json::Json(body): json::Json<Map<String, Value>>) -> Json<Done> {}\nfn d() -> Value {}\n";
    let bad = Source::new("host/src/http/v4/a.rs", format!("{bad}{good}").as_str());
    let found: Vec<usize> = check_answers(&[bad]).into_iter().map(|one| one.line).collect();
    assert_eq!(found, [1, 2]);
}

#[test]
fn no_handler_calls_a_rule_or_answers_untyped_json() {
    let handlers = sources_below("host/src/http");
    assert_none(&check(&handlers));
    assert_none(&check_answers(&handlers));
}
