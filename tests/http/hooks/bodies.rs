//! How a hook's body is read: content types, forms, and bodies that are not payloads.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{Hook, accepted};
use crate::support::refused;

const FORM: &str = "application/x-www-form-urlencoded";

each_backend! {
    async fn fact_001_a_text_gets_200_and_ok(host: TestHost) {
        let hook = Hook::new(&host).await;
        let response = hook.send_json(&json!({"text": "x"})).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.body, b"ok");
        assert_eq!(hook.texts().await, ["x"]);
    }
}

each_backend! {
    async fn fact_002_the_response_is_plain_text_without_a_charset(host: TestHost) {
        let hook = Hook::new(&host).await;
        let response = hook.send_json(&json!({"text": "x"})).await;
        assert_eq!(response.headers("content-type"), ["text/plain"]);
    }
}

each_backend! {
    async fn fact_004_a_form_with_a_payload_field_is_accepted(host: TestHost) {
        let hook = Hook::new(&host).await;
        accepted(&hook.send(Some(FORM), r#"payload={"text":"as it is"}"#).await);
        accepted(&hook.send(Some(FORM), "a=b&payload=%7B%22text%22%3A%22a+b%2Bc%22%7D").await);
        assert_eq!(hook.texts().await, ["as it is", "a b+c"]);
    }
}

each_backend! {
    async fn a_form_without_a_payload_uses_that_of_the_query(host: TestHost) {
        let hook = Hook::new(&host).await;
        let path = format!("/hooks/{}?a=b&payload=%7B%22text%22%3A%22of+the+query%22%7D", hook.id);
        for body in ["", "a=b"] {
            accepted(&hook.sender.post_raw(&path, Some(FORM), body).await);
        }
        accepted(&hook.sender.post_raw(&path, Some(FORM), r#"payload={"text":"of the body"}"#).await);
        assert_eq!(hook.texts().await, ["of the query", "of the query", "of the body"]);
        // The query is read for forms only.
        refused(&hook.sender.post_raw(&path, Some("application/json"), "").await, 400);
    }
}

each_backend! {
    async fn fact_005_the_case_and_parameters_of_the_content_type_do_not_matter(host: TestHost) {
        let hook = Hook::new(&host).await;
        for kind in [
            "application/X-www-form-Urlencoded",
            "APPLICATION/X-WWW-FORM-URLENCODED",
            "application/x-www-form-urlencoded;charset=utf-8",
            "application/x-www-form-urlencoded; charset=utf-8",
        ] {
            accepted(&hook.send(Some(kind), &format!(r#"payload={{"text":"{kind}"}}"#)).await);
            assert_eq!(hook.texts().await.pop().as_deref(), Some(kind));
        }
    }
}

each_backend! {
    async fn fact_006_words_after_the_content_type_are_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        let response = hook.send(Some(&format!("{FORM} wrongtext")), r#"payload={"text":"x"}"#).await;
        assert_eq!(refused(&response, 400)["id"], "api.webhook.incoming.error");
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn fact_007_json_sent_as_a_form_is_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        let error = refused(&hook.send(Some(FORM), r#"{"text":"x"}"#).await, 400);
        assert_eq!(error["id"], "model.incoming_hook.parse_data.app_error");
        assert!(error["message"].as_str().is_some_and(|text| text.contains("`payload`")), "{error}");
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn fact_008_a_form_sent_as_json_is_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        refused(&hook.send(Some("application/json"), r#"payload={"text":"x"}"#).await, 400);
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn fact_009_any_other_type_is_read_as_json(host: TestHost) {
        let hook = Hook::new(&host).await;
        for kind in ["mimetype/wrong", "text/plain", "text/plain;charset=utf-8", "x"] {
            accepted(&hook.send(Some(kind), r#"{"text":"x"}"#).await);
            refused(&hook.send(Some(kind), r#"payload={"text":"x"}"#).await, 400);
        }
        assert_eq!(hook.texts().await.len(), 4);
    }
}

each_backend! {
    async fn fact_010_no_type_is_read_as_json(host: TestHost) {
        let hook = Hook::new(&host).await;
        accepted(&hook.send(None, r#"{"text":"x"}"#).await);
        assert_eq!(hook.texts().await, ["x"]);
    }
}

each_backend! {
    async fn fact_012_raw_line_breaks_and_tabs_in_a_text_are_accepted(host: TestHost) {
        let hook = Hook::new(&host).await;
        let payload = "{\n\t\"text\": \"one\n\ttwo \\\"three\\\"\n\",\n\t\"attachments\": [{\"title\": \"a\tb\"}]\n}";
        accepted(&hook.send(Some("application/json"), payload).await);
        accepted(&hook.send(Some(FORM), "payload={\"text\":\"of%0Aa%09form\"}").await);
        assert_eq!(hook.texts().await, ["one\n\ttwo \"three\"\n", "of\na\tform"]);
        assert_eq!(hook.posts().await[0]["props"]["attachments"][0]["title"], "a\tb");
        // The position of another syntax error refers to the body as it was sent.
        let error = refused(&hook.send(None, "{\"text\": \"a\nb\",, }").await, 400);
        assert_eq!(error["id"], "model.incoming_hook.parse_data.app_error");
        assert_eq!(hook.posts().await.len(), 2);
    }
}

each_backend! {
    async fn fact_013_an_empty_body_is_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        for kind in [None, Some("application/json"), Some(FORM)] {
            for body in ["", " \n"] {
                let error = refused(&hook.send(kind, body).await, 400);
                assert_eq!(error["id"], "model.incoming_hook.parse_data.app_error");
            }
        }
        let error = refused(&hook.send(None, "null").await, 400);
        assert_eq!(error["id"], "web.incoming_webhook.text.app_error");
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn fact_014_an_empty_text_is_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        for payload in [json!({"text": ""}), json!({"text": null}), json!({})] {
            let error = refused(&hook.send_json(&payload).await, 400);
            assert_eq!(error["id"], "web.incoming_webhook.text.app_error");
        }
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn fact_033_a_system_type_is_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        for payload in [json!({"text": "x", "type": "system_x"}), json!({"text": "x", "Type": "system_join"})] {
            let error = refused(&hook.send_json(&payload).await, 400);
            assert_eq!(
                (&error["id"], &error["message"]),
                (
                    &json!("api.context.invalid_param.app_error"),
                    &json!("types that begin with `system_` are the server's own; send another `type`, or none")
                )
            );
        }
        refused(&hook.send_json(&json!({"text": "x", "type": 1})).await, 400);
        assert!(hook.posts().await.is_empty());
        for kind in ["", "slack_attachment", "me", "custom_x"] {
            assert_eq!(hook.posted(&json!({"text": "x", "type": kind})).await["type"], kind);
        }
        assert_eq!(hook.posted(&json!({"text": "x", "type": null})).await["type"], "");
        for kind in ["bogus", "reminder", "custom_of_more_than_26_bytes"] {
            refused(&hook.send_json(&json!({"text": "x", "type": kind})).await, 400);
        }
    }
}

each_backend! {
    async fn fact_034_a_priority_needs_a_name(host: TestHost) {
        let hook = Hook::new(&host).await;
        for priority in [json!({}), json!({"priority": null}), json!({"priority": "zzz"}), json!("urgent"), json!([])] {
            let error = refused(&hook.send_json(&json!({"text": "x", "priority": priority})).await, 400);
            assert_eq!(
                error["message"],
                "`priority` must be an object with a text `priority`: `urgent`, `important`, `standard` or empty",
                "{priority}"
            );
        }
        assert!(hook.posts().await.is_empty());
        for priority in [json!(null), json!({"priority": "urgent"}), json!({"Priority": "", "requested_ack": true})] {
            accepted(&hook.send_json(&json!({"text": "x", "priority": priority})).await);
        }
        let priorities: Vec<Value> =
            hook.posts().await.iter().map(|post| post["metadata"]["priority"]["priority"].clone()).collect();
        assert_eq!(priorities, [Value::Null, json!("urgent"), Value::Null]);
    }
}

each_backend! {
    async fn fact_038_unknown_keys_are_ignored(host: TestHost) {
        let hook = Hook::new(&host).await;
        let unknown = json!({"text": "x", "mrkdwn": true, "blocks": [{"type": "section"}], "link_names": 1});
        let post = hook.posted(&unknown).await;
        assert_eq!(post["message"], "x");
        assert_eq!(post["props"].get("blocks"), None);
    }
}

each_backend! {
    async fn fact_039_blocks_alone_are_no_message(host: TestHost) {
        let hook = Hook::new(&host).await;
        let error = refused(&hook.send_json(&json!({"blocks": [{"type": "section"}]})).await, 400);
        assert_eq!(error["id"], "web.incoming_webhook.text.app_error");
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn fact_040_the_case_of_a_key_does_not_matter(host: TestHost) {
        let hook = Hook::new(&host).await;
        accepted(&hook.send(None, r#"{"Text":"x"}"#).await);
        accepted(&hook.send(None, r#"{"TEXT":"y","Attachments":[{"Title":"t"}]}"#).await);
        assert_eq!(hook.texts().await, ["x", "y"]);
        assert_eq!(hook.posts().await[1]["props"]["attachments"][0]["title"], "t");
    }
}

each_backend! {
    async fn text_after_the_first_json_value_is_ignored(host: TestHost) {
        let hook = Hook::new(&host).await;
        accepted(&hook.send(None, "{\"text\":\"x\"}\n{\"text\":\"y\"} and more").await);
        assert_eq!(hook.texts().await, ["x"]);
    }
}

each_backend! {
    async fn a_wrong_type_is_refused_and_named(host: TestHost) {
        let hook = Hook::new(&host).await;
        for (payload, field) in [
            (json!({"text": 5}), "text"),
            (json!({"text": ["x"]}), "text"),
            (json!({"text": "x", "channel": 1}), "channel"),
            (json!({"text": "x", "username": {}}), "username"),
            (json!({"text": "x", "icon_url": false}), "icon_url"),
            (json!({"text": "x", "attachments": "a"}), "attachments"),
            (json!({"text": "x", "attachments": ["a"]}), "attachments"),
            (json!({"text": "x", "props": []}), "props"),
        ] {
            let error = refused(&hook.send_json(&payload).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains(field)), "{payload}: {error}");
        }
        for body in
            ["[]", "\"text\"", "5", "true", "null", "{", "{\"text\":\"x\"", "\0"]
        {
            refused(&hook.send(None, body).await, 400);
        }
        assert!(hook.posts().await.is_empty());
    }
}

each_backend! {
    async fn invalid_utf_8_is_replaced(host: TestHost) {
        let hook = Hook::new(&host).await;
        let path = format!("/hooks/{}", hook.id);
        accepted(&hook.sender.post_raw(&path, None, b"{\"text\":\"a\xff\xfeb\"}".to_vec()).await);
        assert_eq!(hook.texts().await, ["a\u{fffd}\u{fffd}b"]);
    }
}

each_backend! {
    async fn a_nul_character_is_replaced(host: TestHost) {
        let hook = Hook::new(&host).await;
        for payload in [
            json!({"text": "a\0b"}),
            json!({"text": "x", "username": "\0"}),
            json!({"text": "x", "props": {"a\0": ["\0"]}}),
            json!({"text": "x", "channel": "town\0square"}),
            json!({"text": "x", "channel": "@\0"}),
            json!({"attachments": [{"title": "\0", "fields": [{"title": "\0", "value": "\0"}]}]}),
        ] {
            let response = hook.send_json(&payload).await;
            assert!(response.status < 500, "{payload}: {}", response.text());
        }
    }
}

each_backend! {
    async fn a_body_over_the_limit_is_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        let error = refused(&hook.send_json(&json!({"text": "x".repeat(300_000)})).await, 413);
        assert_eq!(error["id"], "api.context.request_body_too_large.app_error");
        assert!(hook.posts().await.is_empty());
    }
}
