//! Lists of posts: pages, threads, unread posts and posts by id.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{at, id, reply_to, say, texts};

each_backend! {
    async fn a_channel_is_read_in_pages_from_any_post(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let mut posts = Vec::new();
        for number in 0..7 {
            posts.push(say(&host, &anna, &place.channel_id, &number.to_string()).await);
        }
        let list = async |query: String| {
            let list = anna.get(&format!("/api/v4/channels/{}/posts?{query}", place.channel_id)).await.expect(200);
            let neighbour = |name: &str| match list[name].as_str().unwrap() {
                "" => String::new(),
                id => posts.iter().position(|post| post["id"] == id).unwrap().to_string(),
            };
            (texts(&list).concat(), neighbour("next_post_id"), neighbour("prev_post_id"))
        };
        let expect = |texts: &str, next: &str, prev: &str| (texts.to_owned(), next.to_owned(), prev.to_owned());
        let three = id(&posts[3]);
        assert_eq!(list("per_page=3".into()).await, expect("654", "", "3"));
        assert_eq!(list("per_page=3&page=1".into()).await, expect("321", "4", "0"));
        assert_eq!(list("per_page=3&page=2".into()).await, expect("0", "1", ""));
        assert_eq!(list("per_page=3&page=3".into()).await, expect("", "", ""));
        assert_eq!(list(format!("per_page=2&before={three}")).await, expect("21", "3", "0"));
        assert_eq!(list(format!("per_page=2&page=1&before={three}")).await, expect("0", "1", ""));
        assert_eq!(list(format!("per_page=2&after={three}")).await, expect("54", "6", "3"));
        assert_eq!(list(format!("per_page=2&page=1&after={three}")).await, expect("6", "", "5"));
        assert_eq!(list(format!("before={}", id(&posts[0]))).await, expect("", "0", ""));
        assert_eq!(list(format!("after={}", id(&posts[6]))).await, expect("", "", "6"));
    }
}

each_backend! {
    async fn a_page_from_a_post_outside_the_channel_is_empty(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let other = host.channel(&anna, &place.team_id, "other").await;
        let elsewhere = say(&host, &anna, other["id"].as_str().unwrap(), "elsewhere").await;
        let path = format!("/api/v4/channels/{}/posts", place.channel_id);
        for query in ["before=short", "after=short", "since=soon"] {
            anna.get(&format!("{path}?{query}")).await.expect(400);
        }
        for (name, neighbour) in [("before", "next_post_id"), ("after", "prev_post_id")] {
            for post in [id(&elsewhere), "aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
                let list = anna.get(&format!("{path}?{name}={post}")).await.expect(200);
                assert_eq!((&list["order"], &list[neighbour]), (&json!([]), &json!(post)));
            }
        }
        host.user("bob").await.get(&path).await.expect(403);
        anna.get("/api/v4/channels/aaaaaaaaaaaaaaaaaaaaaaaaaa/posts").await.expect(403);
    }
}

each_backend! {
    async fn replies_come_with_their_root_post(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        say(&host, &anna, &place.channel_id, "between").await;
        let reply = reply_to(&host, &anna, &root, "reply").await;
        let path = format!("/api/v4/channels/{}/posts?per_page=1", place.channel_id);
        let list = anna.get(&path).await.expect(200);
        assert_eq!(list["order"], json!([reply["id"]]));
        assert_eq!(list["posts"][id(&root)]["reply_count"], 1);
        assert_eq!(list["posts"].as_object().unwrap().len(), 2);
    }
}

each_backend! {
    async fn unread_posts_come_with_earlier_ones(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let other = host.channel(&anna, &place.team_id, "other").await;
        let channel = other["id"].as_str().unwrap();
        host.place(&bob).await;
        for text in ["0", "1", "2"] {
            say(&host, &anna, channel, text).await;
        }
        // Posts from before a user joins count as read.
        let member = json!({"user_id": bob.id()});
        bob.post(&format!("/api/v4/channels/{channel}/members"), member).await.expect(201);
        let path = format!("/api/v4/users/me/channels/{channel}/posts/unread");
        assert_eq!(texts(&bob.get(&path).await.expect(200)).concat(), "210");
        for text in ["3", "4", "5"] {
            say(&host, &anna, channel, text).await;
        }
        let list = bob.get(&format!("{path}?limit_before=2&limit_after=2")).await.expect(200);
        // The message about bob's joining is one of the two before.
        assert_eq!(texts(&list).concat(), "432");
        let neighbour = |name: &str| list[name].as_str().unwrap().to_owned();
        let text = async |id: String| bob.get(&format!("/api/v4/posts/{id}")).await.expect(200)["message"].clone();
        assert_eq!(text(neighbour("next_post_id")).await, "5");
        assert_eq!(text(neighbour("prev_post_id")).await, "1");
        bob.get(&format!("{path}?limit_after=0")).await.expect(400);
        let hers = format!("/api/v4/users/{}/channels/{channel}/posts/unread", anna.id());
        bob.get(&hers).await.expect(403);
    }
}

each_backend! {
    async fn a_thread_is_read_up_and_down(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let root = say(&host, &anna, &place.channel_id, "r").await;
        let mut replies = Vec::new();
        for number in 0..5 {
            replies.push(reply_to(&host, &anna, &root, &number.to_string()).await);
        }
        let list = async |query: String| {
            let list = anna.get(&format!("{}/thread?{query}", at(&replies[0]))).await.expect(200);
            (texts(&list).concat(), list["has_next"].as_bool())
        };
        let two = id(&replies[2]);
        assert_eq!(list(String::new()).await, ("0r4321".to_owned(), Some(false)));
        assert_eq!(list("perPage=2".into()).await, ("0r43".to_owned(), Some(true)));
        assert_eq!(list(format!("perPage=2&fromPost={two}")).await, ("0r1".to_owned(), Some(false)));
        let down = format!("perPage=1&direction=down&fromPost={two}");
        assert_eq!(list(down).await, ("0r3".to_owned(), Some(true)));
        let moment = &replies[1]["create_at"];
        let down = format!("perPage=2&direction=down&fromCreateAt={moment}&fromPost={}", id(&replies[1]));
        assert_eq!(list(down).await, ("0r23".to_owned(), Some(true)));
        // From the start, the first post is one of the page.
        let start = anna.get(&format!("{}/thread?perPage=3&direction=down", at(&root))).await.expect(200);
        assert_eq!((texts(&start).concat(), &start["has_next"]), ("r01".to_owned(), &json!(true)));
        assert_eq!(list("skipFetchThreads=true".into()).await, ("0".to_owned(), Some(false)));
        for query in ["direction=left", "perPage=x", "fromPost=x", "fromCreateAt=x"] {
            anna.get(&format!("{}/thread?{query}", at(&root))).await.expect(400);
        }
        host.user("bob").await.get(&format!("{}/thread", at(&root))).await.expect(403);
    }
}

each_backend! {
    async fn posts_are_read_by_id(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let first = say(&host, &anna, &place.channel_id, "first").await;
        let second = say(&host, &anna, &place.channel_id, "second").await;
        let gone = say(&host, &anna, &place.channel_id, "gone").await;
        anna.delete(&at(&gone)).await.expect(200);
        let request = json!([second["id"], "aaaaaaaaaaaaaaaaaaaaaaaaaa", gone["id"], first["id"], second["id"]]);
        assert_eq!(anna.post("/api/v4/posts/ids", request.clone()).await.expect(200), json!([second, first]));
        assert_eq!(bob.post("/api/v4/posts/ids", request).await.expect(200), json!([]));
        anna.post("/api/v4/posts/ids", json!(["aaaaaaaaaaaaaaaaaaaaaaaaaa"])).await.expect(404);
        for wrong in [json!([]), json!(["short"]), json!({"a": 1}), json!(vec!["a"; 1001])] {
            let response: Value = anna.post("/api/v4/posts/ids", wrong).await.expect(400);
            assert_eq!(response["status_code"], 400);
        }
    }
}
