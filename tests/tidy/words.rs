//! The tree contains no home folders and no promises instead of code.

use super::tree::{Broken, Source, assert_none, sources};

/// Home folders on one machine. As part of a longer path or an address they mean something else.
const HOMES: [&str; 2] = ["/root/", "/home/"];

/// Remaining work belongs in the tracker, where it is visible.
const PROMISES: [&str; 5] = ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!("];

/// This file has to name the forbidden words.
const OWN: &str = "tests/tidy/words.rs";

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.path != OWN) {
        let is_code = ["rs", "svelte", "ts"].iter().any(|extension| source.has_extension(extension));
        for (number, line) in source.text.lines().enumerate() {
            if let Some(home) = HOMES.iter().find(|home| holds_path(line, home)) {
                let rule = format!("a path below `{home}` exists on one machine only");
                found.push(source.broken(number + 1, rule, "use a relative path, or one under /srv or /var"));
            }
            if let Some(promise) = PROMISES.iter().find(|promise| is_code && holds_word(line, promise)) {
                let rule = format!("`{promise}` is a promise");
                found.push(source.broken(number + 1, rule, "keep it now, or leave it out"));
            }
        }
    }
    found
}

/// Returns whether a line holds an absolute path, with no path, address or placeholder directly before it.
fn holds_path(line: &str, path: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || "._-}>)*~:/".contains(c);
    line.match_indices(path).any(|(at, _)| !line[..at].ends_with(continues))
}

/// Returns whether a line holds the whole word.
fn holds_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        !line[..at].ends_with(is_part) && (word.ends_with('(') || !after.starts_with(is_part))
    })
}

#[cfg(test)]
fn found(path: &str, text: &str) -> Vec<usize> {
    check(&[Source::new(path, text)]).into_iter().map(|one| one.line).collect()
}

#[test]
fn a_home_folder_is_found_in_any_file() {
    assert_eq!(found("a.toml", "x = 1\npath = \"/root/x\"\n"), [2]);
    assert_eq!(found("README.md", "cd /home/anna/src\n`/home/anna`\n"), [1, 2]);
    assert_eq!(found("a.md", "https://example.org/home/x ./root/y {base}/home/z and /homes/"), [0; 0]);
}

#[test]
fn a_promise_is_found_in_code_only() {
    assert_eq!(
        found("a.rs", "// TODO: later\nlet a = 1;\n/* FIXME */\n// XXX\ntodo!()\nunimplemented!(\"x\")"),
        [1, 3, 4, 5, 6]
    );
    assert_eq!(found("a.svelte", "<!-- TODO -->"), [1]);
    assert_eq!(found("a.md", "TODO"), [0; 0]);
    assert_eq!(found("a.rs", "let TODOS = mytodo!(); // XXXL"), [0; 0]);
}

#[test]
fn the_tree_holds_no_such_words() {
    assert_none(&check(&sources()));
}
