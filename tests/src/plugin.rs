//! Reads the plugins that tests install; they are built before the tests run.

use std::path::PathBuf;

const VARIABLE: &str = "JACKFIELD_TEST_PLUGINS";

/// Returns the package of this name, e.g. `dice`.
#[expect(
    clippy::disallowed_methods,
    reason = "the chores tell tests in the environment where the built plugins are"
)]
pub fn plugin_file(name: &str) -> Vec<u8> {
    let Ok(folder) = std::env::var(VARIABLE) else {
        panic!(
            "run `cargo xtask test`, or set {VARIABLE} to a folder with {name}.wasm as `jackfield plugin build` makes it"
        );
    };
    let path = PathBuf::from(folder).join(format!("{name}.wasm"));
    match std::fs::read(&path) {
        Ok(package) => package,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}
