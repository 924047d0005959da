//! Threads: who follows them, what they have unread, and lists that collapse them.

use jackfield_tests::{Place, TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{at, id, reply_to, say, texts};
use crate::support::refused;

/// Returns the address of the client's own threads in a team.
fn threads(place: &Place) -> String {
    format!("/api/v4/users/me/teams/{}/threads", place.team_id)
}

/// Returns the address of a thread among the client's own.
fn thread(place: &Place, root: &Value) -> String {
    format!("{}/{}", threads(place), id(root))
}

/// Returns how many replies and mentions of a thread a follower has not read.
async fn unread(client: &TestClient, place: &Place, root: &Value) -> (i64, i64) {
    let thread = client.get(&thread(place, root)).await.expect(200);
    let number = |key: &str| thread[key].as_i64().expect("a number");
    (number("unread_replies"), number("unread_mentions"))
}

/// Returns the messages of the first posts of listed threads.
fn roots(list: &Value) -> Vec<&str> {
    let threads = list["threads"].as_array().expect("a list of threads");
    threads.iter().map(|thread| thread["post"]["message"].as_str().expect("a text")).collect()
}

/// Returns the ids of a thread's participants.
fn participants(thread: &Value) -> Vec<&str> {
    let list = thread["participants"].as_array().expect("a list of participants");
    list.iter().map(|user| user["id"].as_str().expect("an id")).collect()
}

async fn three(host: &TestHost) -> (TestClient, TestClient, TestClient, Place) {
    let (anna, bob, cleo) = (host.user("anna").await, host.user("bob").await, host.user("cleo").await);
    let place = host.place(&anna).await;
    host.place(&bob).await;
    host.place(&cleo).await;
    (anna, bob, cleo, place)
}

each_backend! {
    async fn authors_and_mentioned_members_follow_a_thread_from_its_first_reply(host: TestHost) {
        let (anna, bob, cleo, place) = three(&host).await;
        let dan = host.user("dan").await;
        host.place(&dan).await;
        let channel = &place.channel_id;
        let root = say(&host, &anna, channel, "root for @cleo").await;
        refused(&anna.get(&thread(&place, &root)).await, 404);
        reply_to(&host, &bob, &root, "one").await;
        assert_eq!(unread(&anna, &place, &root).await, (1, 0));
        assert_eq!(unread(&bob, &place, &root).await, (0, 0), "an author has read the thread");
        assert_eq!(unread(&cleo, &place, &root).await, (1, 0), "the mention was not in a reply");
        let error = refused(&dan.get(&thread(&place, &root)).await, 404);
        assert_eq!(error["id"], "app.user.get_thread_membership_for_user.not_found");
        reply_to(&host, &bob, &root, "two for @dan").await;
        assert_eq!(unread(&dan, &place, &root).await, (2, 1));

        // Only an own reply or a mention makes those follow again who stopped.
        for client in [&anna, &cleo] {
            client.delete(&format!("{}/following", thread(&place, &root))).await.expect(200);
        }
        reply_to(&host, &bob, &root, "three").await;
        for client in [&anna, &cleo] {
            let error = refused(&client.get(&thread(&place, &root)).await, 404);
            assert_eq!(error["id"], "app.user.get_threads_for_user.not_found");
        }
        reply_to(&host, &bob, &root, "four for @cleo").await;
        reply_to(&host, &anna, &root, "five").await;
        assert_eq!(unread(&cleo, &place, &root).await, (5, 1));
        assert_eq!(unread(&anna, &place, &root).await, (0, 0));
    }
}

each_backend! {
    async fn participants_are_the_authors_of_replies_that_are_left(host: TestHost) {
        let (anna, bob, cleo, place) = three(&host).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let first = reply_to(&host, &cleo, &root, "one").await;
        reply_to(&host, &bob, &root, "two").await;
        let second = reply_to(&host, &cleo, &root, "three").await;
        let read = async || anna.get(&thread(&place, &root)).await.expect(200);
        assert_eq!(participants(&read().await), [cleo.id(), bob.id()], "in the order of their first replies");
        cleo.delete(&at(&first)).await.expect(200);
        assert_eq!(participants(&read().await), [cleo.id(), bob.id()]);
        cleo.delete(&at(&second)).await.expect(200);
        let left = read().await;
        assert_eq!((participants(&left), &left["reply_count"]), (vec![bob.id()], &json!(1)));
        let whole = anna.get(&format!("{}?extended=true", thread(&place, &root))).await.expect(200);
        assert_eq!(whole["participants"][0]["username"], "bob");
    }
}

each_backend! {
    async fn threads_are_for_those_who_are_in_the_channel(host: TestHost) {
        let (anna, bob, cleo, place) = three(&host).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await;
        anna.post(&format!("/api/v4/channels/{}/members", id(&secret)), json!({"user_id": bob.id()})).await.expect(201);
        let root = say(&host, &anna, id(&secret), "root").await;
        let reply = reply_to(&host, &bob, &root, "@anna").await;
        let path = thread(&place, &root);
        let refuse = async |client: &TestClient| {
            refused(&client.get(&path).await, 403);
            refused(&client.put(&format!("{path}/following"), json!(null)).await, 403);
            refused(&client.put(&format!("{path}/read/1"), json!(null)).await, 403);
            refused(&client.post(&format!("{path}/set_unread/{}", id(&reply)), json!(null)).await, 403);
        };
        refuse(&cleo).await;
        // No account reads or changes another account's threads.
        let hers = path.replace("/me/", &format!("/{}/", anna.id()));
        refused(&bob.get(&hers).await, 403);
        refused(&bob.put(&format!("{hers}/read/1"), json!(null)).await, 403);
        refused(&bob.get(&threads(&place).replace("/me/", &format!("/{}/", anna.id()))).await, 403);

        let mut his = host.socket(&bob).await;
        bob.delete(&format!("/api/v4/channels/{}/members/me", id(&secret))).await.expect(200);
        refuse(&bob).await;
        let list = bob.get(&threads(&place)).await.expect(200);
        assert_eq!((&list["total"], &list["threads"]), (&json!(0), &json!([])));
        reply_to(&host, &anna, &root, "behind his back, @bob").await;
        say(&host, &anna, &place.channel_id, "aloud").await;
        while let Some(frame) = his.frame().await {
            assert_ne!(frame["event"], "thread_updated");
            if frame["event"] == "posted" && frame["data"]["post"].as_str().is_some_and(|post| post.contains("aloud")) {
                break;
            }
        }
        // Who comes back follows nothing of what was before.
        anna.post(&format!("/api/v4/channels/{}/members", id(&secret)), json!({"user_id": bob.id()})).await.expect(201);
        refused(&bob.get(&path).await, 404);
    }
}

each_backend! {
    async fn a_list_of_threads_continues_before_and_after_one(host: TestHost) {
        let (anna, bob, _, place) = three(&host).await;
        let mut started = Vec::new();
        for text in ["a", "b", "c", "d"] {
            let root = say(&host, &anna, &place.channel_id, text).await;
            reply_to(&host, &bob, &root, "reply").await;
            started.push(root);
        }
        let moment = reply_to(&host, &bob, &started[0], "again").await["create_at"].as_i64().expect("a number");
        let list = async |query: &str| anna.get(&format!("{}?{query}", threads(&place))).await.expect(200);
        assert_eq!(roots(&list("").await), ["a", "d", "c", "b"]);
        assert_eq!(roots(&list("per_page=2").await), ["a", "d"]);
        assert_eq!(roots(&list(&format!("per_page=2&before={}", id(&started[3]))).await), ["c", "b"]);
        assert_eq!(roots(&list(&format!("per_page=2&after={}", id(&started[1]))).await), ["c", "d"]);
        assert_eq!(roots(&list(&format!("since={moment}")).await), ["a"]);

        anna.put(&format!("{}/read/{moment}", thread(&place, &started[3])), json!(null)).await.expect(200);
        let unread = list("unread=true").await;
        assert_eq!((roots(&unread), &unread["total"], &unread["total_unread_threads"]), (vec!["a", "c", "b"], &json!(3), &json!(3)));
        assert_eq!(list("threadsOnly=true&per_page=1").await["total"], 0);
        anna.delete(&at(&started[2])).await.expect(200);
        assert_eq!(roots(&list("").await), ["a", "d", "b"]);
        let deleted = list("deleted=true").await;
        assert_eq!((roots(&deleted), &deleted["total"]), (vec!["a", "d", "", "b"], &json!(4)));
        assert_ne!(deleted["threads"][2]["delete_at"], 0);

        for (query, error) in [
            ("since=x", "api.context.invalid_body_param.app_error"),
            ("since=-1", "api.context.invalid_body_param.app_error"),
            ("totalsOnly=true&threadsOnly=true", "api.getThreadsForUser.bad_only_params"),
        ] {
            assert_eq!(refused(&anna.get(&format!("{}?{query}", threads(&place))).await, 400)["id"], error);
        }
        let both = format!("{}?before={1}&after={1}", threads(&place), id(&started[0]));
        assert_eq!(refused(&anna.get(&both).await, 400)["id"], "api.getThreadsForUser.bad_params");
    }
}

each_backend! {
    async fn a_thread_is_read_and_unread_from_a_moment_on(host: TestHost) {
        let (anna, bob, _, place) = three(&host).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let mut replies = Vec::new();
        for text in ["one", "two @anna", "three @anna"] {
            replies.push(reply_to(&host, &bob, &root, text).await);
        }
        let other = say(&host, &anna, &place.channel_id, "other").await;
        let path = thread(&place, &root);
        let mut hers = host.socket(&anna).await;
        let read = anna.put(&format!("{path}/read/{}", replies[1]["create_at"]), json!(null)).await.expect(200);
        assert_eq!((&read["unread_replies"], &read["unread_mentions"]), (&json!(1), &json!(1)));
        assert_eq!(hers.event("thread_read_changed").await["data"], json!({
            "thread_id": root["id"], "channel_id": place.channel_id, "timestamp": replies[1]["create_at"],
            "unread_replies": 1, "unread_mentions": 1, "previous_unread_replies": 3, "previous_unread_mentions": 2,
        }));
        anna.post(&format!("{path}/set_unread/{}", id(&replies[0])), json!(null)).await.expect(200);
        assert_eq!(unread(&anna, &place, &root).await, (3, 2));
        let counts = anna.get(&format!("{}/mention_counts", threads(&place))).await.expect(200);
        assert_eq!(counts, json!({place.channel_id.as_str(): 2}));
        let error = refused(&anna.post(&format!("{path}/set_unread/{}", id(&other)), json!(null)).await, 400);
        assert_eq!(error["id"], "app.user.update_thread_read_for_user_by_post.app_error");
        refused(&anna.put(&format!("{}/read/1", thread(&place, &other)), json!(null)).await, 404);

        // A client that does not collapse threads reads them with their channel; another does not.
        let view = |collapses: bool| json!({"channel_id": place.channel_id, "collapsed_threads_supported": collapses});
        anna.post("/api/v4/channels/members/me/view", view(true)).await.expect(200);
        assert_eq!(unread(&anna, &place, &root).await, (3, 2));
        anna.post("/api/v4/channels/members/me/view", view(false)).await.expect(200);
        assert_eq!(unread(&anna, &place, &root).await, (0, 0));
        let unread_from = format!("/api/v4/users/me/posts/{}/set_unread", id(&replies[2]));
        anna.post(&unread_from, json!({"collapsed_threads_supported": true})).await.expect(200);
        assert_eq!(unread(&anna, &place, &root).await, (0, 0));
        host.clock.advance(std::time::Duration::from_millis(1));
        anna.post(&unread_from, json!({})).await.expect(200);
        assert_eq!(unread(&anna, &place, &root).await, (1, 1));
    }
}

each_backend! {
    async fn only_followers_get_the_events_of_a_thread(host: TestHost) {
        let (anna, bob, cleo, place) = three(&host).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let (mut hers, mut cleos) = (host.socket(&anna).await, host.socket(&cleo).await);
        let reply = reply_to(&host, &bob, &root, "one @anna").await;
        assert_eq!(reply["reply_count"], 1);
        let posted = hers.event("posted").await;
        assert_eq!(posted["data"]["followers"], json!([anna.id()]).to_string());
        let post: Value = serde_json::from_str(posted["data"]["post"].as_str().unwrap()).unwrap();
        assert_eq!(post["reply_count"], 1);
        let event = hers.event("thread_updated").await;
        let told: Value = serde_json::from_str(event["data"]["thread"].as_str().unwrap()).unwrap();
        assert_eq!((&told["unread_replies"], &told["unread_mentions"]), (&json!(1), &json!(1)));
        assert_eq!((&event["data"]["previous_unread_replies"], &event["broadcast"]["user_id"]), (&json!(0), &json!(anna.id())));
        reply_to(&host, &bob, &root, "two").await;
        hers.event("posted").await;
        let event = hers.event("thread_updated").await;
        assert_eq!((&event["data"]["previous_unread_replies"], &event["data"]["previous_unread_mentions"]), (&json!(1), &json!(1)));
        for text in ["one", "two"] {
            let posted = cleos.event("posted").await;
            assert!(posted["data"]["post"].as_str().is_some_and(|post| post.contains(text)), "{posted}");
            assert_eq!(posted["data"].get("followers"), None);
        }
        say(&host, &bob, &place.channel_id, "beside").await;
        assert_eq!(cleos.frame().await.expect("a frame")["event"], "posted", "no event of the thread came between");
    }
}

each_backend! {
    async fn collapsed_lists_hold_no_replies(host: TestHost) {
        let (anna, bob, _, place) = three(&host).await;
        let a = say(&host, &anna, &place.channel_id, "a").await;
        let b = say(&host, &anna, &place.channel_id, "b").await;
        let c = say(&host, &anna, &place.channel_id, "c").await;
        let reply = reply_to(&host, &bob, &a, "reply").await;
        let list = async |query: String| {
            let path = format!("/api/v4/channels/{}/posts?collapsedThreads=true&{query}", place.channel_id);
            anna.get(&path).await.expect(200)
        };
        let page = list("per_page=2".into()).await;
        assert_eq!(texts(&page), ["c", "b"]);
        assert_eq!(page["prev_post_id"], a["id"]);
        assert_eq!(texts(&list(format!("before={}", id(&c))).await), ["b", "a"]);
        assert_eq!(texts(&list(format!("after={}", id(&a))).await), ["c", "b"]);
        let since = list(format!("since={}", c["create_at"])).await;
        assert_eq!(texts(&since), ["a"], "its reply changed it");
        let root = &since["posts"][id(&a)];
        assert_eq!((&root["last_reply_at"], &root["is_following"]), (&reply["create_at"], &json!(true)));
        assert_eq!((&root["participants"][0]["id"], &root["participants"][0]["username"]), (&json!(bob.id()), &json!("")));
        let whole = list("collapsedThreadsExtended=true".into()).await;
        assert_eq!(whole["posts"][id(&a)]["participants"][0]["username"], "bob");
        assert_eq!((&whole["posts"][id(&b)]["participants"], &whole["posts"][id(&b)]["is_following"]), (&json!(null), &json!(false)));
        let around = format!("/api/v4/users/me/channels/{}/posts/unread?collapsedThreads=true", place.channel_id);
        assert_eq!(texts(&anna.get(&around).await.expect(200)), ["c", "b", "a"]);
    }
}

each_backend! {
    async fn replies_and_urgent_posts_are_counted_apart(host: TestHost) {
        let (anna, bob, _, place) = three(&host).await;
        let channel = format!("/api/v4/channels/{}", place.channel_id);
        let root = say(&host, &anna, &place.channel_id, "root").await;
        let before = anna.get(&channel).await.expect(200);
        bob.post("/api/v4/channels/members/me/view", json!({"channel_id": place.channel_id})).await.expect(200);
        reply_to(&host, &anna, &root, "@bob").await;
        let after = anna.get(&channel).await.expect(200);
        let number = |channel: &Value, key: &str| channel[key].as_i64().expect("a number");
        assert_eq!(number(&after, "total_msg_count"), number(&before, "total_msg_count") + 1);
        for key in ["total_msg_count_root", "last_root_post_at"] {
            assert_eq!(after[key], before[key], "{key}");
        }
        let urgent = json!({
            "channel_id": place.channel_id, "message": "@bob", "metadata": {"priority": {"priority": "urgent"}},
        });
        host.clock.advance(std::time::Duration::from_millis(1));
        let urgent = anna.post("/api/v4/posts", urgent).await.expect(201);
        let counts = async || {
            let member = bob.get(&format!("{channel}/members/me")).await.expect(200);
            ["mention_count", "mention_count_root", "urgent_mention_count"].map(|key| number(&member, key))
        };
        assert_eq!(counts().await, [2, 1, 1]);
        let unread = bob.get(&format!("/api/v4/users/me/channels/{}/unread", place.channel_id)).await.expect(200);
        assert_eq!(["msg_count", "msg_count_root"].map(|key| number(&unread, key)), [2, 1]);
        bob.post("/api/v4/channels/members/me/view", json!({"channel_id": place.channel_id})).await.expect(200);
        assert_eq!(counts().await, [0, 0, 0]);
        bob.post(&format!("/api/v4/users/me/posts/{}/set_unread", id(&root)), json!({})).await.expect(200);
        assert_eq!(counts().await, [2, 1, 1]);

        reply_to(&host, &anna, &urgent, "@bob").await;
        let list = bob.get(&threads(&place)).await.expect(200);
        assert_eq!(list["total_unread_urgent_mentions"], 1);
        assert_eq!(list["threads"][0]["is_urgent"], true);
    }
}

each_backend! {
    async fn a_deleted_mention_is_no_longer_unread(host: TestHost) {
        let (anna, bob, _, place) = three(&host).await;
        let root = say(&host, &anna, &place.channel_id, "root").await;
        reply_to(&host, &bob, &root, "one").await;
        let mention = reply_to(&host, &bob, &root, "two @anna").await;
        let teams = "/api/v4/users/me/teams/unread";
        let counts = async |query: &str| {
            let teams = anna.get(&format!("{teams}{query}")).await.expect(200);
            ["thread_count", "thread_mention_count"].map(|key| teams[0][key].as_i64().expect("a number"))
        };
        assert_eq!(counts("?include_collapsed_threads=true").await, [1, 1]);
        assert_eq!(counts("").await, [0, 0], "only clients that collapse threads count them");
        let mut hers = host.socket(&anna).await;
        bob.delete(&at(&mention)).await.expect(200);
        let event = hers.event("thread_updated").await;
        assert_eq!((&event["data"]["previous_unread_replies"], &event["data"]["previous_unread_mentions"]), (&json!(2), &json!(1)));
        assert_eq!(unread(&anna, &place, &root).await, (1, 0));
        assert_eq!(counts("?include_collapsed_threads=true").await, [1, 0]);
    }
}
