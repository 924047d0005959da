//! Managing outgoing webhooks over the API.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{HOOKS, Scene, text};
use crate::support::{UNKNOWN_ID, refused};

fn at(hook: &Value) -> String {
    format!("{HOOKS}/{}", text(&hook["id"]))
}

each_backend! {
    async fn fact_061_a_hook_without_channel_and_words_is_refused(host: TestHost) {
        let scene = Scene::new(&host).await;
        for words in [json!(null), json!([])] {
            let request = scene.request(json!({"channel_id": "", "trigger_words": words}));
            let error = refused(&scene.admin.post(HOOKS, request).await, 400);
            assert_eq!(error["id"], "api.webhook.create_outgoing.triggers.app_error");
        }
    }
}

each_backend! {
    async fn fact_062_a_hook_of_a_private_channel_is_refused(host: TestHost) {
        let scene = Scene::new(&host).await;
        let private = host.private_channel(&scene.admin, &scene.place.team_id, "secret").await;
        let request = scene.request(json!({"channel_id": private["id"]}));
        let error = refused(&scene.admin.post(HOOKS, request).await, 403);
        assert_eq!(error["id"], "api.outgoing_webhook.disabled.app_error");
    }
}

each_backend! {
    async fn fact_063_a_new_token_replaces_the_old_one(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        let mut tokens = vec![text(&hook["token"]).to_owned()];
        let path = format!("{}/regen_token", at(&hook));
        for method in ["POST", "PUT"] {
            let renewed = scene.admin.request(method, &path, &[], "{}").await.expect(200);
            assert_eq!(scene.admin.get(&at(&hook)).await.expect(200), renewed);
            tokens.push(text(&renewed["token"]).to_owned());
        }
        assert!(tokens.iter().all(|token| token.len() == 26), "{tokens:?}");
        assert!(tokens[0] != tokens[1] && tokens[1] != tokens[2], "{tokens:?}");
        refused(&scene.admin.post(&format!("{HOOKS}/{UNKNOWN_ID}/regen_token"), json!({})).await, 404);
    }
}

each_backend! {
    async fn members_manage_no_hooks_and_learn_of_none(host: TestHost) {
        let scene = Scene::new(&host).await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let hook = scene.hook(json!({})).await;
        let mut answers = Vec::new();
        for path in [at(&hook), format!("{HOOKS}/{UNKNOWN_ID}")] {
            answers.push(anna.get(&path).await);
            answers.push(anna.delete(&path).await);
            answers.push(anna.put(&path, scene.request(json!({}))).await);
            answers.push(anna.post(&format!("{path}/regen_token"), json!({})).await);
        }
        for query in [String::new(), format!("?team_id={}", scene.place.team_id), format!("?channel_id={UNKNOWN_ID}")] {
            answers.push(anna.get(&format!("{HOOKS}{query}")).await);
        }
        answers.push(anna.post(HOOKS, scene.request(json!({}))).await);
        answers.push(anna.get(&format!("{}/deliveries?hook={}", super::OWN, text(&hook["id"]))).await);
        let texts: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert!(texts.iter().all(|status| *status == 403), "{texts:?}");
        assert_eq!(scene.admin.get(HOOKS).await.expect(200), json!([hook]));
    }
}

each_backend! {
    with |config| { config.access.hook_creation = jackfield::config::Creators::Members; }
    async fn members_manage_their_own_hooks_if_the_option_allows_it(host: TestHost) {
        let scene = Scene::new(&host).await;
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let hook = anna.post(HOOKS, scene.request(json!({}))).await.expect(201);
        assert_eq!(hook["creator_id"], anna.id());
        refused(&bob.get(&at(&hook)).await, 404);
        refused(&bob.delete(&at(&hook)).await, 404);
        for client in [&anna, &scene.admin] {
            assert_eq!(client.get(HOOKS).await.expect(200), json!([hook]));
        }
        assert_eq!(bob.get(HOOKS).await.expect(200), json!([]));
        refused(&anna.post(HOOKS, scene.request(json!({"creator_id": bob.id()}))).await, 403);
    }
}

each_backend! {
    async fn two_hooks_of_a_channel_may_not_send_a_word_to_one_address_twice(host: TestHost) {
        let scene = Scene::new(&host).await;
        scene.hook(json!({"trigger_words": ["go", "run"]})).await;
        let again = scene.request(json!({"trigger_words": ["run", "walk"]}));
        let error = refused(&scene.admin.post(HOOKS, again).await, 400);
        assert_eq!(error["id"], "api.webhook.create_outgoing.intersect.app_error");
        let elsewhere = json!({"trigger_words": ["run"], "callback_urls": ["http://b.test/"]});
        let other = scene.hook(elsewhere).await;
        let moved = scene.request(json!({"trigger_words": ["run"]}));
        let error = refused(&scene.admin.put(&at(&other), moved).await, 400);
        assert_eq!(error["id"], "api.webhook.update_outgoing.intersect.app_error");
    }
}

each_backend! {
    async fn an_address_must_be_one_of_the_web(host: TestHost) {
        let scene = Scene::new(&host).await;
        for (urls, id) in [
            (json!([]), "model.outgoing_hook.is_valid.callback.app_error"),
            (json!([format!("http://{}", "x".repeat(1020))]), "model.outgoing_hook.is_valid.callback.app_error"),
            (json!(["http://a.test/", "ftp://b.test/"]), "model.outgoing_hook.is_valid.url.app_error"),
            (json!(["javascript:alert(1)"]), "model.outgoing_hook.is_valid.url.app_error"),
        ] {
            let request = scene.request(json!({"callback_urls": urls}));
            let error = refused(&scene.admin.post(HOOKS, request).await, 400);
            assert_eq!(error["id"], id, "{urls}");
        }
    }
}

each_backend! {
    with |config| { config.limits.hooks_per_account = 1; }
    async fn an_account_has_as_many_hooks_as_the_limit_allows(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({})).await;
        refused(&scene.admin.post(HOOKS, scene.request(json!({}))).await, 400);
        scene.admin.delete(&at(&hook)).await.expect(200);
        scene.hook(json!({})).await;
    }
}
