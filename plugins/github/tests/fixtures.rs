//! Every fixture, and the requests a fixture cannot express.

use std::path::Path;

use github::GitHub;
use jackfield_sdk::prelude::*;
use jackfield_testkit::{TestHost, fixtures};
use serde_json::Value;

/// One fixture of every event that is shown.
const SHOWN: [&str; 8] = [
    "push__two_authors",
    "pull_request__review_requested",
    "pull_request__edited_base",
    "issues__transferred",
    "issue_comment__edited",
    "release__published",
    "workflow_run__success",
    "ping__repository",
];

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(format!("{name}.json"));
    std::fs::read_to_string(path).expect("the fixture is there")
}

/// Collects the JSON pointers of everything inside a value.
fn pointers(value: &Value, above: &str, found: &mut Vec<String>) {
    let inner: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, inner)| (key.clone(), inner)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(n, inner)| (n.to_string(), inner)).collect(),
        _ => return,
    };
    for (key, inner) in inner {
        let pointer = format!("{above}/{key}");
        pointers(inner, &pointer, found);
        found.push(pointer);
    }
}

fn deliver(headers: &[(&str, &str)], body: &str) -> Result<Outcome> {
    TestHost::new().channel("hook").bridge::<GitHub>("github", headers, body)
}

fn text(outcome: Result<Outcome>) -> String {
    outcome.expect("it is accepted").messages.remove(0).text
}

fn failure(headers: &[(&str, &str)], body: &str) -> Failure {
    deliver(headers, body).expect_err("it is refused")
}

#[test]
fn every_fixture_matches_its_snapshot() {
    fixtures::check::<GitHub>(Path::new(env!("CARGO_MANIFEST_DIR")), "github", |file, _| {
        vec![
            ("X-GitHub-Event".to_owned(), fixtures::event(file).to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ]
    });
}

#[test]
fn twenty_of_many_commits_are_listed_and_three_authors_named() {
    let text = text(deliver(&[("X-GitHub-Event", "push")], &fixture("push__25_commits")));
    assert_eq!(text.lines().filter(|line| line.starts_with("- [`")).count(), 20);
    assert!(text.lines().last().is_some_and(|line| line.starts_with("- [and 5 more](")), "{text}");
    assert!(text.contains(", by anna (9), bob (7), carl (5) and others (4)\n"), "{text}");
}

#[test]
fn a_form_gives_the_same_message_as_json() {
    let json = r#"{"zen":"A+B & C","repository":{"full_name":"a/b"}}"#;
    let form = "payload=%7B%22zen%22%3A%22A%2BB+%26+C%22%2C%22repository%22%3A%7B%22full_name%22%3A%22a%2Fb%22%7D%7D";
    let kind = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
    let expected = text(deliver(&[("X-GitHub-Event", "ping")], json));
    assert_eq!(text(deliver(&[("x-github-event", "ping"), kind], form)), expected);
    assert_eq!(expected, "[**a/b**](https://github.com/a/b) · the hook is connected\n\n> A+B & C");
    assert_eq!(
        failure(&[("X-GitHub-Event", "ping"), kind], json),
        Failure::User(
            "the form has no field `payload`: set the content type of the hook to application/json".into()
        )
    );
}

#[test]
fn a_request_that_is_not_a_delivery_is_refused_with_a_reason() {
    assert_eq!(
        failure(&[("X-Gitlab-Event", "Push Hook")], "{}"),
        Failure::User("the request has no X-GitHub-Event header: only GitHub webhooks belong here".into())
    );
    let event = [("X-GitHub-Event", "push")];
    assert_eq!(
        failure(&event, "{"),
        Failure::User("the payload is not JSON: EOF while parsing an object at line 1 column 1".into())
    );
    assert_eq!(failure(&event, "[]"), Failure::User("the payload is JSON, but not an object".into()));
    assert_eq!(
        failure(&event, r#"{"commits": 5}"#),
        Failure::User(
            "this is not the payload of a push event: invalid type: integer `5`, expected a sequence".into()
        )
    );
}

#[test]
fn an_empty_payload_of_a_shown_event_never_fails() {
    for (event, body) in [
        ("push", r#"{"ref": "refs/heads/main"}"#),
        ("pull_request", r#"{"action": "opened"}"#),
        ("pull_request", r#"{"action": "review_requested", "pull_request": null}"#),
        ("pull_request", r#"{"action": "edited", "changes": {"base": {}}}"#),
        ("issues", r#"{"action": "transferred"}"#),
        ("issue_comment", r#"{"action": "created", "comment": {"user": null}}"#),
        ("release", r#"{"action": "published"}"#),
        ("workflow_run", r#"{"action": "completed", "workflow_run": {"conclusion": null}}"#),
        ("ping", "{}"),
    ] {
        let text = text(deliver(&[("X-GitHub-Event", event)], body));
        assert!(text.starts_with("[**"), "{event}: {text}");
    }
    let ignored = deliver(&[("X-GitHub-Event", "push")], "{}").map(|outcome| outcome.ignored);
    let reason = "event push to nothing is not shown: it is neither a branch nor a tag";
    assert_eq!(ignored, Ok(Some(reason.into())));
}

#[test]
fn a_delivery_with_null_or_missing_parts_is_accepted() {
    let mut tried = 0;
    for name in SHOWN {
        let whole: Value = serde_json::from_str(&fixture(name)).expect("the fixture is JSON");
        let mut parts = Vec::new();
        pointers(&whole, "", &mut parts);
        for part in parts {
            let (above, key) = part.rsplit_once('/').expect("a pointer starts with a slash");
            let mut nulled = whole.clone();
            *nulled.pointer_mut(&part).expect("the part is there") = Value::Null;
            let mut lacking = whole.clone();
            if let Some(Value::Object(map)) = lacking.pointer_mut(above) {
                map.remove(key);
            }
            for body in [nulled, lacking] {
                let outcome = deliver(&[("X-GitHub-Event", fixtures::event(name))], &body.to_string());
                let outcome = outcome.unwrap_or_else(|failure| panic!("{name} without {part}: {failure}"));
                assert_ne!(outcome.messages.is_empty(), outcome.ignored.is_none(), "{name} without {part}");
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "{tried} variants are too few to mean anything");
}

#[test]
fn no_untrusted_text_mentions_a_user() {
    let mention = "@all @here @channel @anna";
    let account = format!(r#"{{"login": "{mention}"}}"#);
    let fields = format!(
        r#""sender": {account}, "assignee": {account}, "requested_reviewer": {account},
           "repository": {{"full_name": "{mention}", "html_url": "https://x/{mention}"}}, "zen": "{mention}",
           "ref": "refs/heads/{mention}", "compare": "https://x/{mention}", "hook": {{"events": ["{mention}"]}},
           "commits": [{{"id": "{mention}", "message": "{mention}", "author": {{"name": "{mention}"}}}}],
           "pull_request": {{"title": "{mention}", "body": "{mention}", "base": {{"ref": "{mention}"}}}},
           "issue": {{"title": "{mention}", "body": "{mention}"}},
           "comment": {{"body": "{mention}", "user": {account}}},
           "release": {{"tag_name": "{mention}", "name": "x {mention}", "body": "{mention}"}},
           "workflow_run": {{"name": "{mention}", "head_branch": "{mention}", "conclusion": "{mention}",
                             "head_sha": "{mention}"}}"#
    );
    for (event, action) in [
        ("push", ""),
        ("ping", ""),
        ("pull_request", "opened"),
        ("pull_request", "assigned"),
        ("pull_request", "review_requested"),
        ("issues", "opened"),
        ("issue_comment", "created"),
        ("issue_comment", "deleted"),
        ("release", "published"),
        ("workflow_run", "completed"),
    ] {
        let body = format!(r#"{{"action": "{action}", {fields}}}"#);
        let text = text(deliver(&[("X-GitHub-Event", event)], &body));
        let calm = text.split('@').skip(1).all(|after| after.starts_with('\u{200b}'));
        assert!(calm && text.contains('@'), "{event} {action}: {text}");
    }
}

#[test]
fn addresses_in_titles_and_messages_stay_links() {
    let mut push: Value = serde_json::from_str(&fixture("push__one_commit")).expect("JSON");
    push["commits"][0]["message"] = "see https://docs.test/a_b_c, ~~not~~ yet".into();
    let text = text(deliver(&[("X-GitHub-Event", "push")], &push.to_string()));
    assert!(text.ends_with(r" see https://docs.test/a_b_c, \~\~not\~\~ yet"), "{text}");
}
