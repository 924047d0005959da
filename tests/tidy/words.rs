//! Words that have no business in the tree: one user's home folder, promises instead of code, and the vague words that
//! STYLE.md replaces by terms.

use super::tree::{Broken, Source, assert_none, sources};

/// Home folders on one machine. As part of a longer path or an address they mean something else.
const HOMES: [&str; 2] = ["/root/", "/home/"];

/// Remaining work belongs in the tracker, where it is visible.
const PROMISES: [&str; 5] = ["TODO", "FIXME", "XXX", "todo!(", "unimplemented!("];

/// Pronouns that hide who acts. STYLE.md: client, caller, user, member, recipient.
const VAGUE: [&str; 7] = ["whoever", "whomever", "nobody", "somebody", "anybody", "everybody", "for ever"];

/// Irregular participles, which name a state instead of a thing as those in `-ed` do.
const PARTICIPLES: [&str; 9] =
    ["Drawn", "Found", "Heard", "Known", "Ran", "Seen", "Sought", "Told", "Written"];

/// Types in `-ed` that are no participles.
const NOUNS: [&str; 1] = ["Embed"];

/// These have to name what is forbidden.
const EXEMPT: [&str; 2] = ["tests/tidy/words.rs", "STYLE.md"];

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| !EXEMPT.contains(&source.path.as_str())) {
        let is_code = ["rs", "svelte", "ts"].iter().any(|extension| source.has_extension(extension));
        let is_prose =
            is_code || ["md", "toml", "wit"].iter().any(|extension| source.has_extension(extension));
        for (number, line) in source.text.lines().enumerate() {
            if let Some(home) = HOMES.iter().find(|home| holds_path(line, home)) {
                let rule = format!("a path below `{home}` exists on one machine only");
                found.push(source.broken(number + 1, rule, "use a relative path, or one under /srv or /var"));
            }
            if let Some(promise) = PROMISES.iter().find(|promise| is_code && holds_word(line, promise)) {
                let rule = format!("`{promise}` is a promise");
                found.push(source.broken(number + 1, rule, "keep it now, or leave it out"));
            }
            if let Some(vague) = VAGUE.iter().find(|vague| is_prose && holds_vague(line, vague)) {
                let rule = format!("`{vague}` does not say who acts");
                found.push(source.broken(
                    number + 1,
                    rule,
                    "name the client, caller, user, member or recipient",
                ));
            }
            if let Some(name) = type_name(line).filter(|name| is_code && is_participle(name)) {
                let rule = format!("the type `{name}` is named after a participle");
                found.push(source.broken(
                    number + 1,
                    rule,
                    "name it for what it is; see the glossary in STYLE.md",
                ));
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

/// As a whole word, also within an identifier. The account `"nobody"` of Unix is a name, and so is the secret of a
/// published example.
fn holds_vague(line: &str, word: &str) -> bool {
    let line = line.to_lowercase().replace("\"nobody\"", "").replace("a secret to everybody", "");
    line.match_indices(word).any(|(at, _)| {
        let after = &line[at + word.len()..];
        !line[..at].ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
    })
}

/// Returns the name of the type that a line declares.
fn type_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(')')?.1,
        None => line.strip_prefix("pub ").unwrap_or(line),
    };
    let name = ["struct ", "enum ", "type "].iter().find_map(|kind| line.trim_start().strip_prefix(kind))?;
    Some(name.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default())
}

/// Whether a name is one word that is a participle. With a noun after it, it says which thing is meant.
fn is_participle(name: &str) -> bool {
    let is_one_word = !name.chars().skip(1).any(|c| c.is_uppercase() || c == '_');
    is_one_word && (PARTICIPLES.contains(&name) || (name.ends_with("ed") && !NOUNS.contains(&name)))
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
fn vague_pronouns_and_participles_are_found() {
    assert_eq!(
        found("a.rs", "/// Whether anybody listens.\nfn minds_everybody() {}\nlet a = Everybody;\n"),
        [1, 2, 3]
    );
    assert_eq!(found("a.toml", "# It is kept for ever.\nuser = \"nobody\"\n"), [1]);
    assert_eq!(
        found(
            "a.rs",
            "pub(in crate::x) struct Asked {\nstruct AskedFor;\n// a struct Told\nenum Found {\nstruct Embed;"
        ),
        [1, 4]
    );
}

#[test]
fn the_tree_holds_no_such_words() {
    assert_none(&check(&sources()));
}
