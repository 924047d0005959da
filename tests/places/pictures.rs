//! Pictures of teams, and invitations by mail: who may, and what is refused.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::Three;
use crate::files::pictures::{BOMB, PICTURE};
use crate::files::post_form;
use crate::support::refused;

each_backend! {
    async fn only_a_teams_administrator_gives_it_a_picture(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let path = format!("/api/v4/teams/{}/image", place.team_id);
        let missing = refused(&anna.get(&path).await, 404);
        assert_eq!(missing["id"], "api.team.get_team_icon.read_file.app_error");
        refused(&post_form(&anna, &path, &[("image", Some("a.png"), &PICTURE)]).await, 403);
        for wrong in [&b"no picture"[..], &BOMB] {
            refused(&post_form(&admin, &path, &[("image", Some("a.png"), wrong)]).await, 400);
        }
        refused(&post_form(&admin, &path, &[("image", Some("a.png"), &vec![0; 7 << 20])]).await, 413);
        refused(&post_form(&admin, &path, &[("other", None, b"x")]).await, 400);
        let mut hers = host.socket(&anna).await;
        post_form(&admin, &path, &[("image", Some("a.png"), &PICTURE)]).await.expect(200);
        let team: serde_json::Value =
            serde_json::from_str(hers.event("update_team").await["data"]["team"].as_str().expect("a text")).expect("JSON");
        assert!(team["last_team_icon_update"].as_i64().is_some_and(|at| at >= jackfield_tests::START_MILLIS), "{team}");
        let picture = anna.get(&path).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
        let outsider = host.user("cleo").await;
        let closed = json!({"allow_open_invite": false});
        admin.put(&format!("/api/v4/teams/{}/patch", place.team_id), closed).await.expect(200);
        refused(&outsider.get(&path).await, 403);
        refused(&anna.delete(&path).await, 403);
        admin.delete(&path).await.expect(200);
        refused(&anna.get(&path).await, 404);
    }
}

each_backend! {
    async fn addresses_are_invited_by_members_and_each_is_checked(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let team = format!("/api/v4/teams/{}", place.team_id);
        let path = format!("{team}/invite/email?graceful=true");
        admin.put(&format!("{team}/patch"), json!({"allowed_domains": "example.org"})).await.expect(200);
        let asked = json!(["New@Example.org", "no address", "new@example.com"]);
        let each = anna.post(&path, asked).await.expect(200);
        let outcomes: Vec<_> =
            each.as_array().expect("a list").iter().map(|one| (one["email"].clone(), one["error"]["id"].clone())).collect();
        assert_eq!(outcomes, [
            (json!("new@example.org"), json!("api.team.invite_members.unable_to_send_email_with_defaults.app_error")),
            (json!("no address"), json!("api.team.invite_members.invalid_email.app_error")),
            (json!("new@example.com"), json!("api.team.join_user_to_team.allowed_domains.app_error")),
        ]);
        refused(&anna.post(&format!("{team}/invite/email"), json!(["no address"])).await, 400);
        refused(&anna.post(&path, json!(vec!["a@example.org"; 21])).await, 400);
        admin.post(&format!("/api/v4/users/{}/demote", bob.id()), json!({})).await.expect(200);
        refused(&bob.post(&path, json!(["new@example.org"])).await, 403);
        refused(&anna.delete("/api/v4/teams/invites/email").await, 403);
        admin.delete("/api/v4/teams/invites/email").await.expect(200);
    }
}
