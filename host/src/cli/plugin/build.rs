//! `jackfield plugin build`: cargo builds the core module, which is then made into a component and checked as on a
//! server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use serde_json::Value;

use super::{Failure, out};
use crate::plugin::package::{Package, componentize};
use crate::plugin::sheet::Sheet;

/// The target of plugins. It has no imports besides the contract's.
const TARGET: &str = "wasm32-unknown-unknown";

/// Keeps files small and function names for crash reports. It is passed on the command line, so that a plugin's
/// `Cargo.toml` does not have to repeat it.
const PROFILE: [&str; 7] = [
    "profile.plugin.inherits=\"release\"",
    "profile.plugin.opt-level=\"s\"",
    "profile.plugin.lto=true",
    "profile.plugin.codegen-units=1",
    "profile.plugin.panic=\"abort\"",
    "profile.plugin.debug=false",
    "profile.plugin.strip=\"debuginfo\"",
];

#[derive(Debug, Args)]
pub(in crate::cli) struct BuildOptions {
    /// The plugin's folder
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Where to put the .wasm file
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
}

/// A built plugin.
#[derive(Debug)]
pub(in crate::cli) struct Built {
    pub(in crate::cli) file: PathBuf,
    pub(in crate::cli) component: Vec<u8>,
    pub(in crate::cli) sheet: Sheet,
}

pub(super) fn run(options: &BuildOptions) -> Result<(), Failure> {
    let built = build(&options.folder, &options.out)?;
    out::note(format_args!(
        "{} {}: {} bytes",
        built.sheet.plugin,
        built.sheet.version,
        built.component.len()
    ));
    out::say(built.file.display());
    Ok(())
}

/// Builds the plugin in `folder` into `<out>/<crate>.wasm`.
pub(in crate::cli) fn build(folder: &Path, out: &Path) -> Result<Built, Failure> {
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Err(format!("{} holds no plugin; name a folder with a Cargo.toml", folder.display()).into());
    }
    let module = compile(&manifest)?;
    let core =
        std::fs::read(&module).map_err(|error| format!("cannot read {}: {error}", module.display()))?;
    let component = componentize(&core).map_err(|error| format!("{}: {error}", folder.display()))?;
    let package = Package::read(&component).map_err(|error| format!("{}: {error}", folder.display()))?;
    let name = module.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
    let file = out.join(format!("{name}.wasm"));
    std::fs::create_dir_all(out).map_err(|error| format!("cannot make {}: {error}", out.display()))?;
    std::fs::write(&file, &component).map_err(|error| format!("cannot write {}: {error}", file.display()))?;
    Ok(Built { file, component, sheet: Sheet::of(&package) })
}

/// Runs cargo and returns the core module's path.
fn compile(manifest: &Path) -> Result<PathBuf, Failure> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--profile", "plugin", "--target", TARGET, "--message-format"]);
    cargo.args(["json-render-diagnostics", "--manifest-path"]).arg(manifest);
    for setting in PROFILE {
        cargo.args(["--config", setting]);
    }
    let ran = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).stdout(Stdio::piped()).output();
    let ran =
        ran.map_err(|error| format!("cannot run cargo: {error}; install Rust from https://rustup.rs"))?;
    if !ran.status.success() {
        let hint =
            if has_target() { String::new() } else { format!("; first run `rustup target add {TARGET}`") };
        return Err(format!("cargo could not build {}{hint}", manifest.display()).into());
    }
    let module =
        String::from_utf8_lossy(&ran.stdout).lines().filter_map(|line| artifact(line, manifest)).next_back();
    module.ok_or_else(|| {
        format!(
            "{} makes no .wasm file; it needs `crate-type = [\"cdylib\", \"rlib\"]` under [lib]",
            manifest.display()
        )
        .into()
    })
}

/// Returns the .wasm file if this line of cargo's messages is about this manifest's library.
fn artifact(line: &str, manifest: &Path) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(line).ok()?;
    let same = |path: &str| Path::new(path).canonicalize().ok() == manifest.canonicalize().ok();
    message["manifest_path"].as_str().filter(|path| same(path))?;
    let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
    files.map(PathBuf::from).find(|file| file.extension().is_some_and(|extension| extension == "wasm"))
}

/// Whether the standard library for plugins is installed.
fn has_target() -> bool {
    let found = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output();
    found.is_ok_and(|found| Path::new(String::from_utf8_lossy(&found.stdout).trim()).is_dir())
}
