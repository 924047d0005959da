//! Every confirmed message is stored exactly once after the server is killed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use jackfield_tests::{Backend, TestDatabase};
use serde_json::json;
use tokio::sync::Notify;

use super::client::Client;
use super::process::{Process, hook};
use crate::support;

/// The number of concurrent senders, and of confirmed messages before the server is killed.
const SENDERS: usize = 4;
const CONFIRMED: usize = 100;

/// Sends until the server stops responding, and returns the confirmed messages.
async fn send(
    client: Client,
    path: &str,
    sender: usize,
    confirmed: &AtomicUsize,
    enough: &Notify,
) -> Vec<String> {
    let mut sent = Vec::new();
    for number in 0.. {
        let text = format!("{sender}-{number}");
        match client.send("POST", path, Some(&json!({"text": text}))).await {
            Ok(response) if response.status == 200 => sent.push(text),
            Ok(response) => panic!("{response:?}"),
            Err(_) => return sent,
        }
        if confirmed.fetch_add(1, Ordering::SeqCst) + 1 == CONFIRMED {
            enough.notify_one();
        }
    }
    sent
}

async fn confirmed_messages_survive(backend: Backend) {
    let database = TestDatabase::make(backend).await;
    let server = Process::start(&database).await;
    let admin = server.admin().await;
    let (path, channel) = hook(&admin).await;
    let (confirmed, enough) = (AtomicUsize::new(0), Notify::new());
    let [a, b, c, d] =
        [0, 1, 2, 3].map(|number| send(server.anonymous(), &path, number, &confirmed, &enough));
    let mut senders = Box::pin(async { tokio::join!(a, b, c, d) });
    tokio::select! {
        sent = &mut senders => panic!("the server ended by itself: {sent:?}"),
        () = enough.notified() => {}
    }
    let (sent, ()) = tokio::join!(senders, server.kill());
    let sent = [sent.0, sent.1, sent.2, sent.3].concat();
    assert!(sent.len() >= CONFIRMED, "{} messages", sent.len());

    let server = Process::start(&database).await;
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    let admin = server.admin().await;
    for page in 0.. {
        let path = format!("/api/v4/channels/{channel}/posts?per_page=200&page={page}");
        let posts = support::in_order(&admin.get(&path).await.expect(200));
        if posts.is_empty() {
            break;
        }
        for post in posts {
            *found.entry(post["message"].as_str().expect("a text").to_owned()).or_default() += 1;
        }
    }
    // The channel shows the message about the administrator's joining, but does not count it.
    assert_eq!(found.remove("admin joined the team."), Some(1));
    for text in &sent {
        assert_eq!(found.get(text), Some(&1), "`{text}` was confirmed");
    }
    // Each sender may have at most one message that was stored but not confirmed.
    assert!(found.len() <= sent.len() + SENDERS, "{} found, {} confirmed", found.len(), sent.len());
    assert!(found.values().all(|count| *count == 1), "nothing is there twice: {found:?}");
    let channel = admin.get(&format!("/api/v4/channels/{channel}")).await.expect(200);
    assert_eq!(channel["total_msg_count"], found.len(), "the channel counts what it holds");
    let response = server.anonymous().post(&path, json!({"text": "on it goes"})).await;
    assert_eq!((response.status, response.text().as_str()), (200, "ok"));
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirmed_messages_survive_kill_9_on_sqlite() {
    confirmed_messages_survive(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn confirmed_messages_survive_kill_9_on_postgres() {
    confirmed_messages_survive(Backend::Postgres).await;
}
