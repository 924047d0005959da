//! Pictures of accounts.

use jackfield_tests::{TestHost, each_backend};

use crate::support::refused;

each_backend! {
    async fn everybody_has_a_picture_of_their_own_from_the_start(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let path = format!("/api/v4/users/{}/image", anna.id());
        let (hers, his) = (bob.get(&path).await, bob.get("/api/v4/users/me/image").await);
        assert_eq!((hers.status, hers.header("content-type")), (200, Some("image/png")));
        assert_eq!(hers.body[..8], *b"\x89PNG\r\n\x1a\n");
        assert_ne!(hers.body, his.body);
        assert_eq!(bob.get(&format!("{path}/default")).await.body, hers.body);
        let tag = hers.header("etag").unwrap();
        for known in [tag, &format!("\"other\", W/{tag}")] {
            let again = bob.request("GET", &path, &[("if-none-match", known)], "").await;
            assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)), "{known}");
        }
        refused(&host.anonymous().get(&path).await, 401);
        refused(&bob.get("/api/v4/users/kkkkkkkkkkkkkkkkkkkkkkkkkk/image").await, 404);
        refused(&bob.get("/api/v4/users/x/image").await, 400);
    }
}
