//! Actions that clients request on their sockets.

use jackfield_tests::{TestHost, TestSocket, each_backend};
use serde_json::{Value, json};

use super::{expect_post, say, two};

async fn ask(socket: &mut TestSocket, action: &str, data: Value) -> Value {
    socket.send(json!({"seq": 9, "action": action, "data": data})).await;
    let reply = socket.frame().await.expect("a reply");
    assert_eq!(reply["seq_reply"], 9, "{reply}");
    reply
}

async fn refused(socket: &mut TestSocket, action: &str, data: Value, status: u16) {
    let reply = ask(socket, action, data).await;
    assert_eq!(
        (&reply["status"], &reply["error"]["status_code"]),
        (&json!("FAIL"), &json!(status)),
        "{reply}"
    );
    assert!(reply["error"]["id"].is_string() && reply["error"]["message"].is_string(), "{reply}");
}

each_backend! {
    async fn fact_135_typing_reaches_the_others_but_not_the_typist(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut hers = host.socket(&anna).await;
        let mut her_other = host.socket(&anna).await;
        let mut his = host.socket(&admin).await;
        let data = json!({"channel_id": place.channel_id, "parent_id": ""});
        assert_eq!(ask(&mut hers, "user_typing", data).await["status"], "OK");
        let event = his.event("typing").await;
        assert_eq!(event["data"], json!({"parent_id": "", "user_id": anna.id()}));
        assert_eq!(event["broadcast"]["channel_id"], place.channel_id);
        assert_eq!(event["broadcast"]["omit_users"], json!({anna.id(): true}));
        assert_eq!(event["seq"], 1);
        let post = admin.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": "x"})).await.expect(201);
        for socket in [&mut hers, &mut her_other] {
            expect_post(socket, 1, "x").await;
        }
        let data = json!({"channel_id": place.channel_id, "parent_id": post["id"]});
        assert_eq!(ask(&mut hers, "user_typing", data).await["status"], "OK");
        expect_post(&mut his, 2, "x").await;
        assert_eq!(his.event("typing").await["data"]["parent_id"], post["id"]);
    }
}

each_backend! {
    async fn only_members_can_announce_typing(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let channel = host.channel(&anna, &place.team_id, "builds").await;
        let mut his = host.socket(&admin).await;
        let mut hers = host.socket(&anna).await;
        refused(&mut his, "user_typing", json!({"channel_id": channel["id"], "parent_id": ""}), 400).await;
        refused(&mut his, "user_typing", json!({"channel_id": "a".repeat(26)}), 400).await;
        for data in [json!({}), json!({"channel_id": "x"}), json!({"channel_id": 5}), Value::Null] {
            refused(&mut his, "user_typing", data, 400).await;
        }
        let bad_parent = json!({"channel_id": place.channel_id, "parent_id": "x"});
        refused(&mut his, "user_typing", bad_parent, 400).await;
        say(&admin, &place, "the first she hears").await;
        expect_post(&mut hers, 1, "the first she hears").await;
    }
}

each_backend! {
    async fn statuses_show_who_is_connected(host: TestHost) {
        let (admin, anna, _place) = two(&host).await;
        let mut his = host.socket(&admin).await;
        let ids = json!({"user_ids": [admin.id(), anna.id()]});
        let reply = ask(&mut his, "get_statuses_by_ids", ids.clone()).await;
        assert_eq!(reply["data"], json!({admin.id(): "online", anna.id(): "offline"}));
        assert_eq!(ask(&mut his, "get_statuses", json!({})).await["data"], json!({admin.id(): "online"}));
        let mut hers = host.socket(&anna).await;
        let both = json!({admin.id(): "online", anna.id(): "online"});
        assert_eq!(ask(&mut his, "get_statuses_by_ids", ids.clone()).await["data"], both);
        assert_eq!(ask(&mut hers, "get_statuses", Value::Null).await["data"], both);
        // A client's report of idleness takes effect after 5 minutes. A chosen `away` takes effect at once, over REST
        // and over sockets.
        let idle = json!({"user_is_active": false, "manual": false});
        assert_eq!(ask(&mut hers, "user_update_active_status", idle).await["status"], "OK");
        assert_eq!(ask(&mut his, "get_statuses_by_ids", ids.clone()).await["data"], both);
        let chosen = json!({"user_is_active": false, "manual": true});
        assert_eq!(ask(&mut hers, "user_update_active_status", chosen).await["status"], "OK");
        assert_eq!(hers.event("status_change").await["data"], json!({"user_id": anna.id(), "status": "away"}));
        let by_rest = admin.get(&format!("/api/v4/users/{}/status", anna.id())).await.expect(200);
        assert_eq!((&by_rest["status"], &by_rest["manual"]), (&json!("away"), &json!(true)));
        let away = ask(&mut his, "get_statuses_by_ids", ids).await;
        assert_eq!(away["data"], json!({admin.id(): "online", anna.id(): "away"}));
        for data in [json!({}), json!({"user_ids": []}), json!({"user_ids": ["x"]}), json!({"user_ids": 5})] {
            refused(&mut his, "get_statuses_by_ids", data, 400).await;
        }
        let many = json!({"user_ids": vec![admin.id(); 201]});
        refused(&mut his, "get_statuses_by_ids", many, 400).await;
        refused(&mut his, "user_update_active_status", json!({"user_is_active": "yes"}), 400).await;
    }
}

each_backend! {
    async fn presence_of_a_channel_is_answered_ok(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let mut socket = host.socket(&admin).await;
        for (action, data) in [
            ("presence", json!({"channel_id": place.channel_id})),
            ("presence", json!({"thread_channel_id": "", "is_thread_view": false})),
            ("posted_notify_ack", json!({"post_id": "x", "status": "success"})),
        ] {
            assert_eq!(ask(&mut socket, action, data).await, json!({"status": "OK", "seq_reply": 9}));
        }
    }
}
