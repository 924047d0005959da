//! A plugin's declarations: the `jackfield:manifest` section, one JSON record per line. It is read strictly: a record
//! that this server does not know is refused, not ignored.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::model::{PluginId, Verifier};
use crate::runtime::{CallLimits, TRIGGERS};
use crate::template::{TemplateError, Templates};

mod limits;
mod rules;

pub use limits::LimitsRecord;
pub use rules::MAX_NAME;

/// The manifest's schema this server reads.
pub const SCHEMA: u32 = 1;

/// The longest manifest, in bytes. Above this, the package is refused.
pub const MAX_MANIFEST: usize = 256 * 1024;

/// Commands and bridges one plugin may declare, each.
pub const MAX_TRIGGERS: usize = 100;

/// Arguments one command may declare.
pub const MAX_ARGUMENTS: usize = 32;

/// Everything a plugin declares, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    pub plugin: PluginRecord,
    pub commands: Vec<CommandRecord>,
    pub bridges: Vec<BridgeRecord>,
    pub templates: Vec<TemplateRecord>,
    pub limits: LimitsRecord,
    /// The kinds of record it has, such as `command`.
    records: BTreeSet<&'static str>,
}

#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PluginRecord {
    #[serde(deserialize_with = "rules::plugin_id")]
    pub id: PluginId,
    /// Semantic version.
    pub version: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// An SPDX expression, if the author set one.
    #[serde(default)]
    pub license: Option<String>,
    /// The version of the SDK it was built with.
    pub sdk: String,
    /// The manifest's schema.
    pub schema: u32,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandRecord {
    /// Without the slash.
    pub trigger: String,
    #[serde(default)]
    pub hint: String,
    #[serde(default)]
    pub help: String,
    #[serde(default)]
    pub arguments: Vec<ArgumentRecord>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArgumentRecord {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ArgumentKind,
    pub required: bool,
    /// Takes every word that is left; only the last argument may.
    #[serde(default)]
    pub variadic: bool,
    /// A text, number or boolean; none if it has no default.
    #[serde(default)]
    pub default: Option<Value>,
    /// The values of a `choice`.
    #[serde(default)]
    pub choices: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ArgumentKind {
    String,
    Integer,
    Number,
    Boolean,
    User,
    Channel,
    Choice,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BridgeRecord {
    pub name: String,
    pub verifier: Verifier,
}

#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateRecord {
    pub name: String,
    pub source: String,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    #[error("the manifest has {0} bytes; at most {MAX_MANIFEST} are allowed")]
    TooLarge(usize),
    #[error("the manifest is not UTF-8 text; build the plugin with the Jackfield SDK")]
    NotText,
    #[error("manifest line {line} is not a JSON object; build the plugin with the Jackfield SDK")]
    NotAnObject { line: usize, source: serde_json::Error },
    #[error(
        "manifest line {line}: unknown record `{record}`; this server knows plugin, command, bridge, template and limits"
    )]
    UnknownRecord { line: usize, record: String },
    #[error("manifest line {line}, record `{record}`: {source}")]
    Record { line: usize, record: &'static str, source: serde_json::Error },
    #[error("manifest line {line}, record `{record}`: {reason}")]
    Rule { line: usize, record: &'static str, reason: String },
    #[error("the manifest has no `plugin` record; put `#[plugin]` on the plugin's `impl`")]
    NoPlugin,
    #[error("the manifest declares no command and no bridge; add a `#[command]` or a `#[bridge]`")]
    NoTrigger,
    #[error(transparent)]
    Template(#[from] TemplateError),
}

// === impl Manifest ===

impl Manifest {
    /// Reads and checks the section's bytes.
    pub fn parse(section: &[u8]) -> Result<Self, ManifestError> {
        if section.len() > MAX_MANIFEST {
            return Err(ManifestError::TooLarge(section.len()));
        }
        let text = std::str::from_utf8(section).map_err(|_| ManifestError::NotText)?;
        let mut builder = ManifestBuilder::default();
        for (index, line) in text.lines().enumerate() {
            if !line.trim().is_empty() {
                builder.record(index + 1, line)?;
            }
        }
        builder.finish()
    }

    /// The templates, compiled.
    pub fn compile_templates(&self) -> Result<Templates, TemplateError> {
        Templates::compile(self.templates.iter().map(|record| (record.name.as_str(), record.source.as_str())))
    }

    /// Whether it has a record of this kind.
    pub fn declares(&self, record: &str) -> bool {
        self.records.contains(record)
    }

    /// The limits as the runtime takes them.
    pub fn call_limits(&self) -> CallLimits {
        let LimitsRecord { memory_mib, time_ms } = &self.limits;
        let bytes = |mib: u32| usize::try_from(mib).unwrap_or(usize::MAX).saturating_mul(1 << 20);
        let time = time_ms.iter().map(|(record, ms)| (*record, Duration::from_millis((*ms).into())));
        CallLimits { memory: memory_mib.map(bytes), time: time.collect() }
    }
}

/// Records read so far.
#[derive(Default)]
struct ManifestBuilder {
    plugin: Option<PluginRecord>,
    commands: Vec<CommandRecord>,
    bridges: Vec<BridgeRecord>,
    templates: BTreeMap<String, TemplateRecord>,
    limits: Option<LimitsRecord>,
    seen: HashSet<(&'static str, String)>,
}

impl ManifestBuilder {
    fn record(&mut self, line: usize, text: &str) -> Result<(), ManifestError> {
        let mut fields: Map<String, Value> =
            serde_json::from_str(text).map_err(|source| ManifestError::NotAnObject { line, source })?;
        let record =
            fields.remove("record").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
        match record.as_str() {
            "plugin" => {
                let plugin: PluginRecord = decode(line, "plugin", fields)?;
                self.once(line, "plugin", "")?;
                rules::plugin(&plugin).map_err(rule(line, "plugin"))?;
                self.plugin = Some(plugin);
            }
            "command" => {
                let command: CommandRecord = decode(line, "command", fields)?;
                self.once(line, "command", &command.trigger)?;
                rules::command(&command).map_err(rule(line, "command"))?;
                rules::count(self.commands.len(), MAX_TRIGGERS).map_err(rule(line, "command"))?;
                self.commands.push(command);
            }
            "bridge" => {
                let bridge: BridgeRecord = decode(line, "bridge", fields)?;
                self.once(line, "bridge", &bridge.name)?;
                rules::bridge(&bridge).map_err(rule(line, "bridge"))?;
                rules::count(self.bridges.len(), MAX_TRIGGERS).map_err(rule(line, "bridge"))?;
                self.bridges.push(bridge);
            }
            "template" => {
                let template: TemplateRecord = decode(line, "template", fields)?;
                self.once(line, "template", &template.name)?;
                rules::template(&template).map_err(rule(line, "template"))?;
                self.templates.insert(template.name.clone(), template);
            }
            "limits" => {
                let limits: LimitsRecord = decode(line, "limits", fields)?;
                self.once(line, "limits", "")?;
                rules::limits(&limits).map_err(rule(line, "limits"))?;
                self.limits = Some(limits);
            }
            _ => {
                let record = record.chars().take(40).collect();
                return Err(ManifestError::UnknownRecord { line, record });
            }
        }
        Ok(())
    }

    fn once(&mut self, line: usize, record: &'static str, name: &str) -> Result<(), ManifestError> {
        if self.seen.insert((record, name.to_owned())) {
            return Ok(());
        }
        let reason = match name {
            "" => "there may be only one".to_owned(),
            name => format!("`{name}` is declared twice"),
        };
        Err(ManifestError::Rule { line, record, reason })
    }

    fn finish(self) -> Result<Manifest, ManifestError> {
        let plugin = self.plugin.ok_or(ManifestError::NoPlugin)?;
        let records: BTreeSet<&'static str> = self.seen.into_iter().map(|(record, _)| record).collect();
        if !TRIGGERS.iter().any(|trigger| records.contains(trigger.record)) {
            return Err(ManifestError::NoTrigger);
        }
        let manifest = Manifest {
            plugin,
            commands: self.commands,
            bridges: self.bridges,
            templates: self.templates.into_values().collect(),
            limits: self.limits.unwrap_or_default(),
            records,
        };
        manifest.compile_templates()?;
        Ok(manifest)
    }
}

fn decode<T: DeserializeOwned>(
    line: usize,
    record: &'static str,
    fields: Map<String, Value>,
) -> Result<T, ManifestError> {
    serde_json::from_value(Value::Object(fields)).map_err(|source| ManifestError::Record {
        line,
        record,
        source,
    })
}

fn rule(line: usize, record: &'static str) -> impl FnOnce(String) -> ManifestError {
    move |reason| ManifestError::Rule { line, record, reason }
}

#[cfg(test)]
mod tests;
