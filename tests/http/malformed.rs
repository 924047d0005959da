//! Malformed input at every route: it is refused with the right status and shape, and changes nothing.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::endpoints::Endpoints;
use crate::support::refused;

/// Values of every JSON type except that of `good`.
fn of_other_types(good: &Value) -> Vec<Value> {
    let all = [json!("x"), json!(5), json!(-0.5), json!(true), json!(["x"]), json!({"x": 1})];
    let kind = |value: &Value| std::mem::discriminant(value);
    all.into_iter().filter(|value| kind(value) != kind(good)).collect()
}

each_backend! {
    async fn every_route_accepts_its_good_body(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        for endpoint in &endpoints.list {
            let response = endpoints.admin.post(&endpoint.path, endpoint.good.clone()).await;
            assert!((200..=201).contains(&response.status), "{}: {response:?}", endpoint.path);
        }
    }
}

each_backend! {
    async fn every_route_refuses_a_body_that_is_not_a_json_object(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let before = endpoints.state().await;
        for endpoint in &endpoints.list {
            let texts: Vec<&Value> = endpoint.good.as_object().expect("an object").values().collect();
            let listed = json!(texts).to_string();
            for body in [
                "", " ", "{", "}", "x", "null", "5", "true", "\"x\"", "[]", "[{}]", "{\"a\":}", "\u{0}",
                &listed,
            ] {
                let response = endpoints.admin.post_raw(&endpoint.path, Some("application/json"), body).await;
                endpoint.refused(&response, 400);
            }
            let cut = endpoint.good.to_string();
            let response =
                endpoints.admin.post_raw(&endpoint.path, Some("application/json"), &cut[..cut.len() - 1]).await;
            endpoint.refused(&response, 400);
            let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
            endpoint.refused(&endpoints.admin.post_raw(&endpoint.path, None, nested).await, 400);
            if !endpoint.is_hook() {
                // This is an object without any of the fields of the route.
                endpoint.refused(
                    &endpoints.admin.post_raw(&endpoint.path, None, b"{\"x\":\"\xff\"}".to_vec()).await,
                    endpoint.status_without_fields(),
                );
            }
        }
        assert_eq!(endpoints.state().await, before);
    }
}

each_backend! {
    async fn every_route_refuses_a_value_of_a_wrong_type(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let before = endpoints.state().await;
        for endpoint in &endpoints.list {
            for (key, good) in endpoint.good.as_object().expect("an object") {
                for wrong in of_other_types(good) {
                    let mut body = endpoint.good.clone();
                    body[key] = wrong;
                    endpoint.refused(&endpoints.admin.post(&endpoint.path, body).await, 400);
                }
            }
        }
        assert_eq!(endpoints.state().await, before);
    }
}

each_backend! {
    async fn every_route_takes_null_as_absent(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        for endpoint in &endpoints.list {
            let keys: Vec<&String> = endpoint.good.as_object().expect("an object").keys().collect();
            for key in keys {
                let mut nulled = endpoint.good.clone();
                nulled[key] = Value::Null;
                let mut lacking = endpoint.good.clone();
                lacking.as_object_mut().expect("an object").remove(key);
                let lacking = endpoints.admin.post(&endpoint.path, lacking).await;
                let nulled = endpoints.admin.post(&endpoint.path, nulled).await;
                for response in [&lacking, &nulled] {
                    assert!(response.status < 500, "{} without {key}: {response:?}", endpoint.path);
                }
                // Each name can be used only once.
                let once = lacking.status == 201 && nulled.status == 400;
                assert!(
                    once || lacking.status == nulled.status,
                    "{} {key}: {lacking:?} {nulled:?}",
                    endpoint.path
                );
            }
        }
    }
}

each_backend! {
    async fn every_route_refuses_a_text_with_a_nul_character(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let before = endpoints.state().await;
        for endpoint in endpoints.list.iter().filter(|endpoint| !endpoint.is_hook()) {
            for (key, good) in endpoint.good.as_object().expect("an object") {
                let mut body = endpoint.good.clone();
                body[key] = match good {
                    Value::String(text) => json!(format!("{text}\0")),
                    Value::Object(_) => json!({"a\0": "b"}),
                    _ => continue,
                };
                endpoint.refused(&endpoints.admin.post(&endpoint.path, body).await, 400);
            }
        }
        let posts = endpoints.list.iter().find(|endpoint| endpoint.path == "/api/v4/posts").expect("an endpoint");
        for props in [json!({"a": {"b": ["\0"]}}), json!({"a": [{"\0": 1}]})] {
            let mut body = posts.good.clone();
            body["props"] = props;
            posts.refused(&endpoints.admin.post(&posts.path, body).await, 400);
        }
        assert_eq!(endpoints.state().await, before);
        // An escaped backslash followed by these letters is not NUL.
        let mut body = posts.good.clone();
        body["message"] = json!("\\u0000");
        body["props"] = json!({"a": "\\u0000"});
        let post = endpoints.admin.post(&posts.path, body).await.expect(201);
        assert_eq!((&post["message"], &post["props"]["a"]), (&json!("\\u0000"), &json!("\\u0000")));
    }
}

each_backend! {
    async fn a_query_with_a_nul_character_is_refused(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let (team, channel) = (&place.team_id, &place.channel_id);
        for path in [
            "users?sort=a".to_owned(),
            "users/autocomplete?name=a".to_owned(),
            "emoji/autocomplete?name=a".to_owned(),
            "emoji?sort=".to_owned(),
            "image?url=https://a".to_owned(),
            format!("channels/{channel}/posts?since="),
            format!("teams/{team}/channels/autocomplete?name=a"),
            format!("teams/{team}/members?page="),
        ] {
            let name = path.rsplit(['?', '=']).nth(1).expect("a parameter");
            let error = refused(&admin.get(&format!("/api/v4/{path}%00")).await, 400);
            assert_eq!(error["id"], "api.context.invalid_url_param.app_error", "{path}");
            assert!(error["message"].as_str().unwrap().contains(&format!("`{name}`")), "{path}: {error}");
        }
    }
}

each_backend! {
    async fn every_route_refuses_an_unknown_id(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let before = endpoints.state().await;
        for endpoint in &endpoints.list {
            for key in endpoint.good.as_object().expect("an object").keys().filter(|key| key.ends_with("_id")) {
                if matches!(key.as_str(), "login_id" | "pending_post_id") {
                    continue;
                }
                let unknown = endpoint.status_of_unknown(key);
                let malformed = endpoint.status_of_malformed(key);
                for (id, status) in [
                    ("kkkkkkkkkkkkkkkkkkkkkkkkkk", unknown),
                    ("kkkkkkkkkkkkkkkkkkkkkkkkk", malformed),
                    ("kkkkkkkkkkkkkkkkkkkkkkkkk%", malformed),
                    ("' or 1=1 --", malformed),
                ] {
                    let mut body = endpoint.good.clone();
                    body[key] = json!(id);
                    let response = endpoints.admin.post(&endpoint.path, body).await;
                    assert_eq!(response.status, status, "{} {key} {id}: {response:?}", endpoint.path);
                    endpoint.refused(&response, status);
                }
            }
        }
        assert_eq!(endpoints.state().await, before);
    }
}

each_backend! {
    async fn an_unsupported_method_is_405_at_every_route(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let before = endpoints.state().await;
        for endpoint in &endpoints.list {
            for method in ["PATCH", "PUT"] {
                let response = endpoints.admin.request(method, &endpoint.path, &[], endpoint.good.to_string()).await;
                endpoint.refused(&response, 405);
            }
        }
        assert_eq!(endpoints.state().await, before);
    }
}

each_backend! {
    async fn a_body_over_the_limit_is_413_at_every_route(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let before = endpoints.state().await;
        for endpoint in &endpoints.list {
            let mut body = endpoint.good.to_string();
            body.push_str(&" ".repeat(300_001 - body.len()));
            let response = endpoints.admin.post_raw(&endpoint.path, Some("application/json"), body).await;
            endpoint.refused(&response, 413);
        }
        assert_eq!(endpoints.state().await, before);
    }
}

each_backend! {
    async fn every_route_but_the_open_ones_is_401_without_a_session(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let before = endpoints.state().await;
        let open = ["/api/v4/users", "/api/v4/users/login"];
        for endpoint in endpoints.list.iter().filter(|endpoint| !endpoint.is_hook() && !open.contains(&endpoint.path.as_str())) {
            endpoint.refused(&host.anonymous().post(&endpoint.path, endpoint.good.clone()).await, 401);
            let bad = endpoints.admin.with_token("nonsense");
            endpoint.refused(&bad.post(&endpoint.path, endpoint.good.clone()).await, 401);
        }
        assert_eq!(endpoints.state().await, before);
    }
}
