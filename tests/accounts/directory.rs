//! Finding users: pages, lookups, searches and entity tags.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

const USERS: &str = "/api/v4/users";

pub(super) fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|user| user["username"].as_str().expect("a name")).collect()
}

async fn listed(client: &TestClient, query: &str) -> Vec<String> {
    let list = client.get(&format!("{USERS}?{query}")).await.expect(200);
    names(&list).into_iter().map(str::to_owned).collect()
}

each_backend! {
    async fn pages_are_sorted_by_username_and_end_empty(host: TestHost) {
        let anna = host.user("anna").await;
        host.user("bob").await;
        assert_eq!(listed(&anna, "").await, ["admin", "anna", "bob"]);
        assert_eq!(listed(&anna, "page=1&per_page=2").await, ["bob"]);
        assert_eq!(listed(&anna, "page=2&per_page=2").await, [""; 0]);
        assert_eq!(listed(&anna, "per_page=100000000").await.len(), 3);
        refused(&host.anonymous().get(USERS).await, 401);
    }
}

each_backend! {
    async fn a_page_filters_by_team_and_channel_and_by_non_members(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let team = &place.team_id;
        assert_eq!(listed(&anna, &format!("in_team={team}&page=0&per_page=200")).await, ["anna"]);
        assert_eq!(listed(&anna, &format!("not_in_team={team}")).await, ["admin", "bob"]);
        host.place(&bob).await;
        let channel = host.channel(&anna, team, "den").await;
        let den = channel["id"].as_str().unwrap();
        assert_eq!(listed(&anna, &format!("in_channel={den}")).await, ["anna"]);
        assert_eq!(listed(&anna, &format!("in_team={team}&not_in_channel={den}")).await, ["bob"]);
        let outside = format!("in_team={team}&not_in_channel");
        for query in ["in_team", "not_in_team", "in_channel", &outside] {
            for unknown in ["x", "kkkkkkkkkkkkkkkkkkkkkkkkkk"] {
                refused(&anna.get(&format!("{USERS}?{query}={unknown}")).await, 403);
            }
        }
        let cleo = host.user("cleo").await;
        refused(&cleo.get(&format!("{USERS}?in_team={team}")).await, 403);
        refused(&cleo.get(&format!("{USERS}?in_channel={den}")).await, 403);
    }
}

each_backend! {
    async fn a_page_filters_by_activity(host: TestHost) {
        let (admin, bob) = (host.admin().await, host.user("bob").await);
        admin.delete(&format!("{USERS}/{}", bob.id())).await.expect(200);
        assert_eq!(listed(&admin, "active=true").await, ["admin"]);
        assert_eq!(listed(&admin, "inactive=true").await, ["bob"]);
        assert_eq!(listed(&admin, "").await, ["admin", "bob"]);
        assert_eq!(admin.get(&format!("{USERS}/stats")).await.expect(200), json!({"total_users_count": 1}));
    }
}

each_backend! {
    async fn accounts_are_looked_up_by_ids_usernames_and_email(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let ids = json!([bob.id(), anna.id(), "kkkkkkkkkkkkkkkkkkkkkkkkkk", "no id"]);
        assert_eq!(names(&anna.post(&format!("{USERS}/ids"), ids).await.expect(200)), ["anna", "bob"]);
        refused(&anna.post(&format!("{USERS}/usernames"), json!(["bob", "a\0"])).await, 400);
        let request = json!(["BOB", "nobody"]);
        assert_eq!(names(&anna.post(&format!("{USERS}/usernames"), request).await.expect(200)), ["bob"]);
        for path in ["ids", "usernames"] {
            refused(&anna.post(&format!("{USERS}/{path}"), json!([])).await, 400);
            refused(&anna.post(&format!("{USERS}/{path}"), json!({})).await, 400);
            refused(&anna.post(&format!("{USERS}/{path}"), json!(vec!["x"; 1001])).await, 400);
        }
        let found = anna.get(&format!("{USERS}/email/Bob@Example.org")).await.expect(200);
        assert_eq!(found["id"], bob.id());
        refused(&anna.get(&format!("{USERS}/email/unknown@example.org")).await, 404);
        anna.get(&format!("{USERS}/email/%00")).await.expect(404);
    }
}

each_backend! {
    async fn a_search_is_by_words_in_any_name(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        bob.put(&format!("{USERS}/me/patch"), json!({"nickname": "Annabel", "last_name": "100%_sure!"})).await.expect(200);
        let search = async |body: Value| {
            let found = anna.post(&format!("{USERS}/search"), body).await.expect(200);
            names(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(search(json!({"term": "anna"})).await, ["anna", "bob"]);
        assert_eq!(search(json!({"term": "@ANNAB"})).await, ["bob"]);
        assert_eq!(search(json!({"term": "100%_s"})).await, ["bob"]);
        // The wildcards of `like` match only themselves.
        for wild in ["%", "_", "!", "annabel sure"] {
            assert_eq!(search(json!({"term": wild})).await, ["bob"], "{wild}");
        }
        assert_eq!(search(json!({"term": "nna"})).await, ["anna", "bob"]);
        assert_eq!(search(json!({"term": "anna@exam"})).await, ["anna"]);
        assert_eq!(search(json!({"term": "example.org"})).await, [""; 0]);
        assert_eq!(search(json!({"term": "a", "limit": 1})).await, ["admin"]);
        let place = host.place(&anna).await;
        assert_eq!(search(json!({"term": "a", "team_id": place.team_id, "in_channel_id": null})).await, ["anna"]);
        assert_eq!(search(json!({"term": "b", "in_channel_id": place.channel_id})).await, [""; 0]);
        admin.delete(&format!("{USERS}/{}", bob.id())).await.expect(200);
        assert_eq!(search(json!({"term": "bob"})).await, [""; 0]);
        assert_eq!(search(json!({"term": "bob", "allow_inactive": true})).await, ["bob"]);
        for term in [json!(""), Value::Null, json!("a\0"), json!("x".repeat(129))] {
            refused(&anna.post(&format!("{USERS}/search"), json!({"term": term})).await, 400);
        }
    }
}

each_backend! {
    async fn autocompletion_separates_users_outside_the_channel(host: TestHost) {
        let (anna, bea) = (host.user("anna").await, host.user("bea").await);
        let (place, _) = (host.place(&anna).await, host.place(&bea).await);
        host.user("bob").await;
        let channel = host.channel(&anna, &place.team_id, "den").await;
        let den = channel["id"].as_str().unwrap();
        let (path, team) = (format!("{USERS}/autocomplete?name"), &place.team_id);
        let found = anna.get(&format!("{path}=b")).await.expect(200);
        assert_eq!((names(&found["users"]), &found["out_of_channel"]), (vec!["bea", "bob"], &json!([])));
        let found = anna.get(&format!("{path}=b&in_team={team}")).await.expect(200);
        assert_eq!(names(&found["users"]), ["bea"]);
        let found = anna.get(&format!("{path}=&in_team={team}&in_channel={den}")).await.expect(200);
        assert_eq!((names(&found["users"]), names(&found["out_of_channel"])), (vec!["anna"], vec!["bea"]));
        // The wildcards of `like` match only themselves.
        for typed in ["%25", "_", "!", "b%25"] {
            let found = anna.get(&format!("{path}={typed}")).await.expect(200);
            assert_eq!(found["users"], json!([]), "{typed}");
        }
        refused(&anna.get(&format!("{path}=b%00ob")).await, 400);
    }
}

each_backend! {
    async fn known_users_share_a_channel_with_the_caller(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.user("cleo").await;
        let known = format!("{USERS}/known");
        assert_eq!(anna.get(&known).await.expect(200), json!([]));
        host.place(&anna).await;
        host.place(&bob).await;
        assert_eq!(anna.get(&known).await.expect(200), json!([bob.id()]));
    }
}

each_backend! {
    async fn only_the_account_itself_and_administrators_see_preferences(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let path = format!("{USERS}/{}", anna.id());
        let defaults = json!({
            "channel": "true", "comments": "never", "desktop": "mention", "desktop_sound": "true", "email": "true",
            "first_name": "false", "mention_keys": "", "push": "mention", "desktop_threads": "all", "email_threads": "all",
            "push_threads": "all", "push_status": "away",
        });
        for client in [&admin, &anna] {
            let seen = client.get(&path).await.expect(200);
            assert_eq!((&seen["notify_props"], &seen["email"]), (&defaults, &json!("anna@example.org")));
            assert_eq!(seen["last_password_update"], host.clock.now().as_millis());
        }
        let list = bob.get(&format!("{USERS}?per_page=200")).await.expect(200);
        let listed = list.as_array().unwrap().iter().find(|user| user["username"] == "anna").unwrap();
        for seen in [&bob.get(&path).await.expect(200), listed] {
            assert_eq!(seen["email"], "anna@example.org");
            for hidden in ["notify_props", "last_password_update", "email_verified"] {
                assert_eq!(seen.get(hidden), None, "{seen}");
            }
        }
    }
}

each_backend! {
    async fn an_account_with_a_known_tag_is_304_until_it_changes(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let paths = [
            "/api/v4/users?per_page=60".to_owned(),
            "/api/v4/users/username/anna".to_owned(),
            "/api/v4/users/email/anna@example.org".to_owned(),
            format!("/api/v4/users/{}", anna.id()),
        ];
        let mut tags = Vec::new();
        for path in &paths {
            let fresh = anna.get(path).await;
            fresh.expect(200);
            let tag = fresh.header("etag").unwrap_or_else(|| panic!("{path} has no tag")).to_owned();
            let known = anna.request("GET", path, &[("if-none-match", &tag)], "").await;
            assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(&*tag)), "{path}");
            tags.push(tag);
        }
        let own = anna.get(&paths[3]).await;
        assert_ne!(bob.get(&paths[3]).await.header("etag"), own.header("etag"), "others are shown less");
        anna.put("/api/v4/users/me/patch", json!({"nickname": "An"})).await.expect(200);
        for (path, tag) in paths.iter().zip(&tags) {
            let changed = anna.request("GET", path, &[("if-none-match", tag)], "").await;
            assert!(changed.status == 200 && changed.header("etag") != Some(tag), "{path}");
        }
    }
}
