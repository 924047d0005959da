//! The direction of imports inside the host: a module uses only modules below it, and only one module names each
//! external crate (web, database, sandbox, ...).

use super::code_paths::{CodePath, Place, code_paths};
use super::tree::{Broken, Source, assert_none, sources_below};

/// The layers, top to bottom. Modules on one line do not use each other, except on the first, which is one program.
const LADDER: [&[&str]; 16] = [
    &["main", "cli", "lib"],
    &["start"],
    &["http"],
    &["app"],
    &["worker"],
    &["hook", "command", "signed"],
    &["chat", "notice"],
    &["plugin"],
    &["effect", "access"],
    &["runtime"],
    &["store", "template", "bus", "blob"],
    &["egress", "telemetry"],
    &["config", "slack", "verifier"],
    &["shutdown"],
    &["budget", "clock", "descriptors", "json", "multipart", "rate", "secret"],
    &["disk", "model"],
];

/// Each crate, and the only module that may name it.
const SOLE_IMPORTERS: [(&str, &str); 6] = [
    ("axum", "http"),
    ("tower", "http"),
    ("sqlx", "store"),
    ("wasmtime", "runtime"),
    ("reqwest", "egress"),
    ("lettre", "egress"),
];

/// The folder of the host's modules.
const HOST: &str = "host/src/";

pub(crate) fn check(sources: &[Source]) -> Vec<Broken> {
    let host = sources.iter().filter(|source| source.is_rust() && source.path.starts_with(HOST));
    host.flat_map(check_file).collect()
}

fn check_file(source: &Source) -> Vec<Broken> {
    let module = module_path(&source.path);
    let Some(own) = module.first() else {
        return Vec::new();
    };
    if level(own).is_none() {
        let rule = format!("module `{own}` has no place in the direction of imports");
        return vec![source.broken(0, rule, "give it one, in ARCHITECTURE.md and in tests/tidy/imports.rs")];
    }
    let mut found = Vec::new();
    for path in code_paths(&source.text) {
        if let Some((used, line)) = path.absolute(&module) {
            found.extend(direction(own, &used[0]).map(|(rule, remedy)| source.broken(line, rule, remedy)));
        }
        found.extend(foreign_crate(source, own, &path));
    }
    // A group names a module once for each of its items.
    found.sort_by(|one, other| (one.line, &one.rule).cmp(&(other.line, &other.rule)));
    found.dedup();
    found
}

/// Returns the rule and the remedy if module `own` must not use `used`.
fn direction(own: &str, used: &str) -> Option<(String, String)> {
    let here = level(own)?;
    // Anything else is an item of the crate root, which is the top.
    let (there, name) = level(used).map_or((0, "lib"), |there| (there, used));
    if own == name || there > here || here == 0 {
        return None;
    }
    let rule = format!("`{own}` uses `crate::{used}`");
    let remedy = if name == "lib" {
        "use the module that defines it; the crate root stands above all others".to_owned()
    } else if there == here {
        format!(
            "the two stand on one line: let a module above join them, or move the shared part below `{own}`"
        )
    } else {
        format!("`{used}` stands above `{own}`: pass in what is needed, or move it below `{own}`")
    };
    Some((rule, remedy))
}

fn level(module: &str) -> Option<usize> {
    LADDER.iter().position(|line| line.contains(&module))
}

/// Splits `host/src/store/posts.rs` into `[store, posts]`.
fn module_path(file: &str) -> Vec<String> {
    let inner = file.strip_prefix(HOST).unwrap_or(file);
    inner.strip_suffix(".rs").unwrap_or(inner).split('/').map(str::to_owned).collect()
}

fn foreign_crate(source: &Source, own: &str, path: &CodePath) -> Option<Broken> {
    let name = path.segments.first()?;
    let (krate, home) = sole_importer(&name.to_string())?;
    // Model types derive how they are stored; the model knows nothing else of the database.
    let is_derived = own == "model" && krate == "sqlx" && path.place == Place::Derive;
    let rule = format!("`{own}` names `{krate}`, which only `{home}` knows");
    let broken = source.broken(name.span().start().line, rule, format!("let `{home}` offer what is needed"));
    (own != home && !is_derived).then_some(broken)
}

/// Returns the entry for a crate; `wasmtime_wasi` and similar count as `wasmtime`.
fn sole_importer(word: &str) -> Option<(&'static str, &'static str)> {
    SOLE_IMPORTERS.into_iter().find(|(krate, _)| {
        word.strip_prefix(krate).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}

#[cfg(test)]
fn found(path: &str, text: &str) -> Vec<String> {
    check(&[Source::new(path, text)]).into_iter().map(|one| format!("{}: {}", one.line, one.rule)).collect()
}

#[test]
fn a_module_may_use_modules_below_it_and_its_children() {
    let text = "use crate::store::{Store, posts};\nuse crate::{access, model::Post, chat::split};\n\
                use super::split;\nmod tests { use super::*; use super::super::mentions; }";
    assert_eq!(found("host/src/chat/post.rs", text), [""; 0]);
    assert_eq!(found("host/src/cli/serve.rs", "use crate::serve;\nuse crate::http::routes;"), [""; 0]);
}

#[test]
fn using_a_module_above_or_beside_is_found() {
    let text = "use crate::{\n    model::Post,\n    http::{page, app},\n    notice,\n};\n\
                fn a() { crate::app::App::new() }\nuse crate::Serve;";
    let expected = [
        "3: `chat` uses `crate::http`",
        "4: `chat` uses `crate::notice`",
        "6: `chat` uses `crate::app`",
        "7: `chat` uses `crate::Serve`",
    ];
    assert_eq!(found("host/src/chat/post.rs", text), expected);
    assert_eq!(found("host/src/access.rs", "use crate::effect::Grants;").len(), 1);
}

#[test]
fn leaving_a_module_by_super_is_found_and_the_remedy_says_why() {
    assert_eq!(
        found("host/src/store/posts.rs", "use super::super::chat;"),
        ["1: `store` uses `crate::chat`"]
    );
    assert_eq!(found("host/src/store.rs", "use super::chat;"), ["1: `store` uses `crate::chat`"]);
    let inline = "mod tests { use super::super::chat; }";
    assert_eq!(found("host/src/store.rs", inline), ["1: `store` uses `crate::chat`"]);
    let broken = check(&[Source::new("host/src/store.rs", "use super::chat;")]);
    assert!(broken[0].remedy.starts_with("`chat` stands above `store`"));
}

#[test]
fn macros_comments_and_strings_are_not_imports() {
    let text = "// crate::http\nfn a() { crate::on_read!(db); \"crate::http\"; }\npub(crate) fn b() {}";
    assert_eq!(found("host/src/store.rs", text), [""; 0]);
}

#[test]
fn a_module_without_a_place_is_found() {
    let rule = "0: module `gadget` has no place in the direction of imports";
    assert_eq!(found("host/src/gadget/wheel.rs", "//! x"), [rule]);
    assert_eq!(found("sdk/rust/src/gadget.rs", "use crate::http;"), [""; 0]);
}

#[test]
fn a_crate_has_one_importer() {
    assert_eq!(found("host/src/http.rs", "use axum::Router;"), [""; 0]);
    assert_eq!(
        found("host/src/lib.rs", "fn a() { axum::serve(a, b) }"),
        ["1: `lib` names `axum`, which only `http` knows"]
    );
    assert_eq!(found("host/src/app.rs", "use tower::Layer;").len(), 1);
    assert_eq!(found("host/src/chat.rs", "use reqwest;\nuse ::lettre::Message;").len(), 2);
    assert_eq!(found("host/src/plugin.rs", "use wasmtime_wasi::X;").len(), 1);
    assert_eq!(
        found("host/src/plugin.rs", "fn a() { let wasmtime = 1; let x = wasmtime_version; a::axum::b }"),
        [""; 0]
    );
}

#[test]
fn the_model_may_derive_its_columns_and_no_more() {
    let derives = "#[derive(Debug, sqlx::Type, sqlx::FromRow)]\n#[sqlx(transparent)]\npub struct A;";
    assert_eq!(found("host/src/model/id.rs", derives), [""; 0]);
    assert_eq!(
        found("host/src/model/id.rs", "use sqlx::Type;\n#[derive(Debug)] fn a(b: sqlx::Row) {}").len(),
        2
    );
    assert_eq!(found("host/src/access.rs", "#[derive(sqlx::Type)] struct A;").len(), 1);
    assert_eq!(found("host/src/model/id.rs", "#[derive(axum::FromRequest)] struct A;").len(), 1);
}

#[test]
fn every_module_uses_only_modules_below_it() {
    let host = sources_below("host/src");
    assert!(!host.is_empty(), "host/src has no files");
    assert_none(&check(&host));
}
