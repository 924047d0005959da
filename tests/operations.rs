//! The list of all operations of Mattermost's API, `tests/oracle/operations.md`, is in step with the router, with what
//! the server answers, and with the README.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use jackfield::routes;
use jackfield_tests::{TestHost, each_backend};

/// The prefix of the API's routes.
const V4: &str = "/api/v4";

/// An operation of the list.
#[derive(Debug)]
struct Operation {
    method: String,
    path: String,
    /// Whether version 9.1 has it.
    is_public: bool,
    standing: Standing,
}

/// What the list says about an operation: its section.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Offered,
    /// The server refuses it with this reason.
    Refused(String),
    /// The address, or its method, is unknown to the server.
    Unknown,
}

impl Operation {
    /// The method and the path, with all parameters alike.
    fn key(&self) -> (String, String) {
        (self.method.clone(), shape(&self.path))
    }
}

/// Returns a path with all parameters alike. The caller's own account, `me`, is one.
fn shape(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') || part == "me" { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads the list: a section per standing, and a line per operation.
fn operations() -> Vec<Operation> {
    let mut standing = Standing::Unknown;
    let mut operations = Vec::new();
    for line in read("oracle/operations.md").lines() {
        if let Some(title) = line.strip_prefix("## ") {
            standing = match title.split_once(": ") {
                None if title == "Offered" => Standing::Offered,
                Some(("Refused", reason)) => Standing::Refused(reason.to_owned()),
                Some(("Not here", _)) => Standing::Unknown,
                _ => panic!("operations.md: `{title}` is no standing"),
            };
        } else if let Some(line) = line.strip_prefix("- `") {
            let (operation, mark) = line.split_once('`').expect("an operation ends with a backtick");
            let (method, path) = operation.split_once(' ').expect("an operation is a method and a path");
            operations.push(Operation {
                method: method.to_owned(),
                path: path.to_owned(),
                is_public: mark.is_empty(),
                standing: standing.clone(),
            });
        }
    }
    operations
}

#[test]
fn the_list_of_operations_and_the_router_are_in_step() {
    let mut listed = BTreeMap::new();
    for operation in operations() {
        let key = operation.key();
        let standing = operation.standing;
        assert!(
            listed.insert(key, standing).is_none(),
            "{} {} is listed twice",
            operation.method,
            operation.path
        );
    }
    let mut routed = BTreeSet::new();
    for route in routes() {
        let (Some(method), Some(path)) = (route.method, route.path.strip_prefix(V4)) else { continue };
        let key = (method.to_owned(), shape(path));
        let found = listed.get(&key);
        let fits = match found {
            Some(Standing::Offered) => route.offered,
            Some(Standing::Refused(_)) => !route.offered,
            Some(Standing::Unknown) | None => false,
        };
        assert!(fits, "{method} {path}, offered: {}, is listed as {found:?}", route.offered);
        routed.insert(key);
    }
    for (key, standing) in listed {
        let is_routed = routed.contains(&key);
        assert_eq!(is_routed, standing != Standing::Unknown, "{key:?} is listed as {standing:?}");
    }
}

#[test]
fn the_readme_counts_the_operations() {
    let public: Vec<Operation> = operations().into_iter().filter(|operation| operation.is_public).collect();
    let offered = public.iter().filter(|operation| operation.standing == Standing::Offered).count();
    let sentence = format!("{offered} of the {} operations", public.len());
    assert!(read("../README.md").contains(&sentence), "the README does not say `{sentence}`");
}

each_backend! {
    async fn an_operation_that_is_not_offered_is_refused_with_its_reason(host: TestHost) {
        let admin = host.admin().await;
        for Operation { method, path, standing, .. } in operations() {
            let Standing::Refused(reason) = standing else { continue };
            let path = format!("{V4}{}", path.replace(['{', '}'], "a"));
            let response = admin.request(&method, &path, &[], "").await;
            let error = response.json();
            assert!(response.status >= 400 && error["message"] == reason, "{method} {path}: {response:?}");
            let anonymous = host.anonymous().request(&method, &path, &[], "").await;
            assert_eq!(anonymous.status, 401, "{method} {path}: {anonymous:?}");
        }
    }
}
