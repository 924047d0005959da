//! Statuses that follow from sockets and activity, and statuses that a user chose.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, TestSocket, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

const MINE: &str = "/api/v4/users/me/status";

async fn status(of: &TestClient) -> String {
    of.get(MINE).await.expect(200)["status"].as_str().expect("a status").to_owned()
}

/// Closes the socket and waits until the host has noticed.
async fn hang_up(socket: TestSocket, of: &TestClient) {
    drop(socket);
    jackfield_tests::soon("the status follows the socket", async {
        while status(of).await != "offline" {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

each_backend! {
    async fn a_user_is_online_until_their_last_socket_closes(host: TestHost) {
        let anna = host.user("anna").await;
        let before = anna.get(MINE).await.expect(200);
        let offline = json!({
            "user_id": anna.id(), "status": "offline", "manual": false, "last_activity_at": 0, "dnd_end_time": 0,
        });
        assert_eq!(before, offline);
        let (one, two) = (host.socket(&anna).await, host.socket(&anna).await);
        let now = host.clock.now().as_millis();
        let online = anna.get(MINE).await.expect(200);
        assert_eq!((&online["status"], &online["last_activity_at"]), (&json!("online"), &json!(now)));
        drop(one);
        assert_eq!(status(&anna).await, "online");
        hang_up(two, &anna).await;
    }
}

each_backend! {
    async fn an_idle_user_is_away_after_5_minutes_until_they_post(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let mut socket = host.socket(&anna).await;
        // The host drops a client that is silent for longer than 100 seconds.
        for seq in 1..=5 {
            host.clock.advance(Duration::from_secs(59));
            socket.send(json!({"seq": seq, "action": "ping"})).await;
            assert_eq!(socket.frame().await.expect("a reply")["seq_reply"], seq);
        }
        assert_eq!(status(&anna).await, "online");
        host.clock.advance(Duration::from_secs(5));
        assert_eq!(status(&anna).await, "away");
        host.clock.advance(Duration::from_mins(1));
        assert_eq!(changed(&mut socket).await, json!({"user_id": anna.id(), "status": "away"}));
        let post = json!({"channel_id": place.channel_id, "message": "back"});
        anna.post("/api/v4/posts", post).await.expect(201);
        assert_eq!(status(&anna).await, "online");
        socket.event("posted").await;
        assert_eq!(changed(&mut socket).await["status"], "online");
    }
}

/// Returns the data of the next event, which must be a change of status.
async fn changed(socket: &mut TestSocket) -> Value {
    socket.event("status_change").await["data"].clone()
}

each_backend! {
    async fn posting_without_a_socket_is_online_for_5_minutes(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        anna.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": "hi"})).await.expect(201);
        assert_eq!(status(&anna).await, "online");
        host.clock.advance(Duration::from_mins(5));
        assert_eq!(status(&anna).await, "offline");
    }
}

each_backend! {
    async fn a_chosen_status_prevails_until_online_withdraws_it(host: TestHost) {
        let anna = host.user("anna").await;
        let mut socket = host.socket(&anna).await;
        for chosen in ["away", "dnd", "offline"] {
            let request = json!({"user_id": anna.id(), "status": chosen});
            let response = anna.put(MINE, request).await.expect(200);
            assert_eq!((&response["status"], &response["manual"]), (&json!(chosen), &json!(true)));
            let event = socket.event("status_change").await;
            assert_eq!(event["data"], json!({"user_id": anna.id(), "status": chosen}));
            assert_eq!(event["broadcast"]["user_id"], anna.id());
        }
        let second = host.socket(&anna).await;
        assert_eq!(status(&anna).await, "offline");
        drop(second);
        let response = anna.put(MINE, json!({"user_id": anna.id(), "status": "online"})).await.expect(200);
        assert_eq!((&response["status"], &response["manual"]), (&json!("online"), &json!(false)));
        assert_eq!(changed(&mut socket).await["status"], "online");
    }
}

each_backend! {
    async fn a_chosen_status_survives_a_restart(mut host: TestHost) {
        let anna = host.user("anna").await;
        anna.put(MINE, json!({"user_id": anna.id(), "status": "dnd"})).await.expect(200);
        host.restart().await;
        assert_eq!(status(&anna).await, "dnd");
    }
}

each_backend! {
    async fn do_not_disturb_ends_at_its_time(host: TestHost) {
        let anna = host.user("anna").await;
        let mut socket = host.socket(&anna).await;
        let ends = host.clock.now().as_millis() / 1000 + 60;
        let request = json!({"user_id": anna.id(), "status": "dnd", "dnd_end_time": ends});
        let response = anna.put(MINE, request).await.expect(200);
        assert_eq!(response["dnd_end_time"], ends);
        assert_eq!(changed(&mut socket).await["status"], "dnd");
        host.clock.advance(Duration::from_secs(59));
        assert_eq!(status(&anna).await, "dnd");
        host.clock.advance(Duration::from_secs(31));
        let after = anna.get(MINE).await.expect(200);
        assert_eq!((&after["status"], &after["manual"], &after["dnd_end_time"]), (&json!("online"), &json!(false), &json!(0)));
        assert_eq!(changed(&mut socket).await["status"], "online");
    }
}

each_backend! {
    async fn statuses_are_listed_by_account(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let _socket = host.socket(&bob).await;
        anna.put(MINE, json!({"user_id": anna.id(), "status": "away"})).await.expect(200);
        let request = json!([bob.id(), anna.id(), "a".repeat(26)]);
        let response = anna.post("/api/v4/users/status/ids", request).await.expect(200);
        let seen: Vec<(&Value, &Value)> =
            response.as_array().expect("a list").iter().map(|one| (&one["user_id"], &one["status"])).collect();
        let (annas, bobs, nobodys) = (json!(anna.id()), json!(bob.id()), json!("a".repeat(26)));
        assert_eq!(seen, [(&bobs, &json!("online")), (&annas, &json!("away")), (&nobodys, &json!("offline"))]);
        refused(&anna.post("/api/v4/users/status/ids", json!([])).await, 400);
        refused(&anna.post("/api/v4/users/status/ids", json!(["x"])).await, 400);
        refused(&anna.post("/api/v4/users/status/ids", json!(vec!["a".repeat(26); 1001])).await, 400);
        refused(&host.anonymous().post("/api/v4/users/status/ids", json!([anna.id()])).await, 401);
    }
}

each_backend! {
    async fn an_invalid_status_is_refused(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        for status in ["", "busy", "ONLINE"] {
            refused(&anna.put(MINE, json!({"user_id": anna.id(), "status": status})).await, 400);
        }
        refused(&anna.put(MINE, json!({"user_id": bob.id(), "status": "away"})).await, 400);
        let past = json!({"user_id": anna.id(), "status": "dnd", "dnd_end_time": 1});
        refused(&anna.put(MINE, past).await, 400);
        let bobs = format!("/api/v4/users/{}/status", bob.id());
        refused(&anna.put(&bobs, json!({"user_id": bob.id(), "status": "away"})).await, 403);
        assert_eq!(anna.get(&bobs).await.expect(200)["status"], "offline");
        let unknown = anna.get(&format!("/api/v4/users/{}/status", "a".repeat(26))).await.expect(200);
        assert_eq!(unknown, json!({
            "user_id": "a".repeat(26), "status": "offline", "manual": false, "last_activity_at": 0, "dnd_end_time": 0,
        }));
        refused(&anna.get("/api/v4/users/nonsense/status").await, 400);
    }
}
