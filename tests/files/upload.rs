//! Uploading and serving files.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::pictures::PICTURE;
use super::{form, kept, kept_becomes, post_form, uploaded};
use crate::support::refused;

const FILES: &str = "/api/v4/files";

each_backend! {
    async fn fact_116_a_form_and_a_raw_body_are_both_uploads(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let channel = place.channel_id.as_bytes();
        let response = post_form(&anna, FILES, &[
            ("channel_id", None, channel),
            ("client_ids", None, b"one"),
            ("files", Some("ä.txt"), b"hello"),
            ("client_ids", None, b"two"),
            ("files", Some("p.png"), &PICTURE),
        ]).await.expect(201);
        assert_eq!(response["client_ids"], json!(["one", "two"]));
        let now = host.clock.now().as_millis();
        let text = &response["file_infos"][0];
        assert_eq!(text, &json!({
            "id": text["id"], "user_id": anna.id(), "channel_id": "", "create_at": now,
            "update_at": now, "delete_at": 0, "name": "ä.txt", "extension": "txt", "size": 5,
            "mime_type": "text/plain; charset=utf-8", "mini_preview": null, "remote_id": "", "archived": false,
        }));
        let picture = &response["file_infos"][1];
        assert_eq!((&picture["mime_type"], &picture["has_preview_image"]), (&json!("image/png"), &json!(true)));
        assert_eq!((&picture["width"], &picture["height"]), (&json!(300), &json!(2)));

        let path = format!("{FILES}?channel_id={}&filename=b%20c.bin", place.channel_id);
        let raw = anna.post_raw(&path, Some("application/octet-stream"), vec![0, 159, 255]).await.expect(201);
        assert_eq!((&raw["file_infos"][0]["name"], &raw["file_infos"][0]["size"]), (&json!("b c.bin"), &json!(3)));
        assert_eq!(raw["client_ids"], json!([]));
    }
}

each_backend! {
    async fn a_file_is_served_byte_for_byte_and_never_as_a_page(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        // The file is larger than the upload buffer, and not a multiple of its size.
        let bytes: Vec<u8> = (0..3_000_017_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        let page = uploaded(&anna, &place.channel_id, "page.html", &bytes).await;
        let got = anna.get(&format!("{FILES}/{}", page["id"].as_str().expect("an id"))).await;
        got.expect(200);
        assert!(got.body == bytes, "other bytes came back");
        assert_eq!(got.header("content-length"), Some("3000017"));
        assert_eq!(got.header("content-type"), Some("text/plain"));
        assert_eq!(got.header("content-disposition"), Some("attachment;filename=\"page.html\"; filename*=UTF-8''page.html"));
        assert_eq!(got.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(got.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        let picture = uploaded(&anna, &place.channel_id, "%C3%A4%22.png", &PICTURE).await;
        let got = anna.get(&format!("{FILES}/{}", picture["id"].as_str().expect("an id"))).await;
        assert_eq!(got.body, PICTURE);
        assert_eq!(got.header("content-type"), Some("image/png"));
        assert_eq!(got.header("content-disposition"), Some("inline;filename=\"%C3%A4%22.png\"; filename*=UTF-8''%C3%A4%22.png"));
        // One file is a picture only by its name, the other could run scripts.
        for (name, mime_type) in [("x.png", "application/octet-stream"), ("x.svg", "image/svg+xml")] {
            let file = uploaded(&anna, &place.channel_id, name, b"<svg/>").await;
            let got = anna.get(&format!("{FILES}/{}", file["id"].as_str().expect("an id"))).await;
            assert_eq!(got.header("content-type"), Some(mime_type), "{name}");
            assert!(got.header("content-disposition").is_some_and(|value| value.starts_with("attachment")), "{name}");
        }
    }
}

each_backend! {
    with |config| { config.storage.max_file = 1000 }
    async fn an_upload_past_the_limit_is_413_and_stores_nothing(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        uploaded(&anna, &place.channel_id, "fits", &[7; 1000]).await;
        assert_eq!(kept(&host), 1);
        let path = format!("{FILES}?channel_id={}&filename=x", place.channel_id);
        let error = refused(&anna.post_raw(&path, None, vec![7; 1001]).await, 413);
        assert_eq!(error["message"], "a file may have at most 1000 bytes here; send a smaller one");
        let parts: [(&str, Option<&str>, &[u8]); 3] = [
            ("channel_id", None, place.channel_id.as_bytes()),
            ("files", Some("fits"), &[7; 1000]),
            ("files", Some("does not"), &[7; 1001]),
        ];
        refused(&post_form(&anna, FILES, &parts).await, 413);
        kept_becomes(&host, 1).await;
    }
}

each_backend! {
    async fn an_interrupted_upload_stores_nothing(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let mut body = form(&[
            ("channel_id", None, place.channel_id.as_bytes()),
            ("files", Some("whole"), b"one"),
            ("files", Some("half"), &vec![7; 2_000_000]),
        ]);
        body.truncate(body.len() - 100);
        let content_type = format!("multipart/form-data; boundary={}", super::BOUNDARY);
        refused(&anna.post_raw(FILES, Some(&content_type), body).await, 400);
        kept_becomes(&host, 0).await;
    }
}

each_backend! {
    async fn a_form_with_unknown_or_missing_parts_is_refused(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let channel: (&str, Option<&str>, &[u8]) = ("channel_id", None, place.channel_id.as_bytes());
        let file: (&str, Option<&str>, &[u8]) = ("files", Some("a"), b"a");
        refused(&post_form(&anna, FILES, &[channel, file, ("root_id", None, b"")]).await, 400);
        refused(&post_form(&anna, FILES, &[file]).await, 400);
        refused(&post_form(&anna, FILES, &[channel]).await, 400);
        refused(&post_form(&anna, FILES, &[("channel_id", None, b"x"), file]).await, 400);
        refused(&post_form(&anna, FILES, &[channel, file, file, file, file, file, file, file, file, file, file, file]).await, 400);
        refused(&anna.post_raw(FILES, Some("multipart/form-data"), "x").await, 400);
        refused(&anna.post_raw(FILES, None, "x").await, 400);
        refused(&anna.post_raw(&format!("{FILES}?channel_id={}", place.channel_id), None, "x").await, 400);
        kept_becomes(&host, 0).await;
        // The channel may be the last part of the form, or in the query.
        post_form(&anna, FILES, &[file, channel]).await.expect(201);
        post_form(&anna, &format!("{FILES}?channel_id={}", place.channel_id), &[file]).await.expect(201);
    }
}

each_backend! {
    async fn only_members_upload_and_only_the_uploader_reads_unattached_files(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let path = format!("{FILES}?channel_id={}&filename=x", place.channel_id);
        refused(&bob.post_raw(&path, None, "x").await, 403);
        refused(&host.anonymous().post_raw(&path, None, "x").await, 401);
        let nowhere = format!("{FILES}?channel_id={}&filename=x", "a".repeat(26));
        refused(&bob.post_raw(&nowhere, None, "x").await, 403);
        kept_becomes(&host, 0).await;
        host.place(&bob).await;
        let file = uploaded(&anna, &place.channel_id, "x", b"x").await;
        let file = format!("{FILES}/{}", file["id"].as_str().expect("an id"));
        for below in ["", "/info", "/thumbnail", "/preview", "/link"] {
            refused(&bob.get(&format!("{file}{below}")).await, 403);
            refused(&host.anonymous().get(&format!("{file}{below}")).await, 401);
            refused(&anna.get(&format!("{FILES}/{}{below}", "a".repeat(26))).await, 404);
            refused(&anna.get(&format!("{FILES}/nonsense{below}")).await, 400);
        }
        assert_eq!(anna.get(&format!("{file}/info")).await.expect(200)["name"], "x");
    }
}

each_backend! {
    async fn files_survive_a_restart(mut host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let file = uploaded(&anna, &place.channel_id, "x", b"kept").await;
        host.restart().await;
        assert_eq!(anna.get(&format!("{FILES}/{}", file["id"].as_str().expect("an id"))).await.body, b"kept");
    }
}

each_backend! {
    async fn an_account_has_at_most_100_unattached_files(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let file: (&str, Option<&str>, &[u8]) = ("files", Some("a"), b"a");
        let path = format!("{FILES}?channel_id={}", place.channel_id);
        let mut last = json!(null);
        for _ in 0..10 {
            last = post_form(&anna, &path, &[file; 10]).await.expect(201)["file_infos"][0]["id"].clone();
        }
        let error = refused(&post_form(&anna, &path, &[file]).await, 400);
        assert_eq!(error["id"], "api.file.upload_file.too_many_waiting.app_error");
        kept_becomes(&host, 100).await;
        anna.post("/api/v4/posts", json!({"channel_id": place.channel_id, "message": "", "file_ids": [last]})).await.expect(201);
        post_form(&anna, &path, &[file]).await.expect(201);
    }
}

each_backend! {
    async fn a_truncated_or_broken_form_is_400(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let whole = form(&[
            ("client_ids", None, b"one"),
            ("channel_id", None, place.channel_id.as_bytes()),
            ("files", Some("a\u{e4}.png"), &PICTURE),
        ]);
        let content_type = format!("multipart/form-data; boundary={}", super::BOUNDARY);
        for end in (0..whole.len() - 5).step_by(13) {
            refused(&anna.post_raw(FILES, Some(&content_type), &whole[..end]).await, 400);
        }
        for at in (0..whole.len()).step_by(17) {
            let mut broken = whole.clone();
            broken[at] ^= 0x80;
            let response = anna.post_raw(FILES, Some(&content_type), broken).await;
            assert!(response.status == 201 || (400..500).contains(&response.status), "{at}: {response:?}");
        }
    }
}
