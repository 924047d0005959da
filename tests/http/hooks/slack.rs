//! Slack's syntax in the texts of a payload, and the emoji in place of a picture.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{Hook, accepted};

each_backend! {
    async fn fact_026_words_that_call_members_become_mentions(host: TestHost) {
        let hook = Hook::new(&host).await;
        for (text, stored) in [
            ("<!channel> <!here> <!all>", "@channel @here @all"),
            ("<!here|here> <!everyone> <!CHANNEL>", "@here <!everyone> <!CHANNEL>"),
            ("`<!here>` and\n```\n<!all>\n```", "`<!here>` and\n```\n<!all>\n```"),
        ] {
            assert_eq!(hook.posted(&json!({"text": text})).await["message"], stored);
        }
    }
}

each_backend! {
    async fn fact_027_a_users_id_becomes_the_name_and_mentions_the_user(host: TestHost) {
        let hook = Hook::new(&host).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let unknown = "<@kkkkkkkkkkkkkkkkkkkkkkkkkk> <@U024BE7LH> <@anna>";
        let text = format!("hi <@{}>, <@{}|robert>! {unknown}", anna.id(), anna.id());
        let post = hook.posted(&json!({"text": text})).await;
        assert_eq!(post["message"], format!("hi @anna, @anna! {unknown}"));
        let unread = anna.get(&format!("/api/v4/users/me/channels/{}/unread", hook.place.channel_id)).await.expect(200);
        assert_eq!(unread["mention_count"], 1);
    }
}

each_backend! {
    async fn fact_028_a_link_with_a_label_becomes_one_of_markdown(host: TestHost) {
        let hook = Hook::new(&host).await;
        let link = "<https://ci.test/7|build 7>";
        let post = hook.posted(&json!({
            "text": format!("{link} `{link}` <https://ci.test> <a|b>"),
            "attachments": [{
                "pretext": link, "text": link, "title": link, "fallback": link, "footer": link,
                "fields": [{"title": link, "value": link}],
            }],
        })).await;
        let linked = "[build 7](https://ci.test/7)";
        assert_eq!(post["message"], format!("{linked} `{link}` <https://ci.test> <a|b>"));
        let attachment = &post["props"]["attachments"][0];
        for name in ["pretext", "text"] {
            assert_eq!(attachment[name], linked, "{name}");
        }
        for name in ["title", "fallback", "footer"] {
            assert_eq!(attachment[name], link, "{name}");
        }
        assert_eq!(attachment["fields"], json!([{"title": link, "value": linked, "short": false}]));
    }
}

each_backend! {
    async fn an_emoji_replaces_the_picture(host: TestHost) {
        let hook = Hook::new(&host).await;
        for (name, picture) in [(":tada:", json!("/static/emoji/1f389.png")), ("tada", json!("/static/emoji/1f389.png")), ("nope", json!("https://a.test/i.png"))] {
            let payload = json!({"text": name, "icon_emoji": name, "icon_url": "https://a.test/i.png"});
            let props = hook.posted(&payload).await["props"].clone();
            assert_eq!((&props["override_icon_emoji"], &props["override_icon_url"]), (&json!(name), &picture));
        }
    }
}

each_backend! {
    async fn a_moment_of_any_type_is_kept_as_it_was_sent(host: TestHost) {
        let hook = Hook::new(&host).await;
        let moments = json!([1, 1.5, "2024-01-02T03:04:05Z", true, null]);
        let attachments: Vec<Value> = moments.as_array().expect("a list").iter().map(|ts| json!({"ts": ts})).collect();
        let post = hook.posted(&json!({"attachments": attachments})).await;
        let stored: Vec<Value> =
            post["props"]["attachments"].as_array().expect("a list").iter().map(|one| one["ts"].clone()).collect();
        assert_eq!(Value::Array(stored), moments);
    }
}

each_backend! {
    async fn a_hook_does_not_set_its_owner_online(host: TestHost) {
        let hook = Hook::new(&host).await;
        let mut socket = host.socket(&hook.owner).await;
        accepted(&hook.send_json(&json!({"text": "x"})).await);
        let event = socket.event("posted").await;
        assert_eq!(event["data"]["set_online"], false);
        hook.owner.post("/api/v4/posts", json!({"channel_id": hook.place.channel_id, "message": "y"})).await.expect(201);
        assert_eq!(socket.event("posted").await["data"]["set_online"], true);
    }
}
