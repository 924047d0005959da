//! Signing in and out, and the ways to send a session's token.

use std::time::Duration;

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::json;

use crate::support::refused;

const LOGIN: &str = "/api/v4/users/login";
const ME: &str = "/api/v4/users/me";
const BROWSER: (&str, &str) = ("X-Requested-With", "XMLHttpRequest");

/// Returns the cookies of a browser's login: name, value and attributes.
async fn cookies(client: &TestClient) -> Vec<(String, String, String)> {
    let body = json!({"login_id": "admin", "password": "password-of-admin"}).to_string();
    let response = client.request("POST", LOGIN, &[BROWSER], body).await;
    response.expect(200);
    let split = |line: &str| {
        let (pair, attributes) = line.split_once("; ").expect("a cookie has attributes");
        let (name, value) = pair.split_once('=').expect("a cookie has a value");
        (name.to_owned(), value.to_owned(), attributes.to_owned())
    };
    response.headers("set-cookie").into_iter().map(split).collect()
}

each_backend! {
    async fn fact_098_a_login_returns_the_account_and_a_token_without_cookies(host: TestHost) {
        let admin = host.admin().await;
        let login = json!({"login_id": "admin", "password": "password-of-admin"});
        let response = host.anonymous().post(LOGIN, login).await;
        let user = response.expect(200);
        assert_eq!((&user["id"], &user["username"]), (&json!(admin.id()), &json!("admin")));
        assert_eq!((user.get("password"), user.get("password_hash")), (None, None));
        assert_eq!(response.header("token").map(str::len), Some(26));
        assert_eq!(response.headers("set-cookie"), Vec::<&str>::new());
    }
}

each_backend! {
    async fn fact_099_a_browsers_login_sets_three_cookies(host: TestHost) {
        let admin = host.admin().await;
        let cookies = cookies(&host.anonymous()).await;
        let [(auth, token, rest), (user, id, _), (csrf, csrf_value, _), (device, _, age)] = &cookies[..] else {
            panic!("{cookies:?}")
        };
        assert_eq!([auth, user, csrf], ["MMAUTHTOKEN", "MMUSERID", "MMCSRF"]);
        // The fourth is not on the wire of Mattermost: it proves that the device has signed in before.
        assert_eq!((device.as_str(), age.as_str()), ("JACKFIELDDEVICE", "HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000"));
        assert_eq!((token.len(), id.as_str(), csrf_value.len()), (26, admin.id(), 26));
        assert_eq!(rest, "HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000");
        assert!(cookies[1..3].iter().all(|(_, _, rest)| !rest.contains("HttpOnly")), "{cookies:?}");
    }
}

each_backend! {
    with |config| { config.server.site_url = "https://chat.example.org/".to_owned(); }
    async fn cookies_are_secure_with_an_https_site_url(host: TestHost) {
        host.admin().await;
        let cookies = cookies(&host.anonymous()).await;
        assert!(cookies.iter().all(|(_, _, rest)| rest.contains("; Secure; ")), "{cookies:?}");
    }
}

each_backend! {
    async fn fact_100_a_wrong_password_is_401_and_a_blank_one_400(host: TestHost) {
        host.admin().await;
        for (login, password) in [("admin", "wrong-password"), ("nobody", "password-of-admin"), ("", "x")] {
            let response = host.anonymous().post(LOGIN, json!({"login_id": login, "password": password})).await;
            let error = refused(&response, 401);
            assert_eq!(error["id"], "api.user.login.invalid_credentials_email_username", "{login:?}");
            assert_eq!(error["message"], "the login or the password is wrong; check both");
            assert_eq!(response.header("token"), None);
        }
        for login in [json!({"login_id": "admin", "password": ""}), json!({"login_id": "admin"}), json!({})] {
            let error = refused(&host.anonymous().post(LOGIN, login).await, 400);
            assert_eq!(error["id"], "api.user.login.blank_pwd.app_error");
        }
    }
}

each_backend! {
    async fn a_login_is_by_username_or_e_mail_address_in_any_case(host: TestHost) {
        let anna = host.user("anna").await;
        for login in ["anna", "ANNA", "anna@example.org", "Anna@Example.org"] {
            assert_eq!(host.log_in(login, "password-of-anna").await.id(), anna.id());
        }
    }
}

each_backend! {
    async fn fact_101_a_null_token_in_a_login_is_accepted(host: TestHost) {
        host.admin().await;
        let login = json!({
            "login_id": "admin", "password": "password-of-admin", "token": null, "device_id": null, "id": null,
        });
        host.anonymous().post(LOGIN, login).await.expect(200);
    }
}

each_backend! {
    async fn fact_102_a_token_works_with_each_scheme(host: TestHost) {
        let admin = host.admin().await;
        let anonymous = host.anonymous();
        for scheme in ["BEARER", "Bearer", "bearer", "Token", "TOKEN"] {
            let header = format!("{scheme} {}", admin.token());
            assert_eq!(
                anonymous.request("GET", ME, &[("Authorization", &header)], "").await.expect(200)["id"],
                admin.id()
            );
        }
        for header in [
            format!("Basic {}", admin.token()),
            admin.token().to_owned(),
            "Bearer ".into(),
            "Bearer x".into(),
        ] {
            let response = anonymous.request("GET", ME, &[("Authorization", &header)], "").await;
            assert_eq!(refused(&response, 401)["id"], "api.context.session_expired.app_error");
        }
        refused(&anonymous.get(ME).await, 401);
    }
}

each_backend! {
    async fn fact_103_a_change_by_cookie_needs_the_csrf_token(host: TestHost) {
        let admin = host.admin().await;
        let cookies = cookies(&host.anonymous()).await;
        let cookie = format!("MMAUTHTOKEN={}; MMUSERID={}", cookies[0].1, cookies[1].1);
        let cookie = ("Cookie", cookie.as_str());
        let anonymous = host.anonymous();
        let team = |name: &str| json!({"name": name, "display_name": name, "type": "O"}).to_string();
        let post = async |headers: &[(&str, &str)], name: &str| {
            anonymous.request("POST", "/api/v4/teams", headers, team(name)).await
        };
        refused(&post(&[cookie], "aa").await, 401);
        refused(&post(&[cookie, ("X-CSRF-Token", "wrong")], "bb").await, 401);
        // The check applies to a cookie even if other credentials are sent.
        let bearer = format!("Bearer {}", admin.token());
        refused(&post(&[cookie, ("Authorization", &bearer)], "cc").await, 401);
        post(&[cookie, ("X-CSRF-Token", &cookies[2].1)], "dd").await.expect(201);
        post(&[cookie, BROWSER], "ee").await.expect(201);
        post(&[("Authorization", &bearer)], "ff").await.expect(201);
        anonymous.request("GET", ME, &[cookie], "").await.expect(200);
        let names = admin.get("/api/v4/teams").await.expect(200);
        let names: Vec<_> = names
            .as_array()
            .expect("a list")
            .iter()
            .map(|team| team["name"].as_str().expect("a text"))
            .collect();
        assert_eq!(names, ["dd", "ee", "ff"]);
    }
}

each_backend! {
    async fn fact_103_a_cookie_needs_the_csrf_token_where_no_session_is_needed(host: TestHost) {
        host.admin().await;
        let cookies = cookies(&host.anonymous()).await;
        let cookie = format!("MMAUTHTOKEN={}", cookies[0].1);
        let cookie = ("Cookie", cookie.as_str());
        let anonymous = host.anonymous();
        let logout = async |headers: &[(&str, &str)]| {
            anonymous.request("POST", "/api/v4/users/logout", headers, "").await
        };
        for headers in [vec![cookie], vec![cookie, ("X-CSRF-Token", "wrong")], vec![cookie, ("X-CSRF-Token", "")]] {
            let response = logout(&headers).await;
            assert_eq!(refused(&response, 401)["id"], "api.context.session_expired.app_error");
            assert_eq!(response.headers("set-cookie"), Vec::<&str>::new());
            anonymous.request("GET", ME, &[cookie], "").await.expect(200);
        }
        let account = json!({"username": "new", "email": "new@example.org", "password": "long enough"}).to_string();
        refused(&anonymous.request("POST", "/api/v4/users", &[cookie], account).await, 401);
        let response = logout(&[cookie, ("X-CSRF-Token", &cookies[2].1)]).await;
        response.expect(200);
        assert_eq!(response.headers("set-cookie").len(), 3);
        refused(&anonymous.request("GET", ME, &[cookie], "").await, 401);
        // No session is left that another site could end.
        logout(&[cookie]).await.expect(200);
    }
}

each_backend! {
    async fn fact_104_a_logout_without_a_session_succeeds(host: TestHost) {
        for client in [host.anonymous(), host.admin().await.with_token("nonsense")] {
            let response = client.post("/api/v4/users/logout", json!({})).await;
            assert_eq!(response.expect(200), json!({"status": "OK"}));
            assert!(response.header("x-version-id").is_some());
        }
    }
}

each_backend! {
    async fn a_logout_ends_this_session_and_no_other(host: TestHost) {
        let (one, other) = (host.admin().await, host.admin().await);
        assert_ne!(one.token(), other.token());
        one.post("/api/v4/users/logout", json!({})).await.expect(200);
        refused(&one.get(ME).await, 401);
        other.get(ME).await.expect(200);
    }
}

each_backend! {
    async fn a_session_ends_after_its_hours(host: TestHost) {
        let admin = host.admin().await;
        host.clock.advance(Duration::from_secs(720 * 3600 - 1));
        admin.get(ME).await.expect(200);
        host.clock.advance(Duration::from_secs(1));
        refused(&admin.get(ME).await, 401);
    }
}

each_backend! {
    async fn a_session_survives_a_restart(mut host: TestHost) {
        let admin = host.admin().await;
        host.restart().await;
        admin.get(ME).await.expect(200);
    }
}
