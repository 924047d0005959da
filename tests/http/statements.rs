//! How many statements the most frequent requests send to the database. A number that grows here is paid by every
//! request, so it grows only on purpose.
//!
//! Counted on PostgreSQL, where a statement costs a round trip. The reads are the same on SQLite.

use std::sync::{Arc, Mutex};

use jackfield_tests::{Backend, TestClient, TestHost, run, soon};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Members that are added one after the other.
const MEMBERS: usize = 90;

/// The first words of each statement that this thread's host sent.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    /// Returns the statements sent during `request`.
    async fn during<T>(&self, request: impl Future<Output = T>) -> (T, Vec<String>) {
        self.0.lock().unwrap().clear();
        let response = request.await;
        (response, std::mem::take(&mut *self.0.lock().unwrap()))
    }

    /// Repeats a request until it sends `expected` statements at most, because the first ones fill the caches and
    /// connections, and asserts that it then sends that many.
    async fn settle_at(&self, what: &str, expected: usize, mut request: impl AsyncFnMut()) {
        let mut last = Vec::new();
        for _ in 0..20 {
            last = self.during(request()).await.1;
            if last.len() <= expected {
                break;
            }
        }
        assert_eq!(last.len(), expected, "{what}: {last:#?}");
    }
}

/// Statements that no request causes: the check of the listening connection.
const HEARTBEAT: &str = "select 1";

struct Summary<'s>(&'s mut Vec<String>);

impl Visit for Summary<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" && value != HEARTBEAT {
            self.0.push(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, format!("{value:?}").trim_matches('"'));
    }
}

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Summary(&mut self.0.lock().unwrap()));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

// On one thread, whose subscriber then sees all that the host does.
#[tokio::test]
async fn frequent_requests_send_few_statements() {
    let statements = Statements::default();
    let _subscribed = tracing::subscriber::set_default(statements.clone());
    run(Backend::Postgres, async |host: TestHost| {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let bob = host.user("bob").await;
        host.place(&bob).await;
        let hook =
            admin.post("/api/v4/hooks/incoming", json!({"channel_id": place.channel_id})).await.expect(201);
        let hook = format!("/hooks/{}", hook["id"].as_str().unwrap());
        host.install(&admin, "dice").await;
        for n in 0..70 {
            post(&bob, &place.channel_id, &format!("message {n}")).await;
        }
        let me = async || drop(bob.get("/api/v4/users/me").await.expect(200));
        soon("the caches are in use", statements.settle_at("me", 0, me)).await;
        let page = format!("/api/v4/channels/{}/posts", place.channel_id);
        statements.settle_at("page", 2, async || drop(bob.get(&page).await.expect(200))).await;
        // The batch alone: the post, its channel's counter, its texts for searches, the author's read mark, the commit.
        statements.settle_at("post", 6, async || post(&bob, &place.channel_id, "hello").await).await;
        let body = json!({"text": "deployed"});
        statements
            .settle_at("hook", 6, async || drop(host.anonymous().post(&hook, body.clone()).await))
            .await;
        let command = json!({"channel_id": place.channel_id, "command": "/roll 2d6"});
        let run = async || drop(bob.post("/api/v4/commands/execute", command.clone()).await.expect(200));
        statements.settle_at("command", 5, run).await;
    })
    .await;
}

async fn post(client: &TestClient, channel: &str, message: &str) {
    client.post("/api/v4/posts", json!({"channel_id": channel, "message": message})).await.expect(201);
}

// As above, on one thread.
#[tokio::test]
async fn adding_a_member_sends_as_many_statements_however_many_there_are() {
    let statements = Statements::default();
    let _subscribed = tracing::subscriber::set_default(statements.clone());
    run(Backend::Postgres, async |host: TestHost| {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let channel = host.channel(&admin, &place.team_id, "builds").await;
        let mut bots = Vec::new();
        for number in 100..100 + MEMBERS {
            let bot =
                admin.post("/api/v4/bots", json!({"username": format!("bot{number}")})).await.expect(201);
            bots.push(bot["user_id"].clone());
        }
        let of_team =
            bots.iter().map(|bot| json!({"team_id": place.team_id, "user_id": bot})).collect::<Vec<_>>();
        let path = format!("/api/v4/teams/{}/members/batch", place.team_id);
        admin.post(&path, json!(of_team)).await.expect(201);
        // Events are sent to the channel's members only while one of them is connected.
        let mut socket = host.socket(&admin).await;
        let path = format!("/api/v4/channels/{}/members", channel["id"].as_str().unwrap());
        let mut counts = Vec::new();
        for bot in &bots {
            let (response, sent) = statements.during(admin.post(&path, json!({"user_id": bot}))).await;
            response.expect(201);
            counts.push(sent.len());
            for event in ["user_added", "posted"] {
                socket.event(event).await;
            }
        }
        // A few of them include statements of the server's own tasks. The first one differs from the others.
        let least = |counts: &[usize]| counts.iter().min().copied();
        assert_eq!(least(&counts[1..11]), least(&counts[MEMBERS - 10..]), "{counts:?}");
    })
    .await;
}
