//! Notices by mail, at once and in digests, and failures of the mail server.

use std::time::Duration;

use jackfield_tests::each_backend;
use serde_json::{Value, json};

use super::mail_server::{MAILS, On, both, choose, first_line, host_with, mail_in};
use super::{NOTICES, path, send, text};
use crate::support::refused_problem;

const HOUR: Duration = Duration::from_hours(1);

each_backend! {
    async fn a_user_who_chose_now_gets_a_mail_as_html_and_text(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let admin = host.admin().await;
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        choose(&anna, "now").await;
        let request = json!({
            "users": [anna.id(), bob.id()], "title": "Build 7 fäiled", "subtitle": "of main", "content": "**why**\nnot",
            "url": "https://ci.example.org/7", "sender": {"name": "CI"},
            "actions": [{"label": "Retry", "url": "https://ci.example.org/7/retry"}, {"label": "App", "url": "xxc:x"}],
        });
        admin.post(NOTICES, request).await.expect(201);
        let mail = server.next().await;
        assert_eq!(mail["from"], "jackfield@example.org");
        assert_eq!(mail["to"], json!(["anna@example.org"]));
        let headers = &mail["headers"];
        assert_eq!(headers["from"], "Jackfield <jackfield@example.org>");
        assert_eq!(headers["to"], "anna <anna@example.org>");
        assert_eq!(headers["subject"], "Build 7 fäiled");
        assert_eq!(headers["auto-submitted"], "auto-generated");
        assert_eq!(headers["date"], "Fri, 02 Jan 2026 03:04:05 +0000");
        let expected = "Build 7 fäiled\nof main\n\n**why**\nnot\n\nView details: https://ci.example.org/7\n\
            Retry: https://ci.example.org/7/retry\n\nCI, 2026-01-02T03:04:05Z\n\n-- \n\
            For anna, from https://chat.example.org\nYou can choose there whether notices are mailed to you.\n";
        assert_eq!(text(&mail["text"]).replace("\r\n", "\n"), expected);
        let html = text(&mail["html"]);
        assert!(html.contains("<a href=\"https://ci.example.org/7/retry\">Retry</a>"), "{html}");
        assert!(html.contains("<a href=\"https://chat.example.org\">"), "{html}");
        let listed = mail_in(&host, "sent", 1).await;
        assert_eq!(headers["message-id"], format!("<{}@example.org>", text(&listed["id"])));
        let now = host.clock.now();
        let expected = json!({
            "id": listed["id"], "user_id": anna.id(), "kind": "notice", "state": "sent", "attempts": 1,
            "next_at": null, "last_error": "", "create_at": now, "ended_at": now,
        });
        assert_eq!(listed, expected);
        choose(&anna, "off").await;
        choose(&bob, "now").await;
        send(&admin, "next", &[&anna, &bob]).await;
        assert_eq!(server.next().await["to"], json!(["bob@example.org"]));
    }
}

each_backend! {
    async fn html_in_names_and_texts_is_escaped(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        choose(&anna, "now").await;
        let evil = "<script>alert('x')</script>\"&";
        let request = json!({
            "users": [anna.id()], "title": evil, "subtitle": evil, "content": evil, "sender": {"name": evil},
            "url": "https://example.org/?a=\"><script>",
            "actions": [{"label": evil, "url": "https://example.org/'><script>"}],
        });
        admin.post(NOTICES, request.clone()).await.expect(201);
        choose(&admin, "hourly").await;
        let mut request = request;
        request["users"] = json!([admin.id()]);
        admin.post(NOTICES, request).await.expect(201);
        let at_once = server.next().await;
        host.clock.advance(HOUR);
        let digest = server.next().await;
        for mail in [at_once, digest] {
            let html = text(&mail["html"]);
            assert!(!html.contains("<script>") && html.contains("&lt;script&gt;alert("), "{html}");
            assert!(text(&mail["text"]).contains(evil), "{mail}");
            assert_eq!(mail["headers"]["subject"], evil);
        }
    }
}

each_backend! {
    async fn an_hourly_digest_lists_each_unread_notice_once(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let admin = host.admin().await;
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        choose(&anna, "hourly").await;
        choose(&bob, "daily").await;
        let read = send(&admin, "read", &[&anna, &bob]).await;
        send(&admin, "one", &[&anna]).await;
        host.clock.advance(Duration::from_mins(30));
        let request = json!({"users": [anna.id()], "title": "two", "content": "c".repeat(501)});
        admin.post(NOTICES, request).await.expect(201);
        anna.post(&path(&format!("/{read}/read")), json!({})).await.expect(200);
        let waiting = admin.get(&format!("{MAILS}?state=gathering")).await.expect(200);
        let next: Vec<String> = waiting["items"].as_array().expect("a list").iter().map(|mail| moment(&mail["next_at"])).collect();
        assert_eq!(next, ["2026-01-02T07:00:00Z", "2026-01-02T04:00:00Z"].map(str::to_owned), "{waiting}");
        host.clock.advance(Duration::from_mins(30));
        let mail = server.next().await;
        assert_eq!((&mail["to"], &mail["headers"]["subject"]), (&json!(["anna@example.org"]), &json!("2 notices")));
        let body = text(&mail["text"]);
        assert!(body.find("one").expect("one") < body.find("two").expect("two"), "{body}");
        assert!(!body.contains("read\n") && body.contains(&format!("{}…", "c".repeat(500))), "{body}");
        // Without a notice there is no mail. The next mail is bob's morning digest.
        host.clock.advance(HOUR);
        host.clock.advance(2 * HOUR);
        let mail = server.next().await;
        assert_eq!((&mail["to"], &mail["headers"]["subject"]), (&json!(["bob@example.org"]), &json!("read")));
        assert_eq!(first_line(&mail), "read");
    }
}

fn moment(value: &Value) -> String {
    jackfield::model::Timestamp::from_millis(value.as_i64().expect("a moment")).to_string()
}

each_backend! {
    async fn a_digest_lists_fifty_notices_and_says_that_there_are_more(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        choose(&anna, "hourly").await;
        for number in 0..52 {
            let id = send(&admin, &format!("<{number}>"), &[&anna]).await;
            if number == 0 {
                anna.post(&path(&format!("/{id}/read")), json!({})).await.expect(200);
            }
        }
        host.clock.advance(HOUR);
        let mail = server.next().await;
        assert_eq!(mail["headers"]["subject"], "More than 50 notices");
        let body = text(&mail["text"]);
        assert!(body.starts_with("<1>") && body.contains("<50>") && body.contains("There are further notices."), "{body}");
        assert!(!body.contains("<0>") && !body.contains("<51>"), "{body}");
        // The list is paged, newest first.
        choose(&anna, "now").await;
        send(&admin, "next", &[&anna]).await;
        let first = admin.get(&format!("{MAILS}?limit=1")).await.expect(200);
        assert_eq!(first["items"][0]["kind"], "notice");
        let cursor = text(&first["next_cursor"]);
        let second = admin.get(&format!("{MAILS}?limit=1&cursor={cursor}")).await.expect(200);
        assert_eq!((&second["items"][0]["kind"], &second["next_cursor"]), (&json!("digest"), &Value::Null));
    }
}

each_backend! {
    async fn a_digest_whose_notices_were_all_read_is_not_sent(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        choose(&anna, "hourly").await;
        send(&admin, "read", &[&anna]).await;
        anna.post(&path("/read_all"), json!({})).await.expect(200);
        host.clock.advance(HOUR);
        super::until("the mail is gone", async || {
            admin.get(MAILS).await.expect(200)["items"] == json!([])
        })
        .await;
        send(&admin, "unread", &[&anna]).await;
        host.clock.advance(HOUR);
        assert_eq!(server.next().await["headers"]["subject"], "unread");
    }
}

each_backend! {
    async fn a_mail_with_a_temporary_refusal_is_tried_again_later(on: On) {
        let (mut server, host) = both(on.0, &["--refuse", "450", "--times", "2"]).await;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        choose(&anna, "now").await;
        send(&admin, "x", &[&anna]).await;
        for (attempt, minutes) in [(1, 1), (2, 5)] {
            assert_eq!(server.next().await, json!({"refused": "anna@example.org"}));
            let mail = mail_in(&host, "waiting", attempt).await;
            assert!(text(&mail["last_error"]).contains("450") && text(&mail["last_error"]).contains("not today"), "{mail}");
            let wait = Duration::from_mins(minutes);
            assert_eq!(mail["next_at"], json!(host.clock.now().plus(wait)));
            host.clock.advance(wait);
        }
        assert_eq!(server.next().await["headers"]["subject"], "x");
        assert_eq!(mail_in(&host, "sent", 3).await["last_error"], "");
    }
}

each_backend! {
    async fn a_mail_with_a_permanent_refusal_is_dead_and_tried_again_on_request(on: On) {
        let (mut server, host) = both(on.0, &["--refuse", "550", "--times", "1"]).await;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        choose(&anna, "now").await;
        send(&admin, "x", &[&anna]).await;
        server.next().await;
        let dead = mail_in(&host, "dead", 1).await;
        assert!(text(&dead["last_error"]).contains("550"), "{dead}");
        assert_eq!((&dead["next_at"], &dead["ended_at"]), (&Value::Null, &json!(host.clock.now())));
        let listed = admin.get(&format!("{MAILS}?state=dead")).await.expect(200);
        assert_eq!(listed["items"], json!([dead]));
        assert_eq!(admin.get(&format!("{MAILS}?state=sent")).await.expect(200)["items"], json!([]));
        let retry = format!("{MAILS}/{}/retry", text(&dead["id"]));
        assert_eq!(admin.post(&retry, json!({})).await.expect(200)["state"], "waiting");
        assert_eq!(server.next().await["headers"]["subject"], "x");
        mail_in(&host, "sent", 1).await;
        assert_eq!(refused_problem(&admin.post(&retry, json!({})).await, 409)["code"], "mail.not_waiting");
    }
}

each_backend! {
    async fn after_its_last_attempt_a_mail_is_dead(on: On) {
        // No server listens on that port, which was free a moment ago.
        let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound").port();
        let url = format!("smtp://127.0.0.1:{port}?tls=none");
        let host = host_with(on.0, &url, |config| config.mail.attempts = 3).await;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        choose(&anna, "now").await;
        send(&admin, "x", &[&anna]).await;
        for (attempt, minutes) in [(1, 1), (2, 5)] {
            mail_in(&host, "waiting", attempt).await;
            host.clock.advance(Duration::from_mins(minutes));
        }
        let dead = mail_in(&host, "dead", 3).await;
        assert!(!text(&dead["last_error"]).is_empty(), "{dead}");
        // The notice itself is not affected.
        assert_eq!(super::titles(&anna).await, ["x"]);
        let days = Duration::from_hours(24) * 31;
        host.clock.advance(days);
        // The session has expired after a month.
        let admin = host.admin().await;
        super::until("the mail is removed", async || {
            admin.get(MAILS).await.expect(200)["items"] == json!([])
        })
        .await;
    }
}

each_backend! {
    async fn a_mail_under_way_at_a_stop_is_sent_by_the_next_server(on: On) {
        // This server accepts connections and never responds.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://127.0.0.1:{}?tls=none", silent.local_addr().expect("bound").port());
        let mut host = host_with(on.0, &url, |_| {}).await;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        choose(&anna, "now").await;
        send(&admin, "x", &[&anna]).await;
        let (under_way, _) = jackfield_tests::soon("a connection", silent.accept()).await.expect("a connection");
        host.restart().await;
        drop(under_way);
        let (_again, _) = jackfield_tests::soon("the next one's", silent.accept()).await.expect("a connection");
        let mail = admin.get(MAILS).await.expect(200)["items"][0].clone();
        assert_eq!((&mail["state"], &mail["attempts"]), (&json!("waiting"), &json!(2)), "{mail}");
        assert_eq!(mail["last_error"], "the server stopped during the attempt");
    }
}
