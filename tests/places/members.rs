//! Members of a channel and their roles.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{Three, each, id};
use crate::support::refused;

/// Members that are added one after the other.
const MANY: usize = 200;

fn members(channel: &Value) -> String {
    format!("/api/v4/channels/{}/members", id(channel))
}

each_backend! {
    async fn members_are_listed_named_and_paged(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let path = format!("/api/v4/channels/{}/members", place.channel_id);
        let all = bob.get(&path).await.expect(200);
        assert_eq!(each(&all, "user_id"), [admin.id(), anna.id(), bob.id()]);
        let second = bob.get(&format!("{path}?per_page=1&page=1")).await.expect(200);
        assert_eq!(each(&second, "user_id"), [anna.id()]);
        assert_eq!(bob.get(&format!("{path}?page=9")).await.expect(200), json!([]));
        let mine = bob.get(&format!("{path}/me")).await.expect(200);
        let shown = ["channel_id", "user_id", "roles"].map(|key| mine[key].as_str().unwrap());
        assert_eq!(shown, [&*place.channel_id, bob.id(), "channel_user"]);
        assert_eq!(mine["notify_props"]["mark_unread"], "all");
        assert_eq!(bob.get(&format!("{path}/{}", anna.id())).await.expect(200), all[1]);
        let request = json!([bob.id(), "kkkkkkkkkkkkkkkkkkkkkkkkkk", admin.id()]);
        assert_eq!(each(&bob.post(&format!("{path}/ids"), request).await.expect(200), "user_id"), [admin.id(), bob.id()]);
        refused(&bob.post(&format!("{path}/ids"), json!([])).await, 400);
        refused(&bob.get(&format!("{path}/kkkkkkkkkkkkkkkkkkkkkkkkkk")).await, 404);
        refused(&bob.get(&format!("{path}/short")).await, 400);
        refused(&host.user("cleo").await.get(&path).await, 403);
    }
}

each_backend! {
    async fn several_members_are_added_at_once_and_each_is_published(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let mut hers = host.socket(&anna).await;
        let request = json!({"user_ids": [bob.id(), admin.id()]});
        let added = anna.post(&members(&made), request).await.expect(201);
        assert_eq!(each(&added, "user_id"), [bob.id(), admin.id()]);
        for user in [&bob, &admin] {
            let event = hers.event("user_added").await;
            assert_eq!(event["data"], json!({"user_id": user.id(), "team_id": place.team_id}));
            assert_eq!(event["broadcast"]["channel_id"], made["id"]);
            hers.event("posted").await;
        }
        let one = anna.post(&members(&made), json!({"user_id": bob.id(), "user_ids": null})).await.expect(201);
        assert_eq!(one["user_id"], bob.id());
        let outsider = host.user("cleo").await;
        refused(&anna.post(&members(&made), json!({"user_id": outsider.id()})).await, 404);
        refused(&anna.post(&members(&made), json!({"user_ids": []})).await, 400);
        refused(&anna.post(&members(&made), json!({"user_id": "kkkkkkkkkkkkkkkkkkkkkkkkkk"})).await, 404);
    }
}

each_backend! {
    with |config| { config.access.bots_per_account = 1000; }
    async fn each_of_many_members_costs_as_much_as_the_first(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        anna.post(&members(&made), json!({"user_id": admin.id()})).await.expect(201);
        let mut bots = Vec::new();
        for number in 100..100 + MANY {
            let bot = admin.post("/api/v4/bots", json!({"username": format!("bot{number}")})).await.expect(201);
            bots.push(bot["user_id"].clone());
        }
        let of_team = bots.iter().map(|bot| json!({"team_id": place.team_id, "user_id": bot})).collect();
        let path = format!("/api/v4/teams/{}/members/batch", place.team_id);
        admin.post(&path, Value::Array(of_team)).await.expect(201);
        let mut hers = host.socket(&anna).await;
        let mut costs = Vec::new();
        for bot in &bots {
            let response = admin.post(&members(&made), json!({"user_id": bot})).await;
            response.expect(201);
            let events = [hers.event("user_added").await, hers.event("posted").await];
            assert_eq!(events[0]["data"]["user_id"], *bot);
            costs.push(response.body.len() + events.iter().map(|event| event.to_string().len()).sum::<usize>());
        }
        // The numbers of the events have more digits in the end.
        let (first, last) = (costs[0], costs[costs.len() - 1]);
        assert!(last < first + 32, "the first took {first} bytes, the last {last}");
        let stats = anna.get(&format!("/api/v4/channels/{}/stats", id(&made))).await.expect(200);
        assert_eq!(stats["member_count"], MANY + 2);
    }
}

each_backend! {
    async fn joining_a_team_is_published_to_the_members_of_its_first_channels(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let path = format!("/api/v4/teams/{}/members", place.team_id);
        let (cleo, dan) = (host.user("cleo").await, host.user("dan").await);
        let mut hers = host.socket(&anna).await;
        let one = |user: &TestClient| json!({"team_id": place.team_id, "user_id": user.id()});
        admin.post(&path, one(&cleo)).await.expect(201);
        admin.post(&format!("{path}/batch"), json!([one(&dan)])).await.expect(201);
        for user in [&cleo, &dan] {
            let mut channels = Vec::new();
            for _ in 0..2 {
                let event = hers.event("user_added").await;
                assert_eq!(event["data"], json!({"user_id": user.id(), "team_id": place.team_id}));
                channels.push(event["broadcast"]["channel_id"].clone());
            }
            assert!(channels.contains(&json!(place.channel_id)) && channels[0] != channels[1], "{channels:?}");
            for _ in 0..2 {
                hers.event("posted").await;
            }
        }
    }
}

each_backend! {
    async fn notification_settings_of_a_channel_are_limited_over_all_requests(host: TestHost) {
        let Three { bob, place, .. } = Three::new(&host).await;
        let mine = format!("/api/v4/channels/{}/members/me", place.channel_id);
        let settings = |from: usize| -> Value {
            let one = |number: usize| (format!("own_{number}"), json!("x"));
            (from..from + 20).map(one).collect::<serde_json::Map<_, _>>().into()
        };
        let path = format!("/api/v4/channels/{}/members/{}/notify_props", place.channel_id, bob.id());
        bob.put(&path, settings(0)).await.expect(200);
        let error = refused(&bob.put(&path, settings(20)).await, 400);
        assert!(error["message"].as_str().is_some_and(|text| text.contains("32 notification settings")), "{error}");
        bob.put(&path, settings(0)).await.expect(200);
        let kept = bob.get(&mine).await.expect(200);
        assert_eq!((&kept["notify_props"]["own_19"], &kept["notify_props"]["own_20"]), (&json!("x"), &Value::Null));
    }
}

each_backend! {
    async fn a_departure_is_published_to_the_channel_and_to_the_former_member(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        anna.post(&members(&made), json!({"user_id": bob.id()})).await.expect(201);
        let (mut hers, mut his) = (host.socket(&anna).await, host.socket(&bob).await);
        assert_eq!(bob.delete(&format!("{}/me", members(&made))).await.expect(200), json!({"status": "OK"}));
        let event = hers.event("user_removed").await;
        assert_eq!(event["data"], json!({"user_id": bob.id(), "remover_id": bob.id()}));
        assert_eq!(event["broadcast"]["channel_id"], made["id"]);
        let event = his.event("user_removed").await;
        assert_eq!(event["data"], json!({"channel_id": id(&made), "remover_id": bob.id()}));
        assert_eq!(event["broadcast"]["user_id"], bob.id());
        assert_eq!(each(&anna.get(&members(&made)).await.expect(200), "user_id"), [anna.id()]);
        refused(&bob.delete(&format!("{}/me", members(&made))).await, 404);
    }
}

each_backend! {
    async fn members_of_a_channel_and_administrators_of_its_team_remove_members(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        refused(&bob.delete(&format!("{}/{}", members(&made), anna.id())).await, 403);
        for user in [&bob, &admin] {
            anna.post(&members(&made), json!({"user_id": user.id()})).await.expect(201);
        }
        bob.delete(&format!("{}/{}", members(&made), admin.id())).await.expect(200);
        admin.delete(&format!("{}/{}", members(&made), anna.id())).await.expect(200);
        assert_eq!(each(&bob.get(&members(&made)).await.expect(200), "user_id"), [bob.id()]);
        // A guest removes no other user, not even from a channel that they are in.
        admin.post(&format!("/api/v4/users/{}/demote", bob.id()), json!({})).await.expect(200);
        admin.post(&members(&made), json!({"user_id": anna.id()})).await.expect(201);
        refused(&bob.delete(&format!("{}/{}", members(&made), anna.id())).await, 403);
    }
}

each_backend! {
    async fn administrators_set_roles_and_the_member_receives_the_change(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        anna.post(&members(&made), json!({"user_id": bob.id()})).await.expect(201);
        let his_place = format!("{}/{}", members(&made), bob.id());
        let roles = format!("{his_place}/roles");
        refused(&bob.put(&roles, json!({"roles": "channel_user channel_admin"})).await, 403);
        let mut his = host.socket(&bob).await;
        anna.put(&roles, json!({"roles": "channel_user channel_admin"})).await.expect(200);
        let event = his.event("channel_member_updated").await;
        let published: Value = serde_json::from_str(event["data"]["channelMember"].as_str().unwrap()).unwrap();
        let member = bob.get(&his_place).await.expect(200);
        assert_eq!((&published, &member["roles"], &member["scheme_admin"]), (&member, &json!("channel_user channel_admin"), &json!(true)));
        // Bob is now an administrator, too.
        let scheme = format!("{}/{}/schemeRoles", members(&made), anna.id());
        bob.put(&scheme, json!({"scheme_admin": false, "scheme_user": true})).await.expect(200);
        refused(&anna.put(&roles, json!({"roles": ""})).await, 403);
        refused(&bob.put(&roles, json!({"roles": "system_admin"})).await, 400);
        refused(&bob.put(&scheme, json!({"scheme_guest": true, "scheme_user": false})).await, 400);
        let absent = format!("{}/kkkkkkkkkkkkkkkkkkkkkkkkkk/roles", members(&made));
        refused(&bob.put(&absent, json!({"roles": "channel_user"})).await, 404);
    }
}

each_backend! {
    async fn notification_settings_are_merged_into_earlier_ones(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let mine = format!("/api/v4/channels/{}/members/{}", place.channel_id, anna.id());
        let props = format!("{mine}/notify_props");
        anna.put(&props, json!({"desktop": "none", "user_id": anna.id(), "channel_id": place.channel_id})).await.expect(200);
        anna.put(&props, json!({"mark_unread": "mention", "push": null})).await.expect(200);
        let said = anna.get(&mine).await.expect(200)["notify_props"].clone();
        assert_eq!(said, json!({
            "channel_auto_follow_threads": "off", "desktop": "none", "email": "default",
            "ignore_channel_mentions": "default", "mark_unread": "mention", "push": "default",
        }));
        refused(&bob.put(&props, json!({"desktop": "all"})).await, 403);
        refused(&anna.put(&props, json!({"desktop": 5})).await, 400);
        refused(&anna.put(&props, json!({"desktop": "x".repeat(129)})).await, 400);
        let elsewhere = host.channel(&bob, &place.team_id, "bobs").await;
        refused(&anna.put(&format!("{}/me/notify_props", members(&elsewhere)), json!({"desktop": "all"})).await, 404);
    }
}

each_backend! {
    async fn a_users_memberships_in_a_team_are_one_list(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let talk = super::direct(&anna, &bob).await;
        let path = format!("/api/v4/users/me/teams/{}/channels/members", place.team_id);
        let mine = anna.get(&path).await.expect(200);
        assert_eq!(each(&mine, "user_id"), [anna.id(); 3]);
        assert!(each(&mine, "channel_id").contains(&id(&talk)));
        let others = format!("/api/v4/users/{}/teams/{}/channels/members", anna.id(), place.team_id);
        refused(&bob.get(&others).await, 403);
    }
}
