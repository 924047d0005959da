//! The four methods: their responses, and the recipients of notices.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Value, json};

use super::{App, fails, notices, works};

fn notice(users: &Value) -> Value {
    json!({"users": users, "title": "Build passed", "sender": {"name": "CI"}})
}

each_backend! {
    async fn t57_groups_are_unarchived_channels_of_several_users(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let query = app.query("getGroupChats");
        assert_eq!(app.get(&query).await.text(), r#"{"result":"success","data":[]}"#);
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&admin).await;
        let gone = host.channel(&admin, &place.team_id, "gone").await;
        admin.post("/api/v4/channels/direct", json!([admin.id(), anna.id()])).await.expect(201);
        let group = admin.post("/api/v4/channels/group", json!([admin.id(), anna.id(), bob.id()])).await.expect(201);
        let request = json!({"team_id": place.team_id, "name": "p", "display_name": "秘密/1", "type": "P"});
        admin.post("/api/v4/channels", request).await.expect(201);
        admin.delete(&format!("/api/v4/channels/{}", gone["id"].as_str().expect("an id"))).await.expect(200);
        let response = app.get(&query).await;
        let groups = response.expect(200);
        let mut names: Vec<&str> =
            groups["data"].as_object().expect("a map").values().filter_map(Value::as_str).collect();
        names.sort_unstable();
        let mut expected = vec!["Off-Topic", "Town Square", group["display_name"].as_str().expect("a name"), "秘密/1"];
        expected.sort_unstable();
        assert_eq!(names, expected);
        for gid in groups["data"].as_object().expect("a map").keys() {
            assert_eq!((gid.len(), gid.matches('-').count()), (36, 4), "a gid is a UUID: {gid}");
        }
        assert!(response.text().contains(r#""\u79d8\u5bc6\/1""#), "{}", response.text());
    }
}

each_backend! {
    async fn t58_chat_users_are_the_members_of_one_group_or_of_any(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        host.user("bob").await;
        let query = app.query("getChatUsers");
        // The application's bot has its own number; bob is in no channel.
        let in_any = app.get(&query).await.expect(200)["data"].clone();
        let numbers: Vec<&String> = in_any.as_object().expect("a map").keys().collect();
        assert_eq!(in_any.as_object().expect("a map").values().collect::<Vec<_>>(), ["admin", "anna"], "{numbers:?}");
        let gid = app.gid("Town Square").await;
        let of = |gid: &str| format!("m=im&f=getChatUsers&gid={gid}&code=ci");
        assert_eq!(app.get(&of(&gid)).await.expect(200)["data"], in_any);
        // Users cannot leave the town square, so another channel is used.
        let other = host.channel(&admin, &place.team_id, "dev").await;
        let members = format!("/api/v4/channels/{}/members", other["id"].as_str().expect("an id"));
        admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
        let gid = app.gid("dev").await;
        assert_eq!(app.get(&of(&gid)).await.expect(200)["data"], in_any);
        admin.delete(&format!("{members}/{}", anna.id())).await.expect(200);
        let left = app.get(&of(&gid)).await.expect(200)["data"].clone();
        assert_eq!(left.as_object().expect("a map").values().collect::<Vec<_>>(), ["admin"]);
        for unknown in ["unknown", "0", "30683aea-7a1f-4ec8-a6d6-834e0310fd7d"] {
            assert_eq!(app.get(&of(unknown)).await.text(), r#"{"result":"success","data":[]}"#);
        }
    }
}

each_backend! {
    async fn t59_missing_fields_are_named_in_order(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        for (body, text) in [
            (json!({}), "Should set user list."),
            (json!({"users": [1]}), "Should set sender info."),
            (json!({"users": [1], "sender": {"name": "CI"}}), "Notification title not set."),
            (json!({"users": [1], "sender": {"name": "CI"}, "title": "0"}), "Notification title not set."),
        ] {
            assert_eq!(app.notice(body).await, fails(text));
        }
        for (body, text) in [
            (json!({}), "Should set chat group."),
            (json!({"gid": "0"}), "Should set chat group."),
            (json!({"gid": "x"}), "Should set sender info."),
            (json!({"gid": "x", "sender": {"name": "CI"}}), "Notification title not set."),
        ] {
            assert_eq!(app.say(body).await, fails(text));
        }
    }
}

each_backend! {
    async fn t60_users_are_numbers_or_names(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let people = app.get(&app.query("getChatUsers")).await.expect(200)["data"].clone();
        let number = |name: &str| -> u64 {
            let found = people.as_object().expect("a map").iter().find(|(_, known)| known.as_str() == Some(name));
            found.expect("a number").0.parse().expect("a number")
        };
        let (first, second) = (number("anna"), number("bob"));
        assert_eq!(app.notice(notice(&json!([first, second.to_string()]))).await, works());
        assert_eq!((notices(&anna).await.len(), notices(&bob).await.len()), (1, 1));
        assert_eq!(app.notice(notice(&json!(["anna", "ANNA", "bob"]))).await, works());
        assert_eq!((notices(&anna).await.len(), notices(&bob).await.len()), (2, 2));
        let some = app.notice(notice(&json!([first, 4711, "bob"]))).await;
        assert_eq!(some, json!({"result": "success", "message": "", "ignored": [4711, "bob"]}));
        let some = app.notice(notice(&json!(["unknown", "anna", second]))).await;
        assert_eq!(some, json!({"result": "success", "message": "", "ignored": ["unknown", second]}));
        assert_eq!((notices(&anna).await.len(), notices(&bob).await.len()), (4, 2));
    }
}

each_backend! {
    async fn t61_an_empty_recipient_list_is_never_all_users(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let said = json!({"gid": "30683aea-7a1f-4ec8-a6d6-834e0310fd7d", "title": "Hi", "sender": {"name": "CI"}});
        assert_eq!(app.say(said).await, fails("This chat group does not exist."));
        for users in [json!("anna"), json!([]), json!({"0": "anna"}), json!(1), json!(null)] {
            assert_eq!(app.notice(notice(&users)).await, fails("Should set user list."));
        }
        let unknown = json!({"result": "fail", "message": "None of these users exists.", "ignored": ["unknown"]});
        assert_eq!(app.notice(notice(&json!(["unknown"]))).await, unknown);
        // The group has no members.
        let empty = host.channel(&anna, &place.team_id, "empty").await;
        let gid = app.gid("empty").await;
        let mine = format!("/api/v4/channels/{}/members/{}", empty["id"].as_str().expect("an id"), anna.id());
        anna.delete(&mine).await.expect(200);
        let said = json!({"gid": gid, "title": "Hi", "sender": {"name": "CI"}});
        assert_eq!(app.say(said).await, fails("This chat group has no members."));
        assert_eq!(notices(&anna).await, [json!(null); 0]);
    }
}

each_backend! {
    async fn t63_each_name_field_of_a_sender_counts(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let anna = host.user("anna").await;
        for (sender, name) in [
            (json!({"name": "A"}), "A"),
            (json!({"displayName": "B"}), "B"),
            (json!({"realname": "C"}), "C"),
            (json!({}), "CI"),
            (json!("D"), "D"),
        ] {
            let mut body = notice(&json!(["anna"]));
            body["sender"] = sender;
            body["actions"] = json!([{"lable": "Open", "url": "https://ci.example/1", "type": "normal"}]);
            assert_eq!(app.notice(body).await, works());
            let shown = notices(&anna).await[0].clone();
            assert_eq!((&shown["sender"]["name"], &shown["actions"][0]["label"]), (&json!(name), &json!("Open")));
            assert_eq!(shown["actions"][0]["type"], "default");
            assert_eq!(shown["source"], "ci");
        }
    }
}

each_backend! {
    async fn the_vendors_example_is_delivered_unchanged(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let anna = host.user("anna").await;
        let body = json!({
            "users": ["anna"], "title": "Title", "subtitle": "Subtitle", "content": "**Content**",
            "contentType": "plain", "url": "https://example.org/a",
            "actions": [{"label": "Agree", "icon": "check", "url": "https://example.org/b", "type": "primary"}],
            "sender": {"id": 7, "name": "CI", "avatar": "https://example.org/c.png"},
        });
        assert_eq!(app.notice(body).await, works());
        let shown = notices(&anna).await[0].clone();
        let kept = ["title", "subtitle", "content", "content_type", "url", "actions", "sender"]
            .map(|key| shown[key].clone());
        let expected = [
            json!("Title"), json!("Subtitle"), json!("**Content**"), json!("plain"), json!("https://example.org/a"),
            json!([{"label": "Agree", "icon": "check", "url": "https://example.org/b", "type": "primary"}]),
            json!({"id": "7", "name": "CI", "avatar": "https://example.org/c.png"}),
        ];
        assert_eq!(kept, expected);
    }
}

each_backend! {
    async fn an_unknown_method_is_named_in_the_error(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        for method in ["syncUsersData", "syncDeptsData", "deleteEverything"] {
            let response = app.post(&app.query(method), json!([])).await.expect(200);
            assert_eq!(response, fails(&format!("This server does not offer {method}.")));
        }
        let login = app.get("m=user&f=apilogin&account=admin&code=ci").await.expect(200);
        assert_eq!(login, fails("This server does not offer user/apilogin."));
    }
}

each_backend! {
    async fn the_direct_dialect_needs_a_sender_with_a_name(host: TestHost) {
        let app = App::create(&host, json!({})).await;
        let anna = host.user("anna").await;
        let token = super::token("im/sendNotification?code=ci", &app.key);
        let path = format!("/im/sendNotification?code=ci&token={token}");
        for sender in [json!({}), json!("CI"), json!({"id": 1})] {
            let mut body = notice(&json!(["anna"]));
            body["sender"] = sender;
            assert_eq!(app.client.post(&path, body).await.expect(200), fails("Should set sender info."));
        }
        let mut body = notice(&json!(["anna"]));
        body["sender"] = json!({"displayName": "CI"});
        body["actions"] = json!(null);
        assert_eq!(app.client.post(&path, body).await.text(), r#"{"result":"success","message":""}"#);
        assert_eq!(notices(&anna).await.len(), 1);
    }
}

each_backend! {
    async fn an_application_uses_only_the_groups_of_its_account_unless_it_is_free(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&admin).await;
        host.place(&anna).await;
        host.private_channel(&admin, &place.team_id, "secret").await;
        let elsewhere = host.team(&admin, "elsewhere").await;
        let square = format!("/api/v4/teams/{}/members", elsewhere["id"].as_str().expect("an id"));
        admin.post(&square, json!({"team_id": elsewhere["id"], "user_id": bob.id()})).await.expect(201);
        let free = App::create(&host, json!({"code": "free"})).await;
        let bound = App::create(&host, json!({"code": "bound", "free": false, "account": "anna"})).await;
        let of_admin = App::create(&host, json!({"code": "admins", "free": false, "account": "admin"})).await;
        let groups = async |app: &App| {
            let groups = app.get(&app.query("getGroupChats")).await.expect(200)["data"].clone();
            let groups = groups.as_object().expect("a map").values();
            let mut names: Vec<String> = groups.map(|name| name.as_str().expect("a text").to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(groups(&bound).await, ["Off-Topic", "Town Square"]);
        for app in [&free, &of_admin] {
            assert_eq!(groups(app).await, ["Off-Topic", "Off-Topic", "Town Square", "Town Square", "secret"]);
        }
        let secret = free.gid("secret").await;
        let users = format!("m=im&f=getChatUsers&gid={secret}&code=");
        assert_eq!(bound.get(&format!("{users}bound")).await.text(), r#"{"result":"success","data":[]}"#);
        assert_eq!(free.get(&format!("{users}free")).await.expect(200)["data"].as_object().map(serde_json::Map::len), Some(1));
        let said = json!({"gid": secret, "title": "Hi", "sender": {"name": "CI"}});
        assert_eq!(bound.say(said.clone()).await, fails("This chat group does not exist."));
        assert_eq!(free.say(said).await, works());
        // Users of other groups are not listed, either.
        let listed = bound.get(&bound.query("getChatUsers")).await.expect(200)["data"].clone();
        assert_eq!(listed.as_object().expect("a map").values().collect::<Vec<_>>(), ["admin", "anna"]);
        // The account's membership decides at each call.
        let channel = admin.get(&format!("/api/v4/teams/{}/channels/name/secret", place.team_id)).await.expect(200);
        let members = format!("/api/v4/channels/{}/members", channel["id"].as_str().expect("an id"));
        admin.post(&members, json!({"user_id": anna.id()})).await.expect(201);
        let said = json!({"gid": secret, "title": "Hi", "sender": {"name": "CI"}});
        assert_eq!(bound.say(said).await, works());
    }
}
