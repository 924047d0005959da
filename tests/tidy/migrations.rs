//! Both databases have the same migrations, with the same numbers and names, without gaps, each with a reason.

use super::tree::{Broken, Source, assert_none, broken, sources_below};

const ENGINES: [&str; 2] = ["migrations/sqlite", "migrations/postgres"];

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let mut found = Vec::new();
    let [sqlite, postgres] = ENGINES.map(|engine| names(sources, engine));
    for (engine, names, others) in [(ENGINES[0], &sqlite, &postgres), (ENGINES[1], &postgres, &sqlite)] {
        if names.is_empty() {
            found.push(broken(engine, 0, "there are no migrations", "add 0001_<what it creates>.sql"));
        }
        for name in names.iter().filter(|name| !others.contains(name)) {
            let rule = "the other engine has no migration of this name";
            found.push(broken(
                &format!("{engine}/{name}"),
                0,
                rule,
                "write its counterpart, with the same name",
            ));
        }
        found.extend(numbering(engine, names));
    }
    let scripts = sources.iter().filter(|source| ENGINES.iter().any(|e| source.path.starts_with(e)));
    let mute = scripts.filter(|source| source.has_extension("sql") && !source.text.starts_with("--"));
    let remedy = "begin it with `-- why this step exists`";
    found.extend(mute.map(|source| source.broken(1, "the migration does not open with a comment", remedy)));
    found
}

fn names<'a>(sources: &'a [Source], engine: &str) -> Vec<&'a str> {
    let inside = sources.iter().filter_map(|source| source.path.strip_prefix(engine)?.strip_prefix('/'));
    let mut names: Vec<&str> = inside.collect();
    names.sort_unstable();
    names
}

fn numbering(engine: &str, names: &[&str]) -> Vec<Broken> {
    let well_named = |(position, name): &(usize, &&str)| {
        let what =
            name.strip_prefix(&format!("{:04}_", position + 1)).and_then(|rest| rest.strip_suffix(".sql"));
        what.is_some_and(|what| {
            let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
            !what.is_empty() && what.chars().all(part)
        })
    };
    let wrong = names.iter().enumerate().filter(|one| !well_named(one));
    let shown = |(position, name): (usize, &&str)| {
        let remedy = format!("call it {:04}_<what_it_creates>.sql: numbers follow each other", position + 1);
        broken(&format!("{engine}/{name}"), 0, "the name is not the next in line", remedy)
    };
    wrong.map(shown).collect()
}

#[cfg(test)]
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> =
        files.iter().map(|(path, text)| Source::new(&format!("migrations/{path}"), text)).collect();
    check(&sources).into_iter().map(|one| format!("{}: {}", one.path, one.rule)).collect()
}

#[test]
fn equal_commented_steps_are_fine() {
    let files = [
        ("README.md", "expand, contract"),
        ("sqlite/0001_start.sql", "-- a"),
        ("sqlite/0002_more_1.sql", "-- b"),
        ("postgres/0001_start.sql", "-- a"),
        ("postgres/0002_more_1.sql", "-- b"),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn a_missing_counterpart_is_found() {
    let files = [("sqlite/0001_start.sql", "--"), ("postgres/0001_begin.sql", "--")];
    let rule = "the other engine has no migration of this name";
    let expected =
        ["sqlite/0001_start.sql", "postgres/0001_begin.sql"].map(|file| format!("migrations/{file}: {rule}"));
    assert_eq!(found(&files), expected);
}

#[test]
fn gaps_and_odd_names_are_found() {
    let both = |name: &str| [format!("sqlite/{name}"), format!("postgres/{name}")];
    for wrong in ["0003_gap.sql", "0002-dash.sql", "0002_.sql", "0002_Big.sql", "notes.txt"] {
        let (first, second) = (both("0001_start.sql"), both(wrong));
        let files: Vec<(&str, &str)> =
            first.iter().chain(&second).map(|path| (path.as_str(), "--")).collect();
        assert_eq!(found(&files).len(), 2, "{wrong} passed");
    }
}

#[test]
fn a_step_without_a_reason_and_an_empty_folder_are_found() {
    let files = [("sqlite/0001_start.sql", "create table a;"), ("postgres/0001_start.sql", "--")];
    assert_eq!(
        found(&files),
        ["migrations/sqlite/0001_start.sql: the migration does not open with a comment"]
    );
    assert_eq!(
        found(&[]),
        ["migrations/sqlite: there are no migrations", "migrations/postgres: there are no migrations"]
    );
}

#[test]
fn both_databases_are_migrated_by_the_same_steps() {
    assert_none(&check(&sources_below("migrations")));
}
