//! Every route that takes a JSON body, each with a body it accepts, and the state that a refused request must not
//! change.

use jackfield_tests::{Place, TestClient, TestHost, TestResponse};
use serde_json::{Value, json};

use crate::support;

const OWN: &str = "/api/jackfield/v1";

/// A route that takes a body.
pub(super) struct Endpoint {
    pub(super) path: String,
    pub(super) good: Value,
}

/// A host on which each endpoint accepts its body.
pub(super) struct Endpoints {
    pub(super) admin: TestClient,
    pub(super) list: Vec<Endpoint>,
    place: Place,
}

impl Endpoint {
    fn new(path: impl Into<String>, good: Value) -> Self {
        Self { path: path.into(), good }
    }

    /// Asserts that a response is an error with this status, in the shape of the route.
    #[track_caller]
    pub(super) fn refused(&self, response: &TestResponse, status: u16) -> Value {
        if self.path.starts_with(OWN) {
            support::refused_problem(response, status)
        } else {
            support::refused(response, status)
        }
    }

    /// Returns the status of a body without any of the fields of the route.
    pub(super) fn status_without_fields(&self) -> u16 {
        ["channel_id", "token_id"].iter().map(|key| self.status_of_malformed(key)).max().unwrap_or(400)
    }

    /// Returns the status of an id of nothing in a field of the body. A body that repeats the team of the address has
    /// to name that one.
    pub(super) fn status_of_unknown(&self, key: &str) -> u16 {
        let repeats = key == "team_id" && self.path.starts_with("/api/v4/teams/");
        if key == "root_id" || repeats { 400 } else { 404 }
    }

    /// Returns the status of a text that cannot be an id in a field of the body. A post is refused as one into a
    /// channel that the account may not use; where the body names a team, a token or a webhook's channel it is answered
    /// as an unknown one.
    pub(super) fn status_of_malformed(&self, key: &str) -> u16 {
        match (self.path.as_str(), key) {
            _ if self.good.get(key).is_none() => 400,
            ("/api/v4/posts", "channel_id") => 403,
            ("/api/v4/channels", "team_id") | ("/api/v4/hooks/incoming", "channel_id") | (_, "token_id") => {
                404
            }
            _ => 400,
        }
    }

    pub(super) fn is_hook(&self) -> bool {
        self.path.starts_with("/hooks/")
    }
}

impl Endpoints {
    pub(super) async fn new(host: &TestHost) -> Self {
        let admin = host.admin().await;
        let anna = host.user("anna").await;
        let place = host.place(&admin).await;
        let github = host.install(&admin, "github").await;
        host.install(&admin, "dice").await;
        let post = json!({"channel_id": place.channel_id, "message": "root"});
        let root = admin.post("/api/v4/posts", post).await.expect(201);
        let token = admin.post("/api/v4/users/me/tokens", json!({"description": "x"})).await.expect(200);
        let hook = json!({"channel_id": place.channel_id});
        let hook = admin.post("/api/v4/hooks/incoming", hook).await.expect(201);
        let mut list = accounts();
        list.extend(tokens(&token["id"]));
        list.extend(places(&place, anna.id()));
        list.extend(messages(&place.channel_id, &root["id"], &hook["id"]));
        list.extend(plugins(&place.channel_id, &github));
        Self { admin, list, place }
    }

    /// Returns everything that a request could have changed, as the administrator sees it.
    pub(super) async fn state(&self) -> Vec<Value> {
        let mut state = Vec::new();
        for path in [
            "/api/v4/users/username/new".to_owned(),
            "/api/v4/users/me/tokens".to_owned(),
            "/api/v4/teams".to_owned(),
            format!("/api/v4/teams/{}/channels", self.place.team_id),
            format!("/api/v4/channels/{}/posts", self.place.channel_id),
            "/api/v4/hooks/incoming".to_owned(),
            format!("{OWN}/plugins"),
            format!("{OWN}/bridges"),
        ] {
            let mut response = self.admin.get(&path).await.json();
            // An unknown account is an error, whose request id differs each time.
            if response.is_object() && response.get("status_code").is_some() {
                response = json!(response["status_code"]);
            }
            state.push(response);
        }
        state
    }
}

fn accounts() -> Vec<Endpoint> {
    let account = json!({
        "username": "new", "email": "new@example.org", "password": "long enough", "nickname": "n",
        "first_name": "f", "last_name": "l", "locale": "de",
    });
    let login = json!({"login_id": "anna", "password": "password-of-anna"});
    vec![Endpoint::new("/api/v4/users", account), Endpoint::new("/api/v4/users/login", login)]
}

/// Returns the token routes. Revoking comes last, because it deletes the token.
fn tokens(token_id: &Value) -> Vec<Endpoint> {
    let chosen =
        |verb: &str| Endpoint::new(format!("/api/v4/users/tokens/{verb}"), json!({"token_id": token_id}));
    let new = Endpoint::new("/api/v4/users/me/tokens", json!({"description": "x"}));
    vec![new, chosen("disable"), chosen("enable"), chosen("revoke")]
}

fn places(place: &Place, user_id: &str) -> Vec<Endpoint> {
    let Place { team_id, channel_id } = place;
    let team = json!({"name": "new", "display_name": "New", "type": "O"});
    let channel = json!({
        "team_id": team_id, "name": "new", "display_name": "New", "type": "O", "header": "h",
        "purpose": "p",
    });
    let member = json!({"user_id": user_id});
    let of_team = json!({"team_id": team_id, "user_id": user_id});
    vec![
        Endpoint::new("/api/v4/teams", team),
        Endpoint::new(format!("/api/v4/teams/{team_id}/members"), of_team),
        Endpoint::new("/api/v4/channels", channel),
        Endpoint::new(format!("/api/v4/channels/{channel_id}/members"), member),
    ]
}

fn messages(channel_id: &str, root_id: &Value, hook_id: &Value) -> Vec<Endpoint> {
    let post = json!({
        "channel_id": channel_id, "root_id": root_id, "message": "x", "type": "custom_x",
        "props": {"card": "c"}, "pending_post_id": "p",
    });
    let command = json!({"channel_id": channel_id, "root_id": root_id, "command": "/roll 2d6"});
    let hook = json!({
        "channel_id": channel_id, "display_name": "d", "description": "d", "username": "u", "icon_url": "https://example.org/i.png",
        "channel_locked": true,
    });
    let payload = json!({
        "text": "x", "channel": "town-square", "username": "u", "icon_url": "https://example.org/i.png",
        "attachments": [{"text": "a"}], "props": {"card": "c"},
    });
    let hook_id = hook_id.as_str().expect("a hook has an id");
    vec![
        Endpoint::new("/api/v4/posts", post),
        Endpoint::new("/api/v4/commands/execute", command),
        Endpoint::new("/api/v4/emoji/search", json!({"term": "x", "prefix_only": true})),
        Endpoint::new("/api/v4/hooks/incoming", hook),
        Endpoint::new(format!("/hooks/{hook_id}"), payload),
    ]
}

fn plugins(channel_id: &str, github: &Value) -> Vec<Endpoint> {
    let bridge = json!({
        "plugin": github["id"], "bridge": "github", "channel_id": channel_id, "verifier": "github",
        "secret": "s", "display_name": "d",
    });
    let consent = json!({"sheet_digest": github["sheet_digest"]});
    let id = github["id"].as_str().expect("a plugin has an id");
    vec![
        Endpoint::new(format!("{OWN}/bridges"), bridge),
        Endpoint::new(format!("{OWN}/plugins/{id}/enable"), consent),
    ]
}
