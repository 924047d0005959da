//! What the server writes into a channel about its members and its settings.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{Three, id};
use crate::support::{UNKNOWN_ID, all_posts, refused};

/// Returns the types of a channel's posts, oldest first.
async fn kinds(reader: &TestClient, channel: &str) -> Vec<String> {
    let posts = all_posts(reader, channel).await;
    posts.iter().map(|post| post["type"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn counts(client: &TestClient, channel: &str) -> (Value, Value) {
    let unread = client.get(&format!("/api/v4/users/me/channels/{channel}/unread")).await.expect(200);
    (unread["msg_count"].clone(), unread["mention_count"].clone())
}

each_backend! {
    async fn nothing_is_written_about_what_did_not_happen(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let (at, members) = (format!("/api/v4/channels/{}", id(&made)), format!("/api/v4/channels/{}/members", id(&made)));
        for _ in 0..2 {
            anna.post(&members, json!({"user_id": bob.id()})).await.expect(201);
        }
        let same = json!({"display_name": made["display_name"], "header": "", "purpose": ""});
        anna.put(&format!("{at}/patch"), same).await.expect(200);
        assert_eq!(kinds(&anna, id(&made)).await, ["system_join_channel", "system_add_to_channel"]);
    }
}

each_backend! {
    async fn a_new_header_calls_whom_it_names_but_not_all(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        bob.post(&format!("/api/v4/channels/{}/members", id(&made)), json!({"user_id": bob.id()})).await.expect(201);
        let at = format!("/api/v4/channels/{}/patch", id(&made));
        anna.put(&at, json!({"header": "for @all and @channel"})).await.expect(200);
        assert_eq!(counts(&bob, id(&made)).await, (json!(1), json!(0)));
        let both = json!({"header": "@bob bakes", "purpose": "bread", "display_name": "Bakery"});
        anna.put(&at, both).await.expect(200);
        assert_eq!(counts(&bob, id(&made)).await, (json!(4), json!(1)));
        let written = kinds(&bob, id(&made)).await;
        let mut last = written[written.len() - 3..].to_vec();
        last.sort();
        assert_eq!(last, ["system_displayname_change", "system_header_change", "system_purpose_change"]);
        let posts = all_posts(&bob, id(&made)).await;
        let header = posts.iter().rev().find(|post| post["type"] == "system_header_change").expect("a message");
        let props = json!({"username": "anna", "old_header": "for @all and @channel", "new_header": "@bob bakes"});
        assert_eq!(header["props"], props);
    }
}

each_backend! {
    async fn being_added_stays_a_mention_when_it_is_marked_unread_again(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        anna.post(&format!("/api/v4/channels/{}/members", id(&made)), json!({"user_id": bob.id()})).await.expect(201);
        assert_eq!(counts(&bob, id(&made)).await, (json!(0), json!(1)));
        bob.post("/api/v4/channels/members/me/view", json!({"channel_id": id(&made)})).await.expect(200);
        assert_eq!(counts(&bob, id(&made)).await, (json!(0), json!(0)));
        let posts = all_posts(&bob, id(&made)).await;
        let added = posts.last().expect("a message");
        bob.post(&format!("/api/v4/users/me/posts/{}/set_unread", id(added)), json!({})).await.expect(200);
        assert_eq!(counts(&bob, id(&made)).await, (json!(0), json!(1)));
    }
}

each_backend! {
    async fn a_team_reads_who_added_whom_and_who_left(host: TestHost) {
        let Three { admin, anna, bob, .. } = Three::new(&host).await;
        let team = host.team(&admin, "market").await;
        let square = jackfield_tests::Place::town_square(&admin, &team).await.channel_id;
        let off_topic = admin.get(&format!("/api/v4/teams/{}/channels/name/off-topic", id(&team))).await.expect(200);
        let members = format!("/api/v4/teams/{}/members", id(&team));
        let both = [&anna, &bob].map(|user| json!({"team_id": team["id"], "user_id": user.id()}));
        admin.post(&format!("{members}/batch"), json!(both)).await.expect(201);
        anna.delete(&format!("{members}/{}", anna.id())).await.expect(200);
        admin.delete(&format!("{members}/{}", bob.id())).await.expect(200);
        let expected = ["system_join_team", "system_add_to_team", "system_add_to_team", "system_leave_team", "system_remove_from_team"];
        assert_eq!(kinds(&admin, &square).await, expected);
        assert_eq!(kinds(&admin, id(&off_topic)).await, ["system_join_channel", "system_add_to_channel", "system_add_to_channel"]);
        let posts = all_posts(&admin, &square).await;
        let mut added = [&posts[1], &posts[2]].map(|post| post["props"].clone());
        added.sort_by_key(|props| props["addedUsername"].to_string());
        let props = |user: &TestClient, name: &str| json!({
            "userId": admin.id(), "username": posts[0]["props"]["username"], "addedUserId": user.id(), "addedUsername": name,
        });
        assert_eq!(added, [props(&anna, "anna"), props(&bob, "bob")]);
    }
}

each_backend! {
    async fn a_member_who_is_added_in_a_thread_is_announced_there(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let post = |channel: &Value, root: &Value| json!({"channel_id": channel, "root_id": root, "message": "x"});
        let root = anna.post("/api/v4/posts", post(&made["id"], &json!(""))).await.expect(201);
        let reply = anna.post("/api/v4/posts", post(&made["id"], &root["id"])).await.expect(201);
        let foreign = anna.post("/api/v4/posts", post(&json!(place.channel_id), &json!(""))).await.expect(201);
        let members = format!("/api/v4/channels/{}/members", id(&made));
        let adding = |thread: &Value| json!({"user_id": bob.id(), "post_root_id": thread});
        for wrong in [&foreign["id"], &reply["id"], &json!(UNKNOWN_ID), &json!("short")] {
            let error = refused(&anna.post(&members, adding(wrong)).await, 400);
            assert_eq!(error["id"], "api.context.invalid_body_param.app_error");
        }
        anna.post(&members, adding(&root["id"])).await.expect(201);
        let posts = all_posts(&anna, id(&made)).await;
        let added = posts.iter().find(|post| post["type"] == "system_add_to_channel").expect("a message");
        assert_eq!((&added["root_id"], &added["props"]["addedUserId"]), (&root["id"], &json!(bob.id())));
    }
}

each_backend! {
    async fn a_channel_says_which_team_it_was_moved_from(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let bakery = host.team(&anna, "bakery").await;
        let mut hers = host.socket(&anna).await;
        let path = format!("/api/v4/channels/{}/move", id(&made));
        let moved = admin.post(&path, json!({"team_id": bakery["id"], "force": true})).await.expect(200);
        assert_eq!(moved["team_id"], bakery["id"]);
        hers.event("channel_updated").await;
        let event = hers.event("posted").await;
        assert_eq!(event["data"]["team_id"], bakery["id"]);
        let message = all_posts(&anna, id(&made)).await.pop().expect("a message");
        assert_eq!((&message["type"], &message["user_id"]), (&json!("system_move_channel"), &json!(admin.id())));
        let old = anna.get(&format!("/api/v4/teams/{}", place.team_id)).await.expect(200);
        let from = old["display_name"].as_str().expect("a text");
        assert!(message["message"].as_str().is_some_and(|text| text.contains(from)), "{message}");
    }
}
