//! Fixtures: a folder of requests as a service sends them, and beside it a folder with the outcome of each.
//!
//! ```text
//! fixtures/push__tag.json      the body; what stands before the `__` is the event
//! snapshots/push__tag.json     the outcome, or the failure
//! ```
//!
//! To write a new snapshot, run the test with `JACKFIELD_BLESS=1` in the environment, then review the file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use jackfield_sdk::{Failure, Outcome, Plugin};
use serde_json::{Value, json};

use crate::test_host::TestHost;

/// Sends every fixture below `folder` to the bridge and compares each outcome with its snapshot. `headers` gets the
/// file's name without `.json`, and the body; [`event`] extracts the event from the name.
///
/// # Panics
///
/// Panics if anything differs or lacks its counterpart, and names every such file.
pub fn check<P: Plugin>(
    folder: impl AsRef<Path>,
    bridge: &str,
    headers: impl Fn(&str, &[u8]) -> Vec<(String, String)>,
) {
    // This iterates over all variables because there is no configuration here, and one name is enough.
    let bless = std::env::vars_os().any(|(name, value)| name == "JACKFIELD_BLESS" && value == "1");
    if let Err(report) = compare::<P>(folder.as_ref(), bridge, &headers, bless) {
        panic!("{report}");
    }
}

/// Returns the event in a fixture's name: the part before the `__`.
pub fn event(file: &str) -> &str {
    file.split_once("__").map_or(file, |(event, _)| event)
}

fn compare<P: Plugin>(
    folder: &Path,
    bridge: &str,
    headers: &impl Fn(&str, &[u8]) -> Vec<(String, String)>,
    bless: bool,
) -> Result<(), String> {
    let (fixtures, snapshots) = (folder.join("fixtures"), folder.join("snapshots"));
    let names = json_files(&fixtures)?;
    if names.is_empty() {
        return Err(format!("there is no fixture in {}", fixtures.display()));
    }
    if bless {
        fs::create_dir_all(&snapshots).map_err(|fault| format!("{}: {fault}", snapshots.display()))?;
    }
    let mut report = String::new();
    for orphan in json_files(&snapshots)?.difference(&names) {
        line(&mut report, &format!("snapshots/{orphan}.json has no fixture: delete it"));
    }
    for name in &names {
        let body = read(&fixtures.join(format!("{name}.json")))?;
        if !name.contains("__") {
            line(&mut report, &format!("fixtures/{name}.json is not named <event>__<case>.json"));
            continue;
        }
        let headers = headers(name, body.as_bytes());
        let headers: Vec<(&str, &str)> = headers.iter().map(|(key, value)| (&**key, &**value)).collect();
        let host = TestHost::new().channel("hook");
        let outcome = pretty(&host.bridge::<P>(bridge, &headers, &body), &host);
        let snapshot = snapshots.join(format!("{name}.json"));
        if bless {
            fs::write(&snapshot, outcome).map_err(|fault| format!("{}: {fault}", snapshot.display()))?;
        } else if let Some(difference) = difference(&snapshot, &outcome) {
            line(&mut report, &format!("snapshots/{name}.json {difference}"));
        }
    }
    if report.is_empty() {
        return Ok(());
    }
    Err(format!("{report}JACKFIELD_BLESS=1 writes the snapshots anew; read them before you keep them"))
}

/// Formats the outcome or failure, and the call's other effects, as a snapshot stores them.
fn pretty(answer: &Result<Outcome, Failure>, host: &TestHost) -> String {
    let mut value = match answer {
        Ok(outcome) => json!(outcome),
        Err(Failure::User(text)) => json!({"failure": {"user": text}}),
        Err(Failure::Retryable(text)) => json!({"failure": {"retryable": text}}),
        Err(Failure::Fatal(text)) => json!({"failure": {"fatal": text}}),
    };
    let effects = host.effects();
    if !effects.is_empty() {
        value["effects"] = json!(effects);
    }
    format!("{value:#}\n")
}

fn difference(snapshot: &Path, outcome: &str) -> Option<String> {
    let Ok(expected) = fs::read_to_string(snapshot) else {
        return Some("is missing".to_owned());
    };
    // Compared as data, so that an editor's line ends do not matter.
    if serde_json::from_str::<Value>(&expected).ok() == serde_json::from_str(outcome).ok() {
        return None;
    }
    let mut lines = expected.lines().zip(outcome.lines()).enumerate();
    let (number, (left, right)) = lines.find(|(_, (left, right))| left != right).unwrap_or((0, ("", "")));
    Some(format!(
        "differs from line {}:\n  snapshot: {}\n  now:      {}",
        number + 1,
        left.trim(),
        right.trim()
    ))
}

/// Lists the names without `.json`, in order. A missing folder has none.
fn json_files(folder: &Path) -> Result<BTreeSet<String>, String> {
    let Ok(files) = fs::read_dir(folder) else {
        return Ok(BTreeSet::new());
    };
    let mut names = BTreeSet::new();
    for file in files {
        let path = file.map_err(|fault| format!("{}: {fault}", folder.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    Ok(names)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()))
}

fn line(report: &mut String, text: &str) {
    // Writing to a String does not fail.
    let _ = writeln!(report, "{text}");
}

#[cfg(test)]
mod tests;
