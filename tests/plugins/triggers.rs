//! Conflicts of triggers, and new versions of a plugin.

use jackfield_tests::{TestHost, each_backend, plugin_file};
use serde_json::json;

use super::made::{command, component, contract, package, plugin};
use super::{DICE, PLUGINS, disable, enable, typed, upload};
use crate::support::{refused, refused_problem};

const ID: &str = "com.acme.made";

each_backend! {
    async fn a_trigger_of_mattermosts_own_commands_is_refused(host: TestHost) {
        let admin = host.admin().await;
        for trigger in ["help", "logout", "me"] {
            let error = refused_problem(&upload(&admin, package(ID, "1.0.0", trigger)).await, 409);
            assert_eq!(error["code"], "plugin.trigger_taken");
            let named = format!("/{trigger}");
            assert!(error["detail"].as_str().is_some_and(|detail| detail.contains(&named)), "{error}");
        }
        assert_eq!(admin.get(PLUGINS).await.expect(200)["items"], json!([]));
    }
}

each_backend! {
    async fn a_trigger_of_another_enabled_plugin_is_refused(host: TestHost) {
        let admin = host.admin().await;
        host.install(&admin, "dice").await;
        let accounts = async || {
            let list = admin.get("/api/v4/users").await.expect(200);
            let names = list.as_array().expect("a list").iter().map(|user| user["username"].clone());
            names.collect::<Vec<_>>()
        };
        let before = accounts().await;
        // There are more uploads than names for the plugin's account.
        for _ in 0..3 {
            let error = refused_problem(&upload(&admin, package(ID, "1.0.0", "roll")).await, 409);
            let detail = error["detail"].as_str().expect("a text");
            assert!(detail.contains("/roll") && detail.contains(DICE), "{detail}");
        }
        refused_problem(&admin.get(&format!("{PLUGINS}/{ID}")).await, 404);
        assert_eq!(accounts().await, before);
        disable(&admin, DICE).await.expect(200);
        let made = upload(&admin, package(ID, "1.0.0", "roll")).await.expect(201);
        let bot = format!("/api/v4/users/{}", made["bot_user_id"].as_str().expect("a text"));
        let bot = admin.get(&bot).await.expect(200);
        assert_eq!((&bot["username"], &bot["is_bot"]), (&json!("made"), &json!(true)));
    }
}

each_backend! {
    async fn only_one_of_two_plugins_with_the_same_trigger_can_be_enabled(host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let dice = upload(&admin, plugin_file("dice")).await.expect(201);
        let other = upload(&admin, package(ID, "1.0.0", "roll")).await.expect(201);
        let digest = |shown: &serde_json::Value| shown["sheet_digest"].as_str().expect("a text").to_owned();
        enable(&admin, DICE, &digest(&dice)).await.expect(200);
        refused_problem(&enable(&admin, ID, &digest(&other)).await, 409);
        typed(&admin, &place.channel_id, "/roll").await.expect(200);
    }
}

each_backend! {
    async fn enabling_two_plugins_with_the_same_trigger_concurrently_enables_one(host: TestHost) {
        let admin = host.admin().await;
        let mut digests = Vec::new();
        for id in ["com.acme.one", "com.acme.two"] {
            let shown = upload(&admin, package(id, "1.0.0", "roll")).await.expect(201);
            digests.push(shown["sheet_digest"].as_str().expect("a text").to_owned());
        }
        let (one, two) = tokio::join!(
            enable(&admin, "com.acme.one", &digests[0]),
            enable(&admin, "com.acme.two", &digests[1])
        );
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
    }
}

each_backend! {
    async fn a_new_version_without_new_permissions_takes_over(host: TestHost) {
        let admin = host.admin().await;
        let first = upload(&admin, package(ID, "1.0.0", "made")).await.expect(201);
        enable(&admin, ID, first["sheet_digest"].as_str().expect("a text")).await.expect(200);
        let second = upload(&admin, package(ID, "1.0.1", "made")).await.expect(201);
        assert_eq!((&second["version"], &second["state"]), (&json!("1.0.1"), &json!("enabled")));
        assert_eq!(second["bot_user_id"], first["bot_user_id"]);
        assert_eq!(admin.get(PLUGINS).await.expect(200)["items"].as_array().map(Vec::len), Some(1));
    }
}

each_backend! {
    async fn a_new_version_with_new_permissions_waits_for_consent(mut host: TestHost) {
        let admin = host.admin().await;
        let place = host.place(&admin).await;
        let first = upload(&admin, package(ID, "1.0.0", "made")).await.expect(201);
        enable(&admin, ID, first["sheet_digest"].as_str().expect("a text")).await.expect(200);
        let manifest = [plugin(ID, "1.1.0"), command("made")];
        let more = component(&contract(), "import kv; export command;", &manifest);
        let second = upload(&admin, more).await.expect(201);
        assert_eq!(second["state"], "pending");
        refused(&typed(&admin, &place.channel_id, "/made").await, 404);
        refused_problem(&enable(&admin, ID, first["sheet_digest"].as_str().expect("a text")).await, 409);
        host.restart().await;
        refused(&typed(&admin, &place.channel_id, "/made").await, 404);
        enable(&admin, ID, second["sheet_digest"].as_str().expect("a text")).await.expect(200);
        refused(&typed(&admin, &place.channel_id, "/made").await, 500);
    }
}
