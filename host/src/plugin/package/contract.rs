//! The contract that this server implements, and which parts of it a component imports and exports.

use std::collections::BTreeSet;

use semver::Version;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::Types;
use wasmparser::{ComponentExternalKind, Parser, Payload, Validator, WasmFeatures};

use super::PackageError;
use crate::runtime::TRIGGERS;

/// The package name of the contract.
const CONTRACT: &str = "jackfield:plugin";

/// The contract's version on this server.
const VERSION: Version = Version::new(1, 0, 0);

/// Every function a plugin can import, and what it permits, completing "this plugin may ...".
pub(super) const FUNCTIONS: &[(&str, &str)] = &[
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
    (
        "messaging.create",
        "post messages where it is called, and in public channels where its caller may post",
    ),
    ("messaging.create-ephemeral", "show messages to single users in channels they are in"),
    ("messaging.direct", "send direct messages to any user"),
    ("messaging.update", "change its own messages where its caller may post"),
    ("messaging.delete", "delete its own messages where its caller may post"),
    ("messaging.react", "add reactions to messages where it may post"),
    ("messaging.unreact", "take its own reactions back"),
    ("messaging.read", "read messages where it is called, and in public channels that its caller may read"),
    (
        "messaging.read-thread",
        "read whole threads where it is called, and in public channels that its caller may read",
    ),
    ("messaging.open-dialog", "open dialogs for users who call it"),
    ("directory.find-user", "look up users that its caller may see"),
    ("directory.find-channel", "look up public channels that its caller may read"),
    (
        "directory.members",
        "list the members of the channel where it is called, and of public channels that its caller is in",
    ),
    ("scheduler.run-at", "run later by itself"),
    ("scheduler.cancel", "cancel runs it planned itself"),
    ("templates.render", "fill in its own text templates"),
];

/// Functions that every plugin may use, because they only write the plugin's own reports.
const ALWAYS: &[&str] = &["log.log", "panic.report"];

/// The outermost imports and exports of a component.
pub(super) struct Surface {
    types: Types,
    imports: Vec<String>,
    exports: Vec<(String, ComponentExternalKind)>,
}

/// An import or export name: `namespace:package/interface@version`.
struct Name<'a> {
    package: &'a str,
    interface: &'a str,
    version: Option<Version>,
}

/// Returns what a function of the contract permits, or None if there is no such function.
pub(in crate::plugin) fn sentence(function: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(name, _)| *name == function).map(|(_, sentence)| *sentence)
}

/// Whether every plugin may use this function.
pub(in crate::plugin) fn is_always_allowed(function: &str) -> bool {
    ALWAYS.contains(&function)
}

// === impl Surface ===

impl Surface {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PackageError> {
        let invalid = |error: wasmparser::BinaryReaderError| PackageError::Invalid(error.to_string());
        let features = WasmFeatures::default()
            & !WasmFeatures::MEMORY64
            & !WasmFeatures::RELAXED_SIMD
            & !WasmFeatures::THREADS;
        let types = Validator::new_with_features(features).validate_all(bytes).map_err(invalid)?;
        let mut surface = Self { types, imports: Vec::new(), exports: Vec::new() };
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.map_err(invalid)? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        surface.imports.push(import.map_err(invalid)?.name.name.to_owned());
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section {
                        let export = export.map_err(invalid)?;
                        surface.exports.push((export.name.name.to_owned(), export.kind));
                    }
                }
                _ => {}
            }
        }
        Ok(surface)
    }

    /// Returns the imported functions as `interface.function`. Interfaces imported only for their types are skipped.
    pub(super) fn functions(&self) -> Result<BTreeSet<String>, PackageError> {
        let mut functions = BTreeSet::new();
        for import in &self.imports {
            self.functions_of(import, &mut functions)?;
        }
        Ok(functions)
    }

    fn functions_of(&self, import: &str, functions: &mut BTreeSet<String>) -> Result<(), PackageError> {
        let types = self.types.as_ref();
        let foreign = || PackageError::Foreign { import: import.to_owned() };
        let item = types.component_item_for_import(import).ok_or_else(foreign)?;
        let ComponentEntityType::Instance(instance) = item.ty else {
            return match item.ty {
                ComponentEntityType::Type { .. } => Ok(()),
                _ => Err(foreign()),
            };
        };
        let exports = &types[instance].exports;
        let mut used =
            exports.iter().filter(|(_, item)| matches!(item.ty, ComponentEntityType::Func(_))).peekable();
        if import.starts_with("wasi:") {
            return Err(PackageError::Wasi { import: import.to_owned() });
        }
        let name = Name::parse(import).filter(|name| name.package == CONTRACT).ok_or_else(foreign)?;
        if let Some((function, _)) = used.peek()
            && !name.is_served()
        {
            return Err(name.newer(function));
        }
        for (function, _) in used {
            // `[method]secret.name` is the function `name` of the resource `secret`.
            let function = function.rsplit(']').next().unwrap_or(function);
            let full = format!("{}.{function}", name.interface);
            if sentence(&full).is_none() {
                return Err(name.newer(function));
            }
            functions.insert(full);
        }
        Ok(())
    }

    /// Returns the exported triggers by interface name. Other exports of the component are ignored.
    pub(super) fn triggers(&self) -> Result<BTreeSet<String>, PackageError> {
        let mut triggers = BTreeSet::new();
        for (export, kind) in &self.exports {
            let Some(name) = Name::parse(export).filter(|name| name.package == CONTRACT) else { continue };
            if *kind != ComponentExternalKind::Instance {
                continue;
            }
            if !name.is_served() {
                return Err(name.newer("handle"));
            }
            if !TRIGGERS.iter().any(|trigger| trigger.interface == name.interface) {
                return Err(PackageError::Trigger { trigger: name.interface.to_owned() });
            }
            triggers.insert(name.interface.to_owned());
        }
        Ok(triggers)
    }
}

// === impl Name ===

impl<'a> Name<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (path, version) = match text.split_once('@') {
            Some((path, version)) => (path, Some(Version::parse(version).ok()?)),
            None => (text, None),
        };
        let (package, interface) = path.split_once('/')?;
        Some(Self { package, interface, version })
    }

    /// Returns whether this server can serve functions of this version. Minor releases only add functions.
    fn is_served(&self) -> bool {
        self.version.as_ref().is_some_and(|version| version.major == VERSION.major)
    }

    fn newer(&self, function: &str) -> PackageError {
        let short = |version: &Version| format!("{}.{}", version.major, version.minor);
        PackageError::Newer {
            function: format!("{}.{function}", self.interface),
            needs: self.version.as_ref().map_or_else(|| "(no version)".to_owned(), short),
            has: short(&VERSION),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the functions that a plugin can import from the contract itself.
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
        let listed: BTreeSet<String> = FUNCTIONS.iter().map(|(function, _)| (*function).to_owned()).collect();
        assert_eq!(listed.len(), FUNCTIONS.len());
        assert_eq!(listed, functions_of_the_contract());
    }
}
