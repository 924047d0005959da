//! What a component asks for and offers, read from its actual imports and exports, against what this server has.

use std::collections::BTreeSet;

use semver::Version;
use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::Types;
use wasmparser::{ComponentExternalKind, Parser, Payload, Validator, WasmFeatures};

use super::{PackageError, TRIGGERS, is_known};

/// The package name of the contract.
const CONTRACT: &str = "jackfield:plugin";

/// The contract's version on this server.
const VERSION: Version = Version::new(1, 0, 0);

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

    /// Imported functions as `interface.function`; interfaces that are imported for their types alone count for nothing.
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
            if !is_known(&full) {
                return Err(name.newer(function));
            }
            functions.insert(full);
        }
        Ok(())
    }

    /// Exported triggers by interface name. What a component exports beside the contract is nobody's business.
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
            if !TRIGGERS.contains(&name.interface) {
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

    /// Whether functions of this version may be looked for here: minor releases only add.
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
