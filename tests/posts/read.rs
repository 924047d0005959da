//! Reading posts: pages, threads and permissions.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::{self, in_order, refused};

const POSTS: &str = "/api/v4/posts";

async fn say(by: &TestClient, channel_id: &str, text: &str) -> Value {
    by.post(POSTS, json!({"channel_id": channel_id, "message": text})).await.expect(201)
}

async fn reply(by: &TestClient, root: &Value, text: &str) -> Value {
    let post = json!({"channel_id": root["channel_id"], "root_id": root["id"], "message": text});
    by.post(POSTS, post).await.expect(201)
}

/// Returns the texts of a list, in its order. Without the server's messages about who joined or left.
fn texts(list: &Value) -> Vec<String> {
    let posts = in_order(list).into_iter().filter(|post| !support::is_about_members(post));
    posts.map(|post| post["message"].as_str().expect("a text").to_owned()).collect()
}

each_backend! {
    async fn fact_109_a_page_past_the_end_is_empty(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        say(&admin, &place.channel_id, "x").await;
        for page in ["1", "1000000", "9223372036854775807"] {
            let list = admin
                .get(&format!("/api/v4/channels/{}/posts?page={page}", place.channel_id))
                .await
                .expect(200);
            assert_eq!((&list["order"], &list["posts"]), (&json!([]), &json!({})));
            for path in ["/api/v4/teams".to_owned(), format!("/api/v4/teams/{}/channels", place.team_id)] {
                assert_eq!(admin.get(&format!("{path}?page={page}")).await.expect(200), json!([]));
            }
        }
    }
}

each_backend! {
    async fn pages_hold_the_newest_first_and_miss_nothing(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        for number in 0..7 {
            say(&admin, &place.channel_id, &number.to_string()).await;
        }
        let path = format!("/api/v4/channels/{}/posts?per_page=3", place.channel_id);
        let mut read = Vec::new();
        for page in 0..3 {
            read.push(texts(&admin.get(&format!("{path}&page={page}")).await.expect(200)).concat());
        }
        assert_eq!(read, ["654", "321", "0"]);
    }
}

each_backend! {
    async fn since_returns_posts_changed_after_a_moment(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let old = say(&admin, &place.channel_id, "old").await;
        host.clock.advance(Duration::from_millis(1));
        let root = say(&admin, &place.channel_id, "root").await;
        host.clock.advance(Duration::from_millis(1));
        say(&admin, &place.channel_id, "new").await;
        let path = format!("/api/v4/channels/{}/posts?since=", place.channel_id);
        let since = async |moment: &Value| texts(&admin.get(&format!("{path}{moment}")).await.expect(200));
        assert_eq!(since(&old["create_at"]).await, ["new", "root"]);
        assert_eq!(since(&root["create_at"]).await, ["new"]);
        // A new reply changes its root post.
        host.clock.advance(Duration::from_millis(1));
        let reply = reply(&admin, &old, "reply").await;
        assert_eq!(since(&root["create_at"]).await, ["reply", "new", "old"]);
        assert_eq!(since(&reply["create_at"]).await, Vec::<String>::new());
        for wrong in ["x", "1.5", "99999999999999999999"] {
            refused(&admin.get(&format!("{path}{wrong}")).await, 400);
        }
    }
}

each_backend! {
    async fn a_thread_counts_its_replies(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let root = say(&admin, &place.channel_id, "root").await;
        host.clock.advance(Duration::from_secs(1));
        say(&admin, &place.channel_id, "beside").await;
        let first = reply(&admin, &root, "first").await;
        reply(&admin, &root, "second").await;
        let id = |post: &Value| post["id"].as_str().expect("a text").to_owned();
        for (post, order) in [(&root, ["root", "second", "first"]), (&first, ["first", "root", "second"])] {
            for (query, last_reply_at) in [("", &json!(0)), ("?collapsedThreads=true", &first["create_at"])] {
                let thread = admin.get(&format!("{POSTS}/{}/thread{query}", id(post))).await.expect(200);
                assert_eq!(texts(&thread), order);
                let root = &thread["posts"][id(&root)];
                assert_eq!((&root["reply_count"], &root["last_reply_at"]), (&json!(2), last_reply_at));
            }
            assert_eq!(admin.get(&format!("{POSTS}/{}", id(post))).await.expect(200)["reply_count"], 2);
        }
        let posts = support::posts(&admin, &place.channel_id).await;
        assert_eq!(posts[2]["root_id"], root["id"]);
    }
}

each_backend! {
    async fn outsiders_neither_read_nor_post(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        let private = host.private_channel(&admin, &place.team_id, "secret").await;
        let private = private["id"].as_str().expect("a text");
        let post = say(&admin, private, "secret").await;
        let post = format!("{POSTS}/{}", post["id"].as_str().expect("a text"));
        for (client, status) in [(&anna, 403), (&host.anonymous(), 401)] {
            refused(&client.get(&post).await, status);
            refused(&client.get(&format!("{post}/thread")).await, status);
            refused(&client.get(&format!("/api/v4/channels/{private}/posts")).await, status);
            refused(&client.post(POSTS, json!({"channel_id": private, "message": "x"})).await, status);
        }
        let public = host.channel(&admin, &place.team_id, "builds").await;
        let public = public["id"].as_str().expect("a text");
        refused(&anna.post(POSTS, json!({"channel_id": public, "message": "x"})).await, 403);
        assert!(support::posts(&admin, public).await.is_empty());
        assert_eq!(support::texts(&admin, private).await, ["secret"]);
    }
}

each_backend! {
    async fn an_unknown_post_or_channel_is_404_and_an_invalid_id_400(host: TestHost) {
        let admin = host.admin().await;
        // As an id in a body, an invalid one names a channel that the author may not use.
        for (id, status, as_body) in [
            ("kkkkkkkkkkkkkkkkkkkkkkkkkk", 404, 404),
            ("short", 400, 403),
        ] {
            refused(&admin.get(&format!("{POSTS}/{id}")).await, status);
            refused(&admin.get(&format!("{POSTS}/{id}/thread")).await, status);
            refused(&admin.get(&format!("/api/v4/channels/{id}/posts")).await, status);
            refused(&admin.post(POSTS, json!({"channel_id": id, "message": "x"})).await, as_body);
        }
        // Nothing has an address with a sign that is in no id.
        assert_eq!(admin.get(&format!("{POSTS}/k-kkkkkkkkkkkkkkkkkkkkkkkk")).await.status, 404);
        let body = json!({"channel_id": "k-kkkkkkkkkkkkkkkkkkkkkkkk", "message": "x"});
        refused(&admin.post(POSTS, body).await, 403);
    }
}

each_backend! {
    async fn deleted_posts_are_read_by_administrators_only(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        let mut made = Vec::new();
        for text in ["first", "second", "third"] {
            host.clock.advance(Duration::from_millis(1));
            made.push(say(&anna, &place.channel_id, text).await);
        }
        host.clock.advance(Duration::from_millis(1));
        let reply = reply(&anna, &made[1], "reply").await;
        let at = |post: &Value| format!("{POSTS}/{}", post["id"].as_str().expect("a text"));
        anna.delete(&at(&made[1])).await.expect(200);
        let channel = format!("/api/v4/channels/{}/posts", place.channel_id);
        for path in [at(&made[1]), channel.clone(), format!("{}/files/info", at(&made[0]))] {
            let error = refused(&anna.get(&format!("{path}?include_deleted=true")).await, 403);
            assert_eq!(error["id"], "api.context.permissions.app_error");
        }
        refused(&admin.get(&at(&made[1])).await, 404);
        // The text is gone; who deleted the post is known.
        let deleted = admin.get(&format!("{}?include_deleted=true", at(&made[1]))).await.expect(200);
        assert_eq!((&deleted["message"], &deleted["props"]["deleteBy"]), (&json!(""), &json!(anna.id())));
        assert!(deleted["delete_at"].as_i64().is_some_and(|at| at > 0), "{deleted}");
        let ids = |list: &Value| list["order"].as_array().expect("a list").clone();
        let id = |post: &Value| post["id"].clone();
        let listed = ids(&admin.get(&format!("{channel}?include_deleted=true")).await.expect(200));
        assert_eq!(listed[..4], [id(&reply), id(&made[2]), id(&made[1]), id(&made[0])]);
        let roots = ids(&admin.get(&format!("{channel}?include_deleted=true&collapsedThreads=true")).await.expect(200));
        assert_eq!(roots[..3], [id(&made[2]), id(&made[1]), id(&made[0])]);
        let third = made[2]["id"].as_str().expect("a text");
        let before = ids(&admin.get(&format!("{channel}?include_deleted=true&per_page=1&before={third}")).await.expect(200));
        assert_eq!(before, [id(&made[1])]);
        let first = made[0]["id"].as_str().expect("a text");
        let after = ids(&admin.get(&format!("{channel}?include_deleted=true&per_page=1&after={first}")).await.expect(200));
        assert_eq!(after, [id(&made[1])]);
        let active = ids(&admin.get(&channel).await.expect(200));
        assert_eq!(active[..2], [id(&made[2]), id(&made[0])]);
    }
}

each_backend! {
    async fn a_list_has_the_first_posts_of_threads_unless_the_client_skips_them(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let root = say(&admin, &place.channel_id, "root").await;
        host.clock.advance(Duration::from_millis(1));
        let reply = reply(&admin, &root, "reply").await;
        let path = format!("/api/v4/channels/{}/posts?per_page=1", place.channel_id);
        for (path, keys) in [(path.clone(), 2), (format!("{path}&skipFetchThreads=true"), 1)] {
            let list = admin.get(&path).await.expect(200);
            assert_eq!(list["order"], json!([reply["id"]]));
            assert_eq!(list["posts"].as_object().map(serde_json::Map::len), Some(keys), "{path}");
        }
    }
}
