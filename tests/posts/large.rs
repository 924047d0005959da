//! Large posts: limits of their props, and lists that end where they fill a response.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{at, id, say, texts};
use crate::support::{self, refused};

/// Largest props of a post, and how many bytes of posts one list returns.
const MAX_PROPS: usize = 65_536;
const LIST_BYTES: usize = 4 << 20;

/// More posts of the largest props and text than one list returns. Quotation marks take two bytes as JSON.
const POSTS: usize = LIST_BYTES / (MAX_PROPS + 2 * LONG) + 4;
const LONG: usize = 16_000;

/// Replies that one list of a thread returns, and more than that.
const MAX_REPLIES: usize = 1000;
const REPLIES: usize = MAX_REPLIES + 10;

/// Returns props of this size as JSON.
fn props(size: usize) -> Value {
    json!({"a": "x".repeat(size - "{\"a\":\"\"}".len())})
}

/// Creates posts of the largest size, as replies to `root` if there is one, and returns their ids, newest first.
async fn fill(host: &TestHost, client: &TestClient, channel: &str, root: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for number in 0..POSTS {
        host.clock.advance(Duration::from_millis(1));
        let text = format!("large {number} {}", "\"".repeat(LONG));
        let post =
            json!({"channel_id": channel, "message": text, "props": props(MAX_PROPS), "root_id": root});
        ids.insert(0, id(&client.post("/api/v4/posts", post).await.expect(201)).to_owned());
    }
    ids
}

fn order(list: &Value) -> Vec<String> {
    let order = list["order"].as_array().expect("a list has an order");
    order.iter().map(|id| id.as_str().expect("ids are texts").to_owned()).collect()
}

each_backend! {
    async fn props_have_a_size_that_is_named_when_it_is_exceeded(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let post = |props: Value| json!({"channel_id": place.channel_id, "message": "x", "props": props});
        let kept = anna.post("/api/v4/posts", post(props(MAX_PROPS))).await.expect(201);
        assert_eq!(anna.get(&at(&kept)).await.expect(200)["props"], props(MAX_PROPS));
        let error = refused(&anna.post("/api/v4/posts", post(props(MAX_PROPS + 1))).await, 400);
        assert_eq!(
            error["message"],
            "`props` is not valid: it has 65537 bytes of JSON; at most 65536 are allowed"
        );
        let patch = format!("{}/patch", at(&kept));
        refused(&anna.put(&patch, json!({"props": props(MAX_PROPS + 1)})).await, 400);
        assert_eq!(anna.put(&patch, json!({"props": {"b": 1}})).await.expect(200)["props"], json!({"b": 1}));
    }
}

each_backend! {
    async fn props_come_back_as_they_were_sent(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let props = json!({"n": [1e300, -0.5, u64::MAX], "": {"\"\\\u{1}ü🎲": null}, "integration": "kept"});
        let post = json!({"channel_id": place.channel_id, "message": "x", "props": props});
        let made = anna.post("/api/v4/posts", post).await.expect(201);
        assert_eq!(made["props"], props);
        let read = anna.get(&at(&made)).await;
        assert_eq!(read.expect(200)["props"], props);
        assert!(read.body.len() < 2000, "{}", read.text());
    }
}

each_backend! {
    async fn a_channel_of_large_posts_is_read_completely_in_several_lists(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let joined = id(&support::all_posts(&anna, &place.channel_id).await[0]).to_owned();
        let posts = fill(&host, &anna, &place.channel_id, "").await;
        let path = format!("/api/v4/channels/{}/posts?per_page=200", place.channel_id);
        let (mut read, mut query) = (Vec::new(), String::new());
        for _ in 0..3 {
            let response = anna.get(&format!("{path}{query}")).await;
            assert!(response.body.len() < LIST_BYTES + 3 * MAX_PROPS, "{} bytes", response.body.len());
            let list = response.expect(200);
            read.extend(order(&list));
            if list["prev_post_id"] == "" {
                assert_eq!(list["has_next"], false);
                break;
            }
            assert_eq!((&list["prev_post_id"], &list["has_next"]), (&json!(posts[read.len()]), &json!(true)));
            query = format!("&before={}", read[read.len() - 1]);
        }
        assert_eq!(read, [&posts[..], &[joined]].concat());

        let first = posts.last().expect("posts");
        let list = anna.get(&format!("{path}&after={first}")).await.expect(200);
        let after = order(&list);
        assert!(after.len() < POSTS - 1 && posts.ends_with(&[&after[..], std::slice::from_ref(first)].concat()), "{after:?}");
        assert_eq!(list["next_post_id"], posts[POSTS - 2 - after.len()]);
        let list = anna.get(&format!("{path}&since=1")).await.expect(200);
        assert!(posts.starts_with(&order(&list)) && list["order"] != json!(posts), "{}", list["order"]);
        assert_eq!(list["has_next"], true);
    }
}

each_backend! {
    async fn every_list_of_large_posts_says_that_more_follow(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let posts = fill(&host, &anna, &place.channel_id, id(&root)).await;
        let flags: Vec<Value> = posts
            .iter()
            .map(|post| json!({"user_id": anna.id(), "category": "flagged_post", "name": post, "value": "true"}))
            .collect();
        anna.put("/api/v4/users/me/preferences", json!(flags)).await.expect(200);
        for post in &posts {
            anna.post(&format!("/api/v4/posts/{post}/pin"), json!(null)).await.expect(200);
        }
        let thread = format!("/api/v4/posts/{}/thread", id(&root));
        let search = json!({"terms": "large", "per_page": 200});
        for list in [
            anna.get(&thread).await,
            anna.get(&format!("/api/v4/channels/{}/pinned", place.channel_id)).await,
            anna.get("/api/v4/users/me/posts/flagged?per_page=200").await,
            anna.post(&format!("/api/v4/teams/{}/posts/search", place.team_id), search).await,
        ] {
            assert!(list.body.len() < LIST_BYTES + 3 * MAX_PROPS, "{} bytes", list.body.len());
            let list = list.expect(200);
            let listed: Vec<String> = order(&list).into_iter().filter(|post| post != id(&root)).collect();
            assert!(listed.len() < POSTS && posts.starts_with(&listed), "{listed:?}");
            assert_eq!((&list["has_next"], &list["posts"][id(&root)]["message"]), (&json!(true), &json!("root")));
        }
        let listed = order(&anna.get(&thread).await.expect(200));
        let rest = anna.get(&format!("{thread}?fromPost={}", listed[listed.len() - 1])).await.expect(200);
        assert_eq!(rest["has_next"], false);
        assert_eq!([&listed[1..], &order(&rest)[1..]].concat(), posts);

        let error = refused(&anna.post("/api/v4/posts/ids", json!(posts)).await, 400);
        assert!(error["message"].as_str().is_some_and(|text| text.contains("name fewer at once")), "{error}");
        let some = anna.post("/api/v4/posts/ids", json!(posts[..5])).await.expect(200);
        assert_eq!(some.as_array().map(Vec::len), Some(5));
        anna.post("/api/v4/posts/ids/reactions", json!(posts)).await.expect(200);
    }
}

each_backend! {
    async fn a_list_of_threads_with_large_posts_ends_early_and_continues(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let roots = fill(&host, &anna, &place.channel_id, "").await;
        for root in roots.iter().rev() {
            host.clock.advance(Duration::from_millis(1));
            let reply = json!({"channel_id": place.channel_id, "message": "reply", "root_id": root});
            anna.post("/api/v4/posts", reply).await.expect(201);
        }
        let path = format!("/api/v4/users/me/teams/{}/threads?extended=true&per_page=200", place.team_id);
        let response = anna.get(&path).await;
        assert!(response.body.len() < LIST_BYTES + 3 * MAX_PROPS, "{} bytes", response.body.len());
        let list = response.expect(200);
        let ids = |list: &Value| -> Vec<String> {
            let threads = list["threads"].as_array().expect("threads");
            threads.iter().map(|thread| id(thread).to_owned()).collect()
        };
        let listed = ids(&list);
        // The total says that more follow.
        assert_eq!(list["total"], POSTS);
        assert!(listed.len() < POSTS && roots.starts_with(&listed), "{listed:?}");
        assert_eq!(list["threads"][0]["participants"][0]["username"], "anna");
        let rest = anna.get(&format!("{path}&before={}", listed[listed.len() - 1])).await.expect(200);
        assert_eq!([listed, ids(&rest)].concat(), roots);
    }
}

each_backend! {
    async fn a_thread_of_very_many_replies_ends_early_and_continues(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let reply = |number: usize| {
            let post = json!({"channel_id": place.channel_id, "message": number.to_string(), "root_id": root["id"]});
            let anna = &anna;
            async move { id(&anna.post("/api/v4/posts", post).await.expect(201)).to_owned() }
        };
        let mut replies: Vec<String> = stream::iter(0..REPLIES).map(reply).buffered(8).collect().await;
        let thread = format!("/api/v4/posts/{}/thread", id(&root));
        let list = anna.get(&thread).await.expect(200);
        let mut listed = order(&list).split_off(1);
        assert_eq!((listed.len(), &list["has_next"]), (MAX_REPLIES, &json!(true)));
        let rest = anna.get(&format!("{thread}?fromPost={}", listed[MAX_REPLIES - 1])).await.expect(200);
        assert_eq!((&rest["has_next"], &rest["order"][0]), (&json!(false), &root["id"]));
        listed.extend(order(&rest).split_off(1));
        listed.sort();
        replies.sort();
        assert_eq!(listed, replies);
        assert_eq!(list["posts"][id(&root)]["reply_count"], REPLIES);
    }
}

each_backend! {
    async fn a_deleted_post_keeps_nothing_of_its_content(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let attachments = json!([{"text": "att-secret"}]);
        let secret = json!({
            "channel_id": place.channel_id, "message": "hunter2 #tag", "props": {"attachments": attachments},
        });
        let alone = anna.post("/api/v4/posts", secret.clone()).await.expect(201);
        let mut reply = secret;
        reply["root_id"] = root["id"].clone();
        let reply = anna.post("/api/v4/posts", reply).await.expect(201);
        let reaction = json!({"user_id": anna.id(), "post_id": alone["id"], "emoji_name": "smile"});
        anna.post("/api/v4/reactions", reaction).await.expect(200);
        anna.delete(&at(&alone)).await.expect(200);
        admin.delete(&at(&root)).await.expect(200);
        host.place(&bob).await;
        let list = bob.get(&format!("/api/v4/channels/{}/posts?since=1", place.channel_id)).await;
        assert!(!list.text().contains("secret") && !list.text().contains("hunter"), "{}", list.text());
        let list = list.expect(200);
        assert_eq!(texts(&list), ["", "", ""]);
        for (post, by) in [(&alone, &anna), (&root, &admin), (&reply, &admin)] {
            let shown = &list["posts"][id(post)];
            assert_eq!((&shown["props"], &shown["metadata"]), (&json!({"deleteBy": by.id()}), &json!({})));
            assert_eq!((&shown["hashtags"], &shown["has_reactions"]), (&json!(""), &json!(false)));
            assert!(shown["delete_at"].as_i64().is_some_and(|at| at > 0), "{shown}");
        }
    }
}

each_backend! {
    async fn many_links_to_one_large_post_are_previewed_as_far_as_they_fit(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let text = "\"".repeat(LONG);
        let post = json!({"channel_id": place.channel_id, "message": text, "props": props(MAX_PROPS)});
        let large = anna.post("/api/v4/posts", post).await.expect(201);
        let link = format!("{}/team/pl/{}", host.url, id(&large));
        for _ in 0..30 {
            say(&host, &anna, &place.channel_id, &link).await;
        }
        let response = anna.get(&format!("/api/v4/channels/{}/posts?per_page=200", place.channel_id)).await;
        let list = response.expect(200);
        let posts = list["posts"].as_object().expect("posts");
        let is_previewed = |post: &&Value| post["metadata"]["embeds"][0]["type"] == "permalink";
        // As many previews as have a megabyte together.
        assert_eq!(posts.values().filter(is_previewed).count(), 10);
        assert!(posts.len() > 30 && response.body.len() < 2 << 20, "{} bytes", response.body.len());
    }
}
