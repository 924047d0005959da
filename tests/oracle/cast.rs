//! The accounts and places that a story acts with.

use std::collections::BTreeMap;

use jackfield::secret::random_id;
use jackfield_tests::{TestClient, TestHost};
use serde_json::{Value, json};

use super::listener::Listener;
use super::text::Names;

const PASSWORD: &str = "Correct-horse-9";

/// Four accounts: an administrator, two members of the story's team, and one outside of it.
pub(super) struct Cast {
    clients: BTreeMap<&'static str, TestClient>,
    /// The sockets that stories have opened, by account. They stay open for the next story.
    pub(super) sockets: BTreeMap<String, Listener>,
    names: Names,
}

impl Cast {
    pub(super) async fn create(host: &TestHost) -> Self {
        let first = host.admin().await;
        let salt = letters(5);
        let (mut clients, mut names) = (BTreeMap::new(), Names::default());
        for role in ["admin", "bob", "carol", "dave"] {
            // In lists by name the administrator comes last, as in the recordings.
            let name = if role == "admin" { "operator" } else { role };
            let (username, email) = (format!("{name}-{salt}"), format!("{name}-{salt}@example.test"));
            let mut account = json!({"username": username, "email": email, "password": PASSWORD});
            if role != "admin" {
                account["first_name"] = capitalised(role).into();
            }
            let user = first.post("/api/v4/users", account).await.expect(201);
            if role == "admin" {
                let roles = json!({"roles": "system_user system_admin"});
                first.put(&format!("/api/v4/users/{}/roles", id(&user)), roles).await.expect(200);
            }
            clients.insert(role, host.log_in(&username, PASSWORD).await);
            names.set(role, id(&user));
            names.set(&format!("{role}_name"), username);
            names.set(&format!("{role}_email"), email);
        }
        Self { clients, sockets: BTreeMap::new(), names }
    }

    /// Whether dave can still sign in and has never been in a team: other stories count on that.
    pub(super) async fn is_as_created(&self) -> bool {
        self.client("dave").get("/api/v4/users/me/teams/members").await.json() == json!([])
    }

    pub(super) fn client(&self, role: &str) -> &TestClient {
        self.clients.get(role).unwrap_or_else(|| panic!("`{role}` is no account of a story"))
    }

    /// Creates a team with its first channels, a public channel with all three members, a private one with the
    /// administrator and bob, and the direct channel of bob and carol; returns the variables that name them.
    pub(super) async fn set(&self, host: &TestHost, receiver: &str) -> Names {
        let (admin, mut names) = (self.client("admin"), self.names.clone());
        let name = format!("t{}", letters(6));
        let team = json!({"name": name, "display_name": capitalised(&name), "type": "O"});
        let team = id(&admin.post("/api/v4/teams", team).await.expect(201));
        names.set("team", &team);
        names.set("team_name", &name);
        for role in ["bob", "carol"] {
            let member = json!({"team_id": team, "user_id": self.client(role).id()});
            admin.post(&format!("/api/v4/teams/{team}/members"), member).await.expect(201);
        }
        for (variable, name) in [("town", "town-square"), ("offtopic", "off-topic")] {
            let path = format!("/api/v4/teams/{team}/channels/name/{name}");
            names.set(variable, id(&admin.get(&path).await.expect(200)));
        }
        let word = letters(6);
        for (kind, letter, members) in
            [("public", "O", &["bob", "carol"][..]), ("private", "P", &["bob"][..])]
        {
            let (name, display) = (format!("{kind}-{word}"), format!("{} {word}", capitalised(kind)));
            let channel = json!({"team_id": team, "name": name, "display_name": display, "type": letter});
            let channel = id(&admin.post("/api/v4/channels", channel).await.expect(201));
            for role in members {
                let member = json!({"user_id": self.client(role).id()});
                admin.post(&format!("/api/v4/channels/{channel}/members"), member).await.expect(201);
            }
            names.set(kind, channel);
            names.set(&format!("{kind}_name"), name);
            names.set(&format!("{kind}_display"), display);
        }
        let both = json!([self.client("bob").id(), self.client("carol").id()]);
        let direct = self.client("bob").post("/api/v4/channels/direct", both).await.expect(201);
        names.set("direct", id(&direct));
        names.set("receiver", format!("{receiver}/{word}"));
        names.set("word", word);
        names.set("server", &host.url);
        names
    }
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id in {value}")).to_owned()
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    first.to_uppercase() + rest
}

/// Returns random lower-case letters.
fn letters(count: usize) -> String {
    let letter = |c: char| match c.to_digit(10) {
        Some(digit) => char::from(b'k' + u8::try_from(digit).unwrap_or(0)),
        None => c,
    };
    random_id().chars().take(count).map(letter).collect()
}
