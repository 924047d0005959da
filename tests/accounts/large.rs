//! The largest accounts: lists of them and of their changes.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Map, Value, json};

/// What one account of a list may take, in bytes, and how many bytes of rows a list returns.
const MAX_ACCOUNT: usize = 40 * 1024;
const LIST_BYTES: usize = 4 << 20;

/// More changes of the largest account than one list returns.
const CHANGES: usize = 140;

/// Returns the largest settings that an account may have, of one letter.
fn settings(letter: &str) -> Value {
    (0..64).map(|number| (format!("k{number:02}"), json!(letter.repeat(112)))).collect::<Map<_, _>>().into()
}

async fn largest(host: &TestHost) -> TestClient {
    let anna = host.user("anna").await;
    let name = "\"".repeat(64);
    let change = json!({
        "nickname": name, "first_name": name, "last_name": name, "position": "\"".repeat(128),
        "props": settings("x"), "notify_props": settings("x"),
    });
    anna.put("/api/v4/users/me/patch", change).await.expect(200);
    anna
}

each_backend! {
    async fn the_largest_account_fits_into_what_a_list_reserves_for_it(host: TestHost) {
        let (admin, anna) = (host.admin().await, largest(&host).await);
        for (client, path) in [
            (&admin, "/api/v4/users?per_page=200".to_owned()),
            (&admin, "/api/v4/users/search".to_owned()),
            (&anna, "/api/v4/users/ids".to_owned()),
        ] {
            let response = match path.rsplit('/').next() {
                Some("search") => client.post(&path, json!({"term": "anna"})).await,
                Some("ids") => client.post(&path, json!([anna.id()])).await,
                _ => client.get(&path).await,
            };
            let list = response.expect(200);
            let own = list.as_array().expect("a list").iter().find(|user| user["id"] == anna.id());
            let size = own.expect("the account is listed").to_string().len();
            assert!(size > 500 && size <= MAX_ACCOUNT, "{path}: {size} bytes");
        }
    }
}

each_backend! {
    async fn a_list_of_large_changes_ends_early_and_continues(host: TestHost) {
        let (admin, anna) = (host.admin().await, largest(&host).await);
        for number in 0..CHANGES {
            // An audit row holds what differs, so each change is of all settings.
            let letter = if number % 2 == 0 { "y" } else { "x" };
            let change = json!({"props": settings(letter), "notify_props": settings(letter)});
            anna.put("/api/v4/users/me/patch", change).await.expect(200);
        }
        let path = "/api/jackfield/v1/audit?action=user.update&limit=200";
        let response = admin.get(path).await;
        assert!(response.body.len() < LIST_BYTES + 2 * MAX_ACCOUNT, "{} bytes", response.body.len());
        let first = response.expect(200);
        let cursor = first["next_cursor"].as_str().expect("more rows follow");
        let rest = admin.get(&format!("{path}&cursor={cursor}")).await.expect(200);
        let count = |page: &Value| page["items"].as_array().map_or(0, Vec::len);
        // The change that made the account so large is one of them.
        assert_eq!((count(&first) + count(&rest), &rest["next_cursor"]), (CHANGES + 1, &Value::Null));
        assert!(count(&first) < CHANGES, "{} rows", count(&first));
    }
}
