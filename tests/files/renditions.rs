//! Thumbnails and previews of pictures.

use jackfield_tests::{TestClient, TestHost, each_backend};

use super::pictures::{BOMB, PICTURE};
use super::{kept, uploaded};
use crate::support::refused;

async fn address(by: &TestClient, channel_id: &str, bytes: &[u8]) -> String {
    let file = uploaded(by, channel_id, "p.png", bytes).await;
    format!("/api/v4/files/{}", file["id"].as_str().expect("an id"))
}

each_backend! {
    async fn a_picture_has_a_thumbnail_and_a_preview_made_once(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let file = address(&anna, &place.channel_id, &PICTURE).await;
        for (copy, count) in [("thumbnail", 2), ("preview", 3)] {
            let first = anna.get(&format!("{file}/{copy}")).await;
            first.expect(200);
            assert_eq!(first.header("content-type"), Some("image/jpeg"));
            assert_eq!(first.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(first.body[..3], [0xff, 0xd8, 0xff]);
            assert_eq!(anna.get(&format!("{file}/{copy}")).await.body, first.body);
            assert_eq!(kept(&host), count);
        }
    }
}

each_backend! {
    async fn a_file_that_is_not_a_picture_or_is_a_bomb_has_no_renditions(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        for bytes in [b"not a picture".as_slice(), &BOMB, &PICTURE[..20]] {
            let file = address(&anna, &place.channel_id, bytes).await;
            let info = anna.get(&format!("{file}/info")).await.expect(200);
            assert!(info["width"].is_null() && info["has_preview_image"].is_null(), "{info}");
            refused(&anna.get(&format!("{file}/thumbnail")).await, 400);
            refused(&anna.get(&format!("{file}/preview")).await, 400);
            assert_eq!(anna.get(&file).await.body, bytes);
        }
    }
}
