//! Entity tags of lists of posts.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{at, id, reply_to, say};

each_backend! {
    async fn an_unchanged_list_is_304(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let root = say(&host, &anna, &place.channel_id, "one").await;
        let (list, thread) = (format!("/api/v4/channels/{}/posts", place.channel_id), format!("{}/thread", at(&root)));
        let pinned = format!("/api/v4/channels/{}/pinned", place.channel_id);
        let tag = async |path: &str| {
            let response = anna.get(path).await;
            response.expect(200);
            assert_eq!(response.header("content-type"), Some("application/json"));
            response.header("etag").expect("a tag").to_owned()
        };
        let status = async |path: &str, tag: &str| {
            let response = anna.request("GET", path, &[("if-none-match", tag)], "").await;
            assert_eq!(response.header("x-request-id").map(str::len), Some(26));
            assert_eq!(response.status == 304, response.body.is_empty());
            response.status
        };
        let mut known = Vec::new();
        for path in [&list, &thread, &pinned] {
            let tag = tag(path).await;
            assert!(tag.starts_with("11.6.0."), "{tag}");
            assert_eq!(status(path, &tag).await, 304, "{path}");
            known.push(tag);
        }
        // A reply, a reaction and a pin each change the list.
        reply_to(&host, &anna, &root, "two").await;
        assert_eq!((status(&list, &known[0]).await, status(&thread, &known[1]).await, status(&pinned, &known[2]).await), (200, 200, 304));
        let (before, threads) = (tag(&list).await, tag(&thread).await);
        let reaction = json!({"user_id": anna.id(), "post_id": id(&root), "emoji_name": "tada"});
        anna.post("/api/v4/reactions", reaction).await.expect(200);
        assert_eq!((status(&list, &before).await, status(&thread, &threads).await), (200, 200));
        anna.post(&format!("{}/pin", at(&root)), json!({})).await.expect(200);
        assert_eq!(status(&pinned, &known[2]).await, 200);
        // Another page has another tag, and an error has none.
        assert_eq!(status(&format!("{list}?per_page=1"), &tag(&list).await).await, 200);
        assert_eq!(anna.get(&format!("{list}?since=soon")).await.header("etag"), None);
    }
}
