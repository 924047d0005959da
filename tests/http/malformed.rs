//! Input that no route can use: refused by status and shape, and nothing has changed.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::doors::House;

/// Values of every JSON type but this one's.
fn of_other_types(good: &Value) -> Vec<Value> {
    let all = [json!("x"), json!(5), json!(-0.5), json!(true), json!(["x"]), json!({"x": 1})];
    let kind = |value: &Value| std::mem::discriminant(value);
    all.into_iter().filter(|value| kind(value) != kind(good)).collect()
}

each_backend! {
    async fn every_route_accepts_its_good_body(host: TestHost) {
        let house = House::new(&host).await;
        for door in &house.doors {
            let answer = house.admin.post(&door.path, door.good.clone()).await;
            assert!((200..=201).contains(&answer.status), "{}: {answer:?}", door.path);
        }
    }
}

each_backend! {
    async fn what_is_no_json_object_is_refused_by_every_route(host: TestHost) {
        let house = House::new(&host).await;
        let before = house.state().await;
        for door in &house.doors {
            let texts: Vec<&Value> = door.good.as_object().expect("an object").values().collect();
            let listed = json!(texts).to_string();
            for body in [
                "", " ", "{", "}", "x", "null", "5", "true", "\"x\"", "[]", "[{}]", "{\"a\":}", "\u{0}",
                &listed,
            ] {
                let answer = house.admin.post_raw(&door.path, Some("application/json"), body).await;
                door.refused(&answer, 400);
            }
            let cut = door.good.to_string();
            let answer =
                house.admin.post_raw(&door.path, Some("application/json"), &cut[..cut.len() - 1]).await;
            door.refused(&answer, 400);
            let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
            door.refused(&house.admin.post_raw(&door.path, None, nested).await, 400);
            if !door.is_hook() {
                door.refused(
                    &house.admin.post_raw(&door.path, None, b"{\"x\":\"\xff\"}".to_vec()).await,
                    400,
                );
            }
        }
        assert_eq!(house.state().await, before);
    }
}

each_backend! {
    async fn a_value_of_a_wrong_type_is_refused_by_every_route(host: TestHost) {
        let house = House::new(&host).await;
        let before = house.state().await;
        for door in &house.doors {
            for (key, good) in door.good.as_object().expect("an object") {
                for wrong in of_other_types(good) {
                    let mut body = door.good.clone();
                    body[key] = wrong;
                    door.refused(&house.admin.post(&door.path, body).await, 400);
                }
            }
        }
        assert_eq!(house.state().await, before);
    }
}

each_backend! {
    async fn null_is_absent_at_every_route(host: TestHost) {
        let house = House::new(&host).await;
        for door in &house.doors {
            let keys: Vec<&String> = door.good.as_object().expect("an object").keys().collect();
            for key in keys {
                let mut nulled = door.good.clone();
                nulled[key] = Value::Null;
                let mut lacking = door.good.clone();
                lacking.as_object_mut().expect("an object").remove(key);
                let lacking = house.admin.post(&door.path, lacking).await;
                let nulled = house.admin.post(&door.path, nulled).await;
                for answer in [&lacking, &nulled] {
                    assert!(answer.status < 500, "{} without {key}: {answer:?}", door.path);
                }
                // A name is taken after the first time.
                let once = lacking.status == 201 && nulled.status == 400;
                assert!(
                    once || lacking.status == nulled.status,
                    "{} {key}: {lacking:?} {nulled:?}",
                    door.path
                );
            }
        }
    }
}

each_backend! {
    async fn a_text_with_a_nul_character_is_refused(host: TestHost) {
        let house = House::new(&host).await;
        let before = house.state().await;
        for door in house.doors.iter().filter(|door| !door.is_hook()) {
            for (key, good) in door.good.as_object().expect("an object") {
                let mut body = door.good.clone();
                body[key] = match good {
                    Value::String(text) => json!(format!("{text}\0")),
                    Value::Object(_) => json!({"a\0": "b"}),
                    _ => continue,
                };
                door.refused(&house.admin.post(&door.path, body).await, 400);
            }
        }
        let posts = house.doors.iter().find(|door| door.path == "/api/v4/posts").expect("a door");
        for props in [json!({"a": {"b": ["\0"]}}), json!({"a": [{"\0": 1}]})] {
            let mut body = posts.good.clone();
            body["props"] = props;
            posts.refused(&house.admin.post(&posts.path, body).await, 400);
        }
        assert_eq!(house.state().await, before);
        // The escape's letters are no NUL.
        let mut body = posts.good.clone();
        body["message"] = json!("\\u0000");
        assert_eq!(house.admin.post(&posts.path, body).await.expect(201)["message"], "\\u0000");
    }
}

each_backend! {
    async fn an_id_of_nothing_is_refused_by_every_route(host: TestHost) {
        let house = House::new(&host).await;
        let before = house.state().await;
        for door in &house.doors {
            for key in door.good.as_object().expect("an object").keys().filter(|key| key.ends_with("_id")) {
                if matches!(key.as_str(), "login_id" | "pending_post_id") {
                    continue;
                }
                for (id, statuses) in [
                    ("kkkkkkkkkkkkkkkkkkkkkkkkkk", [404, 400]),
                    ("kkkkkkkkkkkkkkkkkkkkkkkkk", [400, 400]),
                    ("kkkkkkkkkkkkkkkkkkkkkkkkk%", [400, 400]),
                    ("' or 1=1 --", [400, 400]),
                ] {
                    let mut body = door.good.clone();
                    body[key] = json!(id);
                    let answer = house.admin.post(&door.path, body).await;
                    assert!(statuses.contains(&answer.status), "{} {key} {id}: {answer:?}", door.path);
                    door.refused(&answer, answer.status);
                }
            }
        }
        assert_eq!(house.state().await, before);
    }
}

each_backend! {
    async fn a_method_that_a_route_lacks_is_405(host: TestHost) {
        let house = House::new(&host).await;
        let before = house.state().await;
        for door in &house.doors {
            for method in ["PATCH", "PUT"] {
                let answer = house.admin.request(method, &door.path, &[], door.good.to_string()).await;
                door.refused(&answer, 405);
            }
        }
        assert_eq!(house.state().await, before);
    }
}

each_backend! {
    async fn a_body_over_the_limit_is_413_at_every_route(host: TestHost) {
        let house = House::new(&host).await;
        let before = house.state().await;
        for door in &house.doors {
            let mut body = door.good.to_string();
            body.push_str(&" ".repeat(300_001 - body.len()));
            let answer = house.admin.post_raw(&door.path, Some("application/json"), body).await;
            door.refused(&answer, 413);
        }
        assert_eq!(house.state().await, before);
    }
}

each_backend! {
    async fn without_a_session_every_route_but_the_open_ones_is_401(host: TestHost) {
        let house = House::new(&host).await;
        let before = house.state().await;
        let open = ["/api/v4/users", "/api/v4/users/login"];
        for door in house.doors.iter().filter(|door| !door.is_hook() && !open.contains(&door.path.as_str())) {
            door.refused(&host.anonymous().post(&door.path, door.good.clone()).await, 401);
            let bad = house.admin.with_token("nonsense");
            door.refused(&bad.post(&door.path, door.good.clone()).await, 401);
        }
        assert_eq!(house.state().await, before);
    }
}
