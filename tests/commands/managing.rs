//! Managing the commands of a team.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{COMMANDS, typed};
use crate::support::{UNKNOWN_ID, refused};

const URL: &str = "https://target.test/x";

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

each_backend! {
    async fn fact_066_067_a_trigger_is_in_lower_case_and_unique(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "dice").await;
        let command = |trigger: &str| json!({"team_id": place.team_id, "trigger": trigger, "method": "P", "url": URL});
        let created = admin.post(COMMANDS, command("Weather")).await.expect(201);
        assert_eq!((&created["trigger"], created["token"].as_str().map(str::len)), (&json!("weather"), Some(26)));
        for taken in ["weather", "WEATHER", "me", "Join", "shrug", "exportlink", "roll"] {
            let error = refused(&admin.post(COMMANDS, command(taken)).await, 400);
            assert_eq!(error["id"], "api.command.duplicate_trigger.app_error", "{taken}");
        }
        let other = admin.post(COMMANDS, command("rain")).await.expect(201);
        let error = refused(&admin.put(&format!("{COMMANDS}/{}", id(&other)), command("Weather")).await, 400);
        assert_eq!(error["id"], "api.command.duplicate_trigger.app_error");
        admin.delete(&format!("{COMMANDS}/{}", id(&created))).await.expect(200);
        admin.post(COMMANDS, command("weather")).await.expect(201);
    }
}

each_backend! {
    async fn fact_068_a_trigger_has_no_blanks_and_no_slash_before_it(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        for trigger in ["has space", "/slash", "", "tab\there", &"x".repeat(129)] {
            let command = json!({"team_id": place.team_id, "trigger": trigger, "method": "P", "url": URL});
            let error = refused(&admin.post(COMMANDS, command).await, 400);
            assert_eq!(error["id"], "model.command.is_valid.trigger.app_error", "{trigger}");
        }
        for (field, value, id) in [
            ("url", "", "url"), ("url", "ftp://x.test", "url_http"), ("method", "PUT", "method"), ("method", "", "method"),
            ("display_name", &"x".repeat(65), "display_name"), ("description", &"x".repeat(129), "description"),
            ("icon_url", "javascript:x", "icon_url"), ("username", &"x".repeat(65), "username"),
        ] {
            let mut command = json!({"team_id": place.team_id, "trigger": "a/b", "method": "P", "url": URL});
            command[field] = json!(value);
            let error = refused(&admin.post(COMMANDS, command).await, 400);
            assert_eq!(error["id"], format!("model.command.is_valid.{id}.app_error"), "{field}");
        }
    }
}

each_backend! {
    async fn fact_087_a_new_token_replaces_the_old_one(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let command = json!({"team_id": place.team_id, "trigger": "weather", "method": "P", "url": URL});
        let created = admin.post(COMMANDS, command).await.expect(201);
        let path = format!("{COMMANDS}/{}", id(&created));
        let renewed = admin.put(&format!("{path}/regen_token"), json!({})).await.expect(200);
        assert_eq!(renewed["token"].as_str().map(str::len), Some(26));
        assert_ne!(renewed["token"], created["token"]);
        assert_eq!(admin.get(&path).await.expect(200)["token"], renewed["token"]);
    }
}

each_backend! {
    async fn members_see_suggested_commands_without_their_secrets(host: TestHost) {
        let (admin, anna, cleo) = (host.admin().await, host.user("anna").await, host.user("cleo").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        let command = |trigger: &str, shown: bool| {
            json!({"team_id": place.team_id, "trigger": trigger, "method": "P", "url": URL, "auto_complete": shown})
        };
        let shown = admin.post(COMMANDS, command("shown", true)).await.expect(201);
        let hidden = admin.post(COMMANDS, command("hidden", false)).await.expect(201);
        let list = format!("{COMMANDS}?team_id={}", place.team_id);
        let triggers = |list: &Value| -> Vec<String> {
            let own = list.as_array().expect("a list").iter().filter(|one| one["team_id"] == place.team_id.as_str());
            own.map(|one| one["trigger"].as_str().expect("a text").to_owned()).collect()
        };
        let of_anna = anna.get(&list).await.expect(200);
        assert_eq!(triggers(&of_anna), ["shown"]);
        let one = of_anna.as_array().and_then(|list| list.iter().find(|one| one["id"] == shown["id"])).expect("it is there");
        for secret in ["token", "creator_id", "method", "url", "username", "icon_url"] {
            assert_eq!(one[secret], "", "{secret}");
        }
        assert_eq!(triggers(&admin.get(&list).await.expect(200)), ["hidden", "shown"]);
        let custom = admin.get(&format!("{list}&custom_only=true")).await.expect(200);
        assert_eq!(custom, json!([hidden, shown]));
        let path = format!("{COMMANDS}/{}", id(&shown));
        for client in [&anna, &cleo] {
            refused(&client.get(&format!("{list}&custom_only=true")).await, 403);
            refused(&client.post(COMMANDS, command("mine", true)).await, 403);
            for path in [&path, &format!("{COMMANDS}/{UNKNOWN_ID}")] {
                let responses = [
                    client.get(path).await, client.delete(path).await, client.put(path, command("mine", true)).await,
                    client.put(&format!("{path}/regen_token"), json!({})).await,
                ];
                for response in responses {
                    assert_eq!(refused(&response, 404)["id"], "store.sql_command.save.get.app_error");
                }
            }
        }
        assert_eq!(admin.get(&path).await.expect(200), shown);
    }
}

each_backend! {
    with |config| { config.access.hook_creation = jackfield::config::Creators::Members; }
    async fn members_manage_their_own_commands_if_the_operator_allows_it(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        host.place(&bob).await;
        let command = json!({"team_id": place.team_id, "trigger": "weather", "method": "P", "url": URL});
        let created = anna.post(COMMANDS, command).await.expect(201);
        assert_eq!(created["creator_id"], anna.id());
        let path = format!("{COMMANDS}/{}", id(&created));
        refused(&bob.get(&path).await, 404);
        assert_eq!(bob.get(&format!("{COMMANDS}?team_id={}&custom_only=true", place.team_id)).await.expect(200), json!([]));
        assert_eq!(admin.get(&path).await.expect(200), created);
        assert_eq!(anna.delete(&path).await.expect(200), json!({"status": "OK"}));
    }
}

each_backend! {
    async fn a_command_moves_to_a_team_where_its_trigger_is_free(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let other = host.team(&admin, "elsewhere").await;
        let command = |team: &Value| json!({"team_id": team, "trigger": "weather", "method": "P", "url": URL});
        let created = admin.post(COMMANDS, command(&json!(place.team_id))).await.expect(201);
        let path = format!("{COMMANDS}/{}", id(&created));
        let update = json!({"team_id": other["id"], "trigger": "rain", "method": "P", "url": URL});
        assert_eq!(refused(&admin.put(&path, update).await, 400)["id"], "api.command.team_mismatch.app_error");
        let there = admin.post(COMMANDS, command(&other["id"])).await.expect(201);
        let moved = admin.put(&format!("{path}/move"), json!({"team_id": other["id"]})).await;
        assert_eq!(refused(&moved, 400)["id"], "api.command.duplicate_trigger.app_error");
        admin.delete(&format!("{COMMANDS}/{}", id(&there))).await.expect(200);
        admin.put(&format!("{path}/move"), json!({"team_id": other["id"]})).await.expect(200);
        assert_eq!(admin.get(&path).await.expect(200)["team_id"], other["id"]);
        refused(&typed(&admin, &place.channel_id, "/weather").await, 404);
        for team in [json!({}), json!({"team_id": UNKNOWN_ID})] {
            assert_eq!(refused(&admin.put(&format!("{path}/move"), team).await, 404)["id"], "app.team.get.find.app_error");
        }
        let audit = admin.get("/api/jackfield/v1/audit?action=command.move").await.expect(200);
        assert!(!audit.to_string().contains(URL), "{audit}");
    }
}
