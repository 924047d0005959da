//! Finds the programs of a PostgreSQL server, which many systems keep off PATH, and installs them where that is
//! one command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::runner::Runner;

/// Folders with one folder per version, and how deep below that the programs are: Debian and its derivatives, the
/// project's own packages for Red Hat and its derivatives, Homebrew on both kinds of Mac.
const HOMES: [(&str, &str); 4] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
];

/// The folder of `initdb` and `postgres`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Installation(PathBuf);

impl Installation {
    pub(super) fn find_or_install(runner: &Runner) -> Result<Self, Failure> {
        if let Some(found) = Self::find() {
            return Ok(found);
        }
        if rustix::process::geteuid().is_root()
            && runner.succeeds(Command::new("apt-get").arg("--version"))?
        {
            println!("no PostgreSQL server found; installing the package `postgresql`");
            runner.run(Command::new("apt-get").arg("update"))?;
            let mut install = Command::new("apt-get");
            install.args(["install", "-y", "--no-install-recommends", "postgresql"]);
            runner.run(install.env("DEBIAN_FRONTEND", "noninteractive"))?;
        }
        Self::find().ok_or_else(|| Failure::Missing {
            what: "a PostgreSQL server (`initdb` and `postgres`)",
            remedy: "install it: `apt-get install postgresql` on Debian and Ubuntu, `dnf install \
                     postgresql-server` on Fedora, `brew install postgresql` on macOS; or set \
                     JACKFIELD_TEST_POSTGRES to the address of a server you may create databases on"
                .to_owned(),
        })
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.0.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.0.join("postgres")
    }

    pub(super) fn shown(&self) -> String {
        format!("in {}", self.0.display())
    }

    /// Searches PATH first, because it is the machine owner's choice, then the usual places, newest version first.
    fn find() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "looking programs up is what PATH is for")]
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path = std::env::split_paths(&path).filter_map(|folder| {
            // A link here may point to only one of the programs; the others are next to its target.
            fs::canonicalize(folder.join("initdb")).ok()?.parent().map(Path::to_owned)
        });
        let elsewhere = HOMES.iter().flat_map(|(home, prefix)| {
            let names = fs::read_dir(home).into_iter().flatten().flatten();
            let names = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
            let by_age = newest_first(names, prefix).into_iter();
            by_age.map(|name| Path::new(home).join(name).join("bin")).collect::<Vec<_>>()
        });
        on_path.chain(elsewhere).map(Self).find(Self::is_whole)
    }

    fn is_whole(&self) -> bool {
        self.initdb().is_file() && self.postgres().is_file()
    }
}

/// Sorts `<prefix><version>` names with the highest version first; 9.6 counts as 9.
fn newest_first(names: Vec<String>, prefix: &str) -> Vec<String> {
    let version = |name: &str| {
        let rest = name.strip_prefix(prefix)?;
        rest.split('.').next()?.parse::<u32>().ok()
    };
    let mut versions: Vec<(u32, String)> =
        names.into_iter().filter_map(|name| Some((version(&name)?, name))).collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(newest_first(owned(&["9.6", "15", "common", "17", "16"]), ""), ["17", "16", "15", "9.6"]);
    }

    #[test]
    fn only_names_with_the_prefix_and_a_version_are_listed() {
        let names = owned(&["bin", "pgsql-9.6", "pgsql-15", "pgsql", "pgsql-x"]);
        assert_eq!(newest_first(names, "pgsql-"), ["pgsql-15", "pgsql-9.6"]);
    }

    #[test]
    fn a_missing_installation_is_not_whole() {
        assert!(!Installation(PathBuf::from("/no/such/folder")).is_whole());
    }
}
