//! Sending notices: permissions, recipients and limits.

use futures_util::future::join_all;
use jackfield::clock::Clock;
use jackfield::model::{NoticeId, TimeZone, Timestamp, User, UserId};
use jackfield::shutdown::Tasks;
use jackfield::store::{NewUser, Store};
use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Map, Value, json};

use super::{NOTICES, path, send, text, titles};
use crate::support::refused_problem;

each_backend! {
    async fn a_notice_reaches_its_recipients_only_and_is_unchanged(host: TestHost) {
        let admin = host.admin().await;
        let (anna, bob, eve) = (host.user("anna").await, host.user("bob").await, host.user("eve").await);
        let request = json!({
            "users": [anna.id(), bob.id()], "title": "Build <b>7</b>", "subtitle": "ünter", "content": "**failed**",
            "content_type": "plain", "url": "https://ci.example.org/7",
            "actions": [
                {"label": "Retry", "icon": "icon-refresh", "url": "http://ci.example.org/7/retry", "type": "danger"},
                {"label": "Look", "url": "xxc:openUrl/x", "type": "normal"},
            ],
            "sender": {"id": "9", "name": "CI", "avatar": "https://ci.example.org/ci.png"},
        });
        let id = text(&admin.post(NOTICES, request).await.expect(201)["id"]);
        let notice = json!({
            "id": id, "title": "Build <b>7</b>", "subtitle": "ünter", "content": "**failed**",
            "content_type": "plain", "url": "https://ci.example.org/7",
            "actions": [
                {"label": "Retry", "icon": "icon-refresh", "url": "http://ci.example.org/7/retry", "type": "danger"},
                {"label": "Look", "icon": "", "url": "xxc:openUrl/x", "type": "default"},
            ],
            "sender": {"id": "9", "name": "CI", "avatar": "https://ci.example.org/ci.png"}, "source": "api",
            "create_at": host.clock.now(), "read_at": 0, "acknowledged_at": 0,
        });
        for client in [&anna, &bob] {
            let list = client.get(NOTICES).await.expect(200);
            assert_eq!(list, json!({"items": [notice], "next_cursor": null, "unread": 1, "pending": 1}));
        }
        for client in [&eve, &admin] {
            let list = client.get(NOTICES).await.expect(200);
            assert_eq!(list, json!({"items": [], "next_cursor": null, "unread": 0, "pending": 0}));
        }
    }
}

each_backend! {
    async fn omitted_fields_have_defaults(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let id = send(&admin, "x", &[&anna]).await;
        let notice = anna.get(&path(&format!("/{id}"))).await.expect(200);
        assert_eq!(notice["content_type"], "text");
        assert_eq!(notice["sender"], json!({"id": "robot1", "name": "", "avatar": ""}));
        assert_eq!((&notice["url"], &notice["actions"]), (&json!(""), &json!([])));
    }
}

each_backend! {
    async fn only_administrators_send_notices(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let request = json!({"users": [anna.id()], "title": "x"});
        refused_problem(&anna.post(NOTICES, request.clone()).await, 403);
        refused_problem(&host.anonymous().post(NOTICES, request).await, 401);
        assert_eq!(titles(&anna).await, [""; 0]);
        drop(admin);
    }
}

/// Returns the field that the error names, and asserts that no recipient has a notice.
async fn refused(admin: &TestClient, request: Value) -> String {
    let response = admin.post(NOTICES, request).await;
    let field = text(&refused_problem(&response, 400)["field"]);
    assert_eq!(titles(admin).await, [""; 0], "{field}");
    field
}

each_backend! {
    async fn an_empty_list_of_recipients_is_an_error(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let unknown = "a".repeat(26);
        for users in [json!([]), json!(null), json!([admin.id(), unknown]), json!(["x"])] {
            let response = admin.post(NOTICES, json!({"users": users, "title": "x"})).await;
            assert_eq!(refused_problem(&response, 400)["field"], "users", "{users}");
        }
        refused_problem(&admin.post(NOTICES, json!({"users": "anna", "title": "x"})).await, 400);
        refused_problem(&admin.post(NOTICES, json!({"title": "x"})).await, 400);
        assert_eq!((titles(&admin).await, titles(&anna).await), (vec![], vec![]));
    }
}

each_backend! {
    async fn an_invalid_field_is_named_and_nothing_is_stored(host: TestHost) {
        let admin = host.admin().await;
        let to = json!([admin.id()]);
        let action = |label: &str, url: &str| json!([{"label": label, "url": url}]);
        for (field, value) in [
            ("title", json!("")),
            ("title", json!(" \n")),
            ("title", json!("t".repeat(251))),
            ("subtitle", json!("t".repeat(251))),
            ("content", json!("c".repeat(65_536))),
            ("url", json!("javascript:alert(1)")),
            ("url", json!("/relative")),
            ("url", json!(format!("https://{}", "a".repeat(2048)))),
            ("actions", action("", "https://example.org")),
            ("actions", action(&"l".repeat(65), "https://example.org")),
            ("actions", action("l", "")),
            ("actions", action("l", "javascript:alert(1)")),
            ("actions", action("l", "data:text/html,x")),
            ("actions", json!(vec![json!({"label": "l", "url": "https://example.org"}); 11])),
            ("sender", json!({"name": "n".repeat(251)})),
            ("sender", json!({"id": "n".repeat(65)})),
            ("title", json!("a\0b")),
        ] {
            let mut request = json!({"users": to, "title": "x"});
            request[field] = value;
            assert_eq!(refused(&admin, request).await, field);
        }
        for (field, value) in [("content_type", json!("html")), ("title", json!(5))] {
            let mut request = json!({"users": to, "title": "x"});
            request[field] = value;
            assert_eq!(refused(&admin, request).await, field);
        }
        refused_problem(&admin.post_raw(NOTICES, Some("application/json"), "nonsense").await, 400);
        let longest = json!({
            "users": to, "title": "t".repeat(250), "content": "c".repeat(65_535), "subtitle": "ü".repeat(250),
            "actions": vec![json!({"label": "l".repeat(64), "url": "https://example.org"}); 10],
        });
        admin.post(NOTICES, longest).await.expect(201);
    }
}

each_backend! {
    async fn a_recipient_named_twice_gets_the_notice_once(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        send(&admin, "x", &[&anna, &anna, &admin, &anna]).await;
        assert_eq!((titles(&anna).await, titles(&admin).await), (vec!["x".to_owned()], vec!["x".to_owned()]));
    }
}

each_backend! {
    async fn a_request_repeated_with_its_idempotency_key_sends_one_notice(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let submit = async |key: &str, request: Value| {
            let headers = [("content-type", "application/json"), ("idempotency-key", key)];
            admin.request("POST", NOTICES, &headers, request.to_string()).await
        };
        let request = json!({"users": [anna.id(), admin.id()], "title": "x"});
        let first = submit("k1", request.clone()).await.expect(201);
        assert_eq!(submit("k1", request.clone()).await.expect(201), first);
        // A concurrent request with the same key is refused while the first one is under way.
        let responses = join_all((0..8).map(|_| submit("k2", request.clone()))).await;
        let made = submit("k2", request.clone()).await.expect(201);
        for response in responses {
            if response.status == 201 {
                assert_eq!(response.json(), made);
            } else {
                assert_eq!(refused_problem(&response, 409)["code"], "idempotency.key_in_use");
            }
        }
        assert_eq!(titles(&anna).await, ["x", "x"]);
        let other = refused_problem(&submit("k1", json!({"users": [anna.id()], "title": "y"})).await, 409);
        assert_eq!(other["code"], "idempotency.key_reused");
        refused_problem(&submit(&"k".repeat(300), request.clone()).await, 400);
        refused_problem(&submit("", request).await, 400);
        assert_eq!(titles(&anna).await, ["x", "x"]);
    }
}

/// Writes accounts without sessions directly to the store.
async fn accounts(store: &Store, clock: &Clock, count: usize) -> Vec<UserId> {
    let account = |number: usize| User {
        id: clock.id(),
        number: 0,
        username: format!("reader-{number}"),
        email: format!("reader-{number}@example.org"),
        nickname: String::new(),
        first_name: String::new(),
        last_name: String::new(),
        position: String::new(),
        locale: "en".to_owned(),
        roles: "system_user".to_owned(),
        is_bot: false,
        props: Map::new(),
        notify_props: Map::new(),
        timezone: TimeZone::default(),
        create_at: clock.now(),
        update_at: clock.now(),
        delete_at: Timestamp::NEVER,
        last_password_update: clock.now(),
        bot_description: String::new(),
        picture_at: Timestamp::NEVER,
        email_verified: false,
        mfa_active: false,
    };
    let mut made = Vec::new();
    let numbers: Vec<_> = (0..count).collect();
    // More at once would wait for a connection longer than the store lets them.
    for some in numbers.chunks(50) {
        let making = some
            .iter()
            .map(|number| store.create_user(NewUser { user: account(*number), password_hash: None }));
        made.extend(join_all(making).await.into_iter().map(|made| made.expect("an account").id));
    }
    made
}

each_backend! {
    async fn a_notice_has_at_most_a_thousand_recipients(host: TestHost) {
        let admin = host.admin().await;
        let tasks = Tasks::default();
        let store = Store::open(host.database_url(), 4, &tasks).await.expect("the host's database");
        let mut readers = accounts(&store, &host.clock, 1000).await;
        let request = |users: &[UserId]| json!({"users": users, "title": "to all"});
        let sent = admin.post(NOTICES, request(&readers)).await.expect(201);
        let id: NoticeId = text(&sent["id"]).parse().expect("an id");
        for reader in &readers {
            let notice = store.notices().get(reader, &id).await.expect("readable").expect("each has it");
            assert_eq!((notice.draft.title.as_str(), notice.acknowledged_at), ("to all", Timestamp::NEVER));
        }
        readers.push(admin.id().parse().expect("an id"));
        let error = refused_problem(&admin.post(NOTICES, request(&readers)).await, 400);
        assert_eq!(error["field"], "users");
        assert!(text(&error["detail"]).contains("1001") && text(&error["detail"]).contains("1000"), "{error}");
        for reader in [&readers[0], &readers[1000]] {
            assert!(store.notices().counts(reader).await.expect("readable").0 <= 1);
        }
        assert_eq!(titles(&admin).await, [""; 0]);
        drop(store);
        tasks.finished().await;
    }
}
