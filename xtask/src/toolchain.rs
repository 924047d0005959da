//! What the Rust installation must have beyond the host's own target: plugins are WebAssembly.

use std::process::Command;

use crate::failure::Failure;
use crate::runner::Runner;

pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// Makes sure that plugins can be compiled, and adds the target through rustup if it is missing.
pub(crate) fn ensure_wasm(runner: &Runner) -> Result<(), Failure> {
    if installed_by_rustup() || installed_otherwise() {
        println!("{WASM} is installed");
        return Ok(());
    }
    if !runner.succeeds(Command::new("rustup").arg("--version"))? {
        return Err(Failure::Missing {
            what: "the compilation target for plugins",
            remedy: format!(
                "rustup was not found to add it: get it from https://rustup.rs and run `rustup target add {WASM}`, \
                 or install your distribution's package of the Rust standard library for {WASM}"
            ),
        });
    }
    runner.run(Command::new("rustup").args(["target", "add", WASM]))
}

fn installed_by_rustup() -> bool {
    let listed = Command::new("rustup").args(["target", "list", "--installed"]).output();
    listed.is_ok_and(|output| names_wasm(&String::from_utf8_lossy(&output.stdout)))
}

/// Without rustup, an installed target is a folder in the Rust installation.
fn installed_otherwise() -> bool {
    let libraries = Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
    libraries.is_ok_and(|output| {
        let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success() && std::fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some())
    })
}

fn names_wasm(installed: &str) -> bool {
    installed.lines().any(|line| line.trim() == WASM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_target_counts() {
        assert!(names_wasm("wasm32-unknown-unknown\nx86_64-unknown-linux-gnu\n"));
        assert!(!names_wasm("wasm32-unknown-emscripten\nx86_64-unknown-linux-gnu\n"));
        assert!(!names_wasm(""));
    }
}
