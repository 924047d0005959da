//! Mails that invite an address to a team.

use jackfield_tests::each_backend;
use serde_json::json;

use super::mail_server::{On, both};
use super::text;
use crate::support::refused;

each_backend! {
    async fn an_invited_address_joins_the_team_once_until_the_invitation_is_withdrawn(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let (anna, anonymous) = (host.user("anna").await, host.anonymous());
        host.place(&anna).await;
        let send = format!("/api/v4/teams/{}/invite/email", place.team_id);
        let mut token = async |email: &str| {
            assert_eq!(anna.post(&send, json!([email])).await.expect(200), json!({"status": "OK"}));
            let mail = server.next().await;
            assert_eq!((&mail["to"], &mail["headers"]["subject"]), (&json!([email]), &json!("anna invites you to main")));
            let text = text(&mail["text"]);
            let (_, rest) = text.split_once("&t=").unwrap_or_else(|| panic!("a link: {text}"));
            rest.split_whitespace().next().unwrap_or_default().to_owned()
        };
        let first = token("new@example.org").await;
        let account = |email: &str| json!({"username": "new", "email": email, "password": "password-of-new"});
        let path = format!("/api/v4/users?t={first}");
        refused(&anonymous.post(&path, account("other@example.org")).await, 404);
        anonymous.post(&path, account("new@example.org")).await.expect(201);
        let new = host.log_in("new", "password-of-new").await;
        assert_eq!(new.get("/api/v4/users/me/teams").await.expect(200)[0]["id"], place.team_id);
        let second = token("late@example.org").await;
        admin.delete("/api/v4/teams/invites/email").await.expect(200);
        let late = json!({"username": "late", "email": "late@example.org", "password": "password-of-late"});
        refused(&anonymous.post(&format!("/api/v4/users?t={second}"), late).await, 404);
    }
}
