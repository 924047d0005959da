//! The requests of a starting client: settings, licence, ping and roles.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use crate::support::refused;

const CONFIG: &str = "/api/v4/config/client?format=old";

each_backend! {
    async fn the_settings_are_a_flat_map_of_strings(host: TestHost) {
        let admin = host.admin().await;
        let settings = admin.get(CONFIG).await.expect(200);
        let map = settings.as_object().expect("a map");
        assert!(map.values().all(Value::is_string), "{settings}");
        for (name, value) in [
            ("SiteURL", host.url.as_str()),
            ("WebsocketURL", &host.url.replacen("http", "ws", 1)),
            ("Version", "11.6.0"),
            ("EnableIncomingWebhooks", "true"),
            ("EnableOutgoingWebhooks", "true"),
            ("EnableCommands", "true"),
            ("EnablePostUsernameOverride", "true"),
            ("EnablePostIconOverride", "true"),
            ("MaxFileSize", "104857600"),
            ("EnableFileAttachments", "true"),
            ("EnablePublicLink", "true"),
            ("EnableCustomEmoji", "true"),
            ("EnableUserAccessTokens", "true"),
            ("EnableOpenServer", "false"),
            ("DefaultClientLocale", "en"),
            ("NoAccounts", "false"),
        ] {
            assert_eq!(settings[name], value, "{name}");
        }
    }
}

each_backend! {
    with |config| {
        config.hooks.incoming = false;
        config.hooks.icon_override = false;
        config.access.open_signup = true;
        config.storage.max_file = 5;
        config.server.site_url = "https://chat.example.org/".to_owned();
    }
    async fn the_settings_follow_the_options(host: TestHost) {
        let settings = host.admin().await.get(CONFIG).await.expect(200);
        for (name, value) in [
            ("SiteURL", "https://chat.example.org"),
            ("WebsocketURL", "wss://chat.example.org"),
            ("EnableIncomingWebhooks", "false"),
            ("EnablePostIconOverride", "false"),
            ("EnableOpenServer", "true"),
            ("MaxFileSize", "5"),
        ] {
            assert_eq!(settings[name], value, "{name}");
        }
    }
}

each_backend! {
    async fn an_anonymous_client_gets_what_the_sign_in_page_needs(host: TestHost) {
        let anonymous = host.anonymous();
        assert_eq!(anonymous.get(CONFIG).await.expect(200)["NoAccounts"], "true");
        let all = host.admin().await.get(CONFIG).await.expect(200);
        let few = anonymous.get(CONFIG).await.expect(200);
        assert_eq!(few["NoAccounts"], "false");
        assert_eq!(few["EnableSignInWithUsername"], "true");
        assert_eq!((&few["MaxFileSize"], &few["EnableIncomingWebhooks"]), (&Value::Null, &Value::Null));
        // Only users see the exact version.
        assert_eq!(few["BuildNumber"], "jackfield");
        for (name, value) in few.as_object().expect("a map").iter().filter(|(name, _)| *name != "BuildNumber") {
            assert_eq!(&all[name], value, "{name}");
        }
        refused(&anonymous.get("/api/v4/config/client?format=new").await, 400);
        refused(&anonymous.get("/api/v4/config/client").await, 501);
    }
}

each_backend! {
    async fn there_is_no_licence(host: TestHost) {
        let anonymous = host.anonymous();
        assert_eq!(anonymous.get("/api/v4/license/client?format=old").await.expect(200), json!({"IsLicensed": "false"}));
        for format in ["?format=x", ""] {
            refused(&anonymous.get(&format!("/api/v4/license/client{format}")).await, 400);
        }
    }
}

each_backend! {
    async fn a_ping_reports_the_database_and_the_blob_store(host: TestHost) {
        let anonymous = host.anonymous();
        let plain = anonymous.get("/api/v4/system/ping").await.expect(200);
        assert_eq!((&plain["status"], &plain["ActiveSearchBackend"]), (&json!("OK"), &json!("database")));
        assert_eq!((&plain["AndroidLatestVersion"], &plain["database_status"]), (&json!(""), &Value::Null));
        let full = anonymous.get("/api/v4/system/ping?get_server_status=true").await.expect(200);
        for name in ["status", "database_status", "filestore_status"] {
            assert_eq!(full[name], "OK", "{name}");
        }
    }
}

each_backend! {
    async fn a_role_is_found_by_name_and_by_id(host: TestHost) {
        let admin = host.admin().await;
        for name in [
            "system_user", "system_admin", "system_guest", "team_user", "team_admin", "team_guest", "channel_user",
            "channel_admin", "channel_guest", "system_user_access_token",
        ] {
            let role = admin.get(&format!("/api/v4/roles/name/{name}")).await.expect(200);
            assert_eq!((&role["name"], &role["built_in"]), (&json!(name), &json!(true)));
            let id = role["id"].as_str().expect("an id");
            assert_eq!(admin.get(&format!("/api/v4/roles/{id}")).await.expect(200), role);
        }
        let member = admin.get("/api/v4/roles/name/channel_user").await.expect(200);
        let permissions = member["permissions"].as_array().expect("permissions");
        assert!(permissions.contains(&json!("create_post")) && !permissions.contains(&json!("manage_system")));
        refused(&admin.get("/api/v4/roles/name/emperor").await, 404);
        refused(&admin.get("/api/v4/roles/emperor").await, 404);
        refused(&host.anonymous().get("/api/v4/roles/name/system_user").await, 401);
    }
}

each_backend! {
    async fn roles_have_the_permissions_without_which_clients_hide_what_they_offer(host: TestHost) {
        let anna = host.user("anna").await;
        let permissions = async |role: &str| {
            let role = anna.get(&format!("/api/v4/roles/name/{role}")).await.expect(200);
            role["permissions"].as_array().expect("permissions").clone()
        };
        let administrator = permissions("system_admin").await;
        for (role, names) in [
            (
                "channel_user",
                &[
                    "use_channel_mentions", "delete_public_channel", "delete_private_channel", "get_public_link",
                    "manage_public_channel_properties", "manage_private_channel_properties", "read_channel_content",
                ][..],
            ),
            ("channel_admin", &["manage_channel_roles"][..]),
            ("team_user", &["invite_user", "add_user_to_team"][..]),
            (
                "team_admin",
                &[
                    "manage_team_roles", "remove_user_from_team", "convert_public_channel_to_private",
                    "convert_private_channel_to_public", "manage_channel_roles", "delete_others_posts",
                    "manage_slash_commands", "manage_others_slash_commands", "manage_outgoing_webhooks",
                    "manage_others_outgoing_webhooks",
                ][..],
            ),
        ] {
            let has = permissions(role).await;
            for name in names {
                assert!(has.contains(&json!(name)) && administrator.contains(&json!(name)), "{role}: {name}");
            }
        }
        assert!(!permissions("channel_guest").await.contains(&json!("delete_public_channel")));
        assert!(administrator.len() > 200, "{} permissions", administrator.len());
    }
}

each_backend! {
    async fn a_list_of_roles_returns_those_that_exist(host: TestHost) {
        let admin = host.admin().await;
        let request = json!(["team_user", "emperor", "channel_admin"]);
        let roles = admin.post("/api/v4/roles/names", request).await.expect(200);
        let names: Vec<&Value> = roles.as_array().expect("a list").iter().map(|role| &role["name"]).collect();
        assert_eq!(names, [&json!("team_user"), &json!("channel_admin")]);
        refused(&admin.post("/api/v4/roles/names", json!([])).await, 400);
        refused(&admin.post("/api/v4/roles/names", json!({"a": 1})).await, 400);
    }
}
