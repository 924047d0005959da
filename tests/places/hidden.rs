//! What a user may not see: a look-up by id is refused, a use and a guessed name get the same response whether it
//! exists or not. And what only members of a public channel read.

use jackfield_tests::{TestClient, TestHost, TestResponse, each_backend};
use serde_json::{Value, json};

use super::{Three, direct, id, say};
use crate::support::{UNKNOWN_ID, refused};

/// Sends a request for each of two ids, and asserts that both are refused alike.
async fn same(client: &TestClient, status: u16, (method, path, body): (&str, &str, Value), ids: [&str; 2]) {
    let mut errors = Vec::new();
    for id in ids {
        let (path, body) = (path.replace("ID", id), body.to_string().replace("ID", id));
        let kind = [("content-type", "application/json")];
        let response: TestResponse = client.request(method, &path, &kind, body).await;
        let error = refused(&response, status);
        errors.push(["id", "message", "detailed_error"].map(|key| error[key].clone()));
    }
    assert_eq!(errors[0], errors[1], "{method} {path}");
}

/// Sends a request for an id that the client may not see, and for one that does not exist, and asserts that the first
/// is refused and the second not found.
async fn apart(client: &TestClient, (method, path, body): (&str, &str, Value), hidden: &str, missing: &str) {
    for (id, status, error) in
        [(hidden, 403, "api.context.permissions.app_error"), (UNKNOWN_ID, 404, missing)]
    {
        let (path, body) = (path.replace("ID", id), body.to_string().replace("ID", id));
        let kind = [("content-type", "application/json")];
        let response: TestResponse = client.request(method, &path, &kind, body).await;
        assert_eq!(refused(&response, status)["id"], error, "{method} {path}");
    }
}

each_backend! {
    async fn a_hidden_channel_is_refused_and_its_content_answered_as_an_unknown_ones(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await;
        let talk = direct(&admin, &anna).await;
        let cleo = host.user("cleo").await;
        let me = json!({"user_id": bob.id()});
        let at = "/api/v4/channels/ID";
        for (client, hidden) in [(&bob, id(&secret)), (&bob, id(&talk)), (&cleo, &*place.channel_id)] {
            for (method, path, body) in [
                ("GET", at.to_owned(), Value::Null),
                ("PUT", at.to_owned(), json!({"id": "ID", "header": "x"})),
                ("PUT", format!("{at}/patch"), json!({"header": "x"})),
                ("PUT", format!("{at}/privacy"), json!({"privacy": "O"})),
                ("POST", format!("{at}/restore"), json!({})),
                ("DELETE", at.to_owned(), Value::Null),
                ("POST", format!("{at}/members"), me.clone()),
                ("DELETE", format!("{at}/members/me"), Value::Null),
            ] {
                apart(client, (method, &path, body), hidden, "app.channel.get.existing.app_error").await;
            }
            for (method, path, body) in [
                ("GET", format!("{at}/posts"), Value::Null),
                ("GET", format!("{at}/pinned"), Value::Null),
                ("GET", format!("{at}/members"), Value::Null),
                ("GET", format!("{at}/members/me"), Value::Null),
                ("POST", format!("{at}/members/ids"), json!([anna.id()])),
                ("GET", format!("{at}/stats"), Value::Null),
                ("GET", format!("{at}/timezones"), Value::Null),
                ("PUT", format!("{at}/members/me/roles"), json!({"roles": "channel_user"})),
                ("GET", "/api/v4/users/me/channels/ID/unread".to_owned(), Value::Null),
                ("GET", "/api/v4/users/me/channels/ID/posts/unread".to_owned(), Value::Null),
                ("GET", "/api/v4/users?in_channel=ID".to_owned(), Value::Null),
                ("POST", "/api/v4/posts".to_owned(), json!({"channel_id": "ID", "message": "x"})),
                ("POST", "/api/v4/commands/execute".to_owned(), json!({"channel_id": "ID", "command": "/x"})),
            ] {
                same(client, 403, (method, &path, body), [hidden, UNKNOWN_ID]).await;
            }
        }
    }
}

each_backend! {
    async fn a_hidden_name_is_answered_as_an_unknown_one(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        host.private_channel(&anna, &place.team_id, "secret").await;
        let talk = direct(&admin, &anna).await;
        let talk = talk["name"].as_str().expect("a text");
        let pair = format!("{}__{}", anna.id(), bob.id());
        let by_id = format!("/api/v4/teams/{}/channels/name/ID", place.team_id);
        let by_name = "/api/v4/teams/name/main/channels/name/ID";
        let cleo = host.user("cleo").await;
        for path in [&*by_id, by_name] {
            same(&bob, 404, ("GET", path, Value::Null), ["secret", "absent"]).await;
            same(&bob, 404, ("GET", path, Value::Null), [talk, &pair]).await;
            same(&cleo, 403, ("GET", path, Value::Null), [talk, &pair]).await;
            same(&cleo, 403, ("GET", path, Value::Null), ["town-square", "absent"]).await;
        }
        let closed = json!({"name": "cellar", "display_name": "x", "type": "I"});
        let closed = anna.post("/api/v4/teams", closed).await.expect(201);
        for path in ["/api/v4/teams/name/ID", "/api/v4/teams/name/ID/channels/name/town-square"] {
            refused(&bob.get(&path.replace("ID", "cellar")).await, 403);
            let absent = refused(&bob.get(&path.replace("ID", "absent")).await, 404);
            assert_eq!(absent["id"], "app.team.get_by_name.missing.app_error");
        }
        let inside = "/api/v4/teams/ID/channels/name/town-square";
        same(&bob, 403, ("GET", inside, Value::Null), [id(&closed), UNKNOWN_ID]).await;
    }
}

each_backend! {
    async fn a_closed_team_is_refused_and_its_content_answered_as_an_unknown_ones(host: TestHost) {
        let Three { anna, bob, .. } = Three::new(&host).await;
        let closed = json!({"name": "cellar", "display_name": "x", "type": "I"});
        let closed = anna.post("/api/v4/teams", closed).await.expect(201);
        let (ids, at) = ([id(&closed), UNKNOWN_ID], "/api/v4/teams/ID");
        apart(&bob, ("GET", at, Value::Null), id(&closed), "app.team.get.find.app_error").await;
        let me = json!({"team_id": "ID", "user_id": bob.id()});
        for (method, path, body) in [
            ("PUT", format!("{at}/patch"), json!({"display_name": "x"})),
            ("PUT", format!("{at}/privacy"), json!({"privacy": "O"})),
            ("DELETE", at.to_owned(), Value::Null),
            ("POST", format!("{at}/restore"), json!({})),
            ("POST", format!("{at}/regenerate_invite_id"), json!({})),
            ("GET", format!("{at}/channels"), Value::Null),
            ("GET", format!("{at}/channels/deleted"), Value::Null),
            ("GET", format!("{at}/stats"), Value::Null),
            ("GET", format!("{at}/members"), Value::Null),
            ("GET", format!("{at}/members/me"), Value::Null),
            ("POST", format!("{at}/members"), me),
            ("DELETE", format!("{at}/members/me"), Value::Null),
            ("PUT", format!("{at}/members/me/roles"), json!({"roles": "team_user"})),
            ("POST", format!("{at}/posts/search"), json!({"terms": "x"})),
            ("GET", "/api/v4/users/me/teams/ID/channels".to_owned(), Value::Null),
            ("GET", "/api/v4/users/me/teams/ID/unread".to_owned(), Value::Null),
            ("GET", "/api/v4/users?in_team=ID".to_owned(), Value::Null),
            ("GET", "/api/v4/commands?team_id=ID".to_owned(), Value::Null),
            ("POST", "/api/v4/channels".to_owned(), json!({"team_id": "ID", "name": "x", "display_name": "x", "type": "O"})),
        ] {
            same(&bob, 403, (method, &path, body), ids).await;
        }
        for search in ["search", "search_archived"] {
            let path = format!("{at}/channels/{search}");
            same(&bob, 404, ("POST", &path, json!({"term": "x"})), ids).await;
        }
    }
}

each_backend! {
    async fn a_hidden_post_or_file_is_refused_and_its_use_answered_as_an_unknown_ones(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let secret = host.private_channel(&anna, &place.team_id, "secret").await;
        let upload = format!("/api/v4/files?channel_id={}&filename=x.txt", id(&secret));
        let file = anna.post_raw(&upload, None, "words").await.expect(201)["file_infos"][0]["id"].clone();
        let loose = anna.post_raw(&upload, None, "words").await.expect(201)["file_infos"][0]["id"].clone();
        let post = json!({"channel_id": id(&secret), "message": "x", "file_ids": [file]});
        let post = anna.post("/api/v4/posts", post).await.expect(201);
        let (ids, at) = ([id(&post), UNKNOWN_ID], "/api/v4/posts/ID");
        for path in [at.to_owned(), format!("{at}/thread")] {
            apart(&bob, ("GET", &path, Value::Null), id(&post), "app.post.get.app_error").await;
        }
        let reaction = json!({"user_id": bob.id(), "post_id": "ID", "emoji_name": "smile"});
        for (method, path, body) in [
            ("PUT", at.to_owned(), json!({"id": "ID", "message": "x"})),
            ("PUT", format!("{at}/patch"), json!({"message": "x"})),
            ("DELETE", at.to_owned(), Value::Null),
            ("POST", format!("{at}/pin"), json!({})),
            ("POST", format!("{at}/unpin"), json!({})),
            ("GET", format!("{at}/reactions"), Value::Null),
            ("POST", "/api/v4/reactions".to_owned(), reaction),
            ("DELETE", "/api/v4/users/me/posts/ID/reactions/smile".to_owned(), Value::Null),
            ("POST", "/api/v4/posts/ids/reactions".to_owned(), json!(["ID"])),
            ("GET", format!("{at}/files/info"), Value::Null),
            ("POST", "/api/v4/users/me/posts/ID/set_unread".to_owned(), json!({})),
        ] {
            same(&bob, 403, (method, &path, body), ids).await;
        }
        assert_eq!(bob.post("/api/v4/posts/ids", json!([id(&post), UNKNOWN_ID])).await.expect(200), json!([]));
        for known in [&file, &loose] {
            let known = known.as_str().expect("a text");
            for below in ["", "/info", "/thumbnail", "/preview", "/link"] {
                let path = format!("/api/v4/files/ID{below}");
                apart(&bob, ("GET", &path, Value::Null), known, "app.file_info.get.app_error").await;
            }
        }
    }
}

each_backend! {
    async fn a_public_channel_is_read_by_its_members_only(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let made = host.channel(&anna, &place.team_id, "ovens").await;
        let upload = format!("/api/v4/files?channel_id={}&filename=x.txt", id(&made));
        let file = anna.post_raw(&upload, None, "words").await.expect(201)["file_infos"][0]["id"].clone();
        let post = json!({"channel_id": id(&made), "message": "hot", "file_ids": [file]});
        let post = anna.post("/api/v4/posts", post).await.expect(201);
        let (channel, post) = (format!("/api/v4/channels/{}", id(&made)), format!("/api/v4/posts/{}", id(&post)));
        let file = format!("/api/v4/files/{}", file.as_str().expect("a text"));
        // The team's members find the channel, and single posts that others link to.
        for path in [channel.clone(), post.clone(), format!("{post}/thread")] {
            bob.get(&path).await.expect(200);
        }
        let inside = [
            format!("{channel}/posts"),
            format!("{channel}/pinned"),
            format!("{channel}/members"),
            format!("{channel}/members/{}", anna.id()),
            format!("{channel}/stats"),
            format!("{channel}/timezones"),
            format!("/api/v4/users?in_channel={}", id(&made)),
            format!("/api/v4/users?not_in_channel={}&in_team={}", id(&made), place.team_id),
            format!("/api/v4/users/me/channels/{}/posts/unread", id(&made)),
            file.clone(),
            format!("{file}/info"),
            format!("{post}/reactions"),
            format!("{post}/files/info"),
        ];
        for path in &inside {
            refused(&bob.get(path).await, 403);
            admin.get(path).await.expect(200);
        }
        refused(&bob.post(&format!("{channel}/members/ids"), json!([anna.id()])).await, 403);
        bob.post(&format!("{channel}/members"), json!({"user_id": bob.id()})).await.expect(201);
        for path in &inside {
            bob.get(path).await.expect(200);
        }
        say(&bob, id(&made), "warm").await;
    }
}
