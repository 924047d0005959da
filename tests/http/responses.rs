//! Properties that all responses share.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::hooks::Hook;
use crate::support::{refused, refused_problem};

each_backend! {
    async fn fact_003_every_response_has_a_request_id_a_version_and_the_security_headers(host: TestHost) {
        let hook = Hook::new(&host).await;
        let responses = [
            hook.send_json(&json!({"text": "x"})).await,
            hook.send_json(&json!({})).await,
            hook.owner.get("/api/v4/users/me").await,
            host.anonymous().get("/api/v4/users/me").await,
            host.anonymous().get("/api/v4/nowhere").await,
            host.anonymous().get("/nowhere").await,
            host.anonymous().get("/healthz").await,
            host.anonymous().post("/api/v4/posts", "x".repeat(300_001)).await,
            host.anonymous().request("PATCH", "/api/v4/posts", &[], "").await,
        ];
        let mut ids = Vec::new();
        for response in &responses {
            let id = response.header("x-request-id").expect("a request id");
            assert!(id.len() == 26 && id.bytes().all(|b| b.is_ascii_alphanumeric()), "{response:?}");
            assert!(!ids.contains(&id), "an id names one request");
            ids.push(id);
            let version = response.header("x-version-id").expect("a version");
            assert_eq!(version.split('.').count(), 6, "{version}");
            assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(response.header("referrer-policy"), Some("no-referrer"));
            assert_eq!(response.header("permissions-policy"), Some(""));
        }
    }
}

each_backend! {
    async fn fact_105_the_content_type_of_json_is_exact(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        for path in [
            "/api/v4/users/me".to_owned(),
            "/api/v4/system/ping".to_owned(),
            "/api/v4/teams".to_owned(),
            "/api/v4/hooks/incoming".to_owned(),
            format!("/api/v4/channels/{}/posts", place.channel_id),
            "/api/v4/users/kkkkkkkkkkkkkkkkkkkkkkkkkk".to_owned(),
            "/api/v4/nowhere".to_owned(),
            "/api/jackfield/v1/plugins".to_owned(),
        ] {
            assert_eq!(admin.get(&path).await.headers("content-type"), ["application/json"], "{path}");
        }
        let post = json!({"channel_id": place.channel_id, "message": "x"});
        assert_eq!(admin.post("/api/v4/posts", post).await.headers("content-type"), ["application/json"]);
        let login = json!({"login_id": "admin", "password": "password-of-admin"});
        assert_eq!(
            admin.post("/api/v4/users/login", login).await.headers("content-type"),
            ["application/json"]
        );
    }
}

each_backend! {
    async fn fact_106_an_error_has_v4s_keys_and_the_request_id(host: TestHost) {
        let error = refused(&host.anonymous().get("/api/v4/users/me").await, 401);
        assert_eq!(error["id"], "api.context.session_expired.app_error");
        assert_eq!(error["detailed_error"], "");
    }
}

each_backend! {
    async fn fact_107_an_unknown_address_is_404_as_json(host: TestHost) {
        for path in [
            "/api/v4/x",
            "/api/v4/",
            "/api/v4/users/me/nowhere",
            "/hooks/",
            "/hooks/a/b",
            "/api/",
            "/api/v5/x",
        ] {
            let response = host.anonymous().get(path).await;
            let error = response.expect(404);
            assert_eq!(response.header("content-type"), Some("application/json"), "{path}");
            assert_eq!(error["id"], "api.context.404.app_error");
            assert_eq!((&error["status_code"], error.get("request_id")), (&json!(404), None));
        }
        refused_problem(&host.anonymous().get("/api/jackfield/v1/nowhere").await, 404);
        let page = host.anonymous().get("/no<b>where").await;
        assert_eq!((page.status, page.header("content-type")), (404, Some("text/plain; charset=utf-8")));
        assert!(!page.text().contains("<b>"), "{}", page.text());
    }
}

each_backend! {
    async fn an_address_that_is_not_text_is_404(host: TestHost) {
        let admin = host.admin().await;
        for name in ["%00", "a%00b", "%ff", "%C3%28"] {
            for path in [
                "users/username/",
                "users/",
                "teams/name/",
                "teams/",
                "channels/",
                "posts/",
                "hooks/incoming/",
            ] {
                let response = admin.get(&format!("/api/v4/{path}{name}")).await;
                assert_eq!(response.expect(404)["id"], "api.context.404.app_error", "{path}{name}");
            }
            assert_eq!(
                admin.post(&format!("/hooks/{name}"), json!({})).await.expect(404)["status_code"],
                404
            );
            refused_problem(&admin.get(&format!("/api/jackfield/v1/plugins/{name}")).await, 404);
        }
    }
}

each_backend! {
    async fn fact_108_a_page_has_at_most_200_entries(host: TestHost) {
        let hook = Hook::new(&host).await;
        for _ in 0..11 {
            // Each round creates nineteen posts.
            hook.send_json(&json!({"text": "x".repeat(16_383 * 18)})).await.expect(200);
            hook.send_json(&json!({"text": "x"})).await.expect(200);
        }
        let path = format!("/api/v4/channels/{}/posts", hook.place.channel_id);
        for (query, length) in [
            ("?per_page=100000000", 200),
            ("", 60),
            ("?per_page=0", 60),
            ("?per_page=-5", 60),
            ("?per_page=x", 60),
            ("?per_page=7", 7),
            // The owner's joining was a post as well.
            ("?per_page=200&page=1", 10),
        ] {
            let list = hook.owner.get(&format!("{path}{query}")).await.expect(200);
            assert_eq!(list["order"].as_array().map(Vec::len), Some(length), "{query}");
        }
        let teams = hook.owner.get("/api/v4/teams?per_page=100000000").await.expect(200);
        assert_eq!(teams.as_array().map(Vec::len), Some(1));
    }
}

each_backend! {
    async fn fact_120_the_home_page_names_the_version(host: TestHost) {
        let page = host.anonymous().get("/").await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
        assert!(page.header("x-version-id").is_some_and(|version| version.starts_with("11.")));
    }
}

each_backend! {
    async fn the_health_checks_succeed(host: TestHost) {
        let anonymous = host.anonymous();
        assert_eq!(anonymous.get("/healthz").await.status, 200);
        assert_eq!(anonymous.get("/readyz").await.status, 200);
        assert_eq!(anonymous.get("/api/v4/system/ping").await.expect(200)["status"], "OK");
        let ping = anonymous.get("/api/v4/system/ping?get_server_status=true").await.expect(200);
        assert_eq!(ping["database_status"], "OK");
    }
}

each_backend! {
    async fn a_response_before_the_end_of_the_body_reaches_the_client(host: TestHost) {
        let (anna, anonymous) = (host.user("anna").await, host.anonymous());
        let plugins = "/api/jackfield/v1/plugins";
        for _ in 0..10 {
            refused_problem(&anna.post_raw(plugins, None, vec![0; 3_000_000]).await, 403);
            refused(&anonymous.post_raw("/api/v4/posts", None, vec![b' '; 3_000_000]).await, 401);
            refused(&anna.post_raw("/api/v4/posts", None, vec![b' '; 3_000_000]).await, 413);
            anonymous.post_raw("/api/v4/nowhere", None, vec![b' '; 3_000_000]).await.expect(404);
            anna.get("/api/v4/users/me").await.expect(200);
        }
    }
}

each_backend! {
    async fn doubled_slashes_redirect_to_the_address_without_them(host: TestHost) {
        let anonymous = host.anonymous();
        let read = anonymous.get("/api/v4//system//ping?x=//y").await;
        assert_eq!((read.status, read.header("location")), (301, Some("/api/v4/system/ping?x=//y")));
        let written = anonymous.post("/api/v4//users/login", serde_json::json!({})).await;
        assert_eq!((written.status, written.header("location")), (308, Some("/api/v4/users/login")));
    }
}

each_backend! {
    async fn a_picture_elsewhere_is_redirected_to(host: TestHost) {
        let admin = host.admin().await;
        for url in ["http://elsewhere.test/a.png", "HTTPS://elsewhere.test/a.png"] {
            let response = admin.get(&format!("/api/v4/image?url={url}")).await;
            assert_eq!((response.status, response.header("location")), (302, Some(url)), "{}", response.text());
        }
        for url in ["", "elsewhere.test/a.png", "ftp://elsewhere.test/a.png", "https://a%0A"] {
            refused(&admin.get(&format!("/api/v4/image?url={url}")).await, 400);
        }
    }
}
