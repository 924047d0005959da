//! Notices on sockets: watching sockets receive them at each login until a client acknowledges them.

use jackfield_tests::{Place, TestClient, TestHost, TestSocket, each_backend};
use serde_json::{Value, json};

use super::{NOTICES, path, send, text};

async fn ask(socket: &mut TestSocket, action: &str, data: Value) -> Value {
    socket.send(json!({"seq": 9, "action": action, "data": data})).await;
    let reply = socket.frame().await.expect("a reply");
    assert_eq!(reply["seq_reply"], 9, "{reply}");
    reply
}

async fn watch(socket: &mut TestSocket) {
    let reply = ask(socket, "jackfield_watch", json!({"topics": ["notice"]})).await;
    assert_eq!(reply, json!({"status": "OK", "seq_reply": 9}));
}

async fn acknowledge(socket: &mut TestSocket, ids: &[String]) -> Value {
    let reply = ask(socket, "jackfield_notice_ack", json!({"ids": ids})).await;
    assert_eq!(reply["status"], "OK", "{reply}");
    reply["data"].clone()
}

/// Returns the ids in the next frame, which must be an event with notices, and whether more notices wait.
async fn next_notices(socket: &mut TestSocket) -> (Vec<String>, bool) {
    let event = socket.event("jackfield_notice").await;
    let notices = event["data"]["notices"].as_array().expect("a list");
    let more = event["data"]["more"].as_bool().expect("true or false");
    (notices.iter().map(|notice| text(&notice["id"])).collect(), more)
}

async fn refused(socket: &mut TestSocket, action: &str, data: Value) {
    let reply = ask(socket, action, data).await;
    assert_eq!((&reply["status"], &reply["error"]["status_code"]), (&json!("FAIL"), &json!(400)), "{reply}");
}

/// Creates a post, to prove that a socket received no event before it.
async fn posted(by: &TestClient, place: &Place) {
    by.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": "x"})).await.expect(201);
}

/// Returns the number of the next frame, which must be the event of a post.
async fn next_post(socket: &mut TestSocket) -> Value {
    socket.event("posted").await["seq"].clone()
}

each_backend! {
    async fn a_notice_is_pushed_to_watching_sockets_only(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        let (mut watching, mut other) = (host.socket(&anna).await, host.socket(&anna).await);
        let mut admins = host.socket(&admin).await;
        watch(&mut watching).await;
        watch(&mut admins).await;
        let id = send(&admin, "x", &[&anna]).await;
        let event = watching.event("jackfield_notice").await;
        let notice = anna.get(&path(&format!("/{id}"))).await.expect(200);
        assert_eq!(event["data"], json!({"notices": [notice], "more": false}));
        assert_eq!(event["seq"], 1);
        posted(&admin, &place).await;
        let seqs = [next_post(&mut other).await, next_post(&mut admins).await, next_post(&mut watching).await];
        assert_eq!(seqs, [1, 1, 2]);
        let reply = ask(&mut watching, "jackfield_unwatch", json!({"topics": ["notice"]})).await;
        assert_eq!(reply["status"], "OK");
        send(&admin, "y", &[&anna]).await;
        posted(&admin, &place).await;
        assert_eq!(next_post(&mut watching).await, 3);
    }
}

each_backend! {
    async fn t64_a_notice_for_an_offline_user_arrives_at_each_login_until_it_is_acknowledged(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let id = send(&admin, "x", &[&anna]).await;
        let mut first = host.socket(&anna).await;
        watch(&mut first).await;
        assert_eq!(next_notices(&mut first).await, (vec![id.clone()], false));
        drop(first);
        // The notice was fetched but not acknowledged, so it is delivered again with the same id.
        anna.get(NOTICES).await.expect(200);
        let mut second = host.socket(&anna).await;
        watch(&mut second).await;
        assert_eq!(next_notices(&mut second).await, (vec![id.clone()], false));
        assert_eq!(acknowledge(&mut second, std::slice::from_ref(&id)).await, json!({"acknowledged": 1, "pending": 0}));
        assert_eq!(acknowledge(&mut second, &[id]).await, json!({"acknowledged": 0, "pending": 0}));
        drop(second);
        let mut third = host.socket(&anna).await;
        watch(&mut third).await;
        let next = send(&admin, "y", &[&anna]).await;
        assert_eq!(next_notices(&mut third).await, (vec![next], false));
    }
}

each_backend! {
    async fn a_notice_sent_before_a_restart_is_delivered_after_it(host: TestHost) {
        let mut host = host;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let ids = [send(&admin, "one", &[&anna]).await, send(&admin, "two", &[&anna]).await];
        host.restart().await;
        let mut socket = host.socket(&anna).await;
        watch(&mut socket).await;
        assert_eq!(next_notices(&mut socket).await, (ids.to_vec(), false));
    }
}

each_backend! {
    async fn many_notices_are_delivered_in_batches_as_they_are_acknowledged(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let mut ids = Vec::new();
        for number in 0..51 {
            ids.push(send(&admin, &number.to_string(), &[&anna]).await);
        }
        let mut socket = host.socket(&anna).await;
        watch(&mut socket).await;
        let (first, more) = next_notices(&mut socket).await;
        assert_eq!((first.as_slice(), more), (&ids[..50], true));
        assert_eq!(acknowledge(&mut socket, &first).await, json!({"acknowledged": 50, "pending": 1}));
        watch(&mut socket).await;
        assert_eq!(next_notices(&mut socket).await, (ids[50..].to_vec(), false));
    }
}

each_backend! {
    async fn long_notices_are_delivered_in_smaller_batches(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let content = "c".repeat(65_535);
        for _ in 0..6 {
            let request = json!({"users": [anna.id()], "title": "long", "content": content});
            admin.post(NOTICES, request).await.expect(201);
        }
        let mut socket = host.socket(&anna).await;
        watch(&mut socket).await;
        let (first, more) = next_notices(&mut socket).await;
        assert_eq!((first.len(), more), (4, true));
    }
}

each_backend! {
    async fn a_resumed_connection_still_watches(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let mut socket = host.socket(&anna).await;
        let connection = text(&socket.hello["data"]["connection_id"]);
        watch(&mut socket).await;
        drop(socket);
        let id = send(&admin, "x", &[&anna]).await;
        let bearer = format!("Bearer {}", anna.token());
        let query = format!("?connection_id={connection}&sequence_number=1");
        let mut back =
            TestSocket::connect_raw(&host, &[("Authorization", &bearer)], &query).await.expect("an upgrade");
        assert_eq!(next_notices(&mut back).await, (vec![id], false));
    }
}

each_backend! {
    async fn an_invalid_watch_or_acknowledgement_is_refused(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        let mut socket = host.socket(&anna).await;
        for topics in [json!([]), json!(["weather"]), json!(["notice", "weather"]), json!("notice"), json!([5]), json!(null)] {
            refused(&mut socket, "jackfield_watch", json!({"topics": topics})).await;
            refused(&mut socket, "jackfield_unwatch", json!({"topics": topics})).await;
        }
        for ids in [json!([]), json!(["x"]), json!("x"), json!(null), json!(vec!["a".repeat(26); 201])] {
            refused(&mut socket, "jackfield_notice_ack", json!({"ids": ids})).await;
        }
        // The refused list with a known and an unknown topic watches neither.
        send(&admin, "x", &[&anna]).await;
        posted(&admin, &place).await;
        assert_eq!(next_post(&mut socket).await, 1);
    }
}
