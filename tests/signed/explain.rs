//! Explanations of refused requests, over the API and on the command line, without the key.

use std::process::Command;

use jackfield_tests::{Backend, TestDatabase, TestHost, each_backend};
use serde_json::{Value, json};

use super::{App, J, hmac_tag, token};
use crate::support::refused_problem;

/// Returns the names and reasons of the failed stages.
fn failing(explanation: &Value) -> Vec<(&str, &str)> {
    let stages = explanation["stages"].as_array().expect("stages");
    let failed = stages.iter().filter(|stage| stage["verdict"] == "fail");
    failed.filter_map(|stage| Some((stage["name"].as_str()?, stage["why"].as_str()?))).collect()
}

each_backend! {
    async fn the_explanation_names_what_to_change(host: TestHost) {
        let (admin, app) = (host.admin().await, App::create(&host, json!({})).await);
        let path = format!("{J}/{}/explain", app.id);
        let explain = async |url: String| {
            let response = admin.post(&path, json!({"url": url, "address": "10.0.0.1"})).await;
            assert!(!response.text().contains(&app.key), "the key is shown");
            response.expect(200)
        };
        let query = "m=im&f=getChatUsers&gid=a+b&code=ci";
        let right = explain(format!("https://chat.example{}", app.signed(query))).await;
        assert_eq!((&right["right"], &right["signed_text"]), (&json!(true), &json!(query)));
        let raw = "m=im&f=getChatUsers&gid=a%20b&code=ci";
        let wrong = explain(format!("/api.php?{raw}&token={}", token(raw, &app.key))).await;
        assert_eq!(failing(&wrong), [("token", "the values were signed byte for byte as sent, not in the form the server signs")]);
        let swapped = token("m=im&f=getChatUsers&code=ci&gid=a+b", &app.key);
        let wrong = explain(format!("/api.php?{query}&token={swapped}")).await;
        assert_eq!(failing(&wrong), [("token", "the parameters were signed in the order m, f, code, gid")]);
        app.change(&host, json!({"addresses": "127.0.0.1", "rungs": ["hmac"]})).await;
        let refused = explain(app.signed(query)).await;
        let names: Vec<&str> = failing(&refused).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["source", "allowed"]);
        let anna = host.user("anna").await;
        refused_problem(&anna.post(&path, json!({"url": "x"})).await, 403);
        refused_problem(&admin.post(&path, json!({})).await, 400);
    }
}

each_backend! {
    async fn a_signature_in_headers_is_explained(host: TestHost) {
        let (admin, app) = (host.admin().await, App::create(&host, json!({})).await);
        let path = format!("{J}/{}/explain", app.id);
        let text = app.query("getGroupChats");
        let at = (host.clock.now().as_millis() / 1000).to_string();
        let explain = async |signed: String, body: Value| {
            let headers = json!({
                "Webhook-Id": "msg_12345", "webhook-timestamp": at,
                "webhook-signature": hmac_tag(&app.key, &signed),
            });
            let asked = json!({"url": format!("/api.php?{text}"), "body": body, "headers": headers});
            let response = admin.post(&path, asked).await;
            assert!(!response.text().contains(&app.key), "the key is shown");
            response.expect(200)
        };
        let right = explain(format!("msg_12345.{at}.{text}\n{{}}"), json!("{}")).await;
        assert_eq!(right["right"], true, "{right}");
        let wrong = explain(format!("msg_12345.{at}.{{}}"), json!("{}")).await;
        assert_eq!(failing(&wrong), [("signature", "the body alone was signed, without the query")]);
        let open = explain(format!("msg_12345.{at}.{text}\n{{}}"), Value::Null).await;
        assert_eq!(open["right"], true);
        let stages = open["stages"].as_array().expect("stages");
        assert!(stages.iter().any(|stage| stage["name"] == "signature" && stage["verdict"] == "open"));
        refused_problem(&admin.post(&path, json!({"url": "x", "headers": []})).await, 400);
    }
}

/// Runs the program on a new database and returns its output.
fn run(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String) {
    let data = database.folder().join("data").display().to_string();
    let mut command = Command::new(crate::flow::binary());
    command.args(arguments).args(["--data", &data, "--database", database.url()]);
    let output = command.output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), if output.status.success() { text } else { complaint })
}

async fn on_the_command_line(backend: Backend) {
    let database = TestDatabase::make(backend).await;
    let ok = |arguments: &[&str]| {
        let (code, text) = run(&database, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {text}");
        text.trim_end().to_owned()
    };
    let key = ok(&["admin", "create-application", "ci", "Build server", "--free", "--rungs", "body,legacy"]);
    assert_eq!(key.len(), 32);
    let (code, complaint) = run(&database, &["admin", "create-application", "ci", "Again", "--free"]);
    assert_eq!(code, Some(1));
    assert!(complaint.contains("an application with the code `ci` exists already"), "{complaint}");
    assert_eq!(run(&database, &["admin", "create-application", "x", "X", "--rungs", "weak"]).0, Some(2));
    let listed: Value = serde_json::from_str(&ok(&["admin", "list-applications", "--json"])).expect("JSON");
    assert_eq!((&listed[0]["code"], &listed[0]["rungs"]), (&json!("ci"), &json!(["legacy", "body"])));
    assert_eq!(ok(&["admin", "list-applications"]), "ci  enabled  legacy,body  *  Build server");
    let query = "m=im&f=getGroupChats&code=ci";
    let url = format!("http://h/api.php?{query}&token={}", token(query, &key));
    let explained = ok(&["signed", "explain", &url]);
    assert!(explained.ends_with("the request would be accepted") && !explained.contains(&key), "{explained}");
    let (id, at) = ("webhook-id: msg_12345", "webhook-timestamp: 1700000000");
    let signature =
        format!("webhook-signature: {}", hmac_tag(&key, &format!("msg_12345.1700000000.{query}\n")));
    let old = ok(&["signed", "explain", &url, "-H", id, "-H", at, "-H", &signature, "--body", "/dev/null"]);
    assert!(old.contains("pass  signature") && old.contains("FAIL  time"), "{old}");
    let new = ok(&["admin", "rotate-application", "ci", "--overlap", "0"]);
    assert_ne!(new, key);
    let explained = ok(&["signed", "explain", &url, "--key-of", "ci"]);
    assert!(
        explained.contains("the key before the last rotation") && explained.ends_with("would be refused"),
        "{explained}"
    );
    ok(&["admin", "disable-application", "ci"]);
    assert!(ok(&["signed", "explain", &url]).contains("disabled"));
    ok(&["admin", "enable-application", "ci"]);
    ok(&["admin", "delete-application", "ci"]);
    let (code, complaint) = run(&database, &["signed", "explain", &url]);
    assert_eq!(
        (code, complaint.trim_end()),
        (Some(1), "jackfield: there is no such application; list the applications")
    );
}

#[tokio::test]
async fn the_command_line_makes_and_explains_applications_sqlite() {
    on_the_command_line(Backend::Sqlite).await;
}

#[tokio::test]
async fn the_command_line_makes_and_explains_applications_postgres() {
    on_the_command_line(Backend::Postgres).await;
}
