//! The ids of errors that clients branch on, where no recorded story has them: which thing is missing or taken, which
//! field is not valid, and what must not be done.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::{UNKNOWN_ID, refused};

const BAD_USER: &str = "api.channel.create_group.bad_user.app_error";
const DESCRIPTION: &str = "model.team.is_valid.description.app_error";
const FOREIGN_DELETED: &str = "api.preference.delete_preferences.delete.app_error";
const FOREIGN_SET: &str = "api.preference.update_preferences.set.app_error";
const MOVED_DEFAULT: &str = "api.channel.move_channel.default.app_error";
const MOVED_MEMBERS: &str = "app.channel.move_channel.members_do_not_match.error";
const NOT_ENABLED: &str = "api.user.delete_user.not_enabled.app_error";
const RESTORED: &str = "api.channel.restore_channel.restored.app_error";
const STRANGER: &str = "api.team.remove_user_from_team.missing.app_error";
const TAKEN: &str = "store.sql_channel.save_channel.exists.app_error";
const USERNAME: &str = "model.bot.is_valid.username.app_error";

/// The system administrator, the maker of a team, an account outside of it, and what they refer to.
struct World {
    admin: TestClient,
    anna: TestClient,
    bob: TestClient,
    team: String,
    town: String,
    ovens: String,
    elsewhere: String,
}

impl World {
    async fn new(host: &TestHost) -> Self {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        let text = |value: &Value| value["id"].as_str().expect("an id").to_owned();
        let ovens = text(&host.channel(&anna, &place.team_id, "ovens").await);
        let elsewhere = text(&host.team(&admin, "elsewhere").await);
        Self { admin, anna, bob, team: place.team_id, town: place.channel_id, ovens, elsewhere }
    }
}

async fn is_refused(by: &TestClient, (method, path): (&str, &str), body: Value, status: u16, id: &str) {
    let json = [("content-type", "application/json")];
    let response = by.request(method, &format!("/api/v4/{path}"), &json, body.to_string()).await;
    assert_eq!(refused(&response, status)["id"], id, "{method} {path}");
}

each_backend! {
    async fn an_error_has_the_id_that_clients_branch_on(host: TestHost) {
        let world = World::new(&host).await;
        let World { admin, anna, bob, team, town, ovens, elsewhere } = &world;
        let preference = json!([{"user_id": bob.id(), "category": "c", "name": "n", "value": "v"}]);
        let taken = json!({"team_id": team, "name": "ovens", "display_name": "Ovens", "type": "O"});
        let described = json!({"name": "long", "display_name": "Long", "type": "O", "description": "x".repeat(256)});
        let moved = json!({"team_id": elsewhere});
        let nothing = Value::Null;
        for (by, method, path, body, status, id) in [
            (anna, "POST", "channels/group".to_owned(), json!([bob.id(), UNKNOWN_ID]), 400, BAD_USER),
            (anna, "POST", "channels".to_owned(), taken, 400, TAKEN),
            (anna, "POST", "teams".to_owned(), described, 400, DESCRIPTION),
            (anna, "PUT", "users/me/preferences".to_owned(), preference.clone(), 403, FOREIGN_SET),
            (anna, "POST", "users/me/preferences/delete".to_owned(), preference, 403, FOREIGN_DELETED),
            (anna, "DELETE", format!("teams/{team}/members/{}", bob.id()), nothing.clone(), 400, STRANGER),
            (anna, "POST", format!("channels/{ovens}/restore"), nothing.clone(), 400, RESTORED),
            (admin, "POST", "bots".to_owned(), json!({"username": "Bad Name!"}), 400, USERNAME),
            (admin, "POST", format!("channels/{town}/move"), moved.clone(), 400, MOVED_DEFAULT),
            (admin, "POST", format!("channels/{ovens}/move"), moved, 400, MOVED_MEMBERS),
            (admin, "DELETE", format!("users/{}?permanent=true", bob.id()), nothing, 403, NOT_ENABLED),
        ] {
            is_refused(by, (method, &path), body, status, id).await;
        }
        // The account that was not removed for good is not deactivated either.
        assert_eq!(bob.get("/api/v4/users/me").await.expect(200)["delete_at"], 0);
    }
}
