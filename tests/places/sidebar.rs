//! The sidebar: what follows from a category beyond the category itself.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{Three, direct, id};
use crate::support::{UNKNOWN_ID, refused};

fn at(user: &str, team: &str) -> String {
    format!("/api/v4/users/{user}/teams/{team}/channels/categories")
}

/// Returns the channels of the category of this kind.
async fn channels(client: &TestClient, path: &str, kind: &str) -> Value {
    let sidebar = client.get(path).await.expect(200);
    let categories = sidebar["categories"].as_array().expect("a list");
    let found = categories.iter().find(|category| category["type"] == kind);
    found.map(|category| category["channel_ids"].clone()).unwrap_or_default()
}

async fn category(client: &TestClient, path: &str, team: &str, name: &str, channels: Value) -> Value {
    let body =
        json!({"user_id": client.id(), "team_id": team, "display_name": name, "channel_ids": channels});
    client.post(path, body).await.expect(200)
}

each_backend! {
    async fn a_channel_is_muted_as_its_category_is(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let path = at("me", &place.team_id);
        let made = category(&anna, &path, &place.team_id, "Quiet", json!([place.channel_id])).await;
        let mut hers = host.socket(&anna).await;
        for (muted, mark_unread) in [(true, "mention"), (false, "all")] {
            let mut changed = made.clone();
            changed["muted"] = json!(muted);
            anna.put(&format!("{path}/{}", id(&made)), changed).await.expect(200);
            hers.event("sidebar_category_updated").await;
            let event = hers.event("channel_member_updated").await;
            let member: Value = serde_json::from_str(event["data"]["channelMember"].as_str().expect("a text")).expect("JSON");
            assert_eq!(member["notify_props"]["mark_unread"], mark_unread);
            let kept = anna.get(&format!("/api/v4/channels/{}/members/me", place.channel_id)).await.expect(200);
            assert_eq!(kept["notify_props"]["mark_unread"], mark_unread);
        }
    }
}

each_backend! {
    async fn a_favorite_channel_is_a_preference_and_the_other_way_round(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let talk = direct(&anna, &bob).await;
        let path = at("me", &place.team_id);
        assert_eq!(channels(&anna, &path, "direct_messages").await, json!([talk["id"]]));
        let star = json!([{"user_id": anna.id(), "category": "favorite_channel", "name": talk["id"], "value": "true"}]);
        anna.put("/api/v4/users/me/preferences", star.clone()).await.expect(200);
        assert_eq!(channels(&anna, &path, "favorites").await, json!([talk["id"]]));
        assert_eq!(channels(&anna, &path, "direct_messages").await, json!([]));
        // A category of her own takes it from the favorites.
        category(&anna, &path, &place.team_id, "Own", json!([talk["id"]])).await;
        refused(&anna.get("/api/v4/users/me/preferences/favorite_channel").await, 404);
        assert_eq!(channels(&anna, &path, "custom").await, json!([talk["id"]]));
        anna.put("/api/v4/users/me/preferences", star.clone()).await.expect(200);
        assert_eq!(channels(&anna, &path, "custom").await, json!([]));
    }
}

each_backend! {
    async fn a_favorite_set_as_a_preference_is_published_as_a_change_of_the_sidebar(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let path = at("me", &place.team_id);
        let builds = host.channel(&anna, &place.team_id, "builds").await;
        let other = host.team(&anna, "bakery").await;
        let mut hers = host.socket(&anna).await;
        let star = json!([{"user_id": anna.id(), "category": "favorite_channel", "name": builds["id"], "value": "true"}]);
        for (address, favorites) in [("/api/v4/users/me/preferences", json!([builds["id"]])), ("/api/v4/users/me/preferences/delete", json!([]))] {
            if address.ends_with("delete") {
                anna.post(address, star.clone()).await.expect(200);
            } else {
                anna.put(address, star.clone()).await.expect(200);
            }
            let event = hers.event("sidebar_category_updated").await;
            assert_eq!(event["broadcast"]["team_id"], place.team_id);
            let updated: Value = serde_json::from_str(event["data"]["updatedCategories"].as_str().expect("a text")).expect("JSON");
            let sidebar = anna.get(&path).await.expect(200);
            let listed = sidebar["categories"].as_array().expect("a list");
            assert_eq!(updated, json!(listed[..2]));
            assert_eq!((&updated[0]["type"], &updated[0]["channel_ids"]), (&json!("favorites"), &favorites));
            // A team without the channel has nothing to learn: the next event is that of the preference.
            let next = hers.frame().await.expect("an event");
            assert!(next["event"].as_str().is_some_and(|name| name.starts_with("preferences_")), "{next} {other}");
        }
    }
}

each_backend! {
    async fn a_sidebar_holds_only_what_its_user_is_in(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let (path, team) = (at("me", &place.team_id), place.team_id.as_str());
        let hidden = host.private_channel(&bob, team, "hidden").await;
        let made = category(&anna, &path, team, "Own", json!([hidden["id"], UNKNOWN_ID, "x", place.channel_id, place.channel_id])).await;
        assert_eq!(made["channel_ids"], json!([place.channel_id]));
        // Another user's category cannot be read, changed, ordered or deleted; an administrator acts for the user.
        let hers = at(anna.id(), team);
        for response in [
            bob.get(&hers).await,
            bob.get(&format!("{path}/{}", id(&made))).await,
            bob.put(&format!("{path}/{}", id(&made)), made.clone()).await,
            bob.delete(&format!("{path}/{}", id(&made))).await,
        ] {
            assert_eq!(refused(&response, 403)["id"], "api.context.permissions.app_error");
        }
        refused(&bob.put(&path, json!([made])).await, 400);
        refused(&bob.put(&format!("{path}/order"), json!([made["id"]])).await, 400);
        assert_eq!(admin.get(&format!("{hers}/{}", id(&made))).await.expect(200), made);
        refused(&admin.get(&format!("{hers}/{UNKNOWN_ID}")).await, 404);
        let long = json!({"user_id": anna.id(), "team_id": team, "display_name": "x".repeat(65)});
        refused(&anna.post(&path, long).await, 400);
    }
}

each_backend! {
    async fn a_channel_that_several_changes_name_is_in_the_last_of_them(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let talk = direct(&anna, &bob).await;
        let path = at("me", &place.team_id);
        let one = category(&anna, &path, &place.team_id, "One", json!([])).await;
        let two = category(&anna, &path, &place.team_id, "Two", json!([])).await;
        let with = |category: &Value, channels: Value| {
            let mut changed = category.clone();
            changed["channel_ids"] = channels;
            changed
        };
        let changes = json!([
            with(&one, json!([talk["id"], place.channel_id])),
            with(&two, json!([talk["id"]])),
            with(&one, json!([place.channel_id])),
        ]);
        anna.put(&path, changes).await.expect(200);
        for (category, channels) in [(&one, json!([place.channel_id])), (&two, json!([talk["id"]]))] {
            let kept = anna.get(&format!("{path}/{}", id(category))).await.expect(200);
            assert_eq!(kept["channel_ids"], channels);
        }
        anna.put(&path, json!([with(&two, json!([])), with(&one, json!([talk["id"]]))])).await.expect(200);
        assert_eq!(channels(&anna, &path, "direct_messages").await, json!([]));
        let kept = anna.get(&format!("{path}/{}", id(&one))).await.expect(200);
        assert_eq!(kept["channel_ids"], json!([talk["id"]]));
    }
}

each_backend! {
    async fn the_number_of_categories_is_limited(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let path = at("me", &place.team_id);
        for number in 3..200 {
            category(&anna, &path, &place.team_id, &number.to_string(), json!([])).await;
        }
        let body = json!({"user_id": anna.id(), "team_id": place.team_id, "display_name": "one more"});
        let error = refused(&anna.post(&path, body).await, 400);
        assert!(error["message"].as_str().is_some_and(|text| text.contains("200 categories")), "{error}");
        let order = anna.get(&format!("{path}/order")).await.expect(200);
        assert_eq!(order.as_array().map(Vec::len), Some(200));
    }
}
