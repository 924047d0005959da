//! Invitations to a closed server.

use std::time::Duration;

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::{refused, refused_problem};

const USERS: &str = "/api/v4/users";
const INVITATIONS: &str = "/api/jackfield/v1/invitations";
const INVALID: &str = "api.user.create_user.signup_link_invalid.app_error";
const UNKNOWN_LINK: &str = "app.team.get_by_invite_id.finding.app_error";

fn account(name: &str) -> Value {
    json!({"username": name, "email": format!("{name}@example.org"), "password": "long enough"})
}

async fn teams(host: &TestHost, name: &str) -> Vec<String> {
    let client = host.log_in(name, "long enough").await;
    let teams = client.get(&format!("{USERS}/me/teams")).await.expect(200);
    teams.as_array().unwrap().iter().map(|team| team["name"].as_str().unwrap().to_owned()).collect()
}

each_backend! {
    async fn a_teams_link_creates_an_account_in_the_team(host: TestHost) {
        let anna = host.user("anna").await;
        let team = host.team(&anna, "crew").await;
        let (id, link) = (team["id"].as_str().unwrap(), team["invite_id"].as_str().unwrap());
        let seen = host.anonymous().get(&format!("/api/v4/teams/invite/{link}")).await.expect(200);
        assert_eq!((&seen["id"], seen.get("invite_id")), (&team["id"], None));
        host.anonymous().post(&format!("{USERS}?iid={link}"), account("bob")).await.expect(201);
        assert_eq!(teams(&host, "bob").await, ["crew"]);
        refused(&host.user("cleo").await.post(&format!("/api/v4/teams/{id}/regenerate_invite_id"), json!({})).await, 403);
        let renewed = anna.post(&format!("/api/v4/teams/{id}/regenerate_invite_id"), json!({})).await.expect(200);
        let again = host.anonymous().post(&format!("{USERS}?iid={link}"), account("dora")).await;
        assert_eq!(refused(&again, 404)["id"], UNKNOWN_LINK);
        let link = renewed["invite_id"].as_str().unwrap();
        host.anonymous().post(&format!("{USERS}?iid={link}"), account("dora")).await.expect(201);
    }
}

each_backend! {
    async fn an_account_follows_a_link_into_a_closed_team(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let closed = json!({"name": "crew", "display_name": "Crew", "type": "I"});
        let team = anna.post("/api/v4/teams", closed).await.expect(201);
        let path = "/api/v4/teams/members/invite";
        let mut socket = host.socket(&bob).await;
        let link = format!("{path}?invite_id={}", team["invite_id"].as_str().unwrap());
        let member = bob.post(&link, json!({})).await.expect(201);
        assert_eq!((&member["team_id"], &member["user_id"]), (&team["id"], &json!(bob.id())));
        let received = socket.event("added_to_team").await;
        assert_eq!(received["data"], json!({"team_id": team["id"], "user_id": bob.id()}));
        refused(&bob.post(path, json!({})).await, 400);
        let with_nul = bob.post(&format!("{path}?invite_id=%00"), json!({})).await;
        assert_eq!(refused(&with_nul, 400)["id"], "api.context.invalid_url_param.app_error");
        for (unknown, id) in [("?invite_id=nonsense", UNKNOWN_LINK), ("?token=nonsense", INVALID)] {
            let response = bob.post(&format!("{path}{unknown}"), json!({})).await;
            assert_eq!(refused(&response, 404)["id"], id);
        }
    }
}

each_backend! {
    async fn a_single_invitation_makes_one_account(host: TestHost) {
        let admin = host.admin().await;
        let team = host.team(&admin, "crew").await;
        let request = json!({"team_id": team["id"], "email": "Bob@example.org", "expires_h": 1});
        let made = admin.post(INVITATIONS, request).await.expect(201);
        let token = made["token"].as_str().unwrap();
        assert_eq!(made["expires_at"], host.clock.now().as_millis() + 3_600_000);
        assert_eq!(made["link"], format!("{}/api/v4/users?t={token}", host.url));
        let path = format!("{USERS}?t={token}");
        assert_eq!(refused(&host.anonymous().post(&path, account("cleo")).await, 404)["id"], INVALID);
        let mut wrong = account("bob");
        wrong["password"] = json!("short");
        refused(&host.anonymous().post(&path, wrong).await, 400);
        host.anonymous().post(&path, account("bob")).await.expect(201);
        assert_eq!(teams(&host, "bob").await, ["crew"]);
        assert_eq!(refused(&host.anonymous().post(&path, account("bob")).await, 404)["id"], INVALID);
    }
}

each_backend! {
    async fn two_concurrent_uses_of_an_invitation_create_one_account(host: TestHost) {
        let made = host.admin().await.post(INVITATIONS, json!({})).await.expect(201);
        let path = format!("{USERS}?t={}", made["token"].as_str().unwrap());
        let anonymous = host.anonymous();
        let (one, two) = tokio::join!(anonymous.post(&path, account("one")), anonymous.post(&path, account("two")));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 404]);
    }
}

each_backend! {
    async fn a_link_is_shown_to_members_only(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let team = host.team(&anna, "crew").await;
        let path = format!("/api/v4/teams/{}", team["id"].as_str().unwrap());
        for (client, shown) in [(&anna, &team["invite_id"]), (&admin, &team["invite_id"]), (&bob, &json!(""))] {
            for path in [&path, "/api/v4/teams/name/crew"] {
                assert_eq!(&client.get(path).await.expect(200)["invite_id"], shown);
            }
        }
        assert_eq!(bob.get("/api/v4/teams").await.expect(200)[0]["invite_id"], "");
        assert_eq!(anna.get("/api/v4/users/me/teams").await.expect(200)[0]["invite_id"], team["invite_id"]);
        bob.post(&format!("{path}/members"), json!({"team_id": team["id"], "user_id": bob.id()})).await.expect(201);
        assert_eq!(bob.get(&path).await.expect(200)["invite_id"], team["invite_id"]);
        admin.post(&format!("/api/v4/users/{}/demote", bob.id()), json!({})).await.expect(200);
        for path in ["/api/v4/teams", "/api/v4/users/me/teams"] {
            assert_eq!(bob.get(path).await.expect(200)[0]["invite_id"], "");
        }
    }
}

each_backend! {
    async fn an_invitation_expires(host: TestHost) {
        let made = host.admin().await.post(INVITATIONS, json!({"team_id": null})).await.expect(201);
        host.clock.advance(Duration::from_hours(48));
        let path = format!("{USERS}?t={}", made["token"].as_str().unwrap());
        assert_eq!(refused(&host.anonymous().post(&path, account("bob")).await, 404)["id"], INVALID);
    }
}

each_backend! {
    async fn only_administrators_create_invitations(host: TestHost) {
        let admin = host.admin().await;
        refused_problem(&host.user("anna").await.post(INVITATIONS, json!({})).await, 403);
        refused_problem(&host.anonymous().post(INVITATIONS, json!({})).await, 401);
        for wrong in [json!({"email": "nobody"}), json!({"expires_h": 0}), json!({"expires_h": 745}), json!({"team_id": "x"})] {
            refused_problem(&admin.post(INVITATIONS, wrong).await, 400);
        }
        refused_problem(&admin.post(INVITATIONS, json!({"team_id": "kkkkkkkkkkkkkkkkkkkkkkkkkk"})).await, 404);
    }
}

each_backend! {
    async fn an_account_uses_a_single_invitation_to_join_its_team(host: TestHost) {
        let (admin, bob) = (host.admin().await, host.user("bob").await);
        let team = host.team(&admin, "crew").await;
        let made = admin.post(INVITATIONS, json!({"team_id": team["id"]})).await.expect(201);
        let path = format!("/api/v4/teams/members/invite?token={}", made["token"].as_str().unwrap());
        bob.post(&path, json!({})).await.expect(201);
        refused(&host.user("cleo").await.post(&path, json!({})).await, 404);
    }
}
