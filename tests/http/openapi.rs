//! The own API matches its OpenAPI description.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused_problem;

const OWN: &str = "/api/jackfield/v1";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn document(host: &TestHost) -> Value {
    host.anonymous().get(&format!("{OWN}/openapi.json")).await.expect(200)
}

/// Fills in path parameters: `/notices/{notice}/read` becomes `/notices/x/read`.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

each_backend! {
    async fn an_address_answers_the_documented_methods_and_no_others(host: TestHost) {
        let (document, anonymous) = (document(&host).await, host.anonymous());
        let paths = document["paths"].as_object().expect("paths");
        assert!(paths.len() > 20, "{}", paths.len());
        for (path, operations) in paths {
            for method in METHODS {
                let address = format!("{OWN}{}", filled(path));
                let response = anonymous.request(&method.to_uppercase(), &address, &[], "").await;
                let expected = match operations.get(method) {
                    None => 405,
                    Some(operation) if operation["security"] == json!([{}]) => 200,
                    Some(_) => 401,
                };
                assert_eq!(response.status, expected, "{method} {path}");
            }
        }
    }
}

each_backend! {
    async fn every_operation_describes_its_failure_and_every_post_takes_a_key(host: TestHost) {
        let document = document(&host).await;
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                let failure = &operation["responses"]["default"]["content"]["application/problem+json"]["schema"];
                assert_eq!(failure["$ref"], "#/components/schemas/ProblemDetails", "{method} {path}");
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let keyed = parameters.into_iter().any(|parameter| parameter["name"] == "Idempotency-Key");
                assert_eq!(keyed, method == "post", "{method} {path}");
            }
        }
    }
}

each_backend! {
    async fn a_problem_has_a_documented_code_and_a_remedy(host: TestHost) {
        let document = document(&host).await;
        let codes = document["components"]["schemas"]["ErrorCode"]["enum"].as_array().expect("codes");
        let (admin, anonymous) = (host.admin().await, host.anonymous());
        let unknown = "k".repeat(26);
        for (response, status, code) in [
            (anonymous.get(&format!("{OWN}/me")).await, 401, "auth.required"),
            (admin.get(&format!("{OWN}/nowhere")).await, 404, "request.no_such_address"),
            (admin.delete(&format!("{OWN}/me")).await, 405, "request.method_not_allowed"),
            (admin.get(&format!("{OWN}/plugins/com.acme.none")).await, 404, "plugin.not_found"),
            (admin.get(&format!("{OWN}/notices/{unknown}")).await, 404, "notice.not_found"),
            (admin.get(&format!("{OWN}/applications/{unknown}")).await, 404, "application.not_found"),
            (admin.get(&format!("{OWN}/applications/x")).await, 400, "request.invalid_parameter"),
            (admin.get(&format!("{OWN}/mails?state=lost")).await, 400, "request.invalid_parameter"),
            (admin.post(&format!("{OWN}/notices"), json!({"users": []})).await, 400, "notice.no_recipients"),
            (admin.post(&format!("{OWN}/notices"), json!({"users": 5})).await, 400, "request.invalid_field"),
        ] {
            let problem = refused_problem(&response, status);
            assert_eq!(problem["code"], code, "{problem}");
            assert!(codes.contains(&problem["code"]), "{problem}");
        }
    }
}

each_backend! {
    async fn a_body_that_does_not_fit_names_the_field(host: TestHost) {
        let admin = host.admin().await;
        let notices = format!("{OWN}/notices");
        for (body, field) in [
            (json!({"title": 5}), "title"),
            (json!({"users": ["x"]}), "users"),
            (json!({"actions": [{"label": "a"}, {"label": 5}]}), "actions[1]"),
            (json!({"content_type": "html"}), "content_type"),
        ] {
            assert_eq!(refused_problem(&admin.post(&notices, body.clone()).await, 400)["field"], field, "{body}");
        }
    }
}

each_backend! {
    async fn applications_are_paged_without_gaps(host: TestHost) {
        let (admin, list) = (host.admin().await, format!("{OWN}/applications"));
        for code in ["one", "two", "three", "four", "five"] {
            admin.post(&list, json!({"name": code, "code": code})).await.expect(201);
        }
        let mut codes = Vec::new();
        let mut page = admin.get(&format!("{list}?limit=2")).await.expect(200);
        loop {
            let items = page["items"].as_array().expect("items");
            codes.extend(items.iter().map(|item| item["code"].as_str().expect("a code").to_owned()));
            // A row that is deleted between two pages shifts nothing.
            admin.delete(&format!("{list}/{}", items[0]["id"].as_str().expect("an id"))).await;
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            page = admin.get(&format!("{list}?limit=2&cursor={cursor}")).await.expect(200);
        }
        assert_eq!(codes, ["one", "two", "three", "four", "five"]);
    }
}
