//! The paths that a Rust file names: in `use` trees, code and attributes, and inside macros, whose tokens syn leaves as
//! they are.

use proc_macro2::{Ident, Punct, Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, Macro, Meta, Path, UseTree};

use super::tree::{Source, sources_below};

/// Where a path stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Use,
    Derive,
    Code,
}

/// A path as it is written. A single name counts only in a `use`; elsewhere it may be a local variable.
#[derive(Debug)]
pub(crate) struct CodePath {
    pub(crate) segments: Vec<Ident>,
    pub(crate) place: Place,
    /// The inline modules around it.
    inline: Vec<String>,
}

impl CodePath {
    /// Returns the path from the crate root and the line of its first name, if it begins with `crate`, `self` or
    /// `super` and leads to a name. `module` is the module of the file.
    pub(crate) fn absolute(&self, module: &[String]) -> Option<(Vec<String>, usize)> {
        let is_super = |segment: &&Ident| **segment == "super";
        let steps = self.segments.iter().take_while(is_super).count();
        let mut path = Vec::new();
        let named = match self.segments.first()?.to_string().as_str() {
            "crate" => 1,
            "self" | "super" => {
                path.extend(module.iter().chain(&self.inline).cloned());
                path.truncate(path.len().checked_sub(steps)?);
                steps.max(1)
            }
            _ => return None,
        };
        let line = self.segments.get(named)?.span().start().line;
        path.extend(self.segments[named..].iter().map(ToString::to_string));
        Some((path, line))
    }
}

/// Returns the paths of a file. A file that is not valid Rust has none; the compiler reports it.
pub(crate) fn code_paths(text: &str) -> Vec<CodePath> {
    let mut collector = Collector { found: Vec::new(), inline: Vec::new() };
    if let Ok(file) = syn::parse_file(text) {
        collector.visit_file(&file);
    }
    collector.found
}

struct Collector {
    found: Vec<CodePath>,
    inline: Vec<String>,
}

impl Collector {
    fn add(&mut self, segments: Vec<Ident>, place: Place) {
        if segments.len() > 1 || place == Place::Use {
            self.found.push(CodePath { segments, place, inline: self.inline.clone() });
        }
    }

    fn add_tree(&mut self, tree: &UseTree, before: &[Ident]) {
        let with = |name: &Ident| [before, std::slice::from_ref(name)].concat();
        match tree {
            UseTree::Path(path) => self.add_tree(&path.tree, &with(&path.ident)),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(tree, before)),
            UseTree::Name(name) => self.add(with(&name.ident), Place::Use),
            UseTree::Rename(name) => self.add(with(&name.ident), Place::Use),
            UseTree::Glob(_) => self.add(before.to_vec(), Place::Use),
        }
    }

    /// Adds the paths among tokens that syn does not parse.
    fn add_tokens(&mut self, tokens: TokenStream, place: Place) {
        let mut segments: Vec<Ident> = Vec::new();
        let mut colons = 0;
        for tree in tokens {
            // The sign of `!=` is joint.
            let is_bang = |sign: &Punct| sign.as_char() == '!' && sign.spacing() == Spacing::Alone;
            let is_macro = matches!(&tree, TokenTree::Punct(sign) if is_bang(sign));
            match tree {
                TokenTree::Ident(name) if colons == 2 => segments.push(name),
                TokenTree::Punct(sign) if sign.as_char() == ':' && colons < 2 && !segments.is_empty() => {
                    colons += 1;
                    continue;
                }
                other => {
                    let before = std::mem::take(&mut segments);
                    let is_derive = matches!(&before[..], [name] if name == "derive");
                    self.add_call(before, is_macro, place);
                    match other {
                        TokenTree::Ident(name) => segments.push(name),
                        TokenTree::Group(group) => {
                            self.add_tokens(group.stream(), if is_derive { Place::Derive } else { place });
                        }
                        _ => {}
                    }
                }
            }
            colons = 0;
        }
        self.add_call(segments, false, place);
    }

    /// Adds a path, unless it is a macro of the crate root, such as `crate::read!`: that belongs to no module.
    fn add_call(&mut self, segments: Vec<Ident>, is_macro: bool, place: Place) {
        let is_of_root = segments.len() == 2 && segments[0] == "crate";
        if !(is_macro && is_of_root) {
            self.add(segments, place);
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        self.inline.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.inline.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add_tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.add(names(path), Place::Code);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.add_call(names(&call.path), true, Place::Code);
        self.add_tokens(call.tokens.clone(), Place::Code);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        visit::visit_attribute(self, attribute);
        if let Meta::List(list) = &attribute.meta {
            let place = if list.path.is_ident("derive") { Place::Derive } else { Place::Code };
            self.add_tokens(list.tokens.clone(), place);
        }
    }
}

fn names(path: &Path) -> Vec<Ident> {
    path.segments.iter().map(|segment| segment.ident.clone()).collect()
}

#[cfg(test)]
fn found(text: &str) -> Vec<String> {
    let module = ["store".to_owned(), "posts".to_owned()];
    let shown = |path: CodePath| match path.absolute(&module) {
        Some((path, line)) => format!("{line} {}", path.join("::")),
        None => path.segments.iter().map(ToString::to_string).collect::<Vec<_>>().join("::"),
    };
    code_paths(text).into_iter().map(shown).collect()
}

#[test]
fn a_use_tree_names_each_of_its_paths() {
    let text = "use crate::{\n    a::{self, B as C},\n    d::*,\n};\nuse e;\npub use f::G;";
    assert_eq!(found(text), ["2 a::self", "2 a::B", "3 d", "e", "f::G"]);
}

#[test]
fn paths_in_code_types_and_attributes_are_named() {
    let text = "#[derive(a::B, C)]\n#[d(e::F)]\nstruct G(Vec<crate::h::I>);\npub(crate) fn j() { k::<u8>(); l::m(); n }";
    assert_eq!(found(text), ["a::B", "e::F", "3 h::I", "l::m"]);
}

#[test]
fn paths_inside_macros_are_named_and_macros_of_the_root_are_not() {
    let text = "fn a() { crate::b!(x: ::c, crate::d::E { f: g::h }, crate::i!(j)); k::l!() }";
    assert_eq!(found(text), ["1 d::E", "g::h", "k::l"]);
}

#[test]
fn a_derive_is_recognised_inside_macros_too() {
    let text = "#[derive(a::B)]\nstruct C;\nmacro_rules! d { () => { #[derive(e::F)] struct G(h::I); } }";
    let places: Vec<Place> = code_paths(text).into_iter().map(|path| path.place).collect();
    assert_eq!(places, [Place::Derive, Place::Derive, Place::Code]);
}

#[test]
fn super_leads_out_of_inline_modules_first() {
    let text = "use super::a;\nmod tests {\n    use super::*;\n    use super::super::b;\n    fn c() { super::super::super::d() }\n}";
    assert_eq!(found(text), ["1 store::a", "super", "4 store::b", "5 d"]);
}

#[test]
fn comments_and_strings_name_no_paths() {
    assert_eq!(found("// crate::a\n/// crate::b\nfn c() { \"crate::d\"; }"), [""; 0]);
}

#[test]
fn every_file_of_the_host_can_be_read() {
    let unread = |source: &Source| source.is_rust() && syn::parse_file(&source.text).is_err();
    let paths: Vec<String> =
        sources_below("host/src").into_iter().filter(unread).map(|source| source.path).collect();
    assert_eq!(paths, [""; 0], "syn is older than the language of these files; update it");
}
