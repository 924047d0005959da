//! Changing channels: names, descriptions, conversion and archiving.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{Three, direct, id, say};
use crate::support::refused;

fn at(channel: &Value) -> String {
    format!("/api/v4/channels/{}", id(channel))
}

#[track_caller]
fn inside(event: &Value, key: &str) -> Value {
    serde_json::from_str(event["data"][key].as_str().expect("a text")).expect("JSON in a text")
}

each_backend! {
    async fn a_patch_changes_the_named_fields_and_is_published_to_members(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        anna.post(&format!("{}/members", at(&made)), json!({"user_id": bob.id()})).await.expect(201);
        let mut his = host.socket(&bob).await;
        let patch = json!({"display_name": "Hot ovens", "header": "h", "purpose": null});
        let changed = anna.put(&format!("{}/patch", at(&made)), patch).await.expect(200);
        let mut expected = made.clone();
        // Two system messages count: about the name, and about the header.
        for key in ["total_msg_count", "total_msg_count_root"] {
            expected[key] = json!(2);
        }
        for key in ["last_post_at", "last_root_post_at"] {
            expected[key] = made["create_at"].clone();
        }
        expected["display_name"] = json!("Hot ovens");
        expected["header"] = json!("h");
        expected["update_at"] = changed["update_at"].clone();
        assert_eq!(changed, expected);
        // A change in the same millisecond still raises `update_at`, because entity tags depend on it.
        assert_eq!(changed["update_at"].as_i64(), made["update_at"].as_i64().map(|at| at + 1));
        assert_eq!(bob.get(&at(&made)).await.expect(200), changed);
        for _ in 0..2 {
            his.event("posted").await;
        }
        let event = his.event("channel_updated").await;
        assert_eq!((inside(&event, "channel"), &event["broadcast"]["channel_id"]), (changed, &made["id"]));
    }
}

each_backend! {
    async fn an_update_names_its_channel_and_clears_omitted_fields(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let request = json!({"id": id(&made), "name": "stoves", "header": "topic", "purpose": "p"});
        let changed = anna.put(&at(&made), request).await.expect(200);
        let shown = ["name", "display_name", "header", "purpose"].map(|key| changed[key].as_str().unwrap());
        assert_eq!(shown, ["stoves", "ovens", "topic", "p"]);
        let changed = anna.put(&at(&made), json!({"id": id(&made), "header": "only"})).await.expect(200);
        let shown = ["name", "display_name", "header", "purpose"].map(|key| changed[key].as_str().unwrap());
        assert_eq!(shown, ["stoves", "ovens", "only", ""]);
        refused(&anna.put(&at(&made), json!({"id": place.channel_id, "header": "x"})).await, 400);
    }
}

each_backend! {
    async fn an_invalid_channel_name_is_refused(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        host.channel(&anna, &place.team_id, "taken").await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let made = anna.get(&at(&made)).await.expect(200);
        let patch = format!("{}/patch", at(&made));
        let long = |length| "x".repeat(length);
        for wrong in [
            json!({"name": "taken"}),
            json!({"name": "Upper"}),
            json!({"name": ""}),
            json!({"name": long(65)}),
            json!({"display_name": long(65)}),
            json!({"header": long(1025)}),
            json!({"purpose": long(251)}),
            json!({"header": 5}),
            json!({"header": "nul \0"}),
            json!({"display_name": "nul \0"}),
        ] {
            refused(&anna.put(&patch, wrong).await, 400);
        }
        assert_eq!(anna.get(&at(&made)).await.expect(200), made);
        assert_eq!(anna.put(&patch, json!({"display_name": ""})).await.expect(200)["display_name"], "");
        let nowhere = "/api/v4/channels/kkkkkkkkkkkkkkkkkkkkkkkkkk/patch";
        refused(&anna.put(nowhere, json!({"header": "x"})).await, 404);
        refused(&anna.put("/api/v4/channels/short/patch", json!({})).await, 400);
    }
}

each_backend! {
    async fn members_change_and_archive_a_channel_and_team_administrators_convert_and_restore_it(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let public = host.channel(&anna, &place.team_id, "ovens").await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await;
        let team_admin = json!({"roles": "team_user team_admin"});
        let cleo = host.user("cleo").await;
        host.place(&cleo).await;
        let members = format!("/api/v4/teams/{}/members/{}", place.team_id, cleo.id());
        admin.put(&format!("{members}/roles"), team_admin).await.expect(200);
        for channel in [&public, &secret] {
            let (patch, privacy) = (format!("{}/patch", at(channel)), format!("{}/privacy", at(channel)));
            refused(&bob.put(&patch, json!({"header": "x"})).await, 403);
            refused(&bob.delete(&at(channel)).await, 403);
            refused(&bob.put(&privacy, json!({"privacy": "O"})).await, 403);
            refused(&bob.put(&privacy, json!(["no object"])).await, 403);
            anna.post(&format!("{}/members", at(channel)), json!({"user_id": bob.id()})).await.expect(201);
            let patched = bob.put(&patch, json!({"display_name": "Bob's", "header": "x"})).await.expect(200);
            assert_eq!((&patched["display_name"], &patched["header"]), (&json!("Bob's"), &json!("x")));
            bob.delete(&at(channel)).await.expect(200);
            // Not even the channel's own administrator shows its past to others.
            for user in [&bob, &anna] {
                refused(&user.post(&format!("{}/restore", at(channel)), json!({})).await, 403);
                refused(&user.put(&privacy, json!({"privacy": "O"})).await, 403);
            }
            // Team administrators manage all channels of the team, even without being members.
            cleo.post(&format!("{}/restore", at(channel)), json!({})).await.expect(200);
            cleo.put(&patch, json!({"display_name": "C"})).await.expect(200);
            for kind in ["P", "O"] {
                assert_eq!(cleo.put(&privacy, json!({"privacy": kind})).await.expect(200)["type"], kind);
            }
        }
    }
}

each_backend! {
    async fn an_archived_channel_takes_no_posts_until_it_is_restored(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        say(&anna, id(&made), "before").await;
        let mut his = host.socket(&bob).await;
        assert_eq!(anna.delete(&at(&made)).await.expect(200), json!({"status": "OK"}));
        assert_eq!(refused(&anna.delete(&at(&made)).await, 400)["id"], "api.channel.delete_channel.deleted.app_error");
        let archived = anna.get(&at(&made)).await.expect(200);
        assert_eq!(archived["delete_at"], jackfield_tests::START_MILLIS);
        let event = his.event("channel_deleted").await;
        assert_eq!(event["data"], json!({"channel_id": id(&made), "delete_at": archived["delete_at"]}));
        assert_eq!(event["broadcast"]["team_id"], place.team_id);

        refused(&anna.post("/api/v4/posts", json!({"channel_id": id(&made), "message": "x"})).await, 400);
        refused(&anna.put(&format!("{}/patch", at(&made)), json!({"header": "x"})).await, 400);
        refused(&bob.post(&format!("{}/members", at(&made)), json!({"user_id": bob.id()})).await, 400);
        let named = format!("/api/v4/teams/{}/channels/name/ovens", place.team_id);
        refused(&anna.get(&named).await, 404);
        assert_eq!(anna.get(&format!("{named}?include_deleted=true")).await.expect(200), archived);

        let restored = admin.post(&format!("{}/restore", at(&made)), json!({})).await.expect(200);
        assert_eq!(restored["delete_at"], 0);
        assert_eq!(his.event("channel_restored").await["data"], json!({"channel_id": id(&made)}));
        say(&anna, id(&made), "after").await;
        refused(&admin.post(&format!("{}/restore", at(&made)), json!({})).await, 400);
    }
}

each_backend! {
    async fn town_square_cannot_be_renamed_archived_or_made_private(host: TestHost) {
        let Three { admin, place, .. } = Three::new(&host).await;
        let path = format!("/api/v4/channels/{}", place.channel_id);
        refused(&admin.delete(&path).await, 400);
        refused(&admin.put(&format!("{path}/privacy"), json!({"privacy": "P"})).await, 400);
        refused(&admin.put(&format!("{path}/patch"), json!({"name": "main-square"})).await, 400);
        refused(&admin.delete(&format!("{path}/members/me")).await, 400);
        let renamed = admin.put(&format!("{path}/patch"), json!({"display_name": "Market"})).await.expect(200);
        assert_eq!((&renamed["display_name"], &renamed["delete_at"]), (&json!("Market"), &json!(0)));
        refused(&admin.delete(&format!("{path}?permanent=true")).await, 400);
    }
}

each_backend! {
    async fn a_converted_channel_is_visible_to_its_members_only(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let mut his = host.socket(&bob).await;
        let path = format!("{}/privacy", at(&made));
        let changed = admin.put(&path, json!({"privacy": "P"})).await.expect(200);
        assert_eq!(changed["type"], "P");
        let event = his.event("channel_converted").await;
        assert_eq!((&event["data"], &event["broadcast"]["team_id"]), (&json!({"channel_id": id(&made)}), &json!(place.team_id)));
        refused(&bob.get(&at(&made)).await, 403);
        assert_eq!(admin.put(&path, json!({"privacy": "O"})).await.expect(200)["type"], "O");
        bob.get(&at(&made)).await.expect(200);
        refused(&admin.put(&path, json!({"privacy": "X"})).await, 400);
    }
}

each_backend! {
    async fn only_the_header_of_a_direct_channel_can_be_changed(host: TestHost) {
        let Three { anna, bob, .. } = Three::new(&host).await;
        let channel = direct(&anna, &bob).await;
        let patch = format!("{}/patch", at(&channel));
        assert_eq!(bob.put(&patch, json!({"header": "us"})).await.expect(200)["header"], "us");
        refused(&bob.put(&patch, json!({"name": "ours"})).await, 400);
        refused(&bob.put(&format!("{}/privacy", at(&channel)), json!({"privacy": "P"})).await, 403);
        refused(&bob.delete(&at(&channel)).await, 400);
        refused(&bob.delete(&format!("{}/members/me", at(&channel))).await, 400);
        let cleo = host.user("cleo").await;
        refused(&bob.post(&format!("{}/members", at(&channel)), json!({"user_id": cleo.id()})).await, 400);
    }
}

each_backend! {
    async fn a_new_channel_is_published_to_its_creator(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let mut hers = host.socket(&anna).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        hers.event("posted").await;
        let event = hers.event("channel_created").await;
        assert_eq!(event["data"], json!({"channel_id": id(&made), "team_id": place.team_id}));
        assert_eq!(event["broadcast"]["user_id"], anna.id());
    }
}

each_backend! {
    async fn a_channel_has_no_scheme_and_no_groups(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        for not_offered in [json!({"group_constrained": true}), json!({"scheme_id": "k".repeat(26)})] {
            let mut new = json!({"team_id": place.team_id, "name": "more", "display_name": "More", "type": "O", "id": made["id"]});
            new.as_object_mut().expect("an object").extend(not_offered.as_object().expect("an object").clone());
            for response in [
                anna.post("/api/v4/channels", new.clone()).await,
                anna.put(&at(&made), new.clone()).await,
                anna.put(&format!("{}/patch", at(&made)), not_offered.clone()).await,
            ] {
                assert_eq!(refused(&response, 400)["id"], "api.context.invalid_body_param.app_error");
            }
        }
        let empty = json!({"group_constrained": false, "scheme_id": "", "header": "h"});
        assert_eq!(anna.put(&format!("{}/patch", at(&made)), empty).await.expect(200)["header"], "h");
    }
}
