//! One name for one type: no two types of the host that other files can use have the same name. A reader who meets the
//! name then knows the type without the imports.

use std::collections::BTreeMap;

use super::token::{Token, tokens};
use super::tree::{Broken, Source, assert_none, sources_below};

/// Names that several types may have, and why.
const SHARED: [(&str, &str); 5] = [
    ("Commands", "the verbs of slash commands, and the handle of their rows: `store.commands()`"),
    ("Hooks", "the verbs of webhooks, and the handle of their rows: `store.hooks()`"),
    ("Indices", "every trigger has one, and the table of triggers reads it from the trigger's module"),
    ("Notices", "the verbs of notices, and the handle of their rows: `store.notices()`"),
    ("Session", "the row, and its proof in the signature of a handler, which has no access to the row"),
];

pub(crate) fn check(sources: &[Source], shared: &[(&str, &str)]) -> Vec<Broken> {
    let mut first: BTreeMap<String, &Source> = BTreeMap::new();
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        for name in visible_types(&tokens(&source.text)) {
            if shared.iter().any(|(shared, _)| *shared == name.text) {
                continue;
            }
            match first.get(&name.text) {
                Some(other) => {
                    let rule = format!("`{}` is also a type in {}", name.text, other.path);
                    let remedy = "say in the name which of the two it is, as `OutgoingRequest` does";
                    found.push(source.broken(name.line, rule, remedy));
                }
                None => {
                    first.insert(name.text, source);
                }
            }
        }
    }
    found
}

/// Returns the names of types that another file can use: those after `pub`, also after `pub(super)` and the like.
fn visible_types(tokens: &[Token]) -> Vec<Token> {
    let mut found = Vec::new();
    for (position, _) in tokens.iter().enumerate().filter(|(_, token)| token.text == "pub") {
        let mut rest = tokens[position + 1..].iter();
        let mut kind = rest.next();
        if kind.is_some_and(|token| token.text == "(") {
            kind = rest.by_ref().skip_while(|token| token.text != ")").nth(1);
        }
        let is_type =
            kind.is_some_and(|token| matches!(token.text.as_str(), "struct" | "enum" | "trait" | "type"));
        found.extend(rest.next().filter(|name| is_type && name.is_word()).cloned());
    }
    found
}

#[cfg(test)]
fn found(first: &str, second: &str) -> Vec<(String, usize)> {
    let sources = [Source::new("a.rs", first), Source::new("b.rs", second)];
    check(&sources, &[("Shared", "")]).into_iter().map(|one| (one.path, one.line)).collect()
}

#[test]
fn two_types_of_one_name_are_found() {
    let second =
        "\npub(super) struct A;\npub(in crate::x) enum B {}\npub trait C {}\npub type D<T> = Vec<T>;";
    assert_eq!(found("pub struct A;", second), [("b.rs".to_owned(), 2)]);
    let all = "pub enum A {} pub struct B<T>(T); pub(crate) type C = u8; pub trait D {}";
    let lines: Vec<usize> = found(all, second).into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, [2, 3, 4, 5]);
}

#[test]
fn private_types_functions_and_shared_names_may_be_alike() {
    let first = "pub struct A; pub struct Shared;";
    let second = "struct A; impl B { type A = u8; } pub fn A() {} pub const A: u8 = 1; pub struct Shared;";
    assert!(found(first, second).is_empty());
}

#[test]
fn a_type_has_a_name_of_its_own() {
    let host = sources_below("host/src");
    assert!(!host.is_empty(), "host/src has no files");
    assert_none(&check(&host, &SHARED));
}
