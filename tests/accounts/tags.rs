//! Accounts and lists of them have a tag: who has the newest already is told so.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

each_backend! {
    async fn an_account_the_client_knows_is_304_until_it_changes(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let paths = [
            "/api/v4/users?per_page=60".to_owned(),
            "/api/v4/users/username/anna".to_owned(),
            "/api/v4/users/email/anna@example.org".to_owned(),
            format!("/api/v4/users/{}", anna.id()),
        ];
        let mut tags = Vec::new();
        for path in &paths {
            let fresh = anna.get(path).await;
            fresh.expect(200);
            let tag = fresh.header("etag").unwrap_or_else(|| panic!("{path} has no tag")).to_owned();
            let known = anna.request("GET", path, &[("if-none-match", &tag)], "").await;
            assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(&*tag)), "{path}");
            tags.push(tag);
        }
        let own = anna.get(&paths[3]).await;
        assert_ne!(bob.get(&paths[3]).await.header("etag"), own.header("etag"), "others are shown less");
        anna.put("/api/v4/users/me/patch", json!({"nickname": "An"})).await.expect(200);
        for (path, tag) in paths.iter().zip(&tags) {
            let changed = anna.request("GET", path, &[("if-none-match", tag)], "").await;
            assert!(changed.status == 200 && changed.header("etag") != Some(tag), "{path}");
        }
    }
}
