//! What belongs to a post besides its content: earlier texts, where it is, reminders, cards, links to channels.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{at, id, say};

/// The loop that runs reminders looks for due ones this often.
const POLL: Duration = Duration::from_secs(30);

each_backend! {
    async fn earlier_texts_are_the_authors_alone_and_go_with_the_post(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let post = say(&host, &anna, &place.channel_id, "one").await;
        let history = format!("{}/edit_history", at(&post));
        anna.get(&history).await.expect(404);
        for text in ["two", "three"] {
            anna.put(&format!("{}/patch", at(&post)), json!({"message": text})).await.expect(200);
        }
        anna.put(&format!("{}/patch", at(&post)), json!({"is_pinned": true})).await.expect(200);
        let earlier = anna.get(&history).await.expect(200);
        let text = |number: usize| (&earlier[number]["message"], &earlier[number]["original_id"]);
        assert_eq!((text(0), text(1)), ((&json!("two"), &post["id"]), (&json!("one"), &post["id"])));
        assert_eq!(earlier.as_array().map(Vec::len), Some(2));
        assert_ne!(earlier[0]["id"], earlier[1]["id"]);
        for other in [&admin, &bob] {
            other.get(&history).await.expect(403);
        }
        anna.delete(&at(&post)).await.expect(200);
        anna.get(&history).await.expect(403);
    }
}

each_backend! {
    async fn a_hidden_post_is_nowhere(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await;
        let post = say(&host, &anna, id(&secret), "hidden").await;
        let info = format!("{}/info", at(&post));
        assert_eq!(anna.get(&info).await.expect(200)["channel_type"], "P");
        bob.get(&info).await.expect(404);
        let remind = format!("/api/v4/users/me/posts/{}/reminder", id(&post));
        bob.post(&remind, json!({"target_time": 1})).await.expect(403);
        bob.post(&remind.replace("me", anna.id()), json!({"target_time": 1})).await.expect(403);
    }
}

each_backend! {
    async fn a_reminder_comes_when_it_is_due_and_once(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let post = say(&host, &anna, &place.channel_id, "later").await;
        let mut socket = host.socket(&bob).await;
        let remind = format!("/api/v4/users/me/posts/{}/reminder", id(&post));
        // Soon enough for the socket, which ends after some minutes without a sign of its client.
        let due = host.clock.now().as_millis() / 1000 + 20;
        bob.post(&remind, json!({"target_time": due})).await.expect(200);
        let shown: Value = serde_json::from_str(socket.event("ephemeral_message").await["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!((&shown["props"]["target_time"], &shown["props"]["username"]), (&json!(due), &json!("anna")));
        assert_eq!(bob.get("/api/v4/users/username/system-bot").await.status, 404, "nothing is sent before");
        host.clock.advance(POLL);
        let posted = loop {
            let frame = socket.frame().await.expect("the reminder comes");
            if frame["event"] == "posted" {
                break frame;
            }
        };
        assert_eq!(posted["data"]["channel_type"], "D");
        let sent: Value = serde_json::from_str(posted["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!((&sent["type"], &sent["props"]["post_id"]), (&json!("reminder"), &post["id"]));
        assert!(sent["message"].as_str().is_some_and(|text| text.ends_with(&format!("/pl/{}", id(&post)))), "{sent}");
        let list = bob.get(&format!("/api/v4/channels/{}/posts", sent["channel_id"].as_str().unwrap())).await.expect(200);
        assert_eq!(list["order"].as_array().map(Vec::len), Some(1));
    }
}

each_backend! {
    async fn a_card_is_completed_and_announced_in_the_event_too(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let mut socket = host.socket(&bob).await;
        let request = json!({"channel_id": place.channel_id, "props": {"attachments": [{"text": "card"}, 1]}});
        let made = anna.post("/api/v4/posts", request).await.expect(201);
        assert_eq!(made["props"]["attachments"].as_array().map(Vec::len), Some(1));
        assert_eq!(made["metadata"]["embeds"], json!([{"type": "message_attachment"}]));
        let event = socket.event("posted").await;
        let told: Value = serde_json::from_str(event["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!((&told["props"], &told["metadata"]), (&made["props"], &made["metadata"]));
        let change = json!({"props": {"attachments": [{"title": "new"}]}});
        let edited = anna.put(&format!("{}/patch", at(&made)), change).await.expect(200);
        assert_eq!((&edited["props"]["attachments"][0]["text"], &edited["props"]["attachments"][0]["title"]), (&json!(""), &json!("new")));
        assert_ne!(edited["edit_at"], 0);
        let many = json!({"channel_id": place.channel_id, "props": {"attachments": vec![json!({}); 101]}});
        anna.post("/api/v4/posts", many).await.expect(400);
    }
}

each_backend! {
    async fn a_named_public_channel_becomes_a_link(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let ovens = host.channel(&anna, &place.team_id, "ovens").await;
        host.private_channel(&anna, &place.team_id, "secret").await;
        let team = anna.get(&format!("/api/v4/teams/{}", place.team_id)).await.expect(200);
        let link = json!({"ovens": {"display_name": ovens["display_name"], "team_name": team["name"]}});
        let forged = json!({"channel_id": place.channel_id, "message": "x", "props": {"channel_mentions": link}});
        assert_eq!(anna.post("/api/v4/posts", forged).await.expect(201)["props"], json!({}));
        let post = say(&host, &anna, &place.channel_id, "see ~ovens, ~secret and ~none").await;
        assert_eq!(post["props"]["channel_mentions"], link);
        let patch = format!("{}/patch", at(&post));
        let edited = anna.put(&patch, json!({"message": "nothing"})).await.expect(200);
        assert_eq!(edited["props"], json!({}));
        let edited = anna.put(&patch, json!({"message": "~ovens"})).await.expect(200);
        assert_eq!(edited["props"]["channel_mentions"], link);
        let hook = anna.post("/api/v4/hooks/incoming", json!({"channel_id": place.channel_id})).await;
        if hook.status == 201 {
            let path = format!("/hooks/{}", id(&hook.expect(201)));
            assert_eq!(host.anonymous().post(&path, json!({"text": "~ovens"})).await.status, 200);
            let posts = crate::support::posts(&anna, &place.channel_id).await;
            assert_eq!(posts.last().expect("posts")["props"]["channel_mentions"], link);
        }
    }
}

each_backend! {
    async fn a_linked_post_is_previewed_to_whom_may_look_it_up(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await;
        let hidden = say(&host, &anna, id(&secret), "hidden").await;
        let open = say(&host, &anna, &place.channel_id, "open").await;
        let link = |post: &Value| format!("{}/team/pl/{}", host.url, id(post));
        let mut socket = host.socket(&bob).await;
        let linked = say(&host, &anna, &place.channel_id, &link(&hidden)).await;
        let embed = &linked["metadata"]["embeds"][0];
        assert_eq!((&embed["type"], &embed["data"]["post_id"]), (&json!("permalink"), &hidden["id"]));
        assert_eq!((&embed["data"]["post"]["message"], &embed["data"]["channel_type"]), (&json!("hidden"), &json!("P")));
        let told: Value = serde_json::from_str(socket.event("posted").await["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!(told["metadata"], json!({}), "not all who hear it may see the post");
        assert_eq!(bob.get(&at(&linked)).await.expect(200)["metadata"], json!({}));
        let list = format!("/api/v4/channels/{}/posts", place.channel_id);
        assert_eq!(bob.get(&list).await.expect(200)["posts"][id(&linked)]["metadata"], json!({}));
        assert_eq!(anna.get(&list).await.expect(200)["posts"][id(&linked)]["metadata"], linked["metadata"]);

        let linked = say(&host, &anna, &place.channel_id, &link(&open)).await;
        let told: Value = serde_json::from_str(socket.event("posted").await["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!((&told["metadata"], &told["props"]["previewed_post"]), (&linked["metadata"], &open["id"]));
        anna.delete(&at(&open)).await.expect(200);
        assert_eq!(bob.get(&at(&linked)).await.expect(200)["metadata"], json!({}));
    }
}
