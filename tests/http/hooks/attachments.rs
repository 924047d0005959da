//! Slack-style attachments in a payload.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{Hook, accepted};
use crate::support::refused;

each_backend! {
    async fn fact_015_attachments_need_no_text(host: TestHost) {
        let hook = Hook::new(&host).await;
        let post = hook.posted(&json!({"attachments": [{"text": "a"}]})).await;
        assert_eq!((&post["type"], &post["message"]), (&json!("slack_attachment"), &json!("")));
        assert_eq!(post["props"]["attachments"][0]["text"], "a");
    }
}

each_backend! {
    async fn an_attachment_is_stored_with_all_its_keys(host: TestHost) {
        let hook = Hook::new(&host).await;
        let sent = json!({
            "id": 7, "fallback": "fb", "color": "good", "pretext": "p", "author_name": "an", "author_link": "al",
            "author_icon": "ai", "title": "t", "title_link": "tl", "text": "x", "image_url": "i",
            "thumb_url": "th", "footer": "f", "footer_icon": "fi", "ts": 5, "unknown": 1,
            "fields": [{"title": "ft", "value": "fv", "short": true}],
        });
        let post = hook.posted(&json!({"attachments": [sent.clone()]})).await;
        let mut expected = sent;
        expected.as_object_mut().expect("an object").remove("unknown");
        assert_eq!(post["props"]["attachments"], json!([expected]));
    }
}

each_backend! {
    async fn fact_035_short_is_a_boolean_or_its_name(host: TestHost) {
        let hook = Hook::new(&host).await;
        for (short, stored) in [(json!("true"), true), (json!("False"), false), (json!(true), true)] {
            let post = hook.posted(&json!({"attachments": [{"fields": [{"short": short}]}]})).await;
            assert_eq!(post["props"]["attachments"][0]["fields"][0]["short"], stored, "{short}");
        }
        for short in [json!(1), json!("yes"), json!(null), json!({})] {
            refused(&hook.send_json(&json!({"attachments": [{"fields": [{"short": short}]}]})).await, 400);
        }
        assert_eq!(hook.posts().await.len(), 3);
    }
}

each_backend! {
    async fn fact_036_a_value_that_is_a_number_is_stored_as_its_text(host: TestHost) {
        let hook = Hook::new(&host).await;
        for (value, stored) in [(json!(5), json!("5")), (json!(12_345_678), json!("12345678")), (json!(true), json!("true")), (json!("x"), json!("x")), (json!([1, {"a": 2}]), json!("[1,{\"a\":2}]")), (json!(null), json!(null))]
        {
            let post =
                hook.posted(&json!({"attachments": [{"fields": [{"title": "f", "value": value}]}]})).await;
            assert_eq!(post["props"]["attachments"][0]["fields"][0]["value"], stored);
        }
    }
}

each_backend! {
    async fn fact_037_nulls_among_attachments_and_fields_are_dropped(host: TestHost) {
        let hook = Hook::new(&host).await;
        let fields = json!([null, {"title": "kept"}, null]);
        let post = hook.posted(&json!({"attachments": [null, {"fields": fields}, null]})).await;
        let attachments = post["props"]["attachments"].as_array().expect("a list");
        assert_eq!(attachments.len(), 1);
        assert_eq!(attachments[0]["fields"], json!([{"title": "kept", "value": null, "short": false}]));
    }
}

each_backend! {
    async fn more_than_a_hundred_attachments_are_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        let many = |count: usize| json!({"attachments": vec![json!({"text": "a"}); count]});
        accepted(&hook.send_json(&many(100)).await);
        refused(&hook.send_json(&many(101)).await, 400);
        let posts = hook.posts().await;
        assert_eq!(posts.len(), 1);
        assert_eq!(posts[0]["props"]["attachments"].as_array().map(Vec::len), Some(100));
    }
}

each_backend! {
    async fn attachments_beyond_one_posts_props_continue_in_further_posts(host: TestHost) {
        let hook = Hook::new(&host).await;
        let attachments: Vec<Value> =
            (0..9).map(|number| json!({"title": number.to_string(), "text": "x".repeat(20_000)})).collect();
        accepted(&hook.send_json(&json!({"text": "report", "attachments": attachments})).await);
        let posts = hook.posts().await;
        let titles = |post: &Value| -> Vec<String> {
            let list = post["props"]["attachments"].as_array().expect("a list");
            list.iter().map(|one| one["title"].as_str().expect("a text").to_owned()).collect()
        };
        assert_eq!(posts.iter().map(titles).collect::<Vec<_>>(), [["0", "1", "2"], ["3", "4", "5"], ["6", "7", "8"]]);
        let texts: Vec<&Value> = posts.iter().map(|post| &post["message"]).collect();
        assert_eq!(texts, ["report", "", ""]);
    }
}

each_backend! {
    async fn the_text_of_an_attachment_larger_than_a_post_is_cut(host: TestHost) {
        let hook = Hook::new(&host).await;
        let post = hook.posted(&json!({"attachments": [{"title": "t", "text": "ä".repeat(60_000)}]})).await;
        let text = post["props"]["attachments"][0]["text"].as_str().expect("a text");
        assert!((65_000..=65_536).contains(&text.len()) && text.trim_start_matches('ä').is_empty(), "{}", text.len());
        for (field, payload) in [
            ("attachments", json!({"attachments": [{"text": "a", "title": "x".repeat(17_000)}]})),
            ("props", json!({"text": "a", "props": {"card": "x".repeat(17_000)}})),
        ] {
            let error = refused(&hook.send_json(&payload).await, 400);
            assert!(error["message"].as_str().is_some_and(|text| text.contains(field)), "{error}");
        }
        assert_eq!(hook.posts().await.len(), 1);
    }
}
