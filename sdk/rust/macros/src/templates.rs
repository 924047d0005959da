//! The folder of templates that is packed with a plugin.

use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, LitStr, Result};

/// One template file.
pub(crate) struct Template {
    pub(crate) name: String,
    pub(crate) source: String,
    path: PathBuf,
}

impl Template {
    /// Makes cargo compile the plugin again when the file changes.
    pub(crate) fn tracked(&self) -> TokenStream {
        let path = self.path.display().to_string();
        quote! { const _: &str = include_str!(#path); }
    }
}

/// Reads `*.hbs` from the folder next to the plugin's `Cargo.toml`, sorted by name.
pub(crate) fn read(package: &Path, folder: &LitStr) -> Result<Vec<Template>> {
    let wrong = |text: String| Error::new(folder.span(), text);
    let shown = folder.value();
    let entries = std::fs::read_dir(package.join(&shown)).map_err(|error| {
        wrong(format!("cannot read the folder `{shown}` next to Cargo.toml: {}", error.kind()))
    })?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| wrong(format!("cannot read the folder `{shown}`: {error}")))?.path();
        if path.extension().is_some_and(|extension| extension == "hbs") {
            paths.push(path);
        }
    }
    if paths.is_empty() {
        return Err(wrong(format!("the folder `{shown}` has no template: put `name.hbs` there")));
    }
    paths.sort();
    paths.into_iter().map(|path| template(path).map_err(wrong)).collect()
}

fn template(path: PathBuf) -> core::result::Result<Template, String> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = file.trim_end_matches(".hbs").to_owned();
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    if !(1..=64).contains(&name.len()) || !name.bytes().all(allowed) {
        return Err(format!(
            "rename `{file}`: the name of a template has 1 to 64 characters of a-z, 0-9, _ and -"
        ));
    }
    let source = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read the template `{file}`: {error}"))?;
    Ok(Template { name, source, path })
}
