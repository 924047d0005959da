//! From the upload to a running plugin: the permission sheet, the consent and who may give it.

use jackfield_tests::{TestHost, each_backend, plugin_file};
use serde_json::{Value, json};

use super::made::{command, component, contract, limits, plugin};
use super::{DICE, PLUGINS, disable, enable, typed, upload};
use crate::support::{refused, refused_problem};

fn functions(permissions: &Value) -> Vec<&str> {
    let list = permissions.as_array().expect("a list of permissions");
    list.iter().map(|one| one["function"].as_str().expect("a permission has a function")).collect()
}

each_backend! {
    async fn an_upload_shows_the_sheet_and_runs_nothing(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let shown = upload(&admin, plugin_file("hostile")).await.expect(201);
        assert_eq!((&shown["id"], &shown["state"]), (&json!("dev.jackfield.hostile"), &json!("pending")));
        let sheet = &shown["sheet"];
        assert_eq!(
            functions(&sheet["permissions"]),
            [
                "directory.find-channel",
                "directory.find-user",
                "kv.get",
                "kv.put",
                "messaging.create",
                "messaging.read",
                "templates.render"
            ]
        );
        assert_eq!(functions(&sheet["always_allowed"]), ["log.log", "panic.report"]);
        let commands = "trap loop eat recurse log render over huge icon nul write-then-trap write-then-refuse look".split(' ');
        let mut triggers: Vec<String> =
            commands.map(|trigger| format!("answers the command /{trigger}")).collect();
        triggers.push("receives the bridge hostile (verified by GitHub's signature)".to_owned());
        assert_eq!(sheet["triggers"], json!(triggers));
        assert_eq!(sheet["permissions"][3]["sentence"], "store values of its own");
        refused(&typed(&admin, &place.channel_id, "/look").await, 404);
        let row = admin.get(PLUGINS).await.expect(200);
        assert_eq!((&row["items"][0]["state"], &row["items"][0]["running"]), (&json!("pending"), &json!(false)));
    }
}

each_backend! {
    async fn the_dice_ask_for_no_permission_and_github_for_its_templates(host: TestHost) {
        let admin = host.admin().await;
        let dice = upload(&admin, plugin_file("dice")).await.expect(201);
        assert_eq!(dice["sheet"]["permissions"], json!([]));
        let github = upload(&admin, plugin_file("github")).await.expect(201);
        assert_eq!(functions(&github["sheet"]["permissions"]), ["templates.render"]);
        let bridge = "receives the bridge github (verified by GitHub's signature)";
        assert_eq!(github["sheet"]["triggers"], json!([bridge]));
    }
}

each_backend! {
    async fn only_the_digest_of_the_current_sheet_is_consent(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let shown = upload(&admin, plugin_file("dice")).await.expect(201);
        let digest = shown["sheet_digest"].as_str().expect("a text");
        for wrong in ["", "0", &digest.to_uppercase(), &digest.replace(&digest[..1], "x")] {
            let error = refused_problem(&enable(&admin, DICE, wrong).await, 409);
            assert_eq!(error["code"], "plugin.consent_outdated");
            assert!(error["detail"].as_str().is_some_and(|detail| detail.contains(digest)), "{error}");
        }
        refused(&typed(&admin, &place.channel_id, "/roll").await, 404);
        let enabled = enable(&admin, DICE, digest).await.expect(200);
        assert_eq!(enabled["state"], "enabled");
        typed(&admin, &place.channel_id, "/roll").await.expect(200);
    }
}

each_backend! {
    async fn only_an_administrator_manages_plugins(host: TestHost) {
        let admin = host.admin().await;
        let digest = upload(&admin, plugin_file("dice")).await.expect(201)["sheet_digest"].clone();
        let digest = digest.as_str().expect("a text");
        for (client, status) in [(host.user("anna").await, 403), (host.anonymous(), 401)] {
            refused_problem(&upload(&client, plugin_file("github")).await, status);
            refused_problem(&enable(&client, DICE, digest).await, status);
            refused_problem(&disable(&client, DICE).await, status);
            refused_problem(&client.get(PLUGINS).await, status);
            refused_problem(&client.get(&format!("{PLUGINS}/{DICE}")).await, status);
        }
        let list = admin.get(PLUGINS).await.expect(200);
        let states: Vec<&Value> = list["items"].as_array().expect("a list").iter().map(|row| &row["state"]).collect();
        assert_eq!(states, ["pending"]);
    }
}

each_backend! {
    async fn an_unknown_plugin_is_404(host: TestHost) {
        let admin = host.admin().await;
        for id in [DICE, "nonsense", "a%20b", "..%2f.."] {
            refused_problem(&admin.get(&format!("{PLUGINS}/{id}")).await, 404);
            refused_problem(&enable(&admin, id, "0").await, 404);
            refused_problem(&disable(&admin, id).await, 404);
        }
    }
}

each_backend! {
    async fn a_disabled_plugins_command_is_404_until_it_is_enabled_again(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let installed = host.install(&admin, "dice").await;
        typed(&admin, &place.channel_id, "/roll").await.expect(200);
        assert_eq!(disable(&admin, DICE).await.expect(200)["state"], "disabled");
        let error = refused(&typed(&admin, &place.channel_id, "/roll").await, 404);
        assert_eq!(error["id"], "api.command.execute_command.not_found.app_error");
        enable(&admin, DICE, installed["sheet_digest"].as_str().expect("a text")).await.expect(200);
        typed(&admin, &place.channel_id, "/roll").await.expect(200);
    }
}

each_backend! {
    async fn a_restart_changes_no_plugins_state(mut host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        host.install(&admin, "dice").await;
        host.install(&admin, "hello-plugin").await;
        disable(&admin, "dev.jackfield.hello").await.expect(200);
        upload(&admin, plugin_file("github")).await.expect(201);
        let before = admin.get(PLUGINS).await.expect(200);
        host.restart().await;
        assert_eq!(admin.get(PLUGINS).await.expect(200), before);
        typed(&admin, &place.channel_id, "/roll").await.expect(200);
        refused(&typed(&admin, &place.channel_id, "/hello").await, 404);
    }
}

each_backend! {
    async fn the_same_upload_again_changes_nothing(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let installed = host.install(&admin, "dice").await;
        host.clock.advance(std::time::Duration::from_mins(1));
        let again = upload(&admin, plugin_file("dice")).await.expect(201);
        assert_eq!(again, installed);
        assert_eq!(admin.get(PLUGINS).await.expect(200)["items"].as_array().map(Vec::len), Some(1));
        typed(&admin, &place.channel_id, "/roll").await.expect(200);
    }
}

each_backend! {
    async fn a_new_version_with_a_wider_limit_waits_for_consent(host: TestHost) {
        let admin = host.admin().await;
        let narrow = r#""memory_mib":16,"command_ms":1000,"bridge_ms":1000"#;
        for (index, (wanted, state)) in [
            (narrow, "enabled"),
            (r#""memory_mib":15,"command_ms":999,"bridge_ms":1"#, "enabled"),
            (r#""memory_mib":17,"command_ms":1000,"bridge_ms":1000"#, "pending"),
            (r#""memory_mib":16,"command_ms":1001,"bridge_ms":1000"#, "pending"),
            (r#""memory_mib":16,"command_ms":1000,"bridge_ms":1001"#, "pending"),
            // A plugin without a limit gets the server's limit.
            (r#""command_ms":1000,"bridge_ms":1000"#, "pending"),
            (r#""memory_mib":16,"bridge_ms":1000"#, "pending"),
            (r#""memory_mib":16,"command_ms":1000"#, "pending"),
        ]
        .into_iter()
        .enumerate()
        {
            let id = format!("com.acme.made{index}");
            let version = |version: &str, fields: &str| {
                let manifest = [plugin(&id, version), command(&format!("made{index}")), limits(fields)];
                component(&contract(), "export command;", &manifest)
            };
            let first = upload(&admin, version("1.0.0", narrow)).await.expect(201);
            enable(&admin, &id, first["sheet_digest"].as_str().expect("a text")).await.expect(200);
            let second = upload(&admin, version("1.1.0", wanted)).await.expect(201);
            assert_eq!((&second["version"], &second["state"]), (&json!("1.1.0"), &json!(state)), "{wanted}");
        }
    }
}

each_backend! {
    async fn a_plugin_has_an_account_that_cannot_log_in(host: TestHost) {
        let admin = host.admin().await;
        let installed = host.install(&admin, "dice").await;
        let bot = format!("/api/v4/users/{}", installed["bot_user_id"].as_str().expect("a text"));
        let bot = admin.get(&bot).await.expect(200);
        assert_eq!((&bot["is_bot"], &bot["username"]), (&json!(true), &json!("dice")));
        for password in ["dice", "password-of-dice"] {
            let login = json!({"login_id": "dice", "password": password});
            refused(&host.anonymous().post("/api/v4/users/login", login).await, 401);
        }
    }
}

each_backend! {
    async fn uploads_consent_and_disabling_are_audited(host: TestHost) {
        let admin = host.admin().await;
        let installed = host.install(&admin, "dice").await;
        disable(&admin, DICE).await.expect(200);
        let path = format!("/api/jackfield/v1/audit?thing=plugin&thing_id={DICE}");
        let rows = admin.get(&path).await.expect(200);
        let rows = rows["items"].as_array().expect("a list");
        let actions: Vec<&Value> = rows.iter().map(|row| &row["action"]).collect();
        assert_eq!(actions, ["plugin.disable", "plugin.enable", "plugin.upload"]);
        assert!(rows.iter().all(|row| row["actor_id"] == admin.id()), "{rows:?}");
        assert_eq!((&rows[0]["before"], &rows[0]["after"]), (&json!({"state": "enabled"}), &json!({"state": "disabled"})));
        assert_eq!(
            rows[1]["after"],
            json!({"state": "enabled", "consented_sheet": installed["sheet_digest"]})
        );
        assert_eq!((&rows[2]["before"], &rows[2]["after"]["digest"]), (&json!(null), &installed["digest"]));
        // Refusals and repetitions change nothing.
        upload(&admin, plugin_file("dice")).await.expect(201);
        refused_problem(&enable(&admin, DICE, "0").await, 409);
        assert_eq!(admin.get(&path).await.expect(200)["items"].as_array().map(Vec::len), Some(3));
    }
}
