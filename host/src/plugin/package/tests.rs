//! Packages that a server accepts and refuses, generated from the contract.

use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

use super::*;
use crate::plugin::manifest::CommandRecord;

const PLUGIN: &str = r#"{"record":"plugin","id":"com.acme.a","version":"1.2.3","name":"A","description":"Does a.","license":"Apache-2.0","sdk":"1.0.0","schema":1}"#;
const COMMAND: &str = r#"{"record":"command","trigger":"a","hint":"","help":"","arguments":[]}"#;
const BRIDGE: &str = r#"{"record":"bridge","name":"a","verifier":"github"}"#;

/// Makes a core module that imports and exports all of a world, with a manifest of these lines.
fn module(wit: &str, world: &str, manifest: &[&str]) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve.push_str("plugin.wit", wit).unwrap();
    let world = resolve.select_world(&[package], Some(world)).unwrap();
    let mangling = ManglingAndAbi::Legacy(wit_parser::LiftLowerAbi::Sync);
    let mut module = dummy_module(&resolve, world, mangling);
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    if !manifest.is_empty() {
        let data = format!("{}\n", manifest.join("\n")).into_bytes();
        let section = wasm_encoder::CustomSection { name: MANIFEST_SECTION.into(), data: data.into() };
        wasm_encoder::Section::append_to(&section, &mut module);
    }
    module
}

/// Returns the contract as one text.
fn contract_text() -> String {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/wit"));
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "wit")).collect();
    files.sort();
    let texts = files
        .iter()
        .map(|file| std::fs::read_to_string(file).unwrap().replace("package jackfield:plugin@1.0.0;", ""));
    format!("package jackfield:plugin@1.0.0;\n{}", texts.collect::<Vec<_>>().join("\n"))
}

/// Returns the contract with a small world added.
fn with_world(world: &str) -> String {
    format!("{}\nworld test {{ {world} }}\n", contract_text())
}

fn read(wit: &str, world: &str, manifest: &[&str]) -> Result<Package, PackageError> {
    Package::read(&componentize(&module(wit, world, manifest))?)
}

fn refusal(world: &str, manifest: &[&str]) -> String {
    read(&with_world(world), "test", manifest).unwrap_err().to_string()
}

#[test]
fn a_package_lists_its_imports_and_exports() {
    let wit = with_world("import kv; import types; import panic; export command;");
    let component = componentize(&module(&wit, "test", &[PLUGIN, COMMAND])).unwrap();
    let package = Package::read(&component).unwrap();
    let imports: Vec<&str> = package.imports.iter().map(String::as_str).collect();
    assert_eq!(imports, ["kv.delete", "kv.get", "kv.list-keys", "kv.put", "panic.report"]);
    assert_eq!(package.exports, BTreeSet::from(["command".to_owned()]));
    assert_eq!(package.size, component.len());
    assert_eq!(package.digest, sha256_hex(&component));
    assert_eq!(
        package.manifest.commands,
        [CommandRecord {
            trigger: "a".to_owned(),
            hint: String::new(),
            help: String::new(),
            arguments: Vec::new()
        }]
    );
}

#[test]
fn resource_methods_count_as_functions() {
    let package = read(&with_world("import secrets; export command;"), "test", &[PLUGIN, COMMAND]).unwrap();
    let imports: Vec<&str> = package.imports.iter().map(String::as_str).collect();
    assert_eq!(imports, ["secrets.get", "secrets.secret.name", "secrets.sign"]);
}

#[test]
fn the_whole_contract_can_be_imported() {
    let package = read(
        &with_world("include imports; export command; export incoming-webhook;"),
        "test",
        &[PLUGIN, COMMAND, BRIDGE],
    );
    let known: BTreeSet<String> =
        contract::FUNCTIONS.iter().map(|(function, _)| (*function).to_owned()).collect();
    assert_eq!(package.unwrap().imports, known);
}

#[test]
fn other_tools_find_name_version_and_licence() {
    let component =
        componentize(&module(&with_world("export command;"), "test", &[PLUGIN, COMMAND])).unwrap();
    let mut sections = Vec::new();
    for payload in Parser::new(0).parse_all(&component) {
        if let Payload::CustomSection(section) = payload.unwrap() {
            sections.push((section.name().to_owned(), section.data().to_vec()));
        }
    }
    for (name, text) in [("version", "1.2.3"), ("licenses", "Apache-2.0"), ("description", "Does a.")] {
        assert!(sections.contains(&(name.to_owned(), text.as_bytes().to_vec())), "{name}");
    }
    let (_, names) = sections.iter().find(|(name, _)| name == "component-name").unwrap();
    assert!(names.windows(10).any(|part| part == b"com.acme.a"));
}

#[test]
fn a_file_that_is_not_a_component_is_refused() {
    let module = module(&with_world("export command;"), "test", &[PLUGIN, COMMAND]);
    let refused = |bytes: &[u8]| Package::read(bytes).unwrap_err().to_string();
    assert_eq!(
        refused(b"#!/bin/sh"),
        "this is not a WebAssembly file; upload what `jackfield plugin build` prints"
    );
    assert_eq!(refused(b""), "this is not a WebAssembly file; upload what `jackfield plugin build` prints");
    assert!(refused(&module).contains("run `jackfield plugin build`"));
    let component = componentize(&module).unwrap();
    assert!(refused(&component[..component.len() / 2]).starts_with("the file is broken"));
    assert!(matches!(componentize(&component), Err(PackageError::AlreadyComponent)));
    assert!(matches!(Package::read(&vec![0; MAX_PACKAGE + 1]), Err(PackageError::TooLarge(_))));
}

#[test]
fn the_core_modules_manifest_is_the_fallback() {
    let module = module(&with_world("export command;"), "test", &[PLUGIN, COMMAND]);
    let component = ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap();
    assert_eq!(Package::read(&component).unwrap().manifest.plugin.version, "1.2.3");
    let bare = self::module(&with_world("export command;"), "test", &[]);
    assert!(matches!(componentize(&bare), Err(PackageError::NoManifest)));
}

#[test]
fn declared_triggers_and_exports_must_match() {
    assert_eq!(
        refusal("export command;", &[PLUGIN, COMMAND, BRIDGE]),
        "the manifest declares a bridge, but the file does not export `incoming-webhook`; build it with the Jackfield SDK"
    );
    assert_eq!(
        refusal("export command; export incoming-webhook;", &[PLUGIN, COMMAND]),
        "the file exports `incoming-webhook`, but the manifest declares no bridge; build it with the Jackfield SDK"
    );
    assert_eq!(
        refusal("export command; export formatter;", &[PLUGIN, COMMAND]),
        "the file exports formatter, which this server does not call yet; remove the export"
    );
}

#[test]
fn a_function_of_a_later_contract_is_reported_with_both_versions() {
    let later = contract_text().replace("plugin@1.0.0", "plugin@1.3.0");
    let later = later.replace("    list-keys: func(", "    swap: func();\n    list-keys: func(");
    let refused = |wit: &str| {
        read(wit, "test", &[PLUGIN, COMMAND]).map(|package| package.imports).unwrap_err().to_string()
    };
    let wit = format!("{later}\nworld test {{ import kv; export command; }}\n");
    assert_eq!(refused(&wit), "the file imports jackfield:plugin/kv.swap@1.3; this server has 1.0");
    let wit = with_world("import kv; export command;").replace("plugin@1.0.0", "plugin@2.0.0");
    assert!(
        refused(&wit).starts_with("the file imports jackfield:plugin/kv.")
            && refused(&wit).ends_with("@2.0; this server has 1.0")
    );
}

#[test]
fn functions_from_elsewhere_are_refused() {
    let foreign = |package: &str| {
        let beside = format!("package {package} {{ interface clock {{ now: func() -> u64; }} }}");
        let wit = format!(
            "{}\nworld test {{ import {}/clock@0.2.0; export command; }}\n{beside}",
            contract_text(),
            package.split('@').next().unwrap()
        );
        read(&wit, "test", &[PLUGIN, COMMAND]).map(|package| package.imports).unwrap_err().to_string()
    };
    let text = foreign("wasi:clocks@0.2.0");
    assert!(
        text.starts_with(
            "the file imports `wasi:clocks/clock@0.2.0`, but this server offers nothing of `wasi:`"
        ),
        "{text}"
    );
    assert_eq!(
        foreign("other:things@0.2.0"),
        "the file imports `other:things/clock@0.2.0`, which is not part of the plugin contract; build it with the Jackfield SDK"
    );
}
