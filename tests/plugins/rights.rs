//! A plugin's call reads and writes only what its caller may.

use jackfield_tests::{Place, TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::typed;
use crate::support::{self, refused};

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` in {value}")).to_owned()
}

/// Runs a command, and returns the reply's text.
async fn reply(client: &TestClient, channel_id: &str, line: &str) -> String {
    text(&typed(client, channel_id, line).await.expect(200), "text")
}

/// Posts as a user, and returns the post's id.
async fn post(client: &TestClient, channel_id: &str, message: &str) -> String {
    let post = json!({"channel_id": channel_id, "message": message});
    text(&client.post("/api/v4/posts", post).await.expect(201), "id")
}

const NO_POST: &str = "there is no such post or channel";
const NO_NAME: &str = "there is no such user or channel";

/// Asserts that the plugin finds nothing of this channel for the caller, who types in another one.
async fn is_hidden(caller: &TestClient, here: &str, hidden: &Place, post: &str) {
    assert_eq!(reply(caller, here, &format!("/read {post}")).await, NO_POST);
    assert_eq!(reply(caller, here, &format!("/tell {} POSTED", hidden.channel_id)).await, NO_POST);
    refused(&typed(caller, here, &format!("/react {post} eyes")).await, 500);
    for channel in ["town-square", hidden.channel_id.as_str()] {
        let found = reply(caller, here, &format!("/find {channel} {}", hidden.team_id)).await;
        assert_eq!(found, NO_NAME, "{channel}");
    }
}

each_backend! {
    async fn a_guests_call_finds_only_what_the_guest_sees(host: TestHost) {
        let (admin, gus) = (host.admin().await, host.user("gus").await);
        let place = host.place(&admin).await;
        let bob = host.user("bob").await;
        host.install(&admin, "editor").await;
        admin.post(&format!("/api/v4/users/{}/demote", gus.id()), json!({})).await.expect(200);
        let added = json!({"team_id": place.team_id, "user_id": gus.id()});
        admin.post(&format!("/api/v4/teams/{}/members", place.team_id), added).await.expect(201);
        let den = text(&host.channel(&admin, &place.team_id, "den").await, "id");
        admin.post(&format!("/api/v4/channels/{den}/members"), json!({"user_id": gus.id()})).await.expect(201);
        let secret = post(&admin, &place.channel_id, "not for guests").await;

        is_hidden(&gus, &den, &place, &secret).await;
        assert_eq!(reply(&gus, &den, "/find den x").await, NO_NAME);
        assert_eq!(reply(&gus, &den, &format!("/find den {}", place.team_id)).await, den);
        // The guest shares a channel with the administrator only.
        assert_eq!(reply(&gus, &den, "/who admin").await, admin.id());
        let hidden = typed(&gus, &den, "/who bob").await.expect(200);
        assert!(!hidden.to_string().contains(bob.id()), "{hidden}");
        assert_eq!(reply(&admin, &den, "/who bob").await, bob.id());
        let own = post(&admin, &den, "for all").await;
        assert_eq!(reply(&gus, &den, &format!("/read {own}")).await, "for all");
        assert_eq!(support::texts(&admin, &place.channel_id).await, ["not for guests"]);
    }
}

each_backend! {
    async fn a_call_finds_nothing_of_a_team_that_the_caller_is_not_in(host: TestHost) {
        let (admin, eve) = (host.admin().await, host.user("eve").await);
        let here = host.place(&admin).await;
        host.place(&eve).await;
        host.install(&admin, "editor").await;
        let team = host.team(&admin, "inner").await;
        let inner = Place::town_square(&admin, &team).await;
        let secret = post(&admin, &inner.channel_id, "inner message").await;
        is_hidden(&eve, &here.channel_id, &inner, &secret).await;
        assert_eq!(support::texts(&admin, &inner.channel_id).await, ["inner message"]);
        // The administrator's call reaches it.
        assert_eq!(reply(&admin, &here.channel_id, &format!("/read {secret}")).await, "inner message");
        reply(&admin, &here.channel_id, &format!("/tell {} POSTED", inner.channel_id)).await;
        assert_eq!(support::texts(&admin, &inner.channel_id).await, ["inner message", "POSTED"]);
    }
}

each_backend! {
    async fn a_call_posts_only_where_its_caller_is_a_member(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let here = host.place(&admin).await;
        host.place(&anna).await;
        host.install(&admin, "editor").await;
        let other = text(&host.channel(&admin, &here.team_id, "other").await, "id");
        let said = reply(&admin, &other, "/say mine").await;
        assert_eq!(
            reply(&anna, &here.channel_id, &format!("/tell {other} POSTED")).await,
            "not allowed: the user who called the plugin is not a member of this channel"
        );
        for command in [
            format!("/edit {said} EDITED"),
            format!("/delete {said}"),
            format!("/react {said} eyes"),
            format!("/unreact {said} eyes"),
        ] {
            refused(&typed(&anna, &here.channel_id, &command).await, 500);
        }
        assert_eq!(support::texts(&admin, &other).await, ["mine"]);
        anna.post(&format!("/api/v4/channels/{other}/members"), json!({"user_id": anna.id()})).await.expect(201);
        typed(&anna, &here.channel_id, &format!("/edit {said} EDITED")).await.expect(200);
        assert_eq!(support::texts(&admin, &other).await, ["EDITED"]);
    }
}

each_backend! {
    async fn a_call_reaches_no_private_channel_but_its_own(host: TestHost) {
        let admin = host.admin().await;
        let here = host.place(&admin).await;
        host.install(&admin, "editor").await;
        let secret = text(&host.private_channel(&admin, &here.team_id, "secret").await, "id");
        let inside = post(&admin, &secret, "inside").await;
        let hidden = Place { channel_id: secret.clone(), ..here.clone() };
        assert_eq!(reply(&admin, &here.channel_id, &format!("/read {inside}")).await, NO_POST);
        assert_eq!(reply(&admin, &here.channel_id, &format!("/tell {} x", hidden.channel_id)).await, NO_POST);
        assert_eq!(reply(&admin, &secret, &format!("/read {inside}")).await, "inside");
    }
}
