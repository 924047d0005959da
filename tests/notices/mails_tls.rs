//! TLS to the mail server: without the configured encryption, the host sends nothing.

use jackfield_tests::{TestHost, each_backend};
use serde_json::Value;

use super::mail_server::{MailServer, On, choose, host_with, mail_in};
use super::{send, text};

/// Sends one mail to anna and returns why it failed.
async fn refusal(host: &TestHost) -> String {
    let (admin, anna) = (host.admin().await, host.user("anna").await);
    choose(&anna, "now").await;
    send(&admin, "x", &[&anna]).await;
    text(&mail_in(host, "waiting", 1).await["last_error"])
}

/// Sends one mail to anna and returns it as the server received it.
async fn taken(host: &TestHost, server: &mut MailServer) -> Value {
    let (admin, anna) = (host.admin().await, host.user("anna").await);
    choose(&anna, "now").await;
    send(&admin, "x", &[&anna]).await;
    let mail = server.next().await;
    mail_in(host, "sent", 1).await;
    mail
}

each_backend! {
    async fn a_server_without_the_required_tls_gets_no_mail(on: On) {
        let server = MailServer::start(&[]).await;
        // `smtp` uses STARTTLS by default.
        let host = host_with(on.0, &format!("smtp://127.0.0.1:{}", server.port), |_| {}).await;
        let reason = refusal(&host).await;
        assert!(reason.to_lowercase().contains("starttls"), "{reason}");
        drop(host);
        let host = host_with(on.0, &format!("smtps://127.0.0.1:{}", server.port), |_| {}).await;
        refusal(&host).await;
    }
}

each_backend! {
    async fn a_server_with_an_untrusted_certificate_gets_neither_mail_nor_password(on: On) {
        for kind in ["--starttls", "--tls"] {
            let server = MailServer::start(&[kind, "--user", "bot", "--password", "s3cret"]).await;
            let scheme = if kind == "--tls" { "smtps" } else { "smtp" };
            let url = format!("{scheme}://bot:s3cret@localhost:{}", server.port);
            let host = host_with(on.0, &url, |_| {}).await;
            let reason = refusal(&host).await;
            assert!(reason.contains("certificate"), "{reason}");
        }
    }
}

each_backend! {
    async fn mails_go_encrypted_and_authenticated_to_a_server_of_the_set_authority(on: On) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("authority.pem");
        let file = file.to_str().expect("a path of text");
        for (scheme, kind) in [("smtp", "--starttls"), ("smtps", "--tls")] {
            let request = [kind, "--authority", file, "--user", "b@t", "--password", "p:/ä"];
            let mut server = MailServer::start(&request).await;
            let url = format!("{scheme}://b%40t:p%3A%2F%C3%A4@localhost:{}", server.port);
            let host = host_with(on.0, &url, |config| config.mail.authority = file.to_owned()).await;
            let mail = taken(&host, &mut server).await;
            assert_eq!((&mail["encrypted"], &mail["user"]), (&true.into(), &"b@t".into()), "{mail}");
        }
    }
}

each_backend! {
    async fn a_refused_sign_in_is_tried_again_and_no_response_holds_its_password(on: On) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("authority.pem");
        let file = file.to_str().expect("a path of text");
        let request = ["--starttls", "--authority", file, "--user", "bot", "--password", "other"];
        let mut server = MailServer::start(&request).await;
        let url = format!("smtp://bot:hunter2@localhost:{}", server.port);
        let host = host_with(on.0, &url, |config| config.mail.authority = file.to_owned()).await;
        let reason = refusal(&host).await;
        assert!(reason.contains("535") && !reason.contains("hunter2"), "{reason}");
        assert_eq!(server.next().await["refused"], "bot");
    }
}
