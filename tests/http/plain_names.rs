//! Names are stored without the characters that hide or reorder others.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::hooks::Hook;
use crate::files::post_form;
use crate::support::refused;

/// Shown as `invoice_exe.pdf` if the override stays.
const NAME: &str = "invoice_\u{202e}fdp.exe";
const PLAIN: &str = "invoice_fdp.exe";

each_backend! {
    async fn accounts_and_bots_have_plain_names(host: TestHost) {
        let admin = host.admin().await;
        let request = json!({
            "username": "anna", "email": "anna@example.org", "password": "password-of-anna",
            "nickname": NAME, "first_name": "A\u{1b}[31mnna", "last_name": "\u{2067}B\u{2069}",
        });
        let anna = admin.post("/api/v4/users", request).await.expect(201);
        assert_eq!([&anna["nickname"], &anna["first_name"], &anna["last_name"]], [PLAIN, "A[31mnna", "B"]);
        let bob = host.user("bob").await;
        let patched = bob.put("/api/v4/users/me/patch", json!({"nickname": NAME, "position": "a\nb"})).await.expect(200);
        assert_eq!([&patched["nickname"], &patched["position"]], [PLAIN, "ab"]);
        let bot = admin.post("/api/v4/bots", json!({"username": "robot", "display_name": NAME})).await.expect(201);
        assert_eq!(bot["display_name"], PLAIN);
    }
}

each_backend! {
    async fn teams_and_channels_have_plain_names(host: TestHost) {
        let admin = host.admin().await;
        let team = json!({"name": "ops", "display_name": NAME, "type": "O"});
        let team = admin.post("/api/v4/teams", team).await.expect(201);
        let channel = json!({"team_id": team["id"], "name": "den", "display_name": NAME, "type": "O"});
        let channel = admin.post("/api/v4/channels", channel).await.expect(201);
        assert_eq!([&team["display_name"], &channel["display_name"]], [PLAIN, PLAIN]);
        let path = |kind: &str, thing: &Value| {
            format!("/api/v4/{kind}/{}/patch", thing["id"].as_str().expect("an id"))
        };
        for (kind, thing) in [("teams", &team), ("channels", &channel)] {
            let changed = admin.put(&path(kind, thing), json!({"display_name": format!("new {NAME}")})).await.expect(200);
            assert_eq!(changed["display_name"], format!("new {PLAIN}"));
        }
        // Nothing is left of this name: a team must have one, a channel need not.
        let nothing = json!({"display_name": "\u{202e}\u{202c}"});
        refused(&admin.put(&path("teams", &team), nothing.clone()).await, 400);
        assert_eq!(admin.put(&path("channels", &channel), nothing).await.expect(200)["display_name"], "");
    }
}

each_backend! {
    async fn files_and_the_names_of_hooks_are_plain(host: TestHost) {
        let hook = Hook::with(&host, json!({"display_name": NAME})).await;
        let post = hook.posted(&json!({"text": "x", "username": NAME})).await;
        let shown = [&post["props"]["webhook_display_name"], &post["props"]["override_username"]];
        assert_eq!(shown, [PLAIN, PLAIN]);
        let channel = hook.place.channel_id.as_bytes();
        let parts: [(&str, Option<&str>, &[u8]); 2] = [("channel_id", None, channel), ("files", Some(NAME), b"x")];
        let uploaded = post_form(&hook.owner, "/api/v4/files", &parts).await.expect(201);
        assert_eq!(uploaded["file_infos"][0]["name"], PLAIN);
    }
}
