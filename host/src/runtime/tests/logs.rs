//! Log lines and crashes of guests, as they appear in the server's log.

use std::fs::File;
use std::sync::Arc;

use serde_json::{Value, json};

use super::guest::{self, Guest};
use super::world::{LONG, World};
use crate::runtime::limits::{MAX_LOG_LINES, MAX_LOG_RATE};

/// Returns what one call of this guest writes to the server's log.
async fn logged(guest: Vec<u8>) -> Vec<Value> {
    let world = World::new().await;
    let program = world.load(guest).await;
    // With one subscriber, `tracing` evaluates a callsite only on the first thread that reaches it, which may be
    // another test's. With two, it asks both.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let path = world.folder.path().join("log");
    let subscriber = tracing_subscriber::fmt()
        .json()
        .without_time()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(Arc::new(File::create(&path).unwrap()))
        .finish();
    let listening = tracing::subscriber::set_default(subscriber);
    drop(world.run(&program, LONG).await);
    drop(listening);
    let lines = std::fs::read_to_string(&path).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["target"] == "jackfield::plugin").collect()
}

fn says(body: &str) -> Vec<u8> {
    Guest { imports: guest::LOG, data: "hello", body }.component()
}

#[tokio::test]
async fn a_guests_log_lines_survive_however_its_call_ends() {
    let crash =
        "(call $log (i32.const 4) (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 0)) unreachable";
    let lines = logged(says(crash)).await;
    let (plugin, call) = ("com.acme.a", "c".repeat(26));
    assert_eq!(
        lines[0],
        json!({
            "level": "ERROR", "target": "jackfield::plugin",
            "fields": {"message": "a plugin says", "plugin": plugin, "call": call, "text": "hello"},
        })
    );
    let (level, fields) = (&lines[1]["level"], &lines[1]["fields"]);
    assert_eq!((lines.len(), level, &fields["message"]), (2, &json!("WARN"), &json!("a plugin crashed")));
    assert_eq!((&fields["plugin"], &fields["call"]), (&json!(plugin), &json!(call)));
    assert_eq!(fields["cause"], "wasm trap: wasm `unreachable` instruction executed");
    assert!(fields["frames"].as_str().is_some_and(|frames| frames.len() > 4), "{fields}");
}

#[tokio::test]
async fn excess_log_lines_are_dropped_with_one_notice() {
    let body = format!(
        "(local $left i32) (local.set $left (i32.const {}))
         (loop $more (call $log (i32.const 2) (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 0))
            (local.set $left (i32.sub (local.get $left) (i32.const 1))) (br_if $more (local.get $left)))",
        MAX_LOG_LINES + 3
    );
    let lines = logged(says(&body)).await;
    assert_eq!(lines.len(), MAX_LOG_LINES + 1);
    assert!(lines[..MAX_LOG_LINES].iter().all(|line| line["level"] == "INFO"));
    let last = &lines[MAX_LOG_LINES];
    assert_eq!((&last["level"], &last["fields"]["most"]), (&json!("WARN"), &json!(MAX_LOG_LINES)));
}

#[tokio::test]
async fn excess_bytes_of_a_second_are_dropped_with_one_notice() {
    // Each line has 4000 NUL characters, which take two bytes each when they are escaped.
    let body = "(local $left i32) (local.set $left (i32.const 20))
         (loop $more (call $log (i32.const 2) (i32.const 16384) (i32.const 4000) (i32.const 0) (i32.const 0))
            (local.set $left (i32.sub (local.get $left) (i32.const 1))) (br_if $more (local.get $left)))";
    let lines = logged(says(body)).await;
    // Beside its text, a line has 200 bytes.
    let fit = MAX_LOG_RATE / 8200;
    assert_eq!(lines.len(), fit + 1);
    assert!(lines[..fit].iter().all(|line| line["level"] == "INFO"));
    let last = &lines[fit];
    assert_eq!((&last["level"], &last["fields"]["most"]), (&json!("WARN"), &json!(MAX_LOG_RATE)));
}
