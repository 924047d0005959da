//! PostgreSQL refuses to run as root, which is what a container usually is: the server then runs under another account.

use std::fs;
use std::path::Path;

use crate::failure::Failure;

/// The server's package creates the first one; the second one exists on every Unix.
const CANDIDATES: [&str; 2] = ["postgres", "nobody"];

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// Returns `None` if the caller's own account will do.
    pub(super) fn for_server() -> Result<Option<Self>, Failure> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let path = Path::new("/etc/passwd");
        let text = fs::read_to_string(path).map_err(Failure::file("read", path))?;
        let found = CANDIDATES.iter().find_map(|name| find(&text, name));
        found.map(Some).ok_or_else(|| Failure::Missing {
            what: "an account for the server, which refuses to run as root,",
            remedy: "create one called `postgres`, or run this as an ordinary user".to_owned(),
        })
    }
}

fn find(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/:/bin/bash
postgresql:x:7:8::/:/bin/false
postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash
";

    #[test]
    fn the_whole_name_must_match() {
        assert_eq!(find(PASSWD, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(find(PASSWD, "nobody"), None);
        assert_eq!(find("postgres:x:many:104::/:\n", "postgres"), None);
    }
}
