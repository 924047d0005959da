//! Changes of who reads a channel or a team: they are audited, and a channel's members read about them in it.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{Three, id};
use crate::support::{posts, refused};

/// Returns an audit's rows about a thing, oldest first, as `[action, before, after]`.
async fn audited(admin: &TestClient, thing: &str, id: &str) -> Vec<Value> {
    let path = format!("/api/jackfield/v1/audit?thing={thing}&thing_id={id}");
    let rows = admin.get(&path).await.expect(200)["items"].as_array().expect("a list").clone();
    rows.iter().rev().map(|row| json!([row["action"], row["before"], row["after"]])).collect()
}

each_backend! {
    async fn a_conversion_and_the_archive_are_audited_and_told_in_the_channel(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let made = host.private_channel(&anna, &place.team_id, "ovens").await;
        let team_admin = json!({"roles": "team_user team_admin"});
        let roles = format!("/api/v4/teams/{}/members/{}/roles", place.team_id, bob.id());
        admin.put(&roles, team_admin).await.expect(200);
        let at = format!("/api/v4/channels/{}", id(&made));
        let mut hers = host.socket(&anna).await;
        for kind in ["O", "P"] {
            bob.put(&format!("{at}/privacy"), json!({"privacy": kind})).await.expect(200);
        }
        anna.delete(&at).await.expect(200);
        bob.post(&format!("{at}/restore"), json!({})).await.expect(200);

        let lines = posts(&anna, id(&made)).await;
        let shown: Vec<Value> = lines.iter().map(|line| json!([line["type"], line["message"], line["user_id"], line["props"]])).collect();
        let (his, her) = (json!({"username": "bob"}), json!({"username": "anna"}));
        let public = "This channel has been converted to a Public Channel and can be joined by any team member.";
        assert_eq!(shown, [
            json!(["system_change_chan_privacy", public, bob.id(), his]),
            json!(["system_change_chan_privacy", "This channel has been converted to a Private Channel.", bob.id(), his]),
            json!(["system_channel_deleted", "anna archived the channel.", anna.id(), her]),
            json!(["system_channel_restored", "bob unarchived the channel.", bob.id(), his]),
        ]);
        let published: Value = serde_json::from_str(hers.event("posted").await["data"]["post"].as_str().expect("a text")).expect("JSON");
        assert_eq!(published["id"], lines[0]["id"]);
        // The message is the record of what its author did.
        refused(&bob.delete(&format!("/api/v4/posts/{}", id(&lines[0]))).await, 403);

        let now = host.clock.now().as_millis();
        assert_eq!(audited(&admin, "channel", id(&made)).await, [
            json!(["channel.convert", {"type": "P"}, {"type": "O"}]),
            json!(["channel.convert", {"type": "O"}, {"type": "P"}]),
            json!(["channel.archive", {"delete_at": 0}, {"delete_at": now}]),
            json!(["channel.restore", {"delete_at": now}, {"delete_at": 0}]),
        ]);
    }
}

each_backend! {
    async fn a_change_that_changes_nothing_leaves_no_message(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let at = format!("/api/v4/channels/{}", id(&made));
        admin.put(&format!("{at}/privacy"), json!({"privacy": "O"})).await.expect(200);
        anna.put(&format!("{at}/patch"), json!({"header": ""})).await.expect(200);
        assert_eq!(posts(&anna, id(&made)).await, [Value::Null; 0]);
        // Another header leaves a message, but no audit row.
        anna.put(&format!("{at}/patch"), json!({"header": "x"})).await.expect(200);
        assert_eq!(posts(&anna, id(&made)).await[0]["type"], "system_header_change");
        assert_eq!(audited(&admin, "channel", id(&made)).await, [Value::Null; 0]);
    }
}

each_backend! {
    async fn opening_and_archiving_a_team_are_audited(host: TestHost) {
        let Three { admin, anna, .. } = Three::new(&host).await;
        let closed = json!({"name": "cellar", "display_name": "Cellar", "type": "I"});
        let closed = anna.post("/api/v4/teams", closed).await.expect(201);
        let at = format!("/api/v4/teams/{}", id(&closed));
        anna.put(&format!("{at}/privacy"), json!({"privacy": "O"})).await.expect(200);
        anna.delete(&at).await.expect(200);
        anna.post(&format!("{at}/restore"), json!({})).await.expect(200);
        let now = host.clock.now().as_millis();
        let rows = audited(&admin, "team", id(&closed)).await;
        assert_eq!(rows[rows.len() - 3..], [
            json!(["team.change", {"open": false}, {"open": true}]),
            json!(["team.archive", {"delete_at": 0}, {"delete_at": now}]),
            json!(["team.restore", {"delete_at": now}, {"delete_at": 0}]),
        ]);
    }
}
