//! Built-in commands.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::typed;
use crate::support::{self, refused};

each_backend! {
    async fn a_text_for_later_is_posted_when_its_time_has_come(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let mut socket = host.socket(&admin).await;
        typed(&admin, &place.channel_id, "/echo \"see you\" 60").await.expect(200);
        assert_eq!(support::texts(&admin, &place.channel_id).await, [""; 0]);
        host.clock.advance(Duration::from_mins(1));
        let event = loop {
            let frame = socket.frame().await.expect("an event");
            if frame["event"] == "posted" {
                break frame;
            }
        };
        let post: Value = serde_json::from_str(event["data"]["post"].as_str().expect("a text")).expect("JSON");
        assert_eq!((&post["message"], &post["user_id"], &post["props"]), (&json!("see you"), &json!(admin.id()), &json!({})));
    }
}

each_backend! {
    async fn a_wrong_use_is_answered_to_the_caller_only(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        for line in [
            "/header", "/purpose ", "/rename", "/join", "/join nowhere", "/invite", "/invite @unknown", "/kick @unknown",
            "/msg", "/groupmsg @unknown x", "/code", "/echo", "/echo x 10001", "/status", "/leave", "/mute nowhere",
        ] {
            let reply = typed(&admin, &place.channel_id, line).await.expect(200);
            assert_eq!(reply["response_type"], "ephemeral", "{line}");
            assert!(reply["text"].as_str().is_some_and(|text| text.starts_with(line.split(' ').next().unwrap_or_default())), "{reply}");
        }
        assert_eq!(support::texts(&admin, &place.channel_id).await, [""; 0]);
    }
}

each_backend! {
    async fn a_channel_is_renamed_and_described_by_its_members(host: TestHost) {
        let (admin, gus) = (host.admin().await, host.user("gus").await);
        let place = host.place(&admin).await;
        let channel = host.channel(&admin, &place.team_id, "builds").await;
        let id = channel["id"].as_str().expect("a text");
        for line in ["/rename All Builds", "/header see https://a.test", "/purpose why"] {
            let reply = typed(&admin, id, line).await.expect(200);
            assert_eq!((&reply["response_type"], &reply["text"]), (&json!(""), &json!("")), "{line}");
        }
        let changed = admin.get(&format!("/api/v4/channels/{id}")).await.expect(200);
        let texts = (&changed["display_name"], &changed["header"], &changed["purpose"], &changed["name"]);
        assert_eq!(texts, (&json!("All Builds"), &json!("see https://a.test"), &json!("why"), &json!("builds")));
        let kinds: Vec<Value> = support::posts(&admin, id).await.iter().map(|post| post["type"].clone()).collect();
        assert_eq!(kinds, ["system_displayname_change", "system_header_change", "system_purpose_change"]);
        refused(&typed(&gus, id, "/rename Mine").await, 403);
    }
}

each_backend! {
    async fn messages_open_direct_and_group_channels(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        host.user("bob").await;
        let place = host.place(&admin).await;
        let reply = typed(&admin, &place.channel_id, "/msg @anna hello  you").await.expect(200);
        let mut ids = [admin.id(), anna.id()];
        ids.sort_unstable();
        let team = admin.get(&format!("/api/v4/teams/{}", place.team_id)).await.expect(200);
        let address = format!("{}/{}/channels/{}", host.url, team["name"].as_str().expect("a text"), ids.join("__"));
        assert_eq!(reply["goto_location"], address);
        let direct = anna.post("/api/v4/channels/direct", json!(ids)).await.expect(201);
        let direct = direct["id"].as_str().expect("a text");
        assert_eq!(support::texts(&anna, direct).await, ["hello  you"]);
        typed(&admin, &place.channel_id, "/groupmsg anna, @bob hi all").await.expect(200);
        let channels = anna.get("/api/v4/users/me/channels").await.expect(200);
        let group = channels.as_array().and_then(|list| list.iter().find(|one| one["type"] == "G")).expect("a group").clone();
        assert_eq!(support::texts(&anna, group["id"].as_str().expect("a text")).await, ["hi all"]);
        // In a channel of no team, the client says which team it shows.
        refused(&typed(&anna, direct, "/shrug").await, 403);
        host.place(&anna).await;
        let request = json!({"channel_id": direct, "team_id": place.team_id, "command": "/shrug"});
        let reply = anna.post("/api/v4/commands/execute", request).await.expect(200);
        assert_eq!(reply["response_type"], "in_channel");
    }
}

each_backend! {
    async fn reserved_triggers_without_a_command_are_unknown(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        for trigger in ["exportlink", "invite_people", "marketplace", "secure-connection", "share-channel", "test"] {
            refused(&typed(&admin, &place.channel_id, &format!("/{trigger}")).await, 404);
        }
        assert_eq!(typed(&admin, &place.channel_id, "/logout").await.expect(200)["goto_location"], "/login");
        typed(&admin, &place.channel_id, "/collapse").await.expect(200);
        let path = format!("/api/v4/users/{}/preferences/display_settings/name/collapse_previews", admin.id());
        assert_eq!(admin.get(&path).await.expect(200)["value"], "true");
        let help = typed(&admin, &place.channel_id, "/help").await.expect(200);
        assert!(help["text"].as_str().is_some_and(|text| text.contains("`/groupmsg @[user1],@[user2] [text]`")), "{help}");
    }
}
