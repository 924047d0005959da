//! Creating, finding and joining teams and channels, and the permissions for it.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::{UNKNOWN_ID, refused};

const TEAMS: &str = "/api/v4/teams";
const CHANNELS: &str = "/api/v4/channels";

fn team(name: &str, kind: &str) -> Value {
    json!({"name": name, "display_name": name, "type": kind, "allow_open_invite": kind == "O"})
}

fn channel(team_id: &Value, name: &str, kind: &str) -> Value {
    json!({"team_id": team_id, "name": name, "display_name": name, "type": kind})
}

async fn names(client: &TestClient, path: &str) -> Vec<String> {
    let list = client.get(path).await.expect(200);
    let mut names: Vec<String> = list
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["name"].as_str().expect("a text").to_owned())
        .collect();
    names.sort();
    names
}

/// Returns the address of an existing team or channel.
fn at(path: &str, made: &Value) -> String {
    format!("{path}/{}", made["id"].as_str().expect("it has an id"))
}

each_backend! {
    async fn a_new_team_has_two_channels_with_its_creator(host: TestHost) {
        let anna = host.user("anna").await;
        let made = anna.post(TEAMS, team("builders", "O")).await.expect(201);
        assert_eq!((&made["type"], &made["allow_open_invite"]), (&json!("O"), &json!(true)));
        assert_eq!(
            names(&anna, &format!("{}/channels", at(TEAMS, &made))).await,
            ["off-topic", "town-square"]
        );
        let mine = format!("/api/v4/users/me/teams/{}/channels", made["id"].as_str().expect("a text"));
        assert_eq!(names(&anna, &mine).await, ["off-topic", "town-square"]);
        assert_eq!(anna.get(&at(TEAMS, &made)).await.expect(200), made);
        assert_eq!(anna.get(&format!("{TEAMS}/name/builders")).await.expect(200), made);
        assert_eq!(anna.get("/api/v4/users/me/teams").await.expect(200), json!([made]));
    }
}

each_backend! {
    async fn a_new_team_is_closed_to_strangers_unless_its_creator_opens_it(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let request = json!({"name": "crew", "display_name": "Crew", "type": "O", "description": "words"});
        let made = anna.post(TEAMS, request).await.expect(201);
        assert_eq!((&made["type"], &made["allow_open_invite"]), (&json!("O"), &json!(false)));
        assert_eq!((&made["description"], &made["email"]), (&json!("words"), &json!("anna@example.org")));
        let path = at(TEAMS, &made);
        refused(&bob.get(&path).await, 403);
        let joins = json!({"team_id": made["id"], "user_id": bob.id()});
        refused(&bob.post(&format!("{path}/members"), joins.clone()).await, 403);
        assert_eq!(names(&bob, TEAMS).await, [""; 0]);
        assert_eq!(bob.post(&format!("{TEAMS}/search"), json!({"term": "crew"})).await.expect(200), json!([]));
        let opened = anna.put(&format!("{path}/patch"), json!({"allow_open_invite": true})).await.expect(200);
        assert_eq!(opened["allow_open_invite"], true);
        assert_eq!(names(&bob, TEAMS).await, ["crew"]);
        bob.post(&format!("{path}/members"), joins).await.expect(201);
        // Only those who manage the team see the address.
        let mine = "/api/v4/users/me/teams";
        for (client, email) in [(&anna, "anna@example.org"), (&bob, "")] {
            assert_eq!(client.get(&path).await.expect(200)["email"], email);
            assert_eq!(client.get(mine).await.expect(200)[0]["email"], email);
        }
    }
}

each_backend! {
    async fn an_invalid_field_of_a_team_or_channel_is_named(host: TestHost) {
        let admin = host.admin().await;
        let made = admin.post(TEAMS, team("first", "O")).await.expect(201);
        for (path, good) in [(TEAMS, team("new", "O")), (CHANNELS, channel(&made["id"], "new", "O"))] {
            for (field, wrong) in [
                ("name", json!("")),
                ("name", json!("A b")),
                ("name", json!("x".repeat(65))),
                ("display_name", json!("")),
                ("display_name", json!("x".repeat(65))),
                ("type", json!("")),
                ("type", json!("D")),
            ] {
                // A channel needs no display name.
                if path == CHANNELS && field == "display_name" && wrong == "" {
                    continue;
                }
                let mut request = good.clone();
                request[field] = wrong;
                let error = refused(&admin.post(path, request).await, 400);
                assert!(error["message"].as_str().is_some_and(|text| text.contains(field)), "{error}");
            }
        }
        for (field, length) in [("header", 1025), ("purpose", 251)] {
            let mut request = channel(&made["id"], "new", "O");
            request[field] = json!("x".repeat(length));
            refused(&admin.post(CHANNELS, request).await, 400);
        }
        assert_eq!(names(&admin, TEAMS).await, ["first"]);
        assert_eq!(
            names(&admin, &format!("{}/channels", at(TEAMS, &made))).await,
            ["off-topic", "town-square"]
        );
    }
}

each_backend! {
    async fn a_name_belongs_to_one_team_and_in_it_to_one_channel(host: TestHost) {
        let admin = host.admin().await;
        let first = admin.post(TEAMS, team("first", "O")).await.expect(201);
        let second = admin.post(TEAMS, team("second", "O")).await.expect(201);
        assert_eq!(
            refused(&admin.post(TEAMS, team("first", "O")).await, 400)["id"],
            "app.team.save.existing.app_error"
        );
        admin.post(CHANNELS, channel(&first["id"], "builds", "O")).await.expect(201);
        for kind in ["O", "P"] {
            refused(&admin.post(CHANNELS, channel(&first["id"], "builds", kind)).await, 400);
        }
        refused(&admin.post(CHANNELS, channel(&first["id"], "town-square", "O")).await, 400);
        admin.post(CHANNELS, channel(&second["id"], "builds", "O")).await.expect(201);
    }
}

each_backend! {
    async fn users_join_an_open_team_and_need_an_invitation_to_a_closed_one(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let open = anna.post(TEAMS, team("open", "O")).await.expect(201);
        let closed = anna.post(TEAMS, team("closed", "I")).await.expect(201);
        let members = |made: &Value| format!("{}/members", at(TEAMS, made));
        let member = |made: &Value, user: &str| json!({"team_id": made["id"], "user_id": user});
        let joined = bob.post(&members(&open), member(&open, bob.id())).await.expect(201);
        assert_eq!((&joined["user_id"], &joined["roles"]), (&json!(bob.id()), &json!("team_user")));
        assert_eq!(bob.post(&members(&open), member(&open, bob.id())).await.expect(201), joined);
        refused(&bob.post(&members(&closed), member(&closed, bob.id())).await, 403);
        // A member adds other accounts, too; a user who is not in a closed team adds none.
        bob.post(&members(&open), member(&open, admin.id())).await.expect(201);
        refused(&bob.post(&members(&closed), member(&closed, admin.id())).await, 403);
        assert_eq!(names(&bob, "/api/v4/users/me/teams").await, ["open"]);
        anna.post(&members(&closed), member(&closed, bob.id())).await.expect(201);
        assert_eq!(names(&bob, "/api/v4/users/me/teams").await, ["closed", "open"]);
        refused(&anna.post(&members(&closed), member(&closed, UNKNOWN_ID)).await, 404);
        let unknown = json!({"id": UNKNOWN_ID});
        refused(&anna.post(&members(&unknown), member(&unknown, bob.id())).await, 403);
        // The body names the team of the address, and only a list is answered account by account.
        for body in [json!({"user_id": bob.id()}), member(&open, bob.id())] {
            refused(&anna.post(&members(&closed), body).await, 400);
        }
        let graceful = format!("{}?graceful=true", members(&closed));
        refused(&anna.post(&graceful, member(&closed, bob.id())).await, 400);
        // The creator remains an administrator of the team after joining again.
        anna.post(&members(&closed), member(&closed, anna.id())).await.expect(201);
        anna.post(&members(&closed), member(&closed, admin.id())).await.expect(201);
    }
}

each_backend! {
    async fn outsiders_of_a_closed_team_see_nothing_of_it(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let closed = anna.post(TEAMS, team("closed", "I")).await.expect(201);
        let square = format!("{}/channels/name/town-square", at(TEAMS, &closed));
        let square = anna.get(&square).await.expect(200);
        let base = at(TEAMS, &closed);
        for (path, status) in [
            (base.clone(), 403),
            (format!("{TEAMS}/name/closed"), 403),
            (format!("{base}/channels"), 403),
            (format!("{base}/channels/name/town-square"), 403),
            (format!("/api/v4/users/me/teams/{}/channels", closed["id"].as_str().expect("a text")), 403),
            (at(CHANNELS, &square), 403),
            (format!("{}/posts", at(CHANNELS, &square)), 403),
            (format!("/api/v4/hooks/incoming?team_id={}", closed["id"].as_str().expect("a text")), 403),
        ] {
            refused(&bob.get(&path).await, status);
            refused(&host.anonymous().get(&path).await, 401);
            admin.get(&path).await.expect(200);
        }
        refused(&bob.post(CHANNELS, channel(&closed["id"], "mine", "O")).await, 403);
        refused(
            &bob.post(&format!("{}/members", at(CHANNELS, &square)), json!({"user_id": bob.id()})).await,
            403,
        );
        refused(&bob.post("/api/v4/hooks/incoming", json!({"channel_id": square["id"]})).await, 403);
        assert_eq!(names(&bob, TEAMS).await, Vec::<String>::new());
        assert_eq!(names(&admin, TEAMS).await, ["closed"]);
    }
}

each_backend! {
    async fn a_channel_has_the_fields_it_was_made_with(host: TestHost) {
        let anna = host.user("anna").await;
        let made = anna.post(TEAMS, team("builders", "O")).await.expect(201);
        let mut request = channel(&made["id"], "builds", "P");
        (request["header"], request["purpose"]) = (json!("Header"), json!("Purpose"));
        let builds = anna.post(CHANNELS, request).await.expect(201);
        assert_eq!((&builds["type"], &builds["creator_id"]), (&json!("P"), &json!(anna.id())));
        assert_eq!((&builds["header"], &builds["purpose"]), (&json!("Header"), &json!("Purpose")));
        // The message about the creator's joining follows the response.
        let mut expected = builds.clone();
        for key in ["last_post_at", "last_root_post_at"] {
            assert_eq!(builds[key], 0);
            expected[key] = builds["create_at"].clone();
        }
        let builds = expected;
        assert_eq!(anna.get(&at(CHANNELS, &builds)).await.expect(200), builds);
        assert_eq!(anna.get(&format!("{}/channels/name/BUILDS", at(TEAMS, &made))).await.expect(200), builds);
        // Private channels are in the caller's own list, but not in the list of public channels.
        assert_eq!(
            names(&anna, &format!("{}/channels", at(TEAMS, &made))).await,
            ["off-topic", "town-square"]
        );
        let mine = format!("/api/v4/users/me/teams/{}/channels", made["id"].as_str().expect("a text"));
        assert_eq!(names(&anna, &mine).await, ["builds", "off-topic", "town-square"]);
    }
}

each_backend! {
    async fn users_join_a_public_channel_and_not_a_private_one(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let made = anna.post(TEAMS, team("builders", "O")).await.expect(201);
        let public = anna.post(CHANNELS, channel(&made["id"], "builds", "O")).await.expect(201);
        let private = anna.post(CHANNELS, channel(&made["id"], "secret", "P")).await.expect(201);
        let members = |made: &Value| format!("{}/members", at(CHANNELS, made));
        let me = json!({"user_id": bob.id()});
        refused(&bob.post(&members(&public), me.clone()).await, 403);
        // A member of the channel cannot add a user who is not in the team.
        refused(&anna.post(&members(&public), me.clone()).await, 404);
        let joining = json!({"team_id": made["id"], "user_id": bob.id()});
        bob.post(&format!("{}/members", at(TEAMS, &made)), joining).await.expect(201);
        let joined = bob.post(&members(&public), me.clone()).await.expect(201);
        assert_eq!((&joined["user_id"], &joined["roles"]), (&json!(bob.id()), &json!("channel_user")));
        refused(&bob.post(&members(&private), me.clone()).await, 403);
        refused(&bob.get(&at(CHANNELS, &private)).await, 403);
        refused(&bob.get(&format!("{}/channels/name/secret", at(TEAMS, &made))).await, 404);
        anna.post(&members(&private), me).await.expect(201);
        bob.get(&at(CHANNELS, &private)).await.expect(200);
        refused(&anna.post(&members(&private), json!({"user_id": UNKNOWN_ID})).await, 404);
        refused(&anna.post(&format!("{CHANNELS}/{UNKNOWN_ID}/members"), json!({"user_id": bob.id()})).await, 404);
    }
}

each_backend! {
    async fn a_new_member_of_a_team_is_in_its_first_channels(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let made = anna.post(TEAMS, team("builders", "O")).await.expect(201);
        anna.post(CHANNELS, channel(&made["id"], "builds", "O")).await.expect(201);
        let joining = json!({"team_id": made["id"], "user_id": bob.id()});
        bob.post(&format!("{}/members", at(TEAMS, &made)), joining).await.expect(201);
        let id = made["id"].as_str().expect("a text");
        assert_eq!(
            names(&bob, &format!("/api/v4/users/me/teams/{id}/channels")).await,
            ["off-topic", "town-square"]
        );
        let hers = format!("/api/v4/users/{}/teams/{id}/channels", anna.id());
        refused(&bob.get(&hers).await, 403);
        refused(&bob.get(&format!("/api/v4/users/{}/teams", anna.id())).await, 403);
        assert_eq!(names(&host.admin().await, &hers).await, ["builds", "off-topic", "town-square"]);
    }
}

each_backend! {
    async fn an_unknown_team_or_channel_is_404(host: TestHost) {
        let admin = host.admin().await;
        let made = admin.post(TEAMS, team("first", "O")).await.expect(201);
        for path in [
            format!("{TEAMS}/{UNKNOWN_ID}"),
            format!("{TEAMS}/name/nowhere"),
            format!("{TEAMS}/{UNKNOWN_ID}/channels"),
            format!("{}/channels/name/nowhere", at(TEAMS, &made)),
            format!("{CHANNELS}/{UNKNOWN_ID}"),
        ] {
            refused(&admin.get(&path).await, 404);
        }
        refused(&admin.post(CHANNELS, channel(&json!(UNKNOWN_ID), "x", "O")).await, 404);
        refused(&admin.post(CHANNELS, channel(&json!("short"), "x", "O")).await, 404);
    }
}
