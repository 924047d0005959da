//! Hooks that are sent a multipart form, as `curl -F` does.

use jackfield_tests::{TestHost, each_backend};

use super::{Hook, accepted};
use crate::files::form;
use crate::support::refused;

const MULTIPART: &str = "multipart/form-data; boundary=the-end-of-a-part";

each_backend! {
    async fn fact_011_a_multipart_form_has_one_part_per_text(host: TestHost) {
        let hook = Hook::new(&host).await;
        let path = format!("/hooks/{}", hook.id);
        let body = form(&[("text", None, b"mp"), ("username", None, b"sender")]);
        accepted(&hook.sender.post_raw(&path, Some(MULTIPART), body).await);
        let post = hook.posts().await.remove(0);
        assert_eq!((&post["message"], &post["props"]["override_username"]), (&"mp".into(), &"sender".into()));
    }
}

each_backend! {
    async fn a_multipart_form_may_hold_the_json_in_its_part_payload(host: TestHost) {
        let hook = Hook::new(&host).await;
        let path = format!("/hooks/{}", hook.id);
        let body = form(&[("other", None, b""), ("payload", None, br#"{"text":"in payload"}"#)]);
        accepted(&hook.sender.post_raw(&path, Some(MULTIPART), body).await);
        assert_eq!(hook.texts().await, ["in payload"]);
    }
}

each_backend! {
    async fn a_malformed_multipart_form_is_refused(host: TestHost) {
        let hook = Hook::new(&host).await;
        let path = format!("/hooks/{}", hook.id);
        let mut cut = form(&[("text", None, b"x")]);
        cut.truncate(cut.len() - 10);
        let unknown = form(&[("text", None, b"x"), ("attachments", None, b"[]")]);
        for (content_type, body) in [
            ("multipart/form-data", b"text=x".to_vec()),
            (MULTIPART, b"text=x".to_vec()),
            (MULTIPART, cut),
            (MULTIPART, unknown),
        ] {
            let error = refused(&hook.sender.post_raw(&path, Some(content_type), body).await, 400);
            assert_eq!(error["id"], "api.webhook.incoming.error");
        }
        assert!(hook.posts().await.is_empty());
    }
}
