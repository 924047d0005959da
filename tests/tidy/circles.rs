//! The host has no import cycles: files of one module do not import each other, directly or through other files.
//!
//! A parent and its children are one unit and may use each other. A name that a parent re-exports counts as an
//! import of the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

use super::code_paths::{CodePath, Place, code_paths};
use super::tree::{Broken, Source, assert_none, broken, sources_below};

const HOST: &str = "host/src/";

type Module = Vec<String>;

/// The imports of one file, as paths from the crate root.
struct File<'a> {
    source: &'a Source,
    imports: Vec<Module>,
}

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let host = sources.iter().filter(|source| source.is_rust() && source.path.starts_with(HOST));
    let host = host.filter(|source| !source.path.contains("/tests"));
    let files: BTreeMap<Module, File> = host
        .map(|source| {
            let module = module_of(&source.path);
            let imports = imports(&source.text, &module);
            (module, File { source, imports })
        })
        .collect();
    let edges: BTreeMap<&Module, BTreeSet<&Module>> =
        files.iter().map(|(module, file)| (module, targets(&files, module, file))).collect();
    let reachable: BTreeMap<&Module, BTreeSet<&Module>> =
        edges.keys().map(|module| (*module, reach(&edges, module))).collect();
    let mut reported = BTreeSet::new();
    let mut found = Vec::new();
    for (module, reached) in &reachable {
        let circle: BTreeSet<&Module> =
            reached.iter().copied().filter(|other| reachable[*other].contains(module)).collect();
        if circle.len() > 1 && reported.insert(circle.clone()) {
            let names: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            let rule = format!("{} import each other", names.join(", "));
            let path = &files[*module].source.path;
            found.push(broken(path, 0, rule, "move what they share into a file of its own below them"));
        }
    }
    found
}

fn targets<'a>(files: &'a BTreeMap<Module, File>, module: &Module, file: &File) -> BTreeSet<&'a Module> {
    let is_related = |other: &Module| other.starts_with(module) || module.starts_with(other);
    file.imports
        .iter()
        .filter_map(|path| defining(files, path, 0))
        .filter(|target| target[0] == module[0] && !is_related(target))
        .collect()
}

/// Returns the module that defines a path: its longest known prefix, or the module from which that re-exports the name.
fn defining<'a>(files: &'a BTreeMap<Module, File>, path: &[String], depth: usize) -> Option<&'a Module> {
    let length = (1..=path.len()).rev().find(|length| files.contains_key(&path[..*length]))?;
    let (module, file) = files.get_key_value(&path[..length])?;
    let Some(name) = path.get(length).filter(|_| depth < 4) else { return Some(module) };
    let reexport =
        file.imports.iter().find(|import| import.last() == Some(name) && import.len() > length + 1);
    match reexport {
        Some(import) if import.starts_with(module) => defining(files, import, depth + 1),
        _ => Some(module),
    }
}

/// Returns every module that is reachable from one; the module itself only if others lead back to it.
fn reach<'a>(edges: &BTreeMap<&'a Module, BTreeSet<&'a Module>>, from: &Module) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&Module> = edges[from].iter().copied().collect();
    while let Some(module) = open.pop() {
        if reached.insert(module) {
            open.extend(&edges[module]);
        }
    }
    reached
}

/// Splits `host/src/store/posts.rs` into `[store, posts]`.
fn module_of(path: &str) -> Module {
    let inner = path.strip_prefix(HOST).unwrap_or(path);
    inner.strip_suffix(".rs").unwrap_or(inner).split('/').map(str::to_owned).collect()
}

/// Returns the paths of a file from the crate root. A `use` that begins otherwise may name a child, as in
/// `pub use posts::Post`.
fn imports(text: &str, module: &Module) -> Vec<Module> {
    let from_root = |path: CodePath| {
        let child = || module.iter().cloned().chain(path.segments.iter().map(ToString::to_string)).collect();
        let rooted = path.absolute(module).map(|(rooted, _)| rooted);
        rooted.or_else(|| (path.place == Place::Use).then(child))
    };
    code_paths(text).into_iter().filter_map(from_root).collect()
}

#[cfg(test)]
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> =
        files.iter().map(|(path, text)| Source::new(&format!("{HOST}{path}"), text)).collect();
    check(&sources).into_iter().map(|one| one.rule).collect()
}

#[test]
fn files_that_import_each_other_are_found() {
    let circle = ["store::a, store::b import each other"];
    let parent = ("store.rs", "mod a;\nmod b;");
    assert_eq!(
        found(&[parent, ("store/a.rs", "use super::b::B;"), ("store/b.rs", "use super::a::A;")]),
        circle
    );
    let inline = ("store/b.rs", "fn b() { crate::store::a::a() }");
    assert_eq!(found(&[parent, ("store/a.rs", "use super::{b::{B, C}, Store};"), inline]), circle);
    let chain = [
        parent,
        ("store/a.rs", "use super::b;"),
        ("store/b.rs", "use super::c;"),
        ("store/c.rs", "use super::a;"),
    ];
    assert_eq!(found(&chain), ["store::a, store::b, store::c import each other"]);
}

#[test]
fn a_reexported_name_is_an_import_of_its_file() {
    let parent = ("store.rs", "mod a;\nmod b;\npub use a::A;");
    let files = [parent, ("store/a.rs", "use super::b::B;"), ("store/b.rs", "use super::A;")];
    assert_eq!(found(&files), ["store::a, store::b import each other"]);
}

#[test]
fn a_parent_and_its_children_are_one_unit() {
    let files = [
        ("store.rs", "mod a; use a::A; struct S;"),
        ("store/a.rs", "use super::S; use super::b;"),
        ("store/b.rs", ""),
    ];
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn no_files_of_the_host_import_each_other() {
    let host = sources_below("host/src");
    assert!(!host.is_empty(), "host/src has no files");
    assert_none(&check(&host));
}
