//! Finding channels: lists, search and statistics.

use futures_util::{StreamExt, stream};
use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{Three, direct, each, id, say};
use crate::support::{UNKNOWN_ID, refused};

/// How many bytes of channels a list of an account's own channels returns, and more channels of the largest texts than
/// that.
const OWN_CHANNELS_BYTES: usize = 8 << 20;
const LARGE: usize = OWN_CHANNELS_BYTES / (6 * (1024 + 250)) + 10;

each_backend! {
    async fn a_list_of_large_own_channels_ends_early_and_the_others_are_found_by_name(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        // Control characters take six times their size as JSON.
        let (header, purpose) = ("\u{1}".repeat(1024), "\u{1}".repeat(250));
        let make = |number: usize| {
            let body = json!({
                "team_id": place.team_id, "name": format!("large-{number}"), "display_name": "Large", "type": "P",
                "header": header, "purpose": purpose,
            });
            let anna = &anna;
            async move { id(&anna.post("/api/v4/channels", body).await.expect(201)).to_owned() }
        };
        let made: Vec<String> = stream::iter((0..LARGE).map(make)).buffered(8).collect().await;
        for path in [
            "/api/v4/users/me/channels".to_owned(),
            format!("/api/v4/users/me/teams/{}/channels", place.team_id),
        ] {
            let response = anna.get(&path).await;
            assert!(response.body.len() < OWN_CHANNELS_BYTES + 16 * 1024, "{path}: {} bytes", response.body.len());
            let list = response.expect(200);
            let listed = each(&list, "id");
            assert!(listed.len() > LARGE / 2 && listed.len() < LARGE, "{path}: {} channels", listed.len());
            let absent = made.iter().position(|id| !listed.contains(&id.as_str())).expect("one is not listed");
            let by_name = format!("/api/v4/teams/{}/channels/name/large-{absent}", place.team_id);
            assert_eq!(anna.get(&by_name).await.expect(200)["id"], made[absent]);
        }
        // What is short about each channel is listed for all.
        for path in ["channels/members", "channels/categories"] {
            let response = anna.get(&format!("/api/v4/users/me/teams/{}/{path}", place.team_id)).await;
            response.expect(200);
            assert!(response.body.len() < OWN_CHANNELS_BYTES, "{path}: {} bytes", response.body.len());
        }
    }
}

each_backend! {
    async fn a_channel_is_found_by_the_names_of_its_team_and_of_it(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let path = "/api/v4/teams/name/main/channels/name/town-square";
        assert_eq!(anna.get(path).await.expect(200)["id"], place.channel_id);
        refused(&anna.get("/api/v4/teams/name/main/channels/name/nope").await, 404);
        refused(&anna.get("/api/v4/teams/name/nope/channels/name/town-square").await, 404);
        for name in ["a%20b", "x%2Fy"] {
            refused(&anna.get(&format!("/api/v4/teams/name/{name}/channels/name/{name}")).await, 404);
            refused(&anna.get(&format!("/api/v4/teams/name/main/channels/name/{name}")).await, 404);
        }
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        anna.delete(&format!("/api/v4/channels/{}", id(&made))).await.expect(200);
        let path = "/api/v4/teams/name/main/channels/name/ovens";
        refused(&anna.get(path).await, 404);
        assert_eq!(anna.get(&format!("{path}?include_deleted=true")).await.expect(200)["id"], made["id"]);
    }
}

each_backend! {
    async fn archived_and_private_channels_are_listed_for_permitted_users(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let channels = format!("/api/v4/teams/{}/channels", place.team_id);
        let secret = host.private_channel(&anna, &place.team_id, "secret").await;
        let public = host.channel(&anna, &place.team_id, "ovens").await;
        assert_eq!(each(&admin.get(&format!("{channels}/private")).await.expect(200), "name"), ["secret"]);
        refused(&anna.get(&format!("{channels}/private")).await, 403);
        for channel in [&secret, &public] {
            anna.delete(&format!("/api/v4/channels/{}", id(channel))).await.expect(200);
        }
        let deleted = format!("{channels}/deleted");
        assert_eq!(each(&anna.get(&deleted).await.expect(200), "name"), ["ovens", "secret"]);
        assert_eq!(each(&bob.get(&deleted).await.expect(200), "name"), ["ovens"]);
        assert_eq!(each(&admin.get(&deleted).await.expect(200), "name"), ["ovens"]);
        assert_eq!(admin.get(&format!("{deleted}?page=1")).await.expect(200), json!([]));
        assert_eq!(admin.get(&format!("{channels}/private")).await.expect(200), json!([]));
        refused(&host.user("cleo").await.get(&deleted).await, 403);
    }
}

each_backend! {
    async fn a_channel_search_finds_any_part_of_a_name_and_no_private_channels(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let channels = format!("/api/v4/teams/{}/channels", place.team_id);
        for (name, display_name, kind) in
            [("ovens", "Hot Ovens", "O"), ("a_b", "100% rye", "O"), ("oven-secret", "S", "P")]
        {
            let request = json!({"team_id": place.team_id, "name": name, "display_name": display_name, "type": kind});
            anna.post("/api/v4/channels", request).await.expect(201);
        }
        let found = async |who: &jackfield_tests::TestClient, term: &str| {
            let list = who.post(&format!("{channels}/search"), json!({"term": term})).await.expect(200);
            each(&list, "name").join(" ")
        };
        assert_eq!(found(&bob, "OVEN").await, "ovens");
        assert_eq!(found(&anna, "oven").await, "ovens");
        let completed = anna.get(&format!("{channels}/autocomplete?name=oven")).await.expect(200);
        assert_eq!(each(&completed, "name"), ["ovens", "oven-secret"]);
        assert_eq!(found(&bob, "%").await, "a_b");
        assert_eq!(found(&bob, "_").await, "a_b");
        assert_eq!(found(&bob, "\\").await, "");
        assert_eq!(found(&bob, "~town").await, "town-square");
        // No name is that long.
        assert_eq!(found(&bob, &"%_".repeat(100_000)).await, "");
        let completed = bob.get(&format!("{channels}/autocomplete?name=ov")).await.expect(200);
        assert_eq!(each(&completed, "name"), ["ovens"]);
        refused(&host.user("cleo").await.get(&format!("{channels}/autocomplete?name=ov")).await, 403);
    }
}

each_backend! {
    async fn public_channels_are_found_by_their_ids(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let path = format!("/api/v4/teams/{}/channels/ids", place.team_id);
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let talk = direct(&anna, &bob).await;
        let request = json!([id(&made), id(&talk), "kkkkkkkkkkkkkkkkkkkkkkkkkk", place.channel_id]);
        assert_eq!(each(&bob.post(&path, request).await.expect(200), "name"), ["town-square", "ovens"]);
        for wrong in [json!([]), json!(["x"]), json!({}), json!(vec![id(&made); 201])] {
            refused(&bob.post(&path, wrong).await, 400);
        }
    }
}

each_backend! {
    async fn administrators_list_the_channels_of_all_teams(host: TestHost) {
        let Three { admin, anna, bob, .. } = Three::new(&host).await;
        direct(&anna, &bob).await;
        let bakery = host.team(&anna, "bakery").await;
        let old = host.channel(&anna, id(&bakery), "old").await;
        anna.delete(&format!("/api/v4/channels/{}", id(&old))).await.expect(200);
        refused(&anna.get("/api/v4/channels").await, 403);
        let all = admin.get("/api/v4/channels").await.expect(200);
        assert_eq!(each(&all, "name"), ["off-topic", "off-topic", "town-square", "town-square"]);
        assert_eq!(each(&all, "team_name"), ["main", "bakery", "main", "bakery"]);
        let counted = admin.get("/api/v4/channels?include_total_count=true&include_deleted=true&per_page=2").await.expect(200);
        assert_eq!((&counted["total_count"], counted["channels"].as_array().map(Vec::len)), (&json!(5), Some(2)));
        let own = admin.get("/api/v4/channels?include_deleted=true&exclude_default_channels=true").await.expect(200);
        assert_eq!(each(&own, "name"), ["old"]);
        refused(&admin.get(&format!("/api/v4/channels?not_associated_to_group={UNKNOWN_ID}")).await, 404);
    }
}

each_backend! {
    async fn a_search_of_all_channels_applies_its_filters_or_refuses_them(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let builds = host.channel(&anna, &place.team_id, "builds").await;
        let found = async |body: Value| {
            let list = admin.post("/api/v4/channels/search", body).await.expect(200);
            let mut names: Vec<String> = each(&list, "name").into_iter().map(str::to_owned).collect();
            // The databases sort capital letters differently.
            names.sort();
            names.join(" ")
        };
        assert_eq!(found(json!({"term": ""})).await, "builds off-topic town-square");
        assert_eq!(found(json!({"term": "", "exclude_default_channels": true})).await, "builds");
        assert_eq!(found(json!({"term": builds["id"]})).await, "");
        assert_eq!(found(json!({"term": builds["id"], "include_search_by_id": true})).await, "builds");
        // No channel belongs to a group or has a policy, so these leave out none.
        let without = json!({"term": "builds", "exclude_group_constrained": true, "exclude_policy_constrained": true});
        assert_eq!(found(without).await, "builds");
        for (field, value, status) in [
            ("not_associated_to_group", json!(UNKNOWN_ID), 404),
            ("group_constrained", json!(true), 400),
            ("policy_id", json!(UNKNOWN_ID), 400),
            ("access_control_policy_enforced", json!(true), 400),
            ("parent_access_control_policy_id", json!(UNKNOWN_ID), 400),
        ] {
            let mut body = json!({"term": "builds"});
            body[field] = value;
            refused(&admin.post("/api/v4/channels/search", body).await, status);
        }
    }
}

each_backend! {
    async fn a_users_archived_channels_are_listed_since_a_moment(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let mut archived = Vec::new();
        for name in ["first", "second"] {
            let made = host.channel(&anna, &place.team_id, name).await;
            host.clock.advance(std::time::Duration::from_millis(1));
            archived.push(host.clock.now().as_millis());
            anna.delete(&format!("/api/v4/channels/{}", id(&made))).await.expect(200);
        }
        let listed = async |query: String| {
            each(&anna.get(&format!("/api/v4/users/me/channels{query}")).await.expect(200), "name").join(" ")
        };
        assert_eq!(listed(String::new()).await, "town-square off-topic");
        assert_eq!(listed("?include_deleted=true".to_owned()).await, "town-square off-topic first second");
        let since = format!("?include_deleted=true&last_delete_at={}", archived[1]);
        assert_eq!(listed(since).await, "town-square off-topic second");
    }
}

each_backend! {
    async fn a_users_channels_of_all_teams_are_one_list(host: TestHost) {
        let Three { anna, bob, .. } = Three::new(&host).await;
        let talk = direct(&anna, &bob).await;
        host.team(&anna, "bakery").await;
        let all = anna.get("/api/v4/users/me/channels").await.expect(200);
        assert_eq!(each(&all, "name"), ["town-square", "off-topic", talk["name"].as_str().unwrap(), "town-square", "off-topic"]);
        refused(&bob.get(&format!("/api/v4/users/{}/channels", anna.id())).await, 403);
    }
}

each_backend! {
    async fn a_channels_statistics_count_its_members(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        say(&anna, &place.channel_id, "x").await;
        let stats = anna.get(&format!("/api/v4/channels/{}/stats", place.channel_id)).await.expect(200);
        let mut expected: Value = json!({
            "channel_id": place.channel_id, "member_count": 3, "guest_count": 0, "pinnedpost_count": 0,
            "files_count": 0,
        });
        assert_eq!(stats, expected);
        let uncounted = anna.get(&format!("/api/v4/channels/{}/stats?exclude_files_count=true", place.channel_id)).await;
        assert_eq!(uncounted.expect(200)["files_count"], -1);
        host.admin().await.post(&format!("/api/v4/users/{}/demote", bob.id()), json!({})).await.expect(200);
        expected["guest_count"] = json!(1);
        assert_eq!(anna.get(&format!("/api/v4/channels/{}/stats", place.channel_id)).await.expect(200), expected);
        let zones = format!("/api/v4/channels/{}/timezones", place.channel_id);
        assert_eq!(anna.get(&zones).await.expect(200), json!([]));
        let zone = json!({"useAutomaticTimezone": "false", "manualTimezone": "Asia/Omsk"});
        anna.put("/api/v4/users/me/patch", json!({"timezone": zone})).await.expect(200);
        assert_eq!(anna.get(&zones).await.expect(200), json!(["Asia/Omsk"]));
        refused(&host.user("cleo").await.get(&zones).await, 403);
    }
}
