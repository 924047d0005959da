//! Every path that the documentation of the tree names exists.

use super::tree::{Broken, Source, assert_none, broken, exists, source};

const PAGES: [&str; 3] = ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md"];

/// A word in backticks with one of these prefixes is a path of the tree.
const FOLDERS: [&str; 7] = ["host/", "sdk/", "plugins/", "tests/", "xtask/", "migrations/", "examples/"];

pub(crate) fn check(page: &Source, exists: impl Fn(&str) -> bool) -> Vec<Broken> {
    let mut found = Vec::new();
    for (line, path) in named_paths(&page.text) {
        let certain = certain_part(path);
        if !exists(certain) {
            let rule = format!("`{path}` does not exist");
            found.push(page.broken(line, rule, "name what is there now, or remove the sentence"));
        }
    }
    found
}

/// Returns the paths in backticks outside code blocks, with their lines.
fn named_paths(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            // Every second piece of a line that is split at backticks is inside them.
            let spans = line.split('`').skip(1).step_by(2);
            let words = spans.filter_map(|span| span.split_whitespace().next());
            let paths = words.filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)));
            found.extend(paths.map(|path| (number + 1, path)));
        }
    }
    found
}

/// Returns a path without its line number, up to the folder before the first placeholder (`plugins/<name>/src`,
/// `tests/*.rs`).
fn certain_part(path: &str) -> &str {
    let path = path.split(':').next().unwrap_or(path);
    match path.find(['*', '<', '{']) {
        Some(at) => path[..at].rfind('/').map_or("", |slash| &path[..slash]),
        None => path.trim_end_matches('/'),
    }
}

#[cfg(test)]
fn found(text: &str) -> Vec<String> {
    let there = ["host/src", "host/src/lib.rs", "plugins"];
    let broken = check(&Source::new("ARCHITECTURE.md", text), |path| there.contains(&path));
    broken.into_iter().map(|one| format!("{}: {}", one.line, one.rule)).collect()
}

#[test]
fn paths_that_exist_are_fine_in_every_spelling() {
    let text = "See `host/src/lib.rs:12`, `host/src/`, `plugins/<name>/src/lib.rs`, `host/src/*.rs` and\n\
                `POST /hooks/{id}`, `hosts/x`, host/none.\n```\nhost/none `host/none`\n```\n";
    assert_eq!(found(text), [""; 0]);
}

#[test]
fn a_path_that_is_gone_is_found() {
    let text = "`host/src/lib.rs`\n`host/src/gone.rs` and `sdk/<x>/y`\n";
    assert_eq!(found(text), ["2: `host/src/gone.rs` does not exist", "2: `sdk/<x>/y` does not exist"]);
}

#[test]
fn the_pages_name_only_existing_paths() {
    let mut found = Vec::new();
    for name in PAGES {
        match source(name) {
            Some(page) => found.extend(check(&page, exists)),
            None => found.push(broken(name, 0, "the page is missing", "write it: newcomers look for it")),
        }
    }
    assert_none(&found);
}
