//! A user's own notices: paging, reading, acknowledging and removing them, and no access for others.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{NOTICES, path, send, text, titles};
use crate::support::refused_problem;

/// Longest content of a notice, in characters, and how many bytes of notices one list returns.
const MAX_CONTENT: usize = 65_535;
const LIST_BYTES: usize = 4 << 20;

async fn page(of: &TestClient, query: &str) -> (Vec<String>, Value) {
    let list = of.get(&path(query)).await.expect(200);
    let titles =
        list["items"].as_array().expect("a list").iter().map(|notice| text(&notice["title"])).collect();
    (titles, list["next_cursor"].clone())
}

async fn counts(of: &TestClient) -> (Value, Value) {
    let list = of.get(NOTICES).await.expect(200);
    (list["unread"].clone(), list["pending"].clone())
}

each_backend! {
    async fn the_list_is_paged_by_a_cursor_without_gaps(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let mut ids = Vec::new();
        for number in 0..5 {
            ids.push(send(&admin, &number.to_string(), &[&anna]).await);
        }
        let (first, cursor) = page(&anna, "?limit=2").await;
        assert_eq!(first, ["4", "3"]);
        // A notice that arrives between two pages shifts nothing.
        send(&admin, "new", &[&anna]).await;
        let (second, cursor) = page(&anna, &format!("?limit=2&cursor={}", text(&cursor))).await;
        assert_eq!(second, ["2", "1"]);
        let (third, cursor) = page(&anna, &format!("?limit=2&cursor={}", text(&cursor))).await;
        assert_eq!((third, cursor), (vec!["0".to_owned()], Value::Null));
        anna.post(&path(&format!("/{}/read", ids[3])), json!({})).await.expect(200);
        let (unread, cursor) = page(&anna, "?unread=true&limit=3").await;
        assert_eq!(unread, ["new", "4", "2"]);
        let (rest, cursor) = page(&anna, &format!("?unread=true&limit=3&cursor={}", text(&cursor))).await;
        assert_eq!((rest, cursor), (vec!["1".to_owned(), "0".to_owned()], Value::Null));
        assert_eq!(refused_problem(&anna.get(&path("?cursor=x")).await, 400)["field"], "cursor");
        for wrong in ["0", "-1", "x"] {
            let error = refused_problem(&anna.get(&path(&format!("?limit={wrong}"))).await, 400);
            assert_eq!((&error["code"], &error["field"]), (&json!("request.invalid_parameter"), &json!("limit")));
        }
        assert_eq!(page(&anna, "?limit=100000000").await.0.len(), 6);
    }
}

each_backend! {
    async fn a_list_of_large_notices_ends_where_it_fills_a_response(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        // Quotation marks take two bytes as JSON.
        let content = "\"".repeat(MAX_CONTENT);
        let count = LIST_BYTES / (2 * MAX_CONTENT) + 4;
        for number in 0..count {
            let notice = json!({"title": number.to_string(), "content": content, "users": [anna.id()]});
            admin.post(NOTICES, notice).await.expect(201);
        }
        let response = anna.get(&path("?limit=200")).await;
        assert!(response.body.len() < LIST_BYTES + 4 * MAX_CONTENT, "{} bytes", response.body.len());
        let (first, cursor) = page(&anna, "?limit=200").await;
        let (rest, end) = page(&anna, &format!("?limit=200&cursor={}", text(&cursor))).await;
        let expected: Vec<String> = (0..count).rev().map(|number| number.to_string()).collect();
        assert_eq!(([first, rest].concat(), end), (expected, Value::Null));
    }
}

each_backend! {
    async fn reading_one_or_all_records_the_time(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let one = send(&admin, "one", &[&anna]).await;
        send(&admin, "two", &[&anna, &admin]).await;
        send(&admin, "three", &[&anna]).await;
        let at = host.clock.now();
        let read = anna.post(&path(&format!("/{one}/read")), json!({})).await.expect(200);
        assert_eq!((&read["read_at"], &read["acknowledged_at"]), (&json!(at), &json!(at)));
        host.clock.advance(Duration::from_secs(1));
        let again = anna.post(&path(&format!("/{one}/read")), json!({})).await.expect(200);
        assert_eq!(again, read);
        assert_eq!(counts(&anna).await, (json!(2), json!(2)));
        assert_eq!(anna.post(&path("/read_all"), json!({})).await.expect(200), json!({"read": 2}));
        assert_eq!(anna.post(&path("/read_all"), json!({})).await.expect(200), json!({"read": 0}));
        assert_eq!(counts(&anna).await, (json!(0), json!(0)));
        assert_eq!(anna.get(&path(&format!("/{one}"))).await.expect(200), read);
        assert_eq!(counts(&admin).await, (json!(1), json!(1)));
    }
}

each_backend! {
    async fn acknowledging_leaves_a_notice_unread_and_counts_once(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let ids = [send(&admin, "one", &[&anna]).await, send(&admin, "two", &[&anna]).await];
        let ack = path("/ack");
        let first = anna.post(&ack, json!({"ids": [ids[0], ids[0]]})).await.expect(200);
        assert_eq!(first, json!({"acknowledged": 1, "pending": 1}));
        let again = anna.post(&ack, json!({"ids": ids})).await.expect(200);
        assert_eq!(again, json!({"acknowledged": 1, "pending": 0}));
        assert_eq!(anna.post(&ack, json!({"ids": ids})).await.expect(200)["acknowledged"], 0);
        assert_eq!(counts(&anna).await, (json!(2), json!(0)));
        let many = vec![ids[0].clone(); 201];
        for wrong in [json!({"ids": []}), json!({"ids": many}), json!({"ids": ["x"]}), json!({"ids": 5}), json!({})] {
            refused_problem(&anna.post(&ack, wrong).await, 400);
        }
    }
}

each_backend! {
    async fn a_removed_notice_is_gone_from_one_list_only(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let id = send(&admin, "x", &[&anna, &admin]).await;
        let own = path(&format!("/{id}"));
        assert_eq!(anna.delete(&own).await.status, 204);
        assert_eq!(refused_problem(&anna.delete(&own).await, 404)["code"], "notice.not_found");
        refused_problem(&anna.get(&own).await, 404);
        assert_eq!((titles(&anna).await, titles(&admin).await), (vec![], vec!["x".to_owned()]));
        assert_eq!(counts(&anna).await, (json!(0), json!(0)));
    }
}

each_backend! {
    async fn a_notice_of_another_user_is_not_found(host: TestHost) {
        let admin = host.admin().await;
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let id = send(&admin, "x", &[&anna]).await;
        let own = path(&format!("/{id}"));
        // This includes the administrator who sent the notice.
        for other in [&bob, &admin] {
            refused_problem(&other.get(&own).await, 404);
            refused_problem(&other.post(&format!("{own}/read"), json!({})).await, 404);
            refused_problem(&other.delete(&own).await, 404);
            let ack = other.post(&path("/ack"), json!({"ids": [id]})).await.expect(200);
            assert_eq!(ack, json!({"acknowledged": 0, "pending": 0}));
        }
        assert_eq!(counts(&anna).await, (json!(1), json!(1)));
        let anonymous = host.anonymous();
        refused_problem(&anonymous.get(NOTICES).await, 401);
        refused_problem(&anonymous.get(&own).await, 401);
        refused_problem(&anonymous.post(&path("/ack"), json!({"ids": [id]})).await, 401);
        refused_problem(&anna.get(&path("/x")).await, 400);
        refused_problem(&anna.get(&path(&format!("/{}", "a".repeat(26)))).await, 404);
    }
}
