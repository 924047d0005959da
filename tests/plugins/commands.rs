//! The shipped commands as users type them.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::typed;
use crate::support::{self, UNKNOWN_ID, refused};

/// Returns the addends and the sum of `**admin** rolled 2d6+1: 3 + 5 + 1 = **9**`.
fn numbers(text: &str) -> (Vec<i64>, i64) {
    let (_, sum) = text.split_once(": ").expect("a roll has a colon");
    let (added, total) = sum.split_once(" = ").unwrap_or((sum, sum));
    let number = |text: &str| text.trim_matches('*').parse::<i64>().expect("a number");
    let added = added.replace(" - ", " + -").split(" + ").map(number).collect();
    (added, number(total))
}

each_backend! {
    async fn hello_greets_the_caller_in_the_channel(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "hello-plugin").await;
        let anna = host.user("anna").await;
        host.place(&anna).await;
        let response = typed(&anna, &place.channel_id, "/hello").await.expect(200);
        assert_eq!(response["response_type"], "in_channel");
        let posts = support::posts(&admin, &place.channel_id).await;
        let [post] = &posts[..] else { panic!("one post: {posts:?}") };
        assert_eq!((&post["message"], &post["user_id"]), (&json!("Hello, **anna**!"), &json!(anna.id())));
        assert_eq!(post["props"]["from_webhook"], "true");
    }
}

each_backend! {
    async fn a_roll_adds_up(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "dice").await;
        for _ in 0..20 {
            let response = typed(&admin, &place.channel_id, "/roll 2d6+1").await.expect(200);
            let text = response["text"].as_str().expect("a text");
            assert!(text.starts_with("**admin** rolled 2d6+1: "), "{text}");
            let (added, total) = numbers(text);
            let [first, second, bonus] = added[..] else { panic!("two dice and a bonus: {text}") };
            assert!((1..=6).contains(&first) && (1..=6).contains(&second) && bonus == 1, "{text}");
            assert_eq!(first + second + bonus, total, "{text}");
            assert_eq!(support::texts(&admin, &place.channel_id).await.last().map(String::as_str), Some(text));
        }
    }
}

each_backend! {
    async fn every_notation_rolls_the_stated_dice(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "dice").await;
        for (line, shown, dice, sides, bonus) in [
            ("/roll", "1d6", 1, 6, 0),
            ("/roll d20", "1d20", 1, 20, 0),
            ("/ROLL 3D8 - 2", "3d8-2", 3, 8, -2),
            ("/roll\t100d1000+10000", "100d1000+10000", 100, 1000, 10_000),
        ] {
            let response = typed(&admin, &place.channel_id, line).await.expect(200);
            let text = response["text"].as_str().expect("a text");
            assert!(text.starts_with(&format!("**admin** rolled {shown}: ")), "{text}");
            let (added, total) = numbers(text);
            assert_eq!(added.len(), dice + usize::from(bonus != 0), "{text}");
            assert!(added[..dice].iter().all(|face| (1..=sides).contains(face)), "{text}");
            assert_eq!(added.iter().sum::<i64>(), total, "{text}");
            assert_eq!(added[..dice].iter().sum::<i64>() + bonus, total, "{text}");
        }
    }
}

each_backend! {
    async fn bad_arguments_get_the_usage_which_only_the_caller_sees(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "dice").await;
        for line in
            ["/roll banana", "/roll 0d6", "/roll 101d6", "/roll 1d1", "/roll 1d6+10001", "/roll 1d6 `x`"]
        {
            let response = typed(&admin, &place.channel_id, line).await.expect(200);
            assert_eq!(response["response_type"], "ephemeral", "{line}");
            let text = response["text"].as_str().expect("a text");
            assert!(text.ends_with("Usage: `/roll [dice]`"), "{text}");
        }
        assert!(support::posts(&admin, &place.channel_id).await.is_empty());
    }
}

each_backend! {
    async fn a_reply_in_a_thread_stays_in_it(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "hello-plugin").await;
        let root = json!({"channel_id": place.channel_id, "message": "root"});
        let root = admin.post("/api/v4/posts", root).await.expect(201);
        let request = json!({"channel_id": place.channel_id, "root_id": root["id"], "command": "/hello"});
        admin.post("/api/v4/commands/execute", request).await.expect(200);
        let posts = support::posts(&admin, &place.channel_id).await;
        assert_eq!(posts[1]["root_id"], root["id"]);
        assert_eq!(posts[0]["reply_count"], 1);
    }
}

each_backend! {
    async fn a_thread_of_another_channel_is_refused(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "hello-plugin").await;
        let other = host.channel(&admin, &place.team_id, "other").await;
        let root = json!({"channel_id": other["id"], "message": "root"});
        let root = admin.post("/api/v4/posts", root).await.expect(201);
        for root_id in [root["id"].clone(), json!("kkkkkkkkkkkkkkkkkkkkkkkkkk")] {
            let request = json!({"channel_id": place.channel_id, "root_id": root_id, "command": "/hello"});
            refused(&admin.post("/api/v4/commands/execute", request).await, 400);
        }
        assert!(support::posts(&admin, &place.channel_id).await.is_empty());
        let other = support::posts(&admin, other["id"].as_str().expect("a text")).await;
        assert_eq!((other.len(), &other[0]["reply_count"]), (1, &json!(0)));
    }
}

each_backend! {
    async fn fact_069_070_a_line_that_is_not_a_command_is_refused(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let start = "api.command.execute_command.start.app_error";
        for line in ["", "hello", "/", " /hello"] {
            let error = refused(&typed(&admin, &place.channel_id, line).await, 400);
            assert_eq!(error["id"], start, "{line}");
        }
        for channel in ["", "short"] {
            assert_eq!(refused(&typed(&admin, channel, "/hello").await, 400)["id"], start, "{channel}");
        }
        let long = format!("/{}", "x".repeat(10_000));
        for line in ["/nope", "/ hello", "//hello", "/\u{1f3b2}", long.as_str()] {
            let error = refused(&typed(&admin, &place.channel_id, line).await, 404);
            assert_eq!(error["id"], "api.command.execute_command.not_found.app_error", "{line}");
            assert!(error["message"].as_str().is_some_and(|text| text.len() < 1000), "{error}");
        }
    }
}

each_backend! {
    async fn a_command_needs_membership_of_the_channel(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "hello-plugin").await;
        let channel = host.channel(&admin, &place.team_id, "builds").await;
        let channel = channel["id"].as_str().expect("a text");
        let anna = host.user("anna").await;
        refused(&typed(&anna, channel, "/hello").await, 403);
        host.place(&anna).await;
        refused(&typed(&anna, channel, "/hello").await, 403);
        refused(&typed(&host.anonymous(), channel, "/hello").await, 401);
        assert!(support::posts(&admin, channel).await.is_empty());
    }
}

each_backend! {
    async fn a_direct_channel_takes_the_team_that_the_client_shows(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        host.install(&admin, "hello-plugin").await;
        let elsewhere = host.team(&admin, "elsewhere").await["id"].clone();
        let direct = admin.post("/api/v4/channels/direct", json!([admin.id(), anna.id()])).await.expect(201);
        let run = async |by: &TestClient, channel: &Value, team: &Value| {
            let request = json!({"channel_id": channel, "team_id": team, "command": "/hello"});
            by.post("/api/v4/commands/execute", request).await
        };
        let (mine, direct) = (json!(place.team_id), direct["id"].clone());
        run(&anna, &direct, &mine).await.expect(200);
        let others = [Value::Null, json!(""), elsewhere, json!(UNKNOWN_ID), json!("short")];
        for team in &others {
            let error = refused(&run(&anna, &direct, team).await, 403);
            assert_eq!(error["id"], "api.context.permissions.app_error", "{team}");
        }
        // A system administrator may use any team, or none.
        for team in &others[..3] {
            run(&admin, &direct, team).await.expect(200);
        }
        refused(&run(&admin, &direct, &others[3]).await, 404);
        // A channel of a team has that team, whatever the client shows.
        for team in &others {
            run(&anna, &json!(place.channel_id), team).await.expect(200);
        }
        let written = support::texts(&anna, direct.as_str().expect("an id")).await;
        let greeting = |name: &str| format!("Hello, **{name}**!");
        assert_eq!(written, ["anna", "admin", "admin", "admin"].map(greeting));
    }
}

each_backend! {
    async fn two_concurrent_calls_both_reply(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "dice").await;
        let channel = &place.channel_id;
        let (first, second) =
            tokio::join!(typed(&admin, channel, "/roll 9d9"), typed(&admin, channel, "/roll 8d8"));
        let mut answered =
            [first, second].map(|response| response.expect(200)["text"].as_str().expect("a text").to_owned());
        let mut posted = support::texts(&admin, channel).await;
        answered.sort();
        posted.sort();
        assert_eq!(posted, answered);
    }
}
