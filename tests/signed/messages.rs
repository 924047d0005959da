//! Messages to groups: posts under the sender's name, as Markdown or as plain text.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{App, works};
use crate::support::posts;

async fn room(host: &TestHost) -> (TestClient, String) {
    let anna = host.user("anna").await;
    let place = host.place(&anna).await;
    (anna, place.channel_id)
}

fn said(gid: &str, content: &str, content_type: &str) -> Value {
    json!({
        "gid": gid, "title": "Build passed", "subtitle": "main", "content": content, "contentType": content_type,
        "url": "https://ci.example/7", "sender": {"id": "ci", "realname": "Builder", "avatar": "https://ci.example/a.png"},
        "actions": [{"label": "Open it", "url": "https://ci.example/7?a=1", "type": "primary"}],
    })
}

each_backend! {
    async fn a_group_message_is_a_post_under_the_senders_name(host: TestHost) {
        let (anna, channel) = room(&host).await;
        let app = App::create(&host, json!({"free": false, "account": "anna"})).await;
        let gid = app.gid("Town Square").await;
        assert_eq!(app.say(said(&gid, "**fine**", "text")).await, works());
        let post = posts(&anna, &channel).await.pop().expect("a post");
        let props = &post["props"];
        assert_eq!((&post["user_id"], &post["type"]), (&json!(anna.id()), &json!("slack_attachment")));
        assert_eq!((&props["override_username"], &props["override_icon_url"]), (&json!("Builder"), &json!("https://ci.example/a.png")));
        assert_eq!((&props["from_webhook"], &props["webhook_display_name"]), (&json!("true"), &json!("CI")));
        let attachment = &props["attachments"][0];
        assert_eq!((&attachment["title"], &attachment["title_link"]), (&json!("Build passed"), &json!("https://ci.example/7")));
        assert_eq!(attachment["text"], "**main**\n\n**fine**\n\n[Open it](<https://ci.example/7?a=1>)");
        assert_eq!(props["notice"]["sender"], json!({"id": "ci", "name": "Builder", "avatar": "https://ci.example/a.png"}));
        assert_eq!(props["notice"]["actions"][0]["type"], "primary");
    }
}

each_backend! {
    async fn t65_plain_is_literal_and_text_mentions_by_number(host: TestHost) {
        let (anna, channel) = room(&host).await;
        let app = App::create(&host, json!({})).await;
        let gid = app.gid("Town Square").await;
        let people = app.get(&app.query("getChatUsers")).await.expect(200)["data"].clone();
        let people = people.as_object().expect("a map").clone();
        let number = people.iter().find(|(_, name)| *name == "anna").expect("anna").0;
        let unread = async || {
            let path = format!("/api/v4/users/me/channels/{channel}/unread");
            anna.get(&path).await.expect(200)["mention_count"].clone()
        };
        let text = async |content: &str, content_type: &str| {
            assert_eq!(app.say(said(&gid, content, content_type)).await, works());
            let post = posts(&anna, &channel).await.pop().expect("a post");
            post["props"]["attachments"][0]["text"].as_str().expect("a text").to_owned()
        };
        let before = unread().await;
        assert!(text("**x**", "plain").await.contains(r"\*\*x\*\*"));
        assert!(text("**x**", "text").await.contains("\n\n**x**\n\n"));
        assert!(text(&format!("@#{number}"), "plain").await.contains(&format!(r"\@\#{number}")));
        assert_eq!(unread().await, before);
        let shown = text(&format!("ask @#{number}, not @#4711"), "text").await;
        assert!(shown.contains("ask @anna, not @#4711"), "{shown}");
        assert_eq!(unread().await, json!(before.as_i64().expect("a count") + 1));
        // In code, a number becomes a name that mentions no one.
        assert!(text(&format!("`@#{number}`"), "text").await.contains("`@anna`"));
        assert_eq!(unread().await, json!(before.as_i64().expect("a count") + 1));
    }
}

each_backend! {
    async fn archived_groups_and_direct_channels_take_no_messages(host: TestHost) {
        let (anna, _) = room(&host).await;
        let app = App::create(&host, json!({})).await;
        let place = host.place(&anna).await;
        let channel = host.channel(&anna, &place.team_id, "old").await;
        let gid = app.gid("old").await;
        anna.delete(&format!("/api/v4/channels/{}", channel["id"].as_str().expect("an id"))).await.expect(200);
        let refused = app.say(said(&gid, "x", "text")).await;
        assert_eq!(refused, super::fails("This chat group does not exist."));
    }
}
