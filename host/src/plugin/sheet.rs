//! The permission sheet: what an administrator agrees to, as a pure function of the package. The facts come from the
//! binary (imported functions, exports), not from promises of its author.

use std::collections::BTreeSet;
use std::fmt;

use super::manifest::LimitsRecord;
use super::package::Package;
use crate::secret::sha256_hex;
use crate::verifier::scheme;

/// Every function a plugin can import, and what it lets the plugin do, completing "this plugin may ...".
pub const CONTRACT: &[(&str, &str)] = &[
    ("log.log", "write to its own log"),
    ("panic.report", "report its own crashes"),
    ("settings.get", "read its own settings"),
    ("secrets.get", "use secrets you set for it, without seeing them"),
    ("secrets.sign", "sign data with a secret you set for it, without seeing the secret"),
    ("secrets.secret.name", "see the names of secrets you set for it"),
    ("kv.get", "read values it stored itself"),
    ("kv.put", "store values of its own"),
    ("kv.delete", "delete values it stored itself"),
    ("kv.list-keys", "list the keys of values it stored itself"),
    ("http.send", "send requests to other servers"),
    ("http.send-all", "send several requests to other servers at once"),
    ("messaging.create", "post messages in public channels and where it is called"),
    ("messaging.create-ephemeral", "show messages to single people in channels they are in"),
    ("messaging.direct", "send direct messages to anybody"),
    ("messaging.update", "change its own messages"),
    ("messaging.delete", "delete its own messages"),
    ("messaging.react", "add reactions to messages"),
    ("messaging.unreact", "take its own reactions back"),
    ("messaging.read", "read messages in public channels and where it is called"),
    ("messaging.read-thread", "read whole threads in public channels and where it is called"),
    ("messaging.open-dialog", "open dialogs for people who use it"),
    ("directory.find-user", "look up people by name"),
    ("directory.find-channel", "look up public channels by name"),
    ("directory.members", "list the members of public channels and of the one where it is called"),
    ("scheduler.run-at", "run later by itself"),
    ("scheduler.cancel", "cancel runs it planned itself"),
    ("templates.render", "fill in its own text templates"),
];

/// Functions that every plugin may use: they reach nothing but the plugin's own reports.
const ALWAYS: &[&str] = &["log.log", "panic.report"];

/// What a plugin may do and what wakes it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Sheet {
    pub plugin: String,
    pub version: String,
    /// In the order of function names.
    pub permissions: Vec<Permission>,
    /// The same, for functions that every plugin may use.
    pub always_allowed: Vec<Permission>,
    /// What makes it run, one sentence each.
    pub triggers: Vec<String>,
    pub limits: LimitsRecord,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
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
            .partition(Permission::is_always_allowed);
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

    /// What the administrator agrees to, in one word: SHA-256 of the sheet's canonical JSON, lower-case hex.
    pub fn digest(&self) -> String {
        // `json!` cannot fail where `to_string` of a foreign type could, and its object keys come out sorted.
        let permissions = |list: &[Permission]| {
            list.iter().map(|one| serde_json::json!([one.function, one.sentence])).collect::<Vec<_>>()
        };
        let canonical = serde_json::json!({
            "plugin": self.plugin,
            "version": self.version,
            "permissions": permissions(&self.permissions),
            "always_allowed": permissions(&self.always_allowed),
            "triggers": self.triggers,
            "limits": [self.limits.memory_mib, self.limits.command_ms, self.limits.bridge_ms],
        });
        sha256_hex(canonical.to_string().as_bytes())
    }

    /// Whether somebody who agreed to `agreed` agreed to all of this, too: same triggers or fewer, same functions or
    /// fewer, limits as tight or tighter.
    pub fn is_within(&self, agreed: &Self) -> bool {
        // Without a limit of its own, the server's applies, which no plugin's is wider than.
        let kept = |limit: Option<u32>, agreed: Option<u32>| {
            agreed.is_none_or(|agreed| limit.is_some_and(|limit| limit <= agreed))
        };
        let LimitsRecord { memory_mib, command_ms, bridge_ms } = &self.limits;
        self.functions().is_subset(&agreed.functions())
            && self.triggers.iter().all(|trigger| agreed.triggers.contains(trigger))
            && kept(*memory_mib, agreed.limits.memory_mib)
            && kept(*command_ms, agreed.limits.command_ms)
            && kept(*bridge_ms, agreed.limits.bridge_ms)
    }

    /// The functions an administrator who agrees to this sheet allows.
    pub fn functions(&self) -> BTreeSet<String> {
        self.permissions
            .iter()
            .chain(&self.always_allowed)
            .map(|permission| permission.function.clone())
            .collect()
    }
}

impl Permission {
    /// A function the contract lacks cannot come here: the package was refused before.
    fn of(function: &str) -> Self {
        let sentence = sentence(function).unwrap_or("do something this server does not know");
        Self { function: function.to_owned(), sentence: sentence.to_owned() }
    }

    fn is_always_allowed(&self) -> bool {
        ALWAYS.contains(&self.function.as_str())
    }
}

/// What a function of the contract lets a plugin do; none when there is no such function.
pub fn sentence(function: &str) -> Option<&'static str> {
    CONTRACT.iter().find(|(name, _)| *name == function).map(|(_, sentence)| *sentence)
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.plugin, self.version)?;
        section(f, "It runs when it", &self.triggers)?;
        section(f, "It may", &sentences(&self.permissions))?;
        section(f, "Like every plugin it may", &sentences(&self.always_allowed))?;
        let LimitsRecord { memory_mib, command_ms, bridge_ms } = &self.limits;
        let limits =
            [("MiB of memory", memory_mib), ("ms for a command", command_ms), ("ms for a bridge", bridge_ms)];
        let limits =
            limits.into_iter().filter_map(|(unit, limit)| limit.map(|limit| format!("{limit} {unit}")));
        section(f, "It limits itself to", &limits.collect::<Vec<_>>())
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

    /// Functions a plugin can import, from the contract itself.
    fn functions_of_the_contract() -> BTreeSet<String> {
        let mut resolve = wit_parser::Resolve::default();
        let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/wit")).unwrap();
        let world = resolve.select_world(&[package], Some("imports")).unwrap();
        let mut found = BTreeSet::new();
        for import in resolve.worlds[world].imports.values() {
            let wit_parser::WorldItem::Interface { id, .. } = import else {
                panic!("{import:?} is no interface")
            };
            let interface = &resolve.interfaces[*id];
            let name = interface.name.as_deref().unwrap();
            for function in interface.functions.keys() {
                let function = function.rsplit(']').next().unwrap();
                found.insert(format!("{name}.{function}"));
            }
        }
        found
    }

    #[test]
    fn every_function_of_the_contract_has_its_sentence() {
        let listed: BTreeSet<String> = CONTRACT.iter().map(|(function, _)| (*function).to_owned()).collect();
        assert_eq!(listed.len(), CONTRACT.len());
        assert_eq!(listed, functions_of_the_contract());
    }

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
