//! How much one account or team may create, and what the refusal says.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};

use crate::files::pictures::PICTURE;
use crate::support::refused;

/// Asserts that a request is refused because of a limit, which the error names.
#[track_caller]
fn full(response: &TestResponse, what: &str) {
    let error = refused(response, 400);
    assert_eq!(error["id"], "api.context.limit_reached.app_error");
    let message = format!("there are {what} already, which is the limit; delete one that is no longer used");
    assert_eq!(error["message"], message);
}

fn channel(team: &str, name: &str) -> Value {
    json!({"team_id": team, "name": name, "display_name": name, "type": "P"})
}

each_backend! {
    with |config| { config.limits.teams_per_account = 2; }
    async fn an_account_creates_a_limited_number_of_teams(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let team = |name: &str| json!({"name": name, "display_name": name, "type": "O"});
        let first = anna.post("/api/v4/teams", team("a1")).await.expect(201);
        anna.post("/api/v4/teams", team("a2")).await.expect(201);
        // Leaving or archiving a team frees nothing, because its rows stay.
        let id = first["id"].as_str().expect("an id");
        anna.delete(&format!("/api/v4/teams/{id}/members/{}", anna.id())).await.expect(200);
        full(&anna.post("/api/v4/teams", team("a3")).await, "2 teams that one account created");
        bob.post("/api/v4/teams", team("a3")).await.expect(201);
    }
}

each_backend! {
    with |config| { config.limits.channels_per_account = 4; }
    async fn an_account_creates_a_limited_number_of_channels(host: TestHost) {
        let (anna, bob, cleo) = (host.user("anna").await, host.user("bob").await, host.user("cleo").await);
        // The team comes with two channels of its creator.
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let group = json!([bob.id(), cleo.id()]);
        let opened = anna.post("/api/v4/channels/group", group.clone()).await.expect(201);
        anna.post("/api/v4/channels", channel(&place.team_id, "one")).await.expect(201);
        full(&anna.post("/api/v4/channels", channel(&place.team_id, "two")).await, "4 channels that one account created");
        let dan = host.user("dan").await;
        let others = json!([bob.id(), dan.id()]);
        full(&anna.post("/api/v4/channels/group", others.clone()).await, "4 channels that one account created");
        assert_eq!(anna.post("/api/v4/channels/group", group).await.expect(201)["id"], opened["id"]);
        anna.post("/api/v4/channels/direct", json!([anna.id(), dan.id()])).await.expect(201);
        bob.post("/api/v4/channels", channel(&place.team_id, "two")).await.expect(201);
    }
}

each_backend! {
    with |config| { config.limits.channels_per_team = 3; }
    async fn a_team_has_a_limited_number_of_channels(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        anna.post("/api/v4/channels", channel(&place.team_id, "one")).await.expect(201);
        for member in [&anna, &bob] {
            full(&member.post("/api/v4/channels", channel(&place.team_id, "two")).await, "3 channels in one team");
        }
        let team = host.team(&anna, "other").await;
        let id = team["id"].as_str().expect("an id");
        anna.post("/api/v4/channels", channel(id, "two")).await.expect(201);
    }
}

each_backend! {
    with |config| { config.limits.hooks_per_account = 2; }
    async fn an_account_has_a_limited_number_of_webhooks(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let hook = json!({"channel_id": place.channel_id});
        let first = admin.post("/api/v4/hooks/incoming", hook.clone()).await.expect(201);
        admin.post("/api/v4/hooks/incoming", hook.clone()).await.expect(201);
        full(&admin.post("/api/v4/hooks/incoming", hook.clone()).await, "2 incoming webhooks of one account");
        admin.delete(&format!("/api/v4/hooks/incoming/{}", first["id"].as_str().expect("an id"))).await.expect(200);
        admin.post("/api/v4/hooks/incoming", hook).await.expect(201);
    }
}

each_backend! {
    with |config| { config.access.bots_per_account = 1; }
    async fn an_account_has_a_limited_number_of_bots(host: TestHost) {
        let admin = host.admin().await;
        let bot = |name: &str| json!({"username": name, "display_name": "Bot"});
        let first = admin.post("/api/v4/bots", bot("first")).await.expect(201);
        full(&admin.post("/api/v4/bots", bot("second")).await, "1 bots of one account");
        // A disabled bot can be enabled again, so it counts.
        let disable = format!("/api/v4/bots/{}/disable", first["user_id"].as_str().expect("an id"));
        admin.post(&disable, json!({})).await.expect(200);
        full(&admin.post("/api/v4/bots", bot("second")).await, "1 bots of one account");
    }
}

each_backend! {
    with |config| { config.limits.emoji_per_account = 1; }
    async fn an_account_has_a_limited_number_of_emoji(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        crate::emoji::create(&anna, "parrot_one", &PICTURE).await.expect(200);
        full(&crate::emoji::create(&anna, "parrot_two", &PICTURE).await, "1 custom emoji of one account");
        crate::emoji::create(&bob, "parrot_two", &PICTURE).await.expect(200);
    }
}

each_backend! {
    with |config| { config.limits.file_bytes_per_account = 1000; }
    async fn an_accounts_files_have_a_total_size(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let upload = async |by: &TestClient, bytes: usize| {
            let path = format!("/api/v4/files?channel_id={}&filename=a", place.channel_id);
            by.post_raw(&path, None, vec![0; bytes]).await
        };
        upload(&anna, 999).await.expect(201);
        // The last file may go beyond the limit.
        upload(&anna, 500).await.expect(201);
        full(&upload(&anna, 1).await, "1000 bytes of files of one account");
        upload(&bob, 1000).await.expect(201);
    }
}

each_backend! {
    with |config| { config.access.sessions_per_account = 2; }
    async fn a_further_sign_in_ends_the_session_that_was_used_least_recently(host: TestHost) {
        let first = host.user("anna").await;
        host.clock.advance(Duration::from_secs(1));
        let second = host.user("anna").await;
        let mut socket = host.socket(&first).await;
        host.clock.advance(Duration::from_secs(1));
        let third = host.user("anna").await;
        first.get("/api/v4/users/me").await.expect(401);
        while socket.frame().await.is_some() {}
        for session in [&second, &third] {
            session.get("/api/v4/users/me").await.expect(200);
        }
    }
}

each_backend! {
    async fn an_accounts_preferences_have_a_total_size(host: TestHost) {
        let anna = host.user("anna").await;
        let path = "/api/v4/users/me/preferences";
        let list = |from: usize, count: usize| -> Value {
            let one = |number: usize| {
                json!({"user_id": anna.id(), "category": "c", "name": number.to_string(), "value": "v".repeat(2_000)})
            };
            (from..from + count).map(one).collect()
        };
        // The body may have 300,000 bytes.
        for number in 0..5 {
            anna.put(path, list(number * 100, 100)).await.expect(200);
        }
        full(&anna.put(path, list(500, 100)).await, "1048576 bytes of preferences");
        assert_eq!(anna.get(path).await.expect(200).as_array().map(Vec::len), Some(500));
        anna.put(path, list(0, 100)).await.expect(200);
    }
}
