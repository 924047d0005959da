//! Public links and ranges of files.

use jackfield_tests::{TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};

use super::pictures::PICTURE;
use super::{post_form, uploaded};
use crate::support::refused;

const FILES: &str = "/api/v4/files";

/// Creates a post with a file.
async fn posted(by: &TestClient, channel_id: &str, name: &str, bytes: &[u8]) -> (String, Value) {
    let file = uploaded(by, channel_id, name, bytes).await;
    let request = json!({"channel_id": channel_id, "message": "", "file_ids": [file["id"]]});
    let post = by.post("/api/v4/posts", request).await.expect(201);
    (file["id"].as_str().expect("an id").to_owned(), post)
}

async fn part(by: &TestClient, file: &str, range: &str) -> TestResponse {
    by.request("GET", &format!("{FILES}/{file}"), &[("range", range)], "").await
}

each_backend! {
    async fn a_public_link_serves_its_file_while_the_post_exists(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let loose = uploaded(&anna, &place.channel_id, "x", b"x").await;
        let error = refused(&anna.get(&format!("{FILES}/{}/link", loose["id"].as_str().expect("an id"))).await, 400);
        assert_eq!(error["id"], "api.file.get_public_link.no_post.app_error");
        let (file, post) = posted(&anna, &place.channel_id, "p.png", &PICTURE).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await["id"].clone();
        let (hidden, _) = posted(&anna, secret.as_str().expect("an id"), "x", b"x").await;
        host.place(&bob).await;
        refused(&bob.get(&format!("{FILES}/{hidden}/link")).await, 403);
        let link = bob.get(&format!("{FILES}/{file}/link")).await.expect(200)["link"].clone();
        let link = link.as_str().and_then(|link| link.strip_prefix(&host.url)).expect("this host's address").to_owned();
        assert!(link.starts_with(&format!("/files/{file}/public?h=")), "{link}");
        let got = host.anonymous().get(&link).await;
        got.expect(200);
        assert_eq!((got.body.as_slice(), got.header("content-type")), (PICTURE.as_slice(), Some("image/png")));
        assert_eq!(got.header("content-security-policy"), Some("default-src 'none'; sandbox"));
        // A link is valid for its own file only.
        let other = link.replace(&file, &hidden);
        for wrong in [&other, link.split_once('?').expect("a query").0, &format!("{link}0")] {
            assert_eq!(host.anonymous().get(wrong).await.status, 400, "{wrong}");
        }
        anna.delete(&format!("/api/v4/posts/{}", post["id"].as_str().expect("an id"))).await.expect(200);
        assert_eq!(host.anonymous().get(&link).await.status, 404);
        assert_eq!(anna.get("/api/v4/config/client?format=old").await.expect(200)["EnablePublicLink"], "true");
    }
}

each_backend! {
    with |config| { config.storage.public_links = false }
    async fn public_links_need_a_setting(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let (file, _) = posted(&anna, &place.channel_id, "x", b"x").await;
        let error = refused(&anna.get(&format!("{FILES}/{file}/link")).await, 501);
        assert_eq!(error["id"], "api.file.get_public_link.disabled.app_error");
        assert_eq!(host.anonymous().get(&format!("/files/{file}/public?h=x")).await.status, 501);
        assert_eq!(anna.get("/api/v4/config/client?format=old").await.expect(200)["EnablePublicLink"], "false");
    }
}

each_backend! {
    async fn a_range_is_served_alone_and_an_unchanged_file_is_304(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let (file, _) = posted(&anna, &place.channel_id, "a.txt", b"0123456789").await;
        for (range, content_range, bytes) in [
            ("bytes=2-4", "bytes 2-4/10", b"234".as_slice()),
            ("bytes=7-", "bytes 7-9/10", b"789"),
            ("bytes=-1", "bytes 9-9/10", b"9"),
            ("bytes=0-99", "bytes 0-9/10", b"0123456789"),
        ] {
            let got = part(&anna, &file, range).await;
            assert_eq!((got.status, got.body.as_slice()), (206, bytes), "{range}");
            assert_eq!(got.header("content-range"), Some(content_range));
            assert_eq!(got.header("content-length"), Some(bytes.len().to_string().as_str()));
        }
        let none = part(&anna, &file, "bytes=10-").await;
        refused(&none, 416);
        assert_eq!(none.header("content-range"), Some("bytes */10"));
        let several = part(&anna, &file, "bytes=0-1,3-4").await;
        assert_eq!((several.status, several.body.as_slice()), (200, b"0123456789".as_slice()));
        assert_eq!(several.header("accept-ranges"), Some("bytes"));
        let tag = several.header("etag").expect("a tag").to_owned();
        let again = anna.request("GET", &format!("{FILES}/{file}"), &[("if-none-match", &tag)], "").await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag.as_str())));
        refused(&host.anonymous().request("GET", &format!("{FILES}/{file}"), &[("if-none-match", &tag)], "").await, 401);
        // As a body of its own, an empty file is refused.
        let path = format!("{FILES}?channel_id={}&filename=empty", place.channel_id);
        let error = refused(&anna.post_raw(&path, None, "").await, 400);
        assert_eq!(error["id"], "api.file.upload_file.read_request.app_error");
        let parts = [("channel_id", None, place.channel_id.as_bytes()), ("files", Some("empty"), b"".as_slice())];
        let empty = post_form(&anna, FILES, &parts).await.expect(201)["file_infos"][0]["id"].clone();
        let empty = empty.as_str().expect("an id");
        assert_eq!(anna.get(&format!("{FILES}/{empty}")).await.body, b"");
        refused(&part(&anna, empty, "bytes=0-").await, 416);
        let saved = posted(&anna, &place.channel_id, "p.png", &PICTURE).await.0;
        let saved = anna.get(&format!("{FILES}/{saved}?download=1")).await;
        assert_eq!(saved.header("content-disposition"), Some("attachment;filename=\"p.png\"; filename*=UTF-8''p.png"));
    }
}
