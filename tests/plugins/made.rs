//! Generates dummy packages from the contract that import, export and declare what a test requires. Their code crashes
//! when called.

use std::path::Path;

use jackfield::plugin::package::{MANIFEST_SECTION, componentize};
use wasm_encoder::{
    BlockType, CodeSection, ComponentSection, CustomSection, Function, FunctionSection, Instruction, Module,
    ModuleSection, Section, TypeSection, ValType,
};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve};

/// The contract's folder.
const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/wit");

/// Returns the manifest's first line.
pub(super) fn plugin(id: &str, version: &str) -> String {
    format!(
        r#"{{"record":"plugin","id":"{id}","version":"{version}","name":"Made","sdk":"1.0.0","schema":1}}"#
    )
}

pub(super) fn command(trigger: &str) -> String {
    format!(r#"{{"record":"command","trigger":"{trigger}","hint":"","help":"","arguments":[]}}"#)
}

pub(super) fn bridge(name: &str, verifier: &str) -> String {
    format!(r#"{{"record":"bridge","name":"{name}","verifier":"{verifier}"}}"#)
}

/// Returns the manifest line with a plugin's own limits, such as `"memory_mib":16`.
pub(super) fn limits(fields: &str) -> String {
    format!(r#"{{"record":"limits",{fields}}}"#)
}

/// Returns a package with one command.
pub(crate) fn package(id: &str, version: &str, trigger: &str) -> Vec<u8> {
    component(&contract(), "export command;", &[plugin(id, version), command(trigger)])
}

/// Returns a component of a world in this contract.
pub(super) fn component(contract: &str, world: &str, manifest: &[String]) -> Vec<u8> {
    componentize(&core_module(contract, world, manifest)).expect("a component")
}

/// Returns a component with one command and an unchecked manifest.
pub(super) fn unchecked(manifest: &[String]) -> Vec<u8> {
    let module = core_module(&contract(), "export command;", manifest);
    ComponentEncoder::default().module(&module).expect("a module").encode().expect("a component")
}

/// Returns the core module that a compiler would produce.
pub(super) fn core_module(contract: &str, world: &str, manifest: &[String]) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let text = format!("{contract}\nworld test {{ {world} }}\n");
    let contract = resolve.push_str("plugin.wit", &text).expect("a contract");
    let world = resolve.select_world(&[contract], Some("test")).expect("a world");
    let mut module = dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("metadata");
    let data = format!("{}\n", manifest.join("\n")).into_bytes();
    CustomSection { name: MANIFEST_SECTION.into(), data: data.into() }.append_to(&mut module);
    module
}

/// Returns the contract as one text.
pub(super) fn contract() -> String {
    let files = std::fs::read_dir(Path::new(CONTRACT)).expect("the contract's folder");
    let mut files: Vec<_> = files.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wit"));
    files.sort();
    let header = "package jackfield:plugin@1.0.0;";
    let text = |file| std::fs::read_to_string(file).expect("a part of the contract").replace(header, "");
    format!("{header}\n{}", files.iter().map(text).collect::<Vec<_>>().join("\n"))
}

/// Adds a core module with functions that have this many locals, each with a value of its own that lives through this
/// many loops inside each other.
pub(crate) fn with_functions(mut component: Vec<u8>, count: u32, locals: u32, loops: usize) -> Vec<u8> {
    // The first local is the parameter.
    let mut function = Function::new([(locals, ValType::I32)]);
    let mut add = |instructions: &[Instruction<'_>]| {
        for instruction in instructions {
            function.instruction(instruction);
        }
    };
    for local in 1..=locals {
        add(&[
            Instruction::LocalGet(local - 1),
            Instruction::LocalGet(0),
            Instruction::I32Mul,
            Instruction::LocalSet(local),
        ]);
    }
    for _ in 0..loops {
        add(&[Instruction::Loop(BlockType::Empty)]);
    }
    for local in 1..=locals {
        let (next, sum) = (Instruction::LocalGet(local % locals + 1), Instruction::I32Add);
        add(&[Instruction::LocalGet(local), next, sum, Instruction::LocalSet(local)]);
    }
    for _ in 0..loops {
        add(&[Instruction::LocalGet(1), Instruction::BrIf(0), Instruction::End]);
    }
    add(&[Instruction::I32Const(0)]);
    for local in 1..=locals {
        add(&[Instruction::LocalGet(local), Instruction::I32Xor]);
    }
    add(&[Instruction::End]);
    let (mut types, mut functions, mut code) =
        (TypeSection::new(), FunctionSection::new(), CodeSection::new());
    types.ty().function([ValType::I32], [ValType::I32]);
    for _ in 0..count {
        functions.function(0);
        code.function(&function);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    ModuleSection(&module).append_to_component(&mut component);
    component
}
