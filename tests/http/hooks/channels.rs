//! The channel of a hook's message, and the permissions for it.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{Hook, accepted};
use crate::support::{self, refused};

each_backend! {
    async fn fact_016_an_unknown_hook_is_400_and_not_404(host: TestHost) {
        let sender = host.anonymous();
        for id in ["kkkkkkkkkkkkkkkkkkkkkkkkkk", "short", "a.b-c", "0"] {
            let response = sender.post(&format!("/hooks/{id}"), json!({"text": "x"})).await;
            assert_eq!(refused(&response, 400)["id"], "web.incoming_webhook.invalid.app_error");
        }
    }
}

each_backend! {
    async fn a_deleted_hook_is_an_unknown_one(host: TestHost) {
        let hook = Hook::new(&host).await;
        hook.owner.delete(&format!("/api/v4/hooks/incoming/{}", hook.id)).await.expect(200);
        let response = hook.send_json(&json!({"text": "x"})).await;
        assert_eq!(refused(&response, 400)["id"], "web.incoming_webhook.invalid.app_error");
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn fact_017_a_channel_is_named_with_or_without_a_hash(host: TestHost) {
        let hook = Hook::new(&host).await;
        let other = host.channel(&hook.owner, &hook.place.team_id, "builds").await;
        let other = other["id"].as_str().expect("a text");
        for name in ["town-square", "#town-square", "builds", "#builds"] {
            accepted(&hook.send_json(&json!({"text": name, "channel": name})).await);
        }
        assert_eq!(hook.texts().await, ["town-square", "#town-square"]);
        assert_eq!(support::texts(&hook.owner, other).await, ["builds", "#builds"]);
    }
}

each_backend! {
    async fn fact_019_an_unknown_user_is_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        let response = hook.send_json(&json!({"text": "x", "channel": "@unknown"})).await;
        assert_eq!(refused(&response, 400)["id"], "web.incoming_webhook.user.app_error");
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn a_guests_hook_opens_no_direct_channel_with_a_user_the_guest_cannot_see(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let hook = json!({"channel_id": place.channel_id, "user_id": anna.id()});
        let hook = admin.post("/api/v4/hooks/incoming", hook).await.expect(201);
        let path = format!("/hooks/{}", hook["id"].as_str().expect("a text"));
        admin.post(&format!("/api/v4/users/{}/demote", anna.id()), json!({})).await.expect(200);
        let payload = json!({"text": "x", "channel": "@bob"});
        let response = host.anonymous().post(&path, payload.clone()).await;
        // The response is that for an unknown user.
        assert_eq!(refused(&response, 400)["id"], "web.incoming_webhook.user.app_error");
        assert_eq!(bob.get("/api/v4/users/me/channels").await.expect(200), json!([]));

        // The two users now share a channel.
        host.place(&bob).await;
        accepted(&host.anonymous().post(&path, payload).await);
    }
}

each_backend! {
    async fn fact_020_an_unknown_channel_is_404(host: TestHost) {
        let hook = Hook::new(&host).await;
        for name in ["nope", "#nope", "Town-Square", "#Town-Square", " town-square", "##town-square", hook.place.channel_id.as_str()] {
            let response = hook.send_json(&json!({"text": "x", "channel": name})).await;
            assert_eq!(refused(&response, 404)["id"], "web.incoming_webhook.channel.app_error");
        }
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn a_direct_channel_of_others_is_403_whether_it_exists_or_not(host: TestHost) {
        let hook = Hook::new(&host).await;
        let (bob, cleo) = (host.user("bob").await, host.user("cleo").await);
        let mut ids = [bob.id(), cleo.id()];
        ids.sort_unstable();
        let payload = json!({"text": "x", "channel": ids.join("__")});
        let mut responses = vec![hook.send_json(&payload).await];
        bob.post("/api/v4/channels/direct", json!(ids)).await.expect(201);
        responses.push(hook.send_json(&payload).await);
        let group = json!({"text": "x", "channel": "0123456789abcdef0123456789abcdef01234567"});
        responses.push(hook.send_json(&group).await);
        for response in responses {
            assert_eq!(refused(&response, 403)["id"], "web.incoming_webhook.permissions.app_error");
        }
    }
}

each_backend! {
    async fn a_channel_of_another_team_is_unknown(host: TestHost) {
        let hook = Hook::new(&host).await;
        let team = host.team(&hook.owner, "elsewhere").await;
        host.channel(&hook.owner, team["id"].as_str().expect("a text"), "builds").await;
        refused(&hook.send_json(&json!({"text": "x", "channel": "builds"})).await, 404);
    }
}

each_backend! {
    async fn fact_021_a_locked_hook_stays_in_its_channel(host: TestHost) {
        let hook = Hook::with(&host, json!({"channel_locked": true})).await;
        let response = hook.send_json(&json!({"text": "x", "channel": "off-topic"})).await;
        assert_eq!(refused(&response, 403)["id"], "web.incoming_webhook.channel_locked.app_error");
        accepted(&hook.send_json(&json!({"text": "y", "channel": "town-square"})).await);
        accepted(&hook.send_json(&json!({"text": "z"})).await);
        assert_eq!(hook.texts().await, ["y", "z"]);
    }
}

each_backend! {
    async fn fact_022_a_private_channel_the_owner_is_not_in_is_403(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let secret = host.private_channel(&admin, &place.team_id, "secret").await;
        let secret = secret["id"].as_str().expect("a text");
        let hook = json!({"channel_id": place.channel_id, "user_id": anna.id()});
        let hook = admin.post("/api/v4/hooks/incoming", hook).await.expect(201);
        let path = format!("/hooks/{}", hook["id"].as_str().expect("a text"));
        let payload = json!({"text": "x", "channel": "secret"});

        let response = host.anonymous().post(&path, payload.clone()).await;
        assert_eq!(refused(&response, 403)["id"], "web.incoming_webhook.permissions.app_error");
        assert!(support::posts(&admin, secret).await.is_empty());

        let members = format!("/api/v4/channels/{secret}/members");
        admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
        accepted(&host.anonymous().post(&path, payload).await);
        assert_eq!(support::texts(&admin, secret).await, ["x"]);
    }
}

each_backend! {
    async fn fact_022_a_hooks_own_private_channel_that_its_owner_left_is_403(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let secret = host.private_channel(&admin, &place.team_id, "secret").await;
        let secret = secret["id"].as_str().expect("a text");
        let members = format!("/api/v4/channels/{secret}/members");
        admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
        let hook = json!({"channel_id": secret, "user_id": anna.id()});
        let hook = admin.post("/api/v4/hooks/incoming", hook).await.expect(201);
        let path = format!("/hooks/{}", hook["id"].as_str().expect("a text"));
        accepted(&host.anonymous().post(&path, json!({"text": "x"})).await);

        anna.delete(&format!("{members}/{}", anna.id())).await.expect(200);
        for payload in [json!({"text": "y"}), json!({"text": "y", "channel": "secret"})] {
            let response = host.anonymous().post(&path, payload).await;
            assert_eq!(refused(&response, 403)["id"], "web.incoming_webhook.permissions.app_error");
        }
        assert_eq!(support::texts(&admin, secret).await, ["x"]);

        admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
        accepted(&host.anonymous().post(&path, json!({"text": "z"})).await);
        assert_eq!(support::texts(&admin, secret).await, ["x", "z"]);
    }
}

each_backend! {
    with |config| { config.hooks.incoming = false; }
    async fn fact_023_disabled_hooks_are_501(host: TestHost) {
        let hook = Hook::new(&host).await;
        let response = hook.send_json(&json!({"text": "x"})).await;
        assert_eq!(refused(&response, 501)["id"], "web.incoming_webhook.disabled.app_error");
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn a_hook_ignores_the_session_even_a_bad_one(host: TestHost) {
        let hook = Hook::new(&host).await;
        let path = format!("/hooks/{}", hook.id);
        let bad = [("Authorization", "Bearer nonsense"), ("Cookie", "MMAUTHTOKEN=nonsense")];
        accepted(&hook.sender.request("POST", &path, &bad, r#"{"text":"x"}"#).await);
        assert_eq!(hook.texts().await, ["x"]);
    }
}
