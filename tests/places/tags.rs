//! Entity tags of channels and teams.

use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{Three, say};

each_backend! {
    async fn an_unchanged_channel_or_team_is_304(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        for path in [format!("/api/v4/channels/{}", place.channel_id), format!("/api/v4/teams/{}", place.team_id)] {
            let fresh = anna.get(&path).await;
            fresh.expect(200);
            let tag = fresh.header("etag").expect("an entity tag").to_owned();
            assert!(tag.starts_with("11."), "{tag}");
            let known = anna.request("GET", &path, &[("If-None-Match", &tag)], "").await;
            assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(&*tag)));
            let other = anna.request("GET", &path, &[("If-None-Match", "other")], "").await;
            assert_eq!(other.expect(200), fresh.json());
        }
        let path = format!("/api/v4/channels/{}", place.channel_id);
        let tag = anna.get(&path).await.header("etag").expect("an entity tag").to_owned();
        say(&anna, &place.channel_id, "more").await;
        let changed = anna.request("GET", &path, &[("If-None-Match", &tag)], "").await;
        assert_eq!(changed.expect(200)["total_msg_count"], 1);
    }
}

each_backend! {
    async fn a_teams_tag_depends_on_whether_the_invitation_link_is_visible(host: TestHost) {
        let Three { anna, place, .. } = Three::new(&host).await;
        let cleo = host.user("cleo").await;
        let path = format!("/api/v4/teams/{}", place.team_id);
        let outside = cleo.get(&path).await;
        assert_eq!(outside.expect(200)["invite_id"], "");
        let tag = outside.header("etag").expect("an entity tag").to_owned();
        cleo.post(&format!("{path}/members"), json!({"team_id": place.team_id, "user_id": cleo.id()})).await.expect(201);
        let inside = cleo.request("GET", &path, &[("If-None-Match", &tag)], "").await;
        assert_eq!(inside.expect(200), anna.get(&path).await.expect(200));
        assert_ne!(inside.json()["invite_id"], "");
        assert_eq!(inside.header("etag"), anna.get(&path).await.header("etag"));
    }
}
