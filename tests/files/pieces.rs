//! Uploads in pieces, and searches of files.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{kept_becomes, post_form, uploaded};
use crate::support::refused;

const UPLOADS: &str = "/api/v4/uploads";

/// Bytes of the smallest piece that does not end its file.
const PIECE: usize = 5 * 1024 * 1024;

async fn announced(by: &TestClient, channel: &str, size: usize) -> String {
    let request = json!({"channel_id": channel, "filename": "big.txt", "file_size": size});
    let upload = by.post(UPLOADS, request).await.expect(201);
    format!("{UPLOADS}/{}", upload["id"].as_str().expect("an id"))
}

each_backend! {
    async fn a_file_arrives_in_pieces_and_is_one_file(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let bytes: Vec<u8> = (0..PIECE + 7).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[2]).collect();
        let upload = announced(&anna, &place.channel_id, bytes.len()).await;
        bob.post_raw(&upload, None, bytes[..5].to_vec()).await.expect(403);
        let error = refused(&anna.post_raw(&upload, None, bytes[..5].to_vec()).await, 400);
        assert_eq!(error["id"], "app.upload.upload_data.first_part_too_small.app_error");
        kept_becomes(&host, 0).await;
        assert_eq!(anna.post_raw(&upload, None, bytes[..PIECE].to_vec()).await.status, 204);
        assert_eq!(anna.get(&upload).await.expect(200)["file_offset"], PIECE);
        assert_eq!(anna.get("/api/v4/users/me/uploads").await.expect(200).as_array().map(Vec::len), Some(1));
        let error = refused(&bob.get(&format!("/api/v4/users/{}/uploads", anna.id())).await, 403);
        assert_eq!(error["id"], "api.user.get_uploads_for_user.forbidden.app_error");
        let error = refused(&anna.post_raw(&upload, None, vec![0; 8]).await, 400);
        assert_eq!(error["id"], "api.upload.upload_data.invalid_content_length");
        let rest = [("data", Some("big.txt"), &bytes[PIECE..])];
        let file = post_form(&anna, &upload, &rest).await.expect(200);
        assert_eq!((&file["name"], &file["size"]), (&json!("big.txt"), &json!(bytes.len())));
        kept_becomes(&host, 1).await;
        anna.get(&upload).await.expect(404);
        let got = anna.get(&format!("/api/v4/files/{}", file["id"].as_str().expect("an id"))).await;
        assert!(got.body == bytes, "other bytes came back");
    }
}

each_backend! {
    with |config| { config.storage.max_file = 1000 }
    async fn uploads_in_pieces_are_limited(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let announce = async |change: Value| {
            let mut request = json!({"channel_id": place.channel_id, "filename": "a.txt", "file_size": 1});
            for (key, value) in change.as_object().expect("an object") {
                request[key] = value.clone();
            }
            anna.post(UPLOADS, request).await
        };
        for (change, status, id) in [
            (json!({"file_size": 1001}), 413, "api.upload.create.upload_too_large.app_error"),
            (json!({"file_size": -1}), 400, "model.upload_session.is_valid.file_size.app_error"),
            (json!({"filename": ""}), 400, "model.upload_session.is_valid.filename.app_error"),
            (json!({"type": "import"}), 400, "model.upload_session.is_valid.type.app_error"),
            (json!({"channel_id": "a".repeat(26)}), 403, "api.context.permissions.app_error"),
        ] {
            assert_eq!(refused(&announce(change).await, status)["id"], id);
        }
        for _ in 0..20 {
            announce(json!({})).await.expect(201);
        }
        assert_eq!(refused(&announce(json!({})).await, 400)["id"], "api.upload.create.too_many.app_error");
        host.clock.advance(Duration::from_hours(25));
        jackfield_tests::soon("old uploads are removed", async {
            while announce(json!({})).await.status != 201 {
                host.clock.advance(Duration::from_mins(10));
            }
        })
        .await;
    }
}

each_backend! {
    async fn files_are_found_where_their_posts_are_read(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await["id"].clone();
        let mut posted = Vec::new();
        for (channel, name) in [(place.channel_id.as_str(), "plan.txt"), (secret.as_str().expect("an id"), "plan.csv")] {
            let file = uploaded(&anna, channel, name, b"x").await["id"].clone();
            let post = json!({"channel_id": channel, "message": "x", "file_ids": [file]});
            anna.post("/api/v4/posts", post).await.expect(201);
            posted.push(file);
        }
        uploaded(&anna, &place.channel_id, "plan.loose", b"x").await;
        let path = format!("/api/v4/teams/{}/files/search", place.team_id);
        let found = async |by: &TestClient, terms: &str| {
            by.post(&path, json!({"terms": terms})).await.expect(200)["order"].clone()
        };
        assert_eq!(found(&anna, "plan").await, json!([posted[1], posted[0]]));
        assert_eq!(found(&bob, "plan").await, json!([posted[0]]));
        assert_eq!(found(&anna, "ext:csv").await, json!([posted[1]]));
        assert_eq!(found(&anna, "pla").await, json!([]));
        assert_eq!(found(&anna, "pla* in:town-square").await, json!([posted[0]]));
        assert_eq!(found(&anna, "plan from:bob").await, json!([]));
        let everywhere = anna.post("/api/v4/files/search", json!({"terms": "plan"})).await.expect(200);
        assert_eq!(everywhere["file_infos"].as_object().map(serde_json::Map::len), Some(2));
        anna.post(&path, json!({"terms": " "})).await.expect(400);
    }
}
