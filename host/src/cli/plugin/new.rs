//! `jackfield plugin new`: creates a folder that builds and passes its test unchanged.
//!
//! The SDK is included as source in exactly this server's version, so only its public dependencies are downloaded.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rust_embed::RustEmbed;

use super::{Failure, out};
use crate::plugin::manifest::MAX_NAME;

/// The SDK's sources, as plugins vendor them.
#[derive(RustEmbed)]
#[folder = "../sdk"]
#[include = "wit/*"]
#[include = "rust/Cargo.toml"]
#[include = "rust/src/*"]
#[include = "rust/macros/Cargo.toml"]
#[include = "rust/macros/src/*"]
#[include = "templates/Cargo.toml"]
#[include = "templates/src/*"]
#[include = "testkit/Cargo.toml"]
#[include = "testkit/src/*"]
#[include = "words/Cargo.toml"]
#[include = "words/src/*"]
struct Sdk;

/// What a new plugin begins as.
#[derive(RustEmbed)]
#[folder = "templates/new"]
struct Template;

#[derive(Debug, Args)]
pub(in crate::cli) struct NewPluginOptions {
    /// The plugin's name: lower-case letters, digits and `-`; also the new folder's
    name: String,
    /// What it begins as
    #[arg(long, value_enum, default_value_t = Kind::Command)]
    kind: Kind,
    /// The plugin's id [default: com.example.NAME]
    #[arg(long)]
    id: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A slash command
    Command,
    /// A bridge: reads webhooks of another service
    Bridge,
}

pub(super) fn run(options: &NewPluginOptions) -> Result<(), Failure> {
    let name = &options.name;
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !starts_well || name.len() > MAX_NAME || !name.bytes().all(allowed) {
        return Err(format!(
            "`{name}` cannot name a plugin; use at most {MAX_NAME} lower-case letters, digits and `-`, a letter first"
        )
        .into());
    }
    let folder = PathBuf::from(name);
    if folder.exists() {
        return Err(format!("{name} exists already; choose another name, or remove it").into());
    }
    let id = options.id.clone().unwrap_or_else(|| format!("com.example.{name}"));
    id.parse::<crate::model::PluginId>()?;
    let kind = match options.kind {
        Kind::Command => "command.rs",
        Kind::Bridge => "bridge.rs",
    };
    let filled =
        |text: &str| text.replace("NAME", name).replace("TYPE", &type_name(name)).replace("PLUGIN_ID", &id);
    for (from, to) in [
        ("Cargo.toml.txt", "Cargo.toml"),
        ("README.md", "README.md"),
        ("gitignore", ".gitignore"),
        (kind, "src/lib.rs"),
    ] {
        let file = Template::get(from)
            .ok_or_else(|| format!("the template {from} is missing from this program; install it again"))?;
        write(&folder.join(to), filled(&String::from_utf8_lossy(&file.data)).as_bytes())?;
    }
    for path in Sdk::iter() {
        if let Some(file) = Sdk::get(&path) {
            write(&folder.join("vendor/jackfield").join(&*path), &file.data)?;
        }
    }
    out::note(format_args!("{name} is ready. Next:\n  cd {name}\n  cargo test\n  jackfield plugin build"));
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent)
        .and_then(|()| std::fs::write(path, bytes))
        .map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

/// Turns `my-tool` into the type name `MyToolPlugin`. The suffix keeps it distinct from the types that the templates
/// use.
fn type_name(name: &str) -> String {
    let capitalised = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
    };
    name.split('-').map(capitalised).chain(["Plugin".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(file: Option<rust_embed::EmbeddedFile>) -> Vec<String> {
        let text = String::from_utf8(file.unwrap().data.into_owned()).unwrap();
        text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect()
    }

    #[test]
    fn no_name_hides_a_type_that_a_template_uses() {
        // The SDK's root is included because its prelude exports most of its names.
        let files = [Template::get("command.rs"), Template::get("bridge.rs"), Sdk::get("rust/src/lib.rs")];
        let used: Vec<String> = files.into_iter().flat_map(words).collect();
        for shown in ["String", "Result", "Event", "Reply", "Plugin", "TestHost"] {
            assert!(used.iter().any(|word| word == shown), "{shown}");
        }
        let names = "result string reply request outcome event ctx ok deserialize message plugin post self option vec";
        for name in names.split(' ') {
            let made = type_name(name);
            assert!(!used.contains(&made), "{name}: {made}");
        }
        assert_eq!(type_name("my-2-tools"), "My2ToolsPlugin");
        assert_eq!(type_name("self"), "SelfPlugin");
    }
}
