//! Handlers check no permissions: an extractor proves them, or the verb that makes the change checks them.

use super::token::{starts_with, tokens};
use super::tree::{Broken, Source, assert_none, sources_below};

const HANDLERS: &str = "host/src/http/";

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let handlers = sources.iter().filter(|source| source.is_rust() && source.path.starts_with(HANDLERS));
    handlers.flat_map(check_file).collect()
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
fn no_handler_calls_a_rule() {
    assert_none(&check(&sources_below("host/src/http")));
}
