//! Files stay short enough to read at once.

use super::tree::{Broken, Source, assert_none, sources};

const LONG: usize = 300;
const TOO_LONG: usize = 420;

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let over = longer_than(sources, TOO_LONG);
    let shown = |(source, lines): (&Source, usize)| {
        let rule = format!("{lines} lines, and {TOO_LONG} is the most");
        source.broken(0, rule, "move what has a name of its own into a child module")
    };
    over.map(shown).collect()
}

fn longer_than(sources: &[Source], most: usize) -> impl Iterator<Item = (&Source, usize)> {
    let code = sources.iter().filter(|source| ["rs", "svelte", "ts"].iter().any(|e| source.has_extension(e)));
    code.map(|source| (source, source.text.lines().count())).filter(move |(_, lines)| *lines > most)
}

#[test]
fn the_limit_is_the_last_length_allowed() {
    let at = Source::new("a.rs", &"\n".repeat(TOO_LONG));
    let over = Source::new("b.svelte", &"\n".repeat(TOO_LONG + 1));
    let other = Source::new("c.json", &"\n".repeat(TOO_LONG + 1));
    let found = check(&[at, over, other]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path, "b.svelte");
    assert_eq!(found[0].rule, "421 lines, and 420 is the most");
}

#[test]
fn no_file_is_too_long() {
    let sources = sources();
    for (source, lines) in longer_than(&sources, LONG) {
        println!("info: {}: {lines} lines, more than {LONG}; is there a module in it?", source.path);
    }
    assert_none(&check(&sources));
}
