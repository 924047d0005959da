//! The titles of commits: `scope: imperative title`, as STYLE.md says in its section "Commits", which lists the scopes.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::failure::Failure;
use crate::place::Place;
use crate::step::Outcome;

/// Commits are checked from here on; earlier ones were written before STYLE.md listed all scopes. A time also works in
/// a shallow clone, which lacks the commit that a hash would name.
const SINCE: &str = "2026-11-28T21:00:00Z";

/// The longest title, in characters.
const MAX_TITLE: usize = 72;

/// The file that lists the scopes, and the heading above them.
const STYLE: &str = "STYLE.md";
const HEADING: &str = "## Commits";

/// Checks the titles of all commits that this clone has. Merges are exempt, because git writes their titles.
pub(crate) fn check(place: &Place) -> Result<Outcome, Failure> {
    let path = place.root.join(STYLE);
    let style = fs::read_to_string(&path).map_err(Failure::file("read", &path))?;
    let mut git = Command::new("git");
    git.args(["log", "--no-merges", "--format=%h %s", "--since", SINCE]).current_dir(&place.root);
    let log = git.output().map_err(|source| Failure::not_started(&git, source))?;
    if !log.status.success() {
        return Ok(Outcome::Skipped("there is no git history here"));
    }
    let found = broken(&String::from_utf8_lossy(&log.stdout), &scopes(&style));
    if found.is_empty() { Ok(Outcome::Passed) } else { Err(Failure::Titles(found.join("\n"))) }
}

/// Returns the scopes: the words in backticks in the first column of the table below the heading.
fn scopes(style: &str) -> BTreeSet<&str> {
    let below = style.lines().skip_while(|line| *line != HEADING).skip(1);
    let section = below.take_while(|line| !line.starts_with("## "));
    let cells = section.filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    // Every second piece of a cell that is split at backticks is inside them.
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

/// Returns the commits whose titles break a rule, one per line, each with what is wrong.
fn broken(log: &str, scopes: &BTreeSet<&str>) -> Vec<String> {
    let wrong = |line: &str| {
        let (_, title) = line.split_once(' ')?;
        Some(format!("{line}: {}", fault(title, scopes)?))
    };
    log.lines().filter_map(wrong).collect()
}

/// Returns what is wrong with a title.
fn fault(title: &str, scopes: &BTreeSet<&str>) -> Option<String> {
    let length = title.chars().count();
    let Some((scope, words)) = title.split_once(": ") else {
        return Some("it does not begin with a scope and `: `".to_owned());
    };
    if !scopes.contains(scope) {
        return Some(format!("`{scope}` is not a scope of {STYLE}"));
    }
    if length > MAX_TITLE {
        return Some(format!("it has {length} characters; at most {MAX_TITLE} are allowed"));
    }
    (words.trim().is_empty() || words.ends_with('.'))
        .then(|| "it is empty or ends with a full stop".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "# Style\n\n| `word` | before |\n\n## Commits\n\n| scope | for |\n|---|---|\n\
                          | `store`, `bus` | the `module` of that name |\n| `docs` | texts |\n\n## Code\n\n| `late` | x |\n";

    #[test]
    fn the_scopes_are_those_of_the_table_below_the_heading() {
        assert_eq!(scopes(SAMPLE), BTreeSet::from(["bus", "docs", "store"]));
    }

    #[test]
    fn the_style_lists_scopes_of_every_group() {
        let style = include_str!("../../STYLE.md");
        let listed = scopes(style);
        for scope in ["store", "v4", "mail", "sdk", "migrations", "tests", "docs", "all"] {
            assert!(listed.contains(scope), "{scope}");
        }
    }

    #[test]
    fn a_good_title_passes() {
        let longest = format!("1a2b3c4 bus: {}", "x".repeat(MAX_TITLE - "bus: ".len()));
        for line in
            ["1a2b3c4 store: claim jobs in one statement", "1a2b3c4 docs: name v1.2", longest.as_str()]
        {
            assert_eq!(broken(line, &scopes(SAMPLE)), [""; 0]);
        }
        assert_eq!(broken("", &scopes(SAMPLE)), [""; 0]);
    }

    #[test]
    fn every_fault_of_a_title_is_found() {
        let wordy = format!("store: {}", "x".repeat(MAX_TITLE));
        for (title, expected) in [
            ("Fix things", "it does not begin with a scope and `: `"),
            ("store:no space", "it does not begin with a scope and `: `"),
            ("store, bus: share a map", "`store, bus` is not a scope of STYLE.md"),
            ("Store: write", "`Store` is not a scope of STYLE.md"),
            ("late: be found below the next heading", "`late` is not a scope of STYLE.md"),
            (wordy.as_str(), "it has 79 characters; at most 72 are allowed"),
            ("bus: drop old events.", "it is empty or ends with a full stop"),
            ("bus:  ", "it is empty or ends with a full stop"),
        ] {
            let history = format!("1a2b3c4 docs: say it\n5d6e7f8 {title}\n");
            assert_eq!(broken(&history, &scopes(SAMPLE)), [format!("5d6e7f8 {title}: {expected}")]);
        }
    }
}
