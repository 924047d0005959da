//! A hook works as long as its owner has the rights that it needs.

use jackfield_tests::{Place, TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};

use super::accepted;
use crate::support::{refused, texts};

const HOOKS: &str = "/api/v4/hooks/incoming";

/// A hook that anna, a plain member of the team, owns, and one that an administrator created for her.
struct OwnerHooks {
    admin: TestClient,
    anna: TestClient,
    place: Place,
    own: String,
    of_server: String,
}

impl OwnerHooks {
    async fn new(host: &TestHost) -> Self {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        let address = |hook: &Value| format!("/hooks/{}", hook["id"].as_str().expect("a text"));
        let request = json!({"channel_id": place.channel_id});
        let own = address(&anna.post(HOOKS, request).await.expect(201));
        let request = json!({"channel_id": place.channel_id, "user_id": anna.id()});
        let of_server = address(&admin.post(HOOKS, request).await.expect(201));
        let owned = Self { admin, anna, place, own, of_server };
        accepted(&owned.send(host, &owned.own, "first").await);
        owned
    }

    async fn send(&self, host: &TestHost, address: &str, text: &str) -> TestResponse {
        host.anonymous().post(address, json!({"text": text})).await
    }

    /// Asserts that anna's own hook is refused wherever it posts, and that the server's works.
    async fn has_stopped(&self, host: &TestHost) {
        for payload in [
            json!({"text": "no"}),
            json!({"text": "no", "channel": "@admin"}),
            json!({"text": "no", "channel": "off-topic"}),
        ] {
            let response = host.anonymous().post(&self.own, payload).await;
            assert_eq!(refused(&response, 403)["id"], "web.incoming_webhook.permissions.app_error");
        }
        accepted(&self.send(host, &self.of_server, "the server's").await);
        assert_eq!(texts(&self.admin, &self.place.channel_id).await, ["first", "the server's"]);
    }
}

each_backend! {
    with |config| { config.access.hook_creation = jackfield::config::Creators::Members; }
    async fn a_hook_stops_when_its_owner_is_deactivated_unless_it_is_the_servers(host: TestHost) {
        let owned = OwnerHooks::new(&host).await;
        let active = format!("/api/v4/users/{}/active", owned.anna.id());
        owned.admin.put(&active, json!({"active": false})).await.expect(200);
        owned.has_stopped(&host).await;
        owned.admin.put(&active, json!({"active": true})).await.expect(200);
        accepted(&owned.send(&host, &owned.own, "again").await);
    }
}

each_backend! {
    with |config| { config.access.hook_creation = jackfield::config::Creators::Members; }
    async fn a_hook_stops_when_its_owner_leaves_the_team_unless_it_is_the_servers(host: TestHost) {
        let owned = OwnerHooks::new(&host).await;
        let members = format!("/api/v4/teams/{}/members", owned.place.team_id);
        owned.anna.delete(&format!("{members}/me")).await.expect(200);
        owned.has_stopped(&host).await;
        let back = json!({"team_id": owned.place.team_id, "user_id": owned.anna.id()});
        owned.admin.post(&members, back).await.expect(201);
        accepted(&owned.send(&host, &owned.own, "again").await);
    }
}

each_backend! {
    with |config| { config.access.hook_creation = jackfield::config::Creators::Members; }
    async fn a_hook_stops_when_its_owner_becomes_a_guest_unless_it_is_the_servers(host: TestHost) {
        let owned = OwnerHooks::new(&host).await;
        let account = format!("/api/v4/users/{}", owned.anna.id());
        owned.admin.post(&format!("{account}/demote"), json!({})).await.expect(200);
        owned.has_stopped(&host).await;
        owned.admin.post(&format!("{account}/promote"), json!({})).await.expect(200);
        accepted(&owned.send(&host, &owned.own, "again").await);
    }
}

each_backend! {
    async fn an_administrators_hook_stops_when_they_lose_the_role_outside_the_team(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        let roles = format!("/api/v4/users/{}/roles", anna.id());
        admin.put(&roles, json!({"roles": "system_user system_admin"})).await.expect(200);
        let hook = anna.post(HOOKS, json!({"channel_id": place.channel_id})).await.expect(201);
        let address = format!("/hooks/{}", hook["id"].as_str().expect("a text"));
        accepted(&host.anonymous().post(&address, json!({"text": "x"})).await);
        admin.put(&roles, json!({"roles": "system_user"})).await.expect(200);
        refused(&host.anonymous().post(&address, json!({"text": "y"})).await, 403);
        assert_eq!(texts(&admin, &place.channel_id).await, ["x"]);
    }
}

each_backend! {
    async fn the_hooks_of_an_archived_channel_wait_until_it_is_restored(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let channel = host.channel(&admin, &place.team_id, "builds").await;
        let id = channel["id"].as_str().expect("a text");
        let hook = admin.post(HOOKS, json!({"channel_id": id})).await.expect(201);
        let address = format!("/hooks/{}", hook["id"].as_str().expect("a text"));
        admin.delete(&format!("/api/v4/channels/{id}")).await.expect(200);
        for payload in [json!({"text": "x"}), json!({"text": "x", "channel": "town-square"})] {
            let response = host.anonymous().post(&address, payload).await;
            assert_eq!(refused(&response, 400)["id"], "web.incoming_webhook.invalid.app_error");
        }
        assert_eq!(admin.get(HOOKS).await.expect(200), json!([hook]));
        admin.post(&format!("/api/v4/channels/{id}/restore"), json!({})).await.expect(200);
        accepted(&host.anonymous().post(&address, json!({"text": "y"})).await);
        assert_eq!(texts(&admin, id).await.pop().as_deref(), Some("y"));
    }
}
