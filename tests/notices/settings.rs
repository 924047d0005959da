//! Choosing mails, and servers without a usable mail server.

use jackfield::config::Config;
use jackfield::secret::Secret;
use jackfield_tests::{TestDatabase, TestHost, clock, each_backend};
use serde_json::json;
use tokio::net::TcpListener;

use super::path;
use crate::support::refused_problem;

each_backend! {
    async fn mails_cannot_be_chosen_without_a_mail_server(host: TestHost) {
        let anna = host.user("anna").await;
        let settings = path("/settings");
        assert_eq!(anna.get(&settings).await.expect(200), json!({"mail": "off", "mail_available": false}));
        for choice in ["now", "hourly", "daily"] {
            let error = refused_problem(&anna.put(&settings, json!({"mail": choice})).await, 409);
            assert_eq!(error["code"], "mail.not_set_up");
        }
        anna.put(&settings, json!({"mail": "off"})).await.expect(200);
        for wrong in [json!({"mail": "weekly"}), json!({}), json!({"mail": null}), json!([])] {
            refused_problem(&anna.put(&settings, wrong).await, 400);
        }
        refused_problem(&host.anonymous().get(&settings).await, 401);
        refused_problem(&host.anonymous().put(&settings, json!({"mail": "off"})).await, 401);
    }
}

each_backend! {
    async fn only_administrators_list_mails(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let mails = "/api/jackfield/v1/mails";
        assert_eq!(admin.get(mails).await.expect(200), json!({"items": [], "next_cursor": null}));
        refused_problem(&admin.get(&format!("{mails}?state=x")).await, 400);
        let one = format!("{mails}/{}/retry", "a".repeat(26));
        assert_eq!(refused_problem(&admin.post(&one, json!({})).await, 404)["code"], "mail.not_found");
        refused_problem(&admin.post(&format!("{mails}/x/retry"), json!({})).await, 400);
        refused_problem(&anna.get(mails).await, 403);
        refused_problem(&anna.post(&one, json!({})).await, 403);
        refused_problem(&host.anonymous().get(mails).await, 401);
    }
}

/// Returns why a server with these settings does not start.
async fn refusal(change: impl FnOnce(&mut Config)) -> String {
    let database = TestDatabase::make(jackfield_tests::Backend::Sqlite).await;
    let mut config = jackfield::config::Sources::default().resolve().expect("settings");
    config.server.data = database.folder().join("data");
    config.database.url = database.url().to_owned();
    config.mail.from = "Jackfield <jackfield@example.org>".to_owned();
    change(&mut config);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let served = Box::pin(jackfield::serve(config, clock(), listener, std::future::pending()));
    jackfield_tests::soon("the server refuses to start", served).await.expect_err("not usable").to_string()
}

#[tokio::test]
async fn an_unusable_setting_is_named_at_the_start() {
    let url = |url: &str| Secret::new(url);
    let refused = refusal(|config| config.mail.url = url("ftp://u:hunter2@mail.example.org")).await;
    assert!(
        refused.starts_with("`mail.url` cannot be used: write `smtp://") && !refused.contains("hunter2"),
        "{refused}"
    );
    let refused = refusal(|config| {
        config.mail.url = url("smtp://localhost?tls=none");
        config.mail.from = "nobody".to_owned();
    });
    assert!(refused.await.starts_with("`mail.from` cannot be used: "));
    let refused = refusal(|config| {
        config.mail.url = url("smtp://localhost?tls=none");
        config.mail.attempts = 0;
    });
    assert_eq!(refused.await, "`mail.attempts` cannot be used: it must be greater than 0");
    let refused = refusal(|config| config.notices.digest_hour = 24).await;
    assert_eq!(refused, "`notices.digest_hour` cannot be used: it must be 0 to 23, not 24");
}
