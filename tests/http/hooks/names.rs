//! The name and picture of a hook's message, and the splitting of long texts.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{Hook, accepted};
use crate::support::refused;

/// The longest text of one post, in characters.
const LIMIT: usize = 16_383;

each_backend! {
    async fn fact_024_a_text_over_the_limit_continues_in_further_posts(host: TestHost) {
        let hook = Hook::new(&host).await;
        let text = format!("{}{}", "ä".repeat(LIMIT), "z".repeat(LIMIT + 1));
        accepted(&hook.send_json(&json!({"text": text})).await);
        let parts = hook.texts().await;
        let lengths: Vec<usize> = parts.iter().map(|part| part.chars().count()).collect();
        assert_eq!(lengths, [LIMIT, LIMIT, 1]);
        assert_eq!(parts.concat(), text);
    }
}

each_backend! {
    async fn a_text_of_just_the_limit_is_one_post(host: TestHost) {
        let hook = Hook::new(&host).await;
        accepted(&hook.send_json(&json!({"text": "ä".repeat(LIMIT)})).await);
        assert_eq!(hook.texts().await, ["ä".repeat(LIMIT)]);
    }
}

each_backend! {
    async fn fact_025_attachments_go_with_the_last_part(host: TestHost) {
        let hook = Hook::new(&host).await;
        let payload =
            json!({"text": "x".repeat(LIMIT + 5), "attachments": [{"text": "a"}], "props": {"card": "c"}});
        accepted(&hook.send_json(&payload).await);
        let posts = hook.posts().await;
        let [first, last] = &posts[..] else { panic!("two posts, not {}", posts.len()) };
        assert_eq!((&first["type"], first["props"].get("attachments")), (&json!("slack_attachment"), None));
        assert_eq!(last["type"], "slack_attachment");
        assert_eq!(last["props"]["attachments"][0]["text"], "a");
        assert_eq!((&first["props"]["card"], &last["props"]["card"]), (&json!("c"), &json!("c")));
    }
}

each_backend! {
    with |config| { config.hooks.username_override = false; config.hooks.icon_override = false; }
    async fn fact_029_a_username_is_ignored_if_overrides_are_disabled(host: TestHost) {
        let hook = Hook::new(&host).await;
        let payload = json!({"text": "x", "username": "CI", "icon_url": "https://example.org/i.png"});
        let post = hook.posted(&payload).await;
        assert_eq!(post["props"].get("override_username"), None);
        assert_eq!(post["props"].get("override_icon_url"), None);
    }
}

each_backend! {
    async fn fact_030_without_any_name_the_message_is_from_webhook(host: TestHost) {
        let hook = Hook::new(&host).await;
        assert_eq!(hook.posted(&json!({"text": "x"})).await["props"]["override_username"], "webhook");
    }
}

each_backend! {
    async fn a_payloads_name_comes_before_the_hooks(host: TestHost) {
        let settings = json!({"username": "builder", "icon_url": "https://example.org/hook.png"});
        let hook = Hook::with(&host, settings).await;
        let post = hook.posted(&json!({"text": "x"})).await;
        assert_eq!(post["props"]["override_username"], "builder");
        assert_eq!(post["props"]["override_icon_url"], "https://example.org/hook.png");
        let payload = json!({"text": "x", "username": "CI", "icon_url": "https://example.org/own.png"});
        let post = hook.posted(&payload).await;
        assert_eq!(post["props"]["override_username"], "CI");
        assert_eq!(post["props"]["override_icon_url"], "https://example.org/own.png");
    }
}

each_backend! {
    async fn an_icon_url_has_at_most_1024_bytes(host: TestHost) {
        let hook = Hook::new(&host).await;
        let payload = |bytes: usize| {
            json!({"text": bytes.to_string(), "icon_url": format!("https://{}", "x".repeat(bytes - 8))})
        };
        let post = hook.posted(&payload(1024)).await;
        assert_eq!(post["props"]["override_icon_url"], payload(1024)["icon_url"]);
        let error = refused(&hook.send_json(&payload(1025)).await, 400);
        assert_eq!(error["id"], "model.incoming_hook.parse_data.app_error");
        assert_eq!(error["message"], "`icon_url` must be an address of at most 1024 bytes");
        assert_eq!(hook.texts().await, ["1024"]);
    }
}

each_backend! {
    async fn an_icon_that_is_no_web_link_is_left_out(host: TestHost) {
        let hook = Hook::new(&host).await;
        for link in ["javascript:alert(1)", "data:image/svg+xml,x", "icon.png"] {
            let post = hook.posted(&json!({"text": link, "icon_url": link})).await;
            assert_eq!((&post["message"], post["props"].get("override_icon_url")), (&json!(link), None));
        }
    }
}

each_backend! {
    async fn fact_031_a_payload_cannot_override_from_webhook(host: TestHost) {
        let hook = Hook::new(&host).await;
        let forged = json!({
            "from_webhook": false, "override_username": "admin", "override_icon_url": "x", "from_plugin": "true",
            "from_bot": "true", "webhook_display_name": "forged", "attachments": [{}], "card": "kept",
            "override_icon_emoji": "x", "plugin_id": "forged",
        });
        let post = hook.posted(&json!({"text": "x", "props": forged})).await;
        let expected = json!({
            "from_webhook": "true", "override_username": "webhook", "webhook_display_name": "", "card": "kept",
        });
        assert_eq!(post["props"], expected);
        assert_eq!(post["type"], "");
    }
}

each_backend! {
    async fn fact_032_a_post_has_the_hooks_display_name(host: TestHost) {
        let hook = Hook::with(&host, json!({"display_name": "Builds"})).await;
        let post = hook.posted(&json!({"text": "x"})).await;
        assert_eq!(post["props"]["webhook_display_name"], "Builds");
        assert_eq!(post["user_id"], hook.owner.id());
    }
}
