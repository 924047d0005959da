//! The part of a plugin's manifest that a call depends on: its id, its bridges and its templates.

use jackfield_templates::{Handlebars, add, registry};
use serde::Deserialize;

/// The content of a manifest's records.
pub(crate) struct Manifest {
    pub(crate) id: String,
    /// Name and verifier.
    pub(crate) bridges: Vec<(String, String)>,
    pub(crate) templates: Handlebars<'static>,
}

/// One line of a manifest. Kinds that do not matter here are not parsed.
#[derive(Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum Record {
    Plugin {
        id: String,
    },
    Bridge {
        name: String,
        verifier: String,
    },
    Template {
        name: String,
        source: String,
    },
    #[serde(other)]
    Other,
}

impl Manifest {
    /// Reads the records. It panics on a manifest that the server would refuse.
    pub(crate) fn read(lines: &str) -> Self {
        let mut manifest = Self { id: String::new(), bridges: Vec::new(), templates: registry() };
        for line in lines.lines() {
            let record = serde_json::from_str(line)
                .unwrap_or_else(|fault| panic!("the manifest has a line that is no record: {fault}: {line}"));
            match record {
                Record::Plugin { id } => manifest.id = id,
                Record::Bridge { name, verifier } => manifest.bridges.push((name, verifier)),
                Record::Template { name, source } => {
                    add(&mut manifest.templates, &name, &source).unwrap_or_else(|fault| panic!("{fault}"));
                }
                Record::Other => {}
            }
        }
        manifest
    }
}
