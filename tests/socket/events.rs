//! Events on a socket: their kinds, order and audience.

use std::collections::BTreeSet;

use jackfield_tests::{Message, TestHost, TestSocket, each_backend};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{post_in, say, two};
use crate::http::hooks::{Hook, accepted};

each_backend! {
    async fn fact_128_a_new_post_is_an_event_with_the_post_as_json_text(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut socket = host.socket(&anna).await;
        let post = say(&admin, &place, "x").await;
        let event = socket.event("posted").await;
        assert_eq!(post_in(&event), post);
        let data = &event["data"];
        assert_eq!((&data["channel_type"], &data["channel_name"]), (&json!("O"), &json!("town-square")));
        assert_eq!((&data["sender_name"], &data["team_id"]), (&json!("@admin"), &json!(place.team_id)));
        assert_eq!(data["channel_display_name"], "Town Square");
        assert_eq!(data.get("mentions"), None);
        let broadcast = json!({
            "omit_users": null, "user_id": "", "channel_id": place.channel_id, "team_id": "", "connection_id": "",
            "omit_connection_id": "",
        });
        assert_eq!(event["broadcast"], broadcast);
    }
}

each_backend! {
    async fn a_hooks_post_is_an_event_under_its_display_name(host: TestHost) {
        let hook = Hook::new(&host).await;
        let mut socket = host.socket(&hook.owner).await;
        accepted(&hook.send_json(&json!({"text": "x", "username": "CI"})).await);
        let event = socket.event("posted").await;
        assert_eq!(event["data"]["sender_name"], "CI");
        assert_eq!(post_in(&event), hook.posts().await[0]);
    }
}

each_backend! {
    async fn a_client_cannot_choose_the_name_in_the_event(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut socket = host.socket(&admin).await;
        let props = json!({"override_username": "@admin", "from_webhook": "true", "from_plugin": "true"});
        let said = json!({"channel_id": place.channel_id, "message": "x", "props": props});
        anna.post("/api/v4/posts", said).await.expect(201);
        assert_eq!(socket.event("posted").await["data"]["sender_name"], "@anna");
    }
}

each_backend! {
    async fn fact_130_only_mentioned_users_get_the_mentions(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut hers = host.socket(&anna).await;
        let mut his = host.socket(&admin).await;
        for (text, mentions) in [
            ("hello @anna.", Some(format!("[\"{}\"]", anna.id()))),
            ("@here: look", Some(format!("[\"{}\"]", anna.id()))),
            ("mail anna@example.org", None),
            ("@unknown @admin", None),
        ] {
            say(&admin, &place, text).await;
            let mentioned = hers.event("posted").await["data"].get("mentions").cloned();
            assert_eq!(mentioned, mentions.map(Value::from), "{text}");
            assert_eq!(his.event("posted").await["data"].get("mentions"), None, "{text}");
        }
    }
}

each_backend! {
    async fn fact_131_events_are_numbered_without_gaps_and_replies_are_not(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut socket = host.socket(&anna).await;
        assert_eq!(socket.hello["seq"], 0);
        for number in 1..=20 {
            say(&admin, &place, &format!("{number}")).await;
            let event = socket.event("posted").await;
            assert_eq!(
                (&event["seq"], post_in(&event)["message"].as_str()),
                (&json!(number), Some(&*number.to_string()))
            );
            socket.send(json!({"seq": number, "action": "ping"})).await;
            let reply = socket.frame().await.expect("a reply");
            assert_eq!((&reply["seq_reply"], reply.get("seq")), (&json!(number), None));
        }
    }
}

each_backend! {
    async fn events_come_in_the_order_of_the_posts(host: TestHost) {
        let hook = Hook::new(&host).await;
        let mut socket = host.socket(&hook.owner).await;
        accepted(
            &hook.send_json(&json!({"text": format!("{}{}", "a".repeat(16_383), "b".repeat(16_383))})).await,
        );
        for (seq, letter) in [(1, "a"), (2, "b")] {
            let event = socket.event("posted").await;
            assert_eq!(event["seq"], seq);
            assert_eq!(post_in(&event)["message"], letter.repeat(16_383));
        }
    }
}

each_backend! {
    async fn users_outside_a_channel_get_no_events_of_it(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut hers = host.socket(&anna).await;
        let channel = host.channel(&admin, &place.team_id, "builds").await;
        let private = host.private_channel(&admin, &place.team_id, "secret").await;
        for channel in [channel, private] {
            let post = json!({"channel_id": channel["id"], "message": "not for anna"});
            admin.post("/api/v4/posts", post).await.expect(201);
        }
        say(&admin, &place, "for anna").await;
        let event = hers.event("posted").await;
        assert_eq!((&event["seq"], post_in(&event)["message"].as_str()), (&json!(1), Some("for anna")));
    }
}

each_backend! {
    async fn a_user_receives_the_events_of_a_channel_from_joining_to_leaving(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut socket = host.socket(&anna).await;
        let channel = host.private_channel(&admin, &place.team_id, "secret").await;
        let post = async |text: &str| {
            let post = json!({"channel_id": channel["id"], "message": text});
            admin.post("/api/v4/posts", post).await.expect(201);
        };
        let members = format!("/api/v4/channels/{}/members", channel["id"].as_str().expect("an id"));
        for text in ["first", "second"] {
            post("before joining").await;
            admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
            assert_eq!(socket.event("user_added").await["data"]["user_id"], anna.id());
            let added = post_in(&socket.event("posted").await);
            assert_eq!(added["message"], "admin added anna to the channel.");
            post(text).await;
            assert_eq!(post_in(&socket.event("posted").await)["message"], text);
            admin.delete(&format!("{members}/{}", anna.id())).await.expect(200);
            assert_eq!(socket.event("user_removed").await["data"]["channel_id"], channel["id"]);
            post("after leaving").await;
        }
        say(&admin, &place, "for all").await;
        assert_eq!(post_in(&socket.event("posted").await)["message"], "for all");
    }
}

each_backend! {
    async fn leaving_a_team_ends_the_events_of_its_channels(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut socket = host.socket(&anna).await;
        say(&admin, &place, "before").await;
        assert_eq!(post_in(&socket.event("posted").await)["message"], "before");
        let member = format!("/api/v4/teams/{}/members/{}", place.team_id, anna.id());
        admin.delete(&member).await.expect(200);
        assert_eq!(socket.event("leave_team").await["data"]["user_id"], anna.id());
        say(&admin, &place, "between").await;
        host.place(&anna).await;
        assert_eq!(socket.event("added_to_team").await["data"]["user_id"], anna.id());
        say(&admin, &place, "after").await;
        // The events and the server's own messages about the join come first.
        for _ in 0..2 {
            assert_eq!(socket.event("user_added").await["data"]["user_id"], anna.id());
        }
        let mut texts = Vec::new();
        while texts.last().is_none_or(|text| text != "after") {
            texts.push(post_in(&socket.event("posted").await)["message"].clone());
        }
        assert!(!texts.contains(&json!("between")), "{texts:?}");
    }
}

each_backend! {
    async fn an_ephemeral_message_reaches_only_the_caller(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        host.install(&admin, "dice").await;
        let (mut hers, mut her_other) = (host.socket(&anna).await, host.socket(&anna).await);
        let mut his = host.socket(&admin).await;
        let asked = json!({"channel_id": place.channel_id, "command": "/roll banana"});
        let response = anna.post("/api/v4/commands/execute", asked).await.expect(200);
        for socket in [&mut hers, &mut her_other] {
            let event = socket.event("ephemeral_message").await;
            assert_eq!(event["broadcast"]["user_id"], anna.id());
            assert_eq!(event["broadcast"]["channel_id"], place.channel_id);
            let post = post_in(&event);
            assert_eq!((&post["message"], &post["type"]), (&response["text"], &json!("system_ephemeral")));
            assert_eq!(post["channel_id"], place.channel_id);
        }
        say(&anna, &place, "for all").await;
        assert_eq!(his.event("posted").await["seq"], 1);
        assert_eq!(hers.event("posted").await["seq"], 2);
    }
}

each_backend! {
    async fn a_closed_or_vanished_socket_disturbs_no_other(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut closing = host.socket(&anna).await;
        let vanishing = host.socket(&anna).await;
        let mut staying = host.socket(&anna).await;
        closing.send_raw(Message::Close(None)).await;
        assert_eq!(closing.frame().await, None);
        drop(vanishing);
        for number in 1..=10 {
            say(&admin, &place, "x").await;
            assert_eq!(staying.event("posted").await["seq"], number);
        }
    }
}

each_backend! {
    async fn a_socket_that_does_not_read_is_closed_and_others_get_every_event(host: TestHost) {
        // This is enough to fill the socket buffers of both sides and the queue of 256 events.
        const REQUESTS: usize = 100;
        const PARTS: usize = 17;
        let hook = Hook::new(&host).await;
        let mut slow = host.socket(&hook.owner).await;
        let mut other = host.socket(&hook.owner).await;
        let payload = json!({"text": "x".repeat(PARTS * 16_383)});
        let sending = async {
            for _ in 0..REQUESTS {
                accepted(&hook.send_json(&payload).await);
            }
        };
        let reading = async {
            for number in 1..=REQUESTS * PARTS {
                assert_eq!(other.event("posted").await["seq"], number);
            }
        };
        tokio::join!(sending, reading);
        let mut received = 0;
        while let Some(frame) = slow.frame().await {
            received += 1;
            assert_eq!(frame["seq"], received, "what it hears has no gap");
        }
        assert!(received < REQUESTS * PARTS, "the socket was never cut off");
        accepted(&hook.send_json(&json!({"text": "on it goes"})).await);
        assert_eq!(post_in(&other.event("posted").await)["message"], "on it goes");
    }
}

each_backend! {
    async fn a_host_that_stops_closes_its_sockets(mut host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        let mut anonymous = TestSocket::connect_raw(&host, &[], "").await.expect("an upgrade");
        host.stop().await;
        assert_eq!(socket.frame().await, None);
        assert_eq!(anonymous.frame().await, None);
    }
}

each_backend! {
    async fn a_post_is_published_even_if_its_sender_hangs_up(host: TestHost) {
        let hook = Hook::new(&host).await;
        let mut socket = host.socket(&hook.owner).await;
        for number in 0..50 {
            // A request without a body is complete at once.
            let request = format!(
                "POST /hooks/{}?payload=%7B%22text%22:%22message+{number}%22%7D HTTP/1.1\r\nHost: here\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 0\r\n\r\n",
                hook.id
            );
            let mut sender = TcpStream::connect(host.url.trim_start_matches("http://")).await.unwrap();
            sender.write_all(request.as_bytes()).await.unwrap();
        }
        accepted(&hook.send_json(&json!({"text": "the last"})).await);
        // A request may be lost if its client hangs up before the host reads it; a stored post is always published.
        let mut published = BTreeSet::new();
        while !hook.texts().await.iter().all(|text| published.contains(text)) {
            let post = post_in(&socket.event("posted").await);
            published.insert(post["message"].as_str().unwrap().to_owned());
        }
        assert!(published.len() > 1, "no message was stored");
    }
}
