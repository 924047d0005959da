//! The permission sheet: what an administrator consents to, as a pure function of the package. The facts come from the
//! binary (imported functions, exports), not from its author's claims.

use std::collections::BTreeSet;
use std::fmt;

use super::manifest::LimitsRecord;
use super::package::Package;
use super::package::contract::{is_always_allowed, sentence};
use crate::runtime::TRIGGERS;
use crate::secret::sha256_hex;
use crate::verifier::scheme;

/// What a plugin may do and what triggers it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Sheet {
    pub plugin: String,
    pub version: String,
    /// Sorted by function.
    pub permissions: Vec<Permission>,
    /// The functions that every plugin may use.
    pub always_allowed: Vec<Permission>,
    /// What triggers it, one sentence each.
    pub triggers: Vec<String>,
    #[schema(value_type = std::collections::BTreeMap<String, Option<u32>>)]
    pub limits: LimitsRecord,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Permission {
    /// Interface and function, such as `messaging.create`.
    pub function: String,
    /// Completes "this plugin may ...".
    pub sentence: String,
}

impl Sheet {
    pub fn of(package: &Package) -> Self {
        let manifest = &package.manifest;
        let (always_allowed, permissions) = package
            .imports
            .iter()
            .map(|function| Permission::of(function))
            .partition(|permission| is_always_allowed(&permission.function));
        let commands =
            manifest.commands.iter().map(|command| format!("answers the command /{}", command.trigger));
        let bridges = manifest.bridges.iter().map(|bridge| {
            format!("receives the bridge {} ({})", bridge.name, scheme(bridge.verifier).sentence)
        });
        Self {
            plugin: manifest.plugin.id.to_string(),
            version: manifest.plugin.version.clone(),
            permissions,
            always_allowed,
            triggers: commands.chain(bridges).collect(),
            limits: manifest.limits.clone(),
        }
    }

    /// Identifies what the administrator consents to: SHA-256 of the sheet's canonical JSON, lower-case hex.
    pub fn digest(&self) -> String {
        // `json!` does not fail for these types, and sorts object keys.
        let permissions = |list: &[Permission]| {
            list.iter().map(|one| serde_json::json!([one.function, one.sentence])).collect::<Vec<_>>()
        };
        let canonical = serde_json::json!({
            "plugin": self.plugin,
            "version": self.version,
            "permissions": permissions(&self.permissions),
            "always_allowed": permissions(&self.always_allowed),
            "triggers": self.triggers,
            "limits": self.limits,
        });
        sha256_hex(canonical.to_string().as_bytes())
    }

    /// Returns whether consent to `agreed` covers this sheet: the same triggers or fewer, the same functions or fewer,
    /// limits as tight or tighter.
    pub fn is_within(&self, agreed: &Self) -> bool {
        self.functions().is_subset(&agreed.functions())
            && self.triggers.iter().all(|trigger| agreed.triggers.contains(trigger))
            && self.limits.is_within(&agreed.limits)
    }

    /// Returns the functions that consent to this sheet allows.
    pub fn functions(&self) -> BTreeSet<String> {
        self.permissions
            .iter()
            .chain(&self.always_allowed)
            .map(|permission| permission.function.clone())
            .collect()
    }
}

impl Permission {
    /// Packages with functions that the contract lacks are refused earlier.
    fn of(function: &str) -> Self {
        let sentence = sentence(function).unwrap_or("do something this server does not know");
        Self { function: function.to_owned(), sentence: sentence.to_owned() }
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.plugin, self.version)?;
        section(f, "It runs when it", &self.triggers)?;
        section(f, "It may", &sentences(&self.permissions))?;
        section(f, "Like every plugin it may", &sentences(&self.always_allowed))?;
        let LimitsRecord { memory_mib, time_ms } = &self.limits;
        let memory = memory_mib.iter().map(|mib| format!("{mib} MiB of memory"));
        let time = TRIGGERS.iter().filter_map(|trigger| {
            time_ms.get(trigger.record).map(|ms| format!("{ms} ms for a {}", trigger.record))
        });
        section(f, "It limits itself to", &memory.chain(time).collect::<Vec<_>>())
    }
}

fn sentences(permissions: &[Permission]) -> Vec<String> {
    permissions.iter().map(|one| format!("{} ({})", one.sentence, one.function)).collect()
}

fn section(f: &mut fmt::Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}:")?;
    lines.iter().try_for_each(|line| writeln!(f, "  - {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        Sheet {
            plugin: "dev.jackfield.dice".to_owned(),
            version: "1.0.0".to_owned(),
            permissions: vec![Permission::of("kv.get")],
            always_allowed: vec![Permission::of("log.log")],
            triggers: vec!["answers the command /roll".to_owned()],
            limits: LimitsRecord { memory_mib: Some(16), ..LimitsRecord::default() },
        }
    }

    #[test]
    fn the_digest_changes_with_what_is_agreed_to() {
        let one = sheet();
        let mut other = sheet();
        assert_eq!(one.digest(), other.digest());
        other.permissions.push(Permission::of("kv.put"));
        assert_ne!(one.digest(), other.digest());
    }

    #[test]
    fn a_sheet_reads_as_sentences() {
        let expected = "dev.jackfield.dice 1.0.0\n\n\
            It runs when it:\n  - answers the command /roll\n\n\
            It may:\n  - read values it stored itself (kv.get)\n\n\
            Like every plugin it may:\n  - write to its own log (log.log)\n\n\
            It limits itself to:\n  - 16 MiB of memory\n";
        assert_eq!(sheet().to_string(), expected);
    }
}
