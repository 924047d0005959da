//! Every Rust file begins with a comment that says why it exists.

use super::tree::{Broken, Source, assert_none, sources};

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let rust = sources.iter().filter(|source| source.is_rust());
    let headless = rust.filter(|source| !has_header(&source.text));
    let remedy = "begin it with a line or two saying why the file exists";
    headless.map(|source| source.broken(1, "the file does not open with `//! ...`", remedy)).collect()
}

/// Returns whether a file has a header of more than one word.
fn has_header(text: &str) -> bool {
    let first = text.lines().next().and_then(|line| line.strip_prefix("//!"));
    first.is_some_and(|words| words.split_whitespace().count() > 1)
}

#[test]
fn a_file_without_a_header_is_found() {
    let good = Source::new("a.rs", "//! Why it is here.\nfn a() {}\n");
    let bare = Source::new("b.rs", "fn a() {}\n//! Too late.\n");
    let mute = Source::new("c.rs", "//! x\n");
    let other = Source::new("d.toml", "a = 1\n");
    let found: Vec<String> = check(&[good, bare, mute, other]).into_iter().map(|one| one.path).collect();
    assert_eq!(found, ["b.rs", "c.rs"]);
}

#[test]
fn every_file_says_why_it_exists() {
    assert_none(&check(&sources()));
}
