//! Direct and group channels.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{Three, direct, each, id, say};
use crate::http::hooks::{Hook, accepted};
use crate::support::{self, refused};

each_backend! {
    async fn fact_115_a_direct_channel_is_made_once_and_every_request_gets_201(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let made = direct(&anna, &bob).await;
        let mut ids = [anna.id(), bob.id()];
        ids.sort_unstable();
        assert_eq!(made["name"], ids.join("__"));
        let shown = ["team_id", "type", "display_name"].map(|key| made[key].as_str().unwrap());
        assert_eq!(shown, ["", "D", ""]);
        assert_eq!(direct(&anna, &bob).await, made);
        assert_eq!(direct(&bob, &anna).await, made);
        assert_eq!(bob.get(&format!("/api/v4/channels/{}", id(&made))).await.expect(200), made);
    }
}

each_backend! {
    async fn a_user_can_open_a_direct_channel_with_themselves(host: TestHost) {
        let anna = host.user("anna").await;
        let made = direct(&anna, &anna).await;
        assert_eq!(made["name"], format!("{0}__{0}", anna.id()));
        say(&anna, id(&made), "milk").await;
        assert_eq!(support::texts(&anna, id(&made)).await, ["milk"]);
    }
}

each_backend! {
    async fn concurrent_requests_make_one_direct_channel(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let request = json!([anna.id(), bob.id()]);
        let path = "/api/v4/channels/direct";
        let responses = futures_util::future::join_all((0..12).map(|n| {
            let who = if n % 2 == 0 { &anna } else { &bob };
            who.post(path, request.clone())
        })).await;
        let made: Vec<_> = responses.iter().map(|response| response.expect(201)).collect();
        assert!(made.iter().all(|one| one["id"] == made[0]["id"]), "{made:?}");
    }
}

each_backend! {
    async fn a_direct_channel_is_private_to_its_two_members(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let cleo = host.user("cleo").await;
        host.place(&cleo).await;
        let channel = direct(&anna, &bob).await;
        say(&anna, id(&channel), "psst").await;
        refused(&cleo.get(&format!("/api/v4/channels/{}", id(&channel))).await, 403);
        refused(&cleo.get(&format!("/api/v4/channels/{}/posts", id(&channel))).await, 403);
        let post = json!({"channel_id": id(&channel), "message": "hi"});
        refused(&cleo.post("/api/v4/posts", post).await, 403);
        let join = json!({"user_id": cleo.id()});
        refused(&cleo.post(&format!("/api/v4/channels/{}/members", id(&channel)), join).await, 403);
        refused(&cleo.post("/api/v4/channels/direct", json!([anna.id(), bob.id()])).await, 403);
        let path = format!("/api/v4/users/me/teams/{}/channels", place.team_id);
        assert!(!each(&cleo.get(&path).await.expect(200), "id").contains(&id(&channel)));
        assert!(each(&bob.get(&path).await.expect(200), "id").contains(&id(&channel)));
    }
}

each_backend! {
    async fn a_direct_channel_needs_two_existing_accounts(host: TestHost) {
        let anna = host.user("anna").await;
        let path = "/api/v4/channels/direct";
        for request in [json!([anna.id()]), json!([anna.id(), anna.id(), anna.id()]), json!([anna.id(), "x"]), json!({})] {
            refused(&anna.post(path, request).await, 400);
        }
        refused(&anna.post(path, json!([anna.id(), "kkkkkkkkkkkkkkkkkkkkkkkkkk"])).await, 400);
    }
}

each_backend! {
    async fn a_new_direct_channel_is_published_to_both_members_once(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let (mut hers, mut his) = (host.socket(&anna).await, host.socket(&bob).await);
        let channel = direct(&anna, &bob).await;
        direct(&anna, &bob).await;
        say(&anna, id(&channel), "hi").await;
        for socket in [&mut hers, &mut his] {
            let added = socket.event("direct_added").await;
            assert_eq!(added["data"], json!({"creator_id": anna.id(), "teammate_id": bob.id()}));
            assert_eq!(added["broadcast"]["channel_id"], channel["id"]);
            socket.event("posted").await;
        }
    }
}

each_backend! {
    async fn fact_129_a_direct_post_has_no_team_and_type_d(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let channel = direct(&anna, &bob).await;
        let mut his = host.socket(&bob).await;
        say(&anna, id(&channel), "hi").await;
        let data = his.event("posted").await["data"].clone();
        let shown = ["team_id", "channel_type", "channel_name", "sender_name"].map(|key| data[key].as_str().unwrap());
        assert_eq!(shown, ["", "D", channel["name"].as_str().unwrap(), "@anna"]);
    }
}

each_backend! {
    async fn fact_018_a_hook_sends_direct_messages_as_its_owner(host: TestHost) {
        let hook = Hook::new(&host).await;
        let bob = host.user("bob").await;
        accepted(&hook.send_json(&json!({"text": "x", "channel": "@bob"})).await);
        accepted(&hook.send_json(&json!({"text": "y", "channel": "@Bob"})).await);
        let channel = direct(&bob, &hook.owner).await;
        assert_eq!(support::texts(&bob, id(&channel)).await, ["x", "y"]);
        // A hook may also use the channel's name.
        accepted(&hook.send_json(&json!({"text": "z", "channel": channel["name"]})).await);
        assert_eq!(support::texts(&bob, id(&channel)).await, ["x", "y", "z"]);
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn a_hook_cannot_post_where_its_owner_is_not_a_member(host: TestHost) {
        let hook = Hook::new(&host).await;
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let channel = direct(&anna, &bob).await;
        refused(&hook.send_json(&json!({"text": "x", "channel": channel["name"]})).await, 403);
        assert!(support::posts(&anna, id(&channel)).await.is_empty());
        let locked = Hook::with(&host, json!({"channel_locked": true})).await;
        refused(&locked.send_json(&json!({"text": "x", "channel": "@bob"})).await, 403);
    }
}

each_backend! {
    async fn the_names_of_direct_channels_are_reserved(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let name = format!("{}__{}", anna.id(), bob.id());
        let request = json!({"team_id": place.team_id, "name": name, "display_name": "x", "type": "O"});
        refused(&anna.post("/api/v4/channels", request).await, 400);
    }
}

each_backend! {
    async fn a_group_is_created_once_no_matter_which_member_opens_it(host: TestHost) {
        let Three { admin, anna, bob, .. } = Three::new(&host).await;
        let (mut hers, mut his) = (host.socket(&anna).await, host.socket(&bob).await);
        let path = "/api/v4/channels/group";
        let made = anna.post(path, json!([admin.id(), bob.id()])).await.expect(201);
        let shown = ["team_id", "type", "display_name"].map(|key| made[key].as_str().unwrap());
        assert_eq!(shown, ["", "G", "admin, anna, bob"]);
        let again = bob.post(path, json!([bob.id(), anna.id(), admin.id()])).await.expect(201);
        assert_eq!(again, made);
        say(&bob, id(&made), "lunch?").await;
        let mut ids = [admin.id(), anna.id(), bob.id()];
        ids.sort_unstable();
        for socket in [&mut hers, &mut his] {
            let added = socket.event("group_added").await;
            assert_eq!(added["data"], json!({"teammate_ids": json!(ids).to_string()}));
            assert_eq!((&added["broadcast"]["channel_id"], &added["broadcast"]["user_id"]), (&made["id"], &json!("")));
            assert_eq!(socket.event("posted").await["data"]["channel_type"], "G");
        }
        for request in [json!([anna.id(), bob.id()]), json!([]), json!(vec![bob.id(); 9])] {
            refused(&anna.post(path, request).await, 400);
        }
    }
}
