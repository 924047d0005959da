//! Calls every route that the server lists, so that new routes are covered automatically.

use jackfield::{Route, routes};
use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Map, Value, json};

use super::random::Dice;

/// The number of requests to each method of each route.
const CASES: usize = 20;
const SEED: u64 = 0x726f_7574_6573_2121;

/// Routes that would end the session of the test, or disable what it uses next.
const SPARED: [&str; 3] = [
    "/api/v4/users/logout",
    "/api/v4/users/sessions/revoke/all",
    "/api/jackfield/v1/plugins/{plugin}/disable",
];

/// Keys of the bodies that routes take.
const KEYS: [&str; 48] = [
    "id",
    "user_id",
    "user_ids",
    "users",
    "team_id",
    "channel_id",
    "post_id",
    "root_id",
    "message",
    "type",
    "props",
    "file_ids",
    "name",
    "display_name",
    "description",
    "header",
    "purpose",
    "roles",
    "scheme_admin",
    "username",
    "email",
    "password",
    "new_password",
    "nickname",
    "active",
    "status",
    "dnd_end_time",
    "category",
    "value",
    "emoji_name",
    "term",
    "terms",
    "is_or_search",
    "priority",
    "metadata",
    "notify_props",
    "ids",
    "recipients",
    "title",
    "content",
    "url",
    "actions",
    "sender",
    "code",
    "addresses",
    "dialects",
    "mail",
    "overlap_s",
];

/// Parameters that routes read from the query.
const PARAMETERS: [&str; 28] = [
    "active",
    "after",
    "before",
    "channel_id",
    "custom_only",
    "direction",
    "exclude_team",
    "from",
    "fromCreateAt",
    "fromPost",
    "in_channel",
    "in_team",
    "include_deleted",
    "limit",
    "name",
    "not_in_channel",
    "not_in_team",
    "page",
    "per_page",
    "permanent",
    "role",
    "root_id",
    "since",
    "sort",
    "status",
    "team_id",
    "user_id",
    "user_input",
];

/// Ids of existing rows, by the names of path parameters and keys.
struct Existing(Vec<(&'static str, String)>);

impl Existing {
    async fn of(host: &TestHost, admin: &TestClient) -> Self {
        let anna = host.user("anna").await;
        let place = host.place(admin).await;
        let post = json!({"channel_id": place.channel_id, "message": "root"});
        let post = admin.post("/api/v4/posts", post).await.expect(201);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        Self(vec![
            ("user", anna.id().to_owned()),
            ("team", place.team_id.clone()),
            ("channel", place.channel_id.clone()),
            ("post", text(&post["id"])),
            ("root", text(&post["id"])),
        ])
    }

    /// Returns an existing id in most cases, if the name says of which kind.
    fn one(&self, name: &str, dice: &mut Dice) -> Option<&str> {
        let existing = self.0.iter().find(|(kind, _)| name.trim_end_matches("_id") == *kind)?;
        (dice.roll(4) > 0).then_some(existing.1.as_str())
    }

    fn path(&self, path: &str, dice: &mut Dice) -> String {
        let odd = [
            "x",
            "me",
            "0",
            "%00",
            "%ff",
            "..",
            "kkkkkkkkkkkkkkkkkkkkkkkkkk",
            "town-square",
            "%2F",
            "%F0%9F%8E%B2",
        ];
        let mut whole = String::new();
        for (index, part) in path.split('{').enumerate() {
            let rest = match part.split_once('}') {
                Some((name, rest)) if index > 0 => {
                    whole.push_str(self.one(name, dice).unwrap_or(*dice.one_of(&odd)));
                    rest
                }
                _ => part,
            };
            whole.push_str(rest);
        }
        whole
    }

    fn query(&self, dice: &mut Dice) -> String {
        let odd = [
            "",
            "x",
            "0",
            "-1",
            "1",
            "true",
            "%00",
            "a%00b",
            "%25",
            "_",
            "99999999999999999999",
            "%F0%9F%8E%B2",
        ];
        let pair = |dice: &mut Dice| {
            let name = *dice.one_of(&PARAMETERS);
            format!("{name}={}", self.one(name, dice).unwrap_or(*dice.one_of(&odd)))
        };
        (0..dice.roll(5)).map(|_| pair(dice)).collect::<Vec<_>>().join("&")
    }

    fn body(&self, dice: &mut Dice) -> Value {
        if dice.roll(6) == 0 {
            return dice.value(3);
        }
        let mut body = Map::new();
        for _ in 0..dice.roll(8) {
            let key = *dice.one_of(&KEYS);
            let value = self.one(key, dice).map(Value::from);
            body.insert(key.to_owned(), value.unwrap_or_else(|| dice.value(2)));
        }
        if dice.roll(5) == 0 { json!([body]) } else { Value::Object(body) }
    }
}

/// Returns whether a request would sign the caller out or change its account.
fn is_spared(route: &Route, path: &str) -> bool {
    SPARED.contains(&route.path.as_str()) || (route.method != Some("GET") && path.contains("/users/me"))
}

#[test]
fn the_list_of_routes_is_complete() {
    let routes = routes();
    let has = |method: &'static str, path: &str| {
        routes.iter().any(|route| route.method == Some(method) && route.path == path)
    };
    assert!(routes.len() > 180, "{}", routes.len());
    assert!(has("PUT", "/api/v4/channels/{channel}/patch") && has("POST", "/hooks/{id}"));
    assert!(
        has("POST", "/api/jackfield/v1/plugins/{plugin}/enable") && has("DELETE", "/api/v4/posts/{post}")
    );
}

each_backend! {
    async fn no_request_to_any_route_makes_the_server_fail(host: TestHost) {
        let admin = host.admin().await;
        let existing = Existing::of(&host, &admin).await;
        let mut dice = Dice(SEED);
        for route in routes() {
            for case in 0..CASES {
                let path = existing.path(&route.path, &mut dice);
                let body = existing.body(&mut dice).to_string();
                if is_spared(&route, &path) {
                    continue;
                }
                let path = format!("{path}?{}", existing.query(&mut dice));
                let method = route.method.unwrap_or("POST");
                let kind = [("content-type", "application/json")];
                let response = admin.request(method, &path, &kind, body.clone()).await;
                // 501 means that an option is disabled.
                let fine = response.status < 500 || response.status == 501;
                assert!(fine, "case {case} of {method} {path}: {body}\n{response:?}");
                // A sign-in with other credentials is refused with 401, too.
                let is_sign_in = route.path == "/api/v4/users/login";
                assert!(is_sign_in || response.status != 401, "{method} {path} ended the session: {body}");
            }
        }
    }
}

each_backend! {
    async fn an_anonymous_client_learns_and_changes_nothing(host: TestHost) {
        let admin = host.admin().await;
        let existing = Existing::of(&host, &admin).await;
        let open = ["/api/v4/users", "/api/v4/config/client", "/api/v4/license/client", "/api/v4/system/ping",
            "/api/v4/users/login", "/api/v4/users/logout", "/api/v4/users/password/reset", "/api/v4/users/password/reset/send",
            "/api/v4/users/email/verify", "/api/v4/users/email/verify/send", "/api/v4/teams/invite/{invite}", "/api/v4/websocket",
            "/api/jackfield/v1/openapi.json"];
        let mut dice = Dice(SEED);
        let inside = routes().into_iter().filter(|route| route.path.starts_with("/api/"));
        for route in inside.filter(|route| !open.contains(&route.path.as_str())) {
            // Only valid addresses are used, since a malformed one may be refused before the session is checked.
            let path = existing.0.iter().fold(route.path.clone(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
            let path = path.replace(['{', '}'], "");
            let body = existing.body(&mut dice).to_string();
            let method = route.method.unwrap_or("POST");
            let response = host.anonymous().request(method, &path, &[("content-type", "application/json")], body).await;
            assert_eq!(response.status, 401, "{method} {path}: {response:?}");
        }
        admin.get("/api/v4/users/me").await.expect(200);
    }
}
