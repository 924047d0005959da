//! Lists of slash commands, and suggestions for a typed line.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::{refused, refused_problem};

each_backend! {
    async fn fact_086_listed_commands_are_sanitized(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let list = format!("/api/v4/commands?team_id={}", place.team_id);
        assert_eq!(admin.get(&list).await.expect(200), json!([]));
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
