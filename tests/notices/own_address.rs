//! Mails to an account's own address: a new password, a confirmation.

use std::time::Duration;

use jackfield_tests::each_backend;
use serde_json::{Value, json};

use super::mail_server::{On, both, mail_in};
use super::text;
use crate::support::refused;

const USERS: &str = "/api/v4/users";
const HOUR: Duration = Duration::from_hours(1);

/// Returns the token of a mail: the last line of its text.
fn token(mail: &Value) -> String {
    text(&mail["text"]).trim().lines().next_back().unwrap_or_default().to_owned()
}

each_backend! {
    async fn a_mailed_token_sets_a_new_password_once(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let (anna, anonymous) = (host.user("anna").await, host.anonymous());
        let send = format!("{USERS}/password/reset/send");
        // An address of no account is answered alike, and a repetition sends nothing.
        for email in ["stranger@example.org", "Anna@example.org", "anna@example.org"] {
            anonymous.post(&send, json!({"email": email})).await.expect(200);
        }
        let mail = server.next().await;
        assert_eq!((&mail["to"], &mail["headers"]["subject"]), (&json!(["anna@example.org"]), &json!("Set a new password")));
        let token = token(&mail);
        assert!(text(&mail["text"]).contains(&format!("https://chat.example.org/reset_password_complete?token={token}&")), "{mail}");
        let reset = format!("{USERS}/password/reset");
        let body = |password: &str| json!({"token": token, "new_password": password});
        assert_eq!(refused(&anonymous.post(&reset, body("short")).await, 400)["id"], "model.user.is_valid.pwd.app_error");
        let verifies = anonymous.post(&format!("{USERS}/email/verify"), json!({"token": token})).await;
        assert_eq!(refused(&verifies, 400)["id"], "api.user.verify_email.bad_link.app_error");
        anonymous.post(&reset, body("another password")).await.expect(200);
        assert_eq!(refused(&anonymous.post(&reset, body("third password")).await, 400)["id"], "api.user.reset_password.invalid_link.app_error");
        // Sessions of the old password end.
        refused(&anna.get(&format!("{USERS}/me")).await, 401);
        let anna = host.log_in("anna", "another password").await;
        assert_eq!(anna.get(&format!("{USERS}/me")).await.expect(200)["email_verified"], true);
    }
}

each_backend! {
    async fn a_mailed_token_ends_after_a_day_and_with_the_next_one(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let anonymous = host.anonymous();
        host.user("anna").await;
        let send = async || {
            let body = json!({"email": "anna@example.org"});
            anonymous.post(&format!("{USERS}/password/reset/send"), body).await.expect(200);
        };
        let set = async |token: &str| {
            let body = json!({"token": token, "new_password": "another password"});
            anonymous.post(&format!("{USERS}/password/reset"), body).await.status
        };
        send().await;
        let first = token(&server.next().await);
        // No further mail is written while one is under way.
        mail_in(&host, "sent", 1).await;
        host.clock.advance(HOUR);
        send().await;
        let second = token(&server.next().await);
        assert_eq!(set(&first).await, 400);
        host.clock.advance(HOUR * 24);
        assert_eq!(set(&second).await, 400);
    }
}

each_backend! {
    async fn a_mailed_token_confirms_only_the_address_it_was_sent_to(on: On) {
        let (mut server, host) = both(on.0, &[]).await;
        let (admin, anna, anonymous) = (host.admin().await, host.user("anna").await, host.anonymous());
        let confirmed = async || anna.get(&format!("{USERS}/me")).await.expect(200)["email_verified"].clone();
        assert_eq!(confirmed().await, false);
        let body = json!({"email": "anna@example.org"});
        anonymous.post(&format!("{USERS}/email/verify/send"), body).await.expect(200);
        let first = token(&server.next().await);
        let moved = json!({"email": "other@example.org", "password": "password-of-anna"});
        anna.put(&format!("{USERS}/me/patch"), moved).await.expect(200);
        anonymous.post(&format!("{USERS}/email/verify"), json!({"token": first})).await.expect(200);
        assert_eq!(confirmed().await, false);
        admin.post(&format!("{USERS}/{}/email/verify/member", anna.id()), json!({})).await.expect(200);
        assert_eq!(confirmed().await, true);
    }
}
