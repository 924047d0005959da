//! Every public function of the store is tested on both databases: a store test calls it by name, and store tests run
//! on both. A table family has a handle of its own; `Store` itself gets no further functions.

use std::collections::BTreeSet;

use proc_macro2::Ident;
use syn::{ImplItem, Item, ReturnType, Signature, Type, Visibility};

use super::token::{Token, starts_with, tokens};
use super::tree::{Broken, Source, assert_none, sources_below};

pub(crate) fn check(store: &[Source], tests: &[Source]) -> Vec<Broken> {
    let tested: BTreeSet<String> = tests.iter().flat_map(|test| called(&tokens(&test.text))).collect();
    let mut found = Vec::new();
    for source in store {
        let functions = functions_of(&HANDLES, &source.text).into_iter().map(|function| function.ident);
        let untested = functions.filter(|function| !tested.contains(&function.to_string()));
        found.extend(untested.map(|function| {
            let rule = format!("no store test calls `{function}`");
            source.broken(line(&function), rule, "call it through `each_backend!` in tests/store/")
        }));
    }
    found
}

/// The store and its handles for single table families.
const HANDLES: [&str; 12] = [
    "Store",
    "Commands",
    "Deliveries",
    "Drafts",
    "Hooks",
    "Jobs",
    "Mails",
    "Notices",
    "Outgoing",
    "PluginValues",
    "Sidebar",
    "Threads",
];

/// Most public functions directly on `Store`: those that it had when table families began to get handles. In one flat
/// namespace, names get long and a reader cannot see which functions belong together. Lower it when a family moves.
/// Functions that return a handle do not count.
const MAX_ON_STORE: usize = 252;

/// Returns the names of all `pub fn` in the impls of these types. `pub(crate)` is not public.
fn functions_of(types: &[&str], text: &str) -> Vec<Signature> {
    let items = syn::parse_file(text).map(|file| file.items).unwrap_or_default();
    let impls = items.into_iter().filter_map(|item| match item {
        Item::Impl(found) if found.trait_.is_none() && is_one_of(types, &found.self_ty) => Some(found),
        _ => None,
    });
    let functions = impls.flat_map(|found| found.items).filter_map(|item| match item {
        ImplItem::Fn(function) if matches!(function.vis, Visibility::Public(_)) => Some(function.sig),
        _ => None,
    });
    functions.collect()
}

fn is_one_of(types: &[&str], found: &Type) -> bool {
    let Type::Path(found) = found else { return false };
    found.path.segments.last().is_some_and(|last| types.iter().any(|name| last.ident == name))
}

fn returns_handle(function: &Signature) -> bool {
    matches!(&function.output, ReturnType::Type(_, returned) if is_one_of(&HANDLES[1..], returned))
}

fn line(name: &Ident) -> usize {
    name.span().start().line
}

/// Returns the first functions on `Store` beyond `most`, in the order of the files.
fn check_size(most: usize, store: &[Source]) -> Vec<Broken> {
    let all = store.iter().flat_map(|source| {
        let functions = functions_of(&["Store"], &source.text).into_iter();
        functions.filter(|function| !returns_handle(function)).map(move |function| (source, function.ident))
    });
    let beyond = all.skip(most).map(|(source, function)| {
        let rule = format!("`Store` has more than {most} functions, `{function}` among them");
        source.broken(line(&function), rule, "give the table family a handle, as `store/drafts.rs` does")
    });
    beyond.collect()
}

/// Returns `name` of `.name(`, `.name::<T>(` and `Store::name(`.
fn called(tokens: &[Token]) -> Vec<String> {
    let is_call = |at: usize| {
        let after = starts_with(tokens, at + 1, &["("]) || starts_with(tokens, at + 1, &["::", "<"]);
        let method = at >= 1 && starts_with(tokens, at - 1, &["."]);
        let associated = at >= 2 && starts_with(tokens, at - 2, &["Store", "::"]);
        after && (method || associated)
    };
    let calls = tokens.iter().enumerate().filter(|(at, token)| token.is_word() && is_call(*at));
    calls.map(|(_, token)| token.text.clone()).collect()
}

#[cfg(test)]
const STORE: &str = "impl Store {\n    pub async fn open(url: &str) -> Self { todo }\n\n    \
                     pub fn post(&self) { if a { pub_fn() } }\n\n    pub(crate) fn inner(&self) {}\n    \
                     fn hidden(&self) {}\n}\nimpl Other { pub fn other(&self) {} }\n\
                     impl Jobs { pub const fn name(&self) {} }";

#[cfg(test)]
const HANDLE: &str = "impl Store { pub fn jobs(&self) -> Jobs { todo } pub fn job(&self) -> Job { todo } }";

#[cfg(test)]
fn found(tests: &str) -> Vec<String> {
    let store = [Source::new("host/src/store/posts.rs", STORE)];
    let broken = check(&store, &[Source::new("tests/store/posts.rs", tests)]);
    broken.into_iter().map(|one| format!("{}: {}", one.line, one.rule)).collect()
}

#[test]
fn every_way_to_call_counts() {
    assert_eq!(found("let s = Store::open(url).await; s\n.post(); s.name::<T>()"), [""; 0]);
}

#[test]
fn an_untested_function_is_found() {
    // These mentions are not calls: a comment, a string, a field, a function of another type.
    let tests = "// s.open()\n\"s.open()\"; Other::open(); s.post; s.name()";
    let expected = ["2: no store test calls `open`", "4: no store test calls `post`"];
    assert_eq!(found(tests), expected);
}

#[test]
fn a_function_too_many_on_the_store_is_found() {
    let store = [Source::new("host/src/store/posts.rs", STORE)];
    assert!(check_size(2, &store).is_empty());
    let found: Vec<usize> = check_size(1, &store).into_iter().map(|one| one.line).collect();
    assert_eq!(found, [4]);
}

#[test]
fn only_handles_do_not_count() {
    assert!(check_size(1, &[Source::new("host/src/store/jobs.rs", HANDLE)]).is_empty());
    assert_eq!(check_size(0, &[Source::new("host/src/store/jobs.rs", HANDLE)]).len(), 1);
}

#[test]
fn the_store_itself_does_not_grow() {
    let store: Vec<Source> =
        ["host/src/store.rs", "host/src/store"].into_iter().flat_map(sources_below).collect();
    assert_none(&check_size(MAX_ON_STORE, &store));
}

#[test]
fn every_function_of_the_store_is_tested() {
    let store: Vec<Source> =
        ["host/src/store.rs", "host/src/store"].into_iter().flat_map(sources_below).collect();
    let functions = store.iter().flat_map(|source| functions_of(&HANDLES, &source.text)).count();
    assert!(functions > 0, "no `pub fn` in any `impl Store` below host/src/store");
    let tests: Vec<Source> = ["tests/store.rs", "tests/store"].into_iter().flat_map(sources_below).collect();
    assert_none(&check(&store, &tests));
}
