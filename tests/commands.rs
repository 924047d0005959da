//! Slash commands: built-in ones, those of teams, their lists, and suggestions for a typed line.

mod builtins;
mod later;
mod managing;
mod targets;

use jackfield::config::Config;
use jackfield_tests::{Place, TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};

use crate::oracle::receiver::Receiver;
use crate::support::{refused, refused_problem};

const COMMANDS: &str = "/api/v4/commands";

/// Where the receiver's command is.
const PATH: &str = "/weather";

/// A command `/weather` of a team, whose target is a receiver, and the administrator who made it.
struct Target {
    admin: TestClient,
    place: Place,
    receiver: Receiver,
    id: String,
    token: String,
}

impl Target {
    /// Creates the command with these settings besides its own.
    async fn new(host: &TestHost, settings: Value) -> Self {
        let (admin, receiver) = (host.admin().await, Receiver::start().await);
        let place = host.place(&admin).await;
        let url = format!("{}{PATH}", receiver.url);
        let mut command = json!({"team_id": place.team_id, "trigger": "weather", "method": "P", "url": url});
        for (name, value) in settings.as_object().expect("an object") {
            command[name] = value.clone();
        }
        let created = admin.post(COMMANDS, command).await.expect(201);
        let text = |name: &str| created[name].as_str().expect("a text").to_owned();
        Self { place, receiver, id: text("id"), token: text("token"), admin }
    }

    fn path(&self) -> String {
        format!("{COMMANDS}/{}", self.id)
    }

    fn url(&self) -> String {
        format!("{}{PATH}", self.receiver.url)
    }

    async fn run(&self, line: &str) -> TestResponse {
        typed(&self.admin, &self.place.channel_id, line).await
    }

    /// Sets what the target responds from now on.
    fn respond(&self, response: Value) {
        self.receiver.answer(PATH.to_owned(), vec![response]);
    }

    /// Returns the requests that have arrived.
    async fn requests(&self) -> Vec<Value> {
        self.receiver.requests(PATH, 0, false).await
    }
}

/// Allows requests to this machine.
fn allowed(config: &mut Config) {
    config.egress.allow_networks = vec!["127.0.0.0/8".parse().expect("a network")];
}

/// Executes a command line in a channel.
async fn typed(by: &TestClient, channel_id: &str, line: &str) -> TestResponse {
    by.post("/api/v4/commands/execute", json!({"channel_id": channel_id, "command": line})).await
}

each_backend! {
    async fn fact_086_listed_commands_are_sanitized(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let list = format!("/api/v4/commands?team_id={}", place.team_id);
        let builtins = admin.get(&list).await.expect(200);
        let shrug = builtins.as_array().and_then(|list| list.iter().find(|one| one["trigger"] == "shrug")).expect("it is there");
        assert_eq!((&shrug["id"], &shrug["plugin_id"], &shrug["auto_complete"]), (&json!(""), &json!(""), &json!(true)));
        host.install(&admin, "dice").await;
        let commands = admin.get(&list).await.expect(200);
        let roll = &commands[0];
        assert_eq!((&roll["trigger"], &roll["plugin_id"]), (&json!("roll"), &json!("dev.jackfield.dice")));
        assert_eq!((&roll["auto_complete"], &roll["auto_complete_hint"]), (&json!(true), &json!("[dice]")));
        for name in ["token", "creator_id", "method", "url", "username", "icon_url"] {
            assert_eq!(roll[name], "", "{name}");
        }
        assert_eq!(admin.get(&format!("{list}&custom_only=true")).await.expect(200), json!([]));
        refused(&admin.get("/api/v4/commands").await, 400);
        let bob = host.user("bob").await;
        refused(&bob.get(&list).await, 403);
    }
}

each_backend! {
    async fn fact_088_suggestions_are_in_pascal_case(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "dice").await;
        let team = format!("/api/v4/teams/{}/commands", place.team_id);
        let found = admin.get(&format!("{team}/autocomplete_suggestions?user_input=/ro")).await.expect(200);
        let roll = &found[0];
        assert_eq!((&roll["Complete"], &roll["Suggestion"]), (&json!("roll"), &json!("roll")));
        assert_eq!((&roll["Hint"], &roll["IconData"]), (&json!("[dice]"), &json!("")));
        assert!(roll["Description"].is_string(), "{roll}");
        let none = admin.get(&format!("{team}/autocomplete_suggestions?user_input=/nothing")).await;
        assert_eq!(none.expect(200), json!([]));
        let command = json!({
            "team_id": place.team_id, "trigger": "roses", "method": "P", "url": "https://a.test", "auto_complete": true,
            "auto_complete_hint": "[color]", "auto_complete_desc": "gives roses",
        });
        admin.post(COMMANDS, command).await.expect(201);
        let found = admin.get(&format!("{team}/autocomplete_suggestions?user_input=ro")).await.expect(200);
        let roses = json!({
            "Complete": "roses", "Suggestion": "roses", "Hint": "[color]", "Description": "gives roses", "IconData": "",
        });
        assert_eq!(found, json!([roll, roses]));
        refused(&admin.get(&format!("{team}/autocomplete_suggestions?user_input=")).await, 400);
        refused(&admin.get(&format!("{team}/autocomplete_suggestions")).await, 400);
        refused(&host.user("bob").await.get(&format!("{team}/autocomplete_suggestions?user_input=/r")).await, 403);
        let commands = admin.get(&format!("{team}/autocomplete")).await.expect(200);
        let data = &commands[0]["autocomplete_data"];
        assert_eq!((&data["Trigger"], &data["Hint"], &data["SubCommands"]), (&json!("roll"), &json!("[dice]"), &json!([])));
        assert!(data["Arguments"].is_array() && data["HelpText"].is_string(), "{data}");
    }
}

each_backend! {
    async fn a_commands_signature_comes_from_its_plugin_and_has_a_tag(host: TestHost) {
        let admin = host.admin().await;
        let address = "/api/jackfield/v1/commands/roll/signature";
        refused_problem(&admin.get(address).await, 404);
        let installed = host.install(&admin, "dice").await;
        let first = admin.get(address).await;
        let signature = first.expect(200);
        assert_eq!((&signature["trigger"], &signature["plugin"]), (&json!("roll"), &json!("dev.jackfield.dice")));
        assert_eq!(signature["package"], installed["digest"]);
        let arguments: &Value = &signature["arguments"];
        assert!(arguments.is_array(), "{signature}");
        let tag = first.header("etag").expect("a tag").to_owned();
        assert_eq!(admin.request("GET", address, &[("if-none-match", &tag)], "").await.status, 304);
        refused_problem(&host.anonymous().get(address).await, 401);
    }
}
