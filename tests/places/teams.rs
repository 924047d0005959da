//! Changing teams and their members.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{Three, each, id};
use crate::support::refused;

each_backend! {
    async fn administrators_change_a_team_and_members_receive_the_change(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let path = format!("/api/v4/teams/{}", place.team_id);
        let mut hers = host.socket(&anna).await;
        let patch = json!({"display_name": "Main kitchen", "description": "d", "allow_open_invite": null});
        let changed = admin.put(&format!("{path}/patch"), patch).await.expect(200);
        let shown = ["name", "display_name", "description", "type"].map(|key| changed[key].as_str().unwrap());
        assert_eq!(shown, ["main", "Main kitchen", "d", "O"]);
        let event = hers.event("update_team").await;
        let published: Value = serde_json::from_str(event["data"]["team"].as_str().unwrap()).unwrap();
        let mut expected = changed.clone();
        expected["invite_id"] = json!("");
        expected["email"] = json!("");
        assert_eq!((published, changed["invite_id"].as_str().map(str::len)), (expected, Some(26)));
        assert_eq!(event["broadcast"]["team_id"], place.team_id);
        let closed = admin.put(&format!("{path}/privacy"), json!({"privacy": "I"})).await.expect(200);
        assert_eq!((&closed["type"], &closed["allow_open_invite"]), (&json!("I"), &json!(false)));
        let request = json!({"id": place.team_id, "display_name": "Whole", "allow_open_invite": true});
        let opened = admin.put(&path, request).await.expect(200);
        assert_eq!((&opened["type"], &opened["allow_open_invite"]), (&json!("I"), &json!(true)));
        assert_eq!(anna.get(&path).await.expect(200)["display_name"], "Whole");
        refused(&anna.put(&format!("{path}/patch"), json!({"display_name": "x"})).await, 403);
        // The right is checked before the body is read.
        refused(&anna.put(&format!("{path}/patch"), json!(["no object"])).await, 403);
        refused(&anna.put(&format!("{path}/privacy"), json!({"privacy": "O"})).await, 403);
        for wrong in [json!({"display_name": ""}), json!({"display_name": "x".repeat(65)}), json!({"description": "x".repeat(256)})] {
            refused(&admin.put(&format!("{path}/patch"), wrong).await, 400);
        }
        for not_offered in [json!({"group_constrained": true}), json!({"scheme_id": "k".repeat(26)})] {
            refused(&admin.put(&format!("{path}/patch"), not_offered.clone()).await, 400);
            let mut whole = json!({"id": place.team_id, "name": "new", "display_name": "x", "type": "O"});
            whole.as_object_mut().unwrap().extend(not_offered.as_object().unwrap().clone());
            refused(&admin.put(&path, whole.clone()).await, 400);
            refused(&admin.post("/api/v4/teams", whole).await, 400);
        }
        refused(&admin.put(&path, json!({"id": "other", "display_name": "x"})).await, 400);
        refused(&admin.put(&format!("{path}/privacy"), json!({"privacy": "x"})).await, 400);
        refused(&admin.put("/api/v4/teams/kkkkkkkkkkkkkkkkkkkkkkkkkk/patch", json!({})).await, 404);
    }
}

each_backend! {
    async fn only_accounts_of_the_allowed_domains_join_a_team(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let path = format!("/api/v4/teams/{}", place.team_id);
        let patch = json!({"allowed_domains": "@Example.com, example.net", "company_name": "Ships"});
        let changed = admin.put(&format!("{path}/patch"), patch).await.expect(200);
        let kept = [&changed["allowed_domains"], &changed["company_name"]];
        assert_eq!(kept, [&json!("@Example.com, example.net"), &json!("Ships")]);
        let shown = anna.get(&path).await.expect(200);
        assert_eq!([&shown["allowed_domains"], &shown["company_name"]], kept);
        // Members stay; every way into the team asks for the domain of others.
        let cleo = host.user("cleo").await;
        let joins = json!({"team_id": place.team_id, "user_id": cleo.id()});
        let invited = |client: &TestClient| {
            let link = format!("/api/v4/teams/members/invite?invite_id={}", changed["invite_id"].as_str().unwrap());
            let client = client.clone();
            async move { client.post(&link, json!({})).await }
        };
        let account = |name: &str, domain: &str| {
            json!({"username": name, "email": format!("{name}@{domain}"), "password": "password-of-new"})
        };
        let link = format!("/api/v4/users?iid={}", changed["invite_id"].as_str().unwrap());
        for response in [
            cleo.post(&format!("{path}/members"), joins.clone()).await,
            admin.post(&format!("{path}/members"), joins.clone()).await,
            admin.post(&format!("{path}/members/batch"), json!([joins])).await,
            invited(&cleo).await,
            host.anonymous().post(&link, account("new", "example.org")).await,
        ] {
            let error = refused(&response, 400);
            assert_eq!(error["id"], "api.team.join_user_to_team.allowed_domains.app_error");
        }
        host.anonymous().post(&link, account("new", "EXAMPLE.com")).await.expect(201);
        admin.post("/api/v4/users", account("dora", "example.net")).await.expect(201);
        invited(&host.log_in("dora", "password-of-new").await).await.expect(201);
        // A bot has no address of its own.
        let bot = admin.post("/api/v4/bots", json!({"username": "helper"})).await.expect(201);
        let joins = json!({"team_id": place.team_id, "user_id": bot["user_id"]});
        admin.post(&format!("{path}/members"), joins).await.expect(201);
        for wrong in [json!({"allowed_domains": "x".repeat(501)}), json!({"company_name": "x".repeat(65)})] {
            refused(&admin.put(&format!("{path}/patch"), wrong).await, 400);
        }
        admin.put(&format!("{path}/patch"), json!({"allowed_domains": ""})).await.expect(200);
        invited(&cleo).await.expect(201);
        let other = json!({"name": "other", "display_name": "x", "type": "O", "allowed_domains": "example.net"});
        refused(&cleo.post("/api/v4/teams", other).await, 400);
    }
}

each_backend! {
    async fn an_archived_team_is_hidden_until_it_is_restored(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let path = format!("/api/v4/teams/{}", place.team_id);
        refused(&anna.delete(&path).await, 403);
        refused(&admin.post(&format!("{path}/restore"), json!({})).await, 400);
        let mut hers = host.socket(&anna).await;
        admin.delete(&path).await.expect(200);
        admin.delete(&path).await.expect(200);
        let event = hers.event("delete_team").await;
        let published: Value = serde_json::from_str(event["data"]["team"].as_str().unwrap()).unwrap();
        assert_eq!((&published["id"], &published["delete_at"]), (&json!(place.team_id), &json!(jackfield_tests::START_MILLIS)));
        assert_eq!(bob.get("/api/v4/users/me/teams").await.expect(200), json!([]));
        let channel = json!({"team_id": place.team_id, "name": "late", "display_name": "x", "type": "O"});
        refused(&anna.post("/api/v4/channels", channel).await, 400);
        let cleo = host.user("cleo").await;
        refused(&cleo.post(&format!("{path}/members"), json!({"team_id": place.team_id, "user_id": cleo.id()})).await, 400);
        assert_eq!(admin.post(&format!("{path}/restore"), json!({})).await.expect(200)["delete_at"], 0);
        assert_eq!(each(&bob.get("/api/v4/users/me/teams").await.expect(200), "name"), ["main"]);
        for spelling in ["true", "1"] {
            refused(&admin.delete(&format!("{path}?permanent={spelling}")).await, 400);
        }
    }
}

each_backend! {
    async fn members_of_a_team_are_listed_named_and_counted(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let path = format!("/api/v4/teams/{}/members", place.team_id);
        let all = bob.get(&path).await.expect(200);
        assert_eq!(each(&all, "user_id"), [admin.id(), anna.id(), bob.id()]);
        assert_eq!(each(&all, "roles"), ["team_user team_admin", "team_user", "team_user"]);
        assert_eq!(each(&bob.get(&format!("{path}?per_page=2&page=1")).await.expect(200), "user_id"), [bob.id()]);
        assert_eq!(bob.get(&format!("{path}/me")).await.expect(200), all[2]);
        let sorted = |query: &str| format!("{path}?{query}");
        let by_name = bob.get(&sorted("sort=Username&per_page=2")).await.expect(200);
        assert_eq!(each(&by_name, "user_id"), [admin.id(), anna.id()]);
        refused(&bob.get(&sorted("sort=junk")).await, 400);
        let request = json!([bob.id(), admin.id(), "kkkkkkkkkkkkkkkkkkkkkkkkkk"]);
        assert_eq!(each(&bob.post(&format!("{path}/ids"), request).await.expect(200), "user_id"), [admin.id(), bob.id()]);
        assert_eq!(bob.get("/api/v4/users/me/teams/members").await.expect(200), json!([all[2]]));
        let stats = bob.get(&format!("/api/v4/teams/{}/stats", place.team_id)).await.expect(200);
        assert_eq!(stats, json!({"team_id": place.team_id, "total_member_count": 3, "active_member_count": 3}));
        let aaron = host.user("aaron").await;
        host.place(&aaron).await;
        let by_name = bob.get(&sorted("sort=Username")).await.expect(200);
        assert_eq!(each(&by_name, "user_id"), [&aaron, &admin, &anna, &bob].map(TestClient::id));
        admin.delete(&format!("/api/v4/users/{}", aaron.id())).await.expect(200);
        let active = bob.get(&sorted("exclude_deleted_users=true")).await.expect(200);
        assert_eq!(each(&active, "user_id"), [&admin, &anna, &bob].map(TestClient::id));
        let cleo = host.user("cleo").await;
        for path in [path.clone(), format!("{path}/{}", bob.id()), format!("/api/v4/teams/{}/stats", place.team_id)] {
            refused(&cleo.get(&path).await, 403);
        }
        refused(&bob.get(&format!("{path}/{}", cleo.id())).await, 404);
        refused(&bob.get(&format!("/api/v4/users/{}/teams/members", anna.id())).await, 403);
    }
}

each_backend! {
    async fn several_members_are_added_to_a_team_all_or_none(host: TestHost) {
        let Three { admin, anna, place, .. } = Three::new(&host).await;
        let (cleo, dan) = (host.user("cleo").await, host.user("dan").await);
        let path = format!("/api/v4/teams/{}/members/batch", place.team_id);
        let request = |ids: &[&str]| -> Value {
            ids.iter().map(|id| json!({"team_id": place.team_id, "user_id": id})).collect()
        };
        refused(&admin.post(&path, request(&[cleo.id(), "kkkkkkkkkkkkkkkkkkkkkkkkkk"])).await, 404);
        refused(&cleo.post(&path, request(&[dan.id()])).await, 403);
        refused(&admin.post(&path, json!([])).await, 400);
        refused(&admin.post(&path, json!([{"user_id": cleo.id()}])).await, 400);
        refused(&cleo.get(&format!("/api/v4/channels/{}/members", place.channel_id)).await, 403);
        let mut hers = host.socket(&cleo).await;
        let added = admin.post(&path, request(&[cleo.id(), dan.id()])).await.expect(201);
        assert_eq!(each(&added, "user_id"), [cleo.id(), dan.id()]);
        let event = hers.event("added_to_team").await;
        assert_eq!(event["data"], json!({"team_id": place.team_id, "user_id": cleo.id()}));
        cleo.get(&format!("/api/v4/channels/{}/members", place.channel_id)).await.expect(200);
        // Members add others, too.
        let eve = host.user("eve").await;
        assert_eq!(each(&anna.post(&path, request(&[eve.id()])).await.expect(201), "user_id"), [eve.id()]);
    }
}

each_backend! {
    async fn leaving_a_team_leaves_its_channels_and_rejoining_gives_ordinary_roles(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let path = format!("/api/v4/teams/{}/members", place.team_id);
        admin.put(&format!("{path}/{}/roles", anna.id()), json!({"roles": "team_user team_admin"})).await.expect(200);
        refused(&bob.delete(&format!("{path}/{}", anna.id())).await, 403);
        let (mut hers, mut his) = (host.socket(&anna).await, host.socket(&bob).await);
        anna.delete(&format!("{path}/me")).await.expect(200);
        let data = json!({"team_id": place.team_id, "user_id": anna.id()});
        let event = his.event("leave_team").await;
        assert_eq!((&event["data"], &event["broadcast"]["team_id"]), (&data, &json!(place.team_id)));
        let event = hers.event("leave_team").await;
        assert_eq!((&event["data"], &event["broadcast"]["user_id"]), (&data, &json!(anna.id())));
        refused(&anna.get(&format!("/api/v4/channels/{}", place.channel_id)).await, 403);
        refused(&anna.delete(&format!("{path}/me")).await, 403);
        let back = anna.post(&path, json!({"team_id": place.team_id, "user_id": anna.id()})).await.expect(201);
        assert_eq!(back["roles"], "team_user");
        // Team administrators can remove other members.
        admin.delete(&format!("{path}/{}", anna.id())).await.expect(200);
        assert_eq!(each(&bob.get(&path).await.expect(200), "user_id"), [admin.id(), bob.id()]);
    }
}

each_backend! {
    async fn first_channels_that_are_private_or_archived_are_not_joined_with_the_team(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let team = format!("/api/v4/teams/{}", place.team_id);
        let off_topic = admin.get(&format!("{team}/channels/name/off-topic")).await.expect(200);
        let path = format!("/api/v4/channels/{}", id(&off_topic));
        let joins = async |who: &TestClient| {
            let joining = json!({"team_id": place.team_id, "user_id": who.id()});
            who.post(&format!("{team}/members"), joining).await.expect(201);
        };
        admin.put(&format!("{path}/privacy"), json!({"privacy": "P"})).await.expect(200);
        admin.delete(&format!("{path}/members/{}", bob.id())).await.expect(200);
        let (cleo, dan) = (host.user("cleo").await, host.user("dan").await);
        for who in [&bob, &cleo] {
            joins(who).await;
            refused(&who.get(&path).await, 403);
        }
        admin.put(&format!("{path}/privacy"), json!({"privacy": "O"})).await.expect(200);
        admin.delete(&path).await.expect(200);
        joins(&dan).await;
        assert_eq!(each(&admin.get(&format!("{path}/members")).await.expect(200), "user_id"), [admin.id(), anna.id()]);
        let square = dan.get(&format!("/api/v4/channels/{}/members", place.channel_id)).await.expect(200);
        assert_eq!(each(&square, "user_id"), [&admin, &anna, &bob, &cleo, &dan].map(TestClient::id));
    }
}

each_backend! {
    async fn joining_a_team_again_joins_no_channels(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let team = format!("/api/v4/teams/{}", place.team_id);
        let off_topic = anna.get(&format!("{team}/channels/name/off-topic")).await.expect(200);
        let members = format!("/api/v4/channels/{}/members", id(&off_topic));
        let joining = json!({"team_id": place.team_id, "user_id": anna.id()});
        anna.delete(&format!("{members}/me")).await.expect(200);
        anna.post(&format!("{team}/members"), joining.clone()).await.expect(201);
        assert_eq!(each(&bob.get(&members).await.expect(200), "user_id"), [admin.id(), bob.id()]);
        // A returning user joins the first channels, as a new member does.
        anna.delete(&format!("{team}/members/me")).await.expect(200);
        anna.post(&format!("{team}/members"), joining.clone()).await.expect(201);
        assert_eq!(each(&bob.get(&members).await.expect(200), "user_id"), [admin.id(), anna.id(), bob.id()]);
    }
}

each_backend! {
    async fn a_teams_administrator_manages_its_channels_and_no_others(host: TestHost) {
        let Three { admin, anna, bob, place } = Three::new(&host).await;
        let member = format!("/api/v4/teams/{}/members/{}", place.team_id, anna.id());
        let made = host.channel(&bob, &place.team_id, "bobs").await;
        let patch = format!("/api/v4/channels/{}/patch", id(&made));
        refused(&anna.put(&patch, json!({"display_name": "x"})).await, 403);
        refused(&anna.put(&format!("{member}/schemeRoles"), json!({"scheme_admin": true})).await, 403);
        admin.put(&format!("{member}/schemeRoles"), json!({"scheme_admin": true, "scheme_user": true})).await.expect(200);
        anna.put(&patch, json!({"display_name": "x"})).await.expect(200);
        let bakery = host.team(&bob, "bakery").await;
        let other = host.channel(&bob, id(&bakery), "other").await;
        refused(&anna.put(&format!("/api/v4/channels/{}/patch", id(&other)), json!({"display_name": "x"})).await, 403);
        refused(&admin.put(&format!("{member}/roles"), json!({"roles": "team_guest"})).await, 400);
    }
}

each_backend! {
    async fn a_team_search_finds_visible_teams_only(host: TestHost) {
        let Three { admin, anna, bob, .. } = Three::new(&host).await;
        let closed = json!({"name": "cellar", "display_name": "The MAIN cellar", "type": "I"});
        anna.post("/api/v4/teams", closed).await.expect(201);
        let request = json!({"term": "main"});
        for (who, found) in [(&anna, vec!["cellar", "main"]), (&bob, vec!["main"]), (&admin, vec!["cellar", "main"])] {
            assert_eq!(each(&who.post("/api/v4/teams/search", request.clone()).await.expect(200), "name"), found);
        }
        for filter in ["allow_open_invite", "group_constrained"] {
            refused(&admin.post("/api/v4/teams/search", json!({"term": "main", filter: true})).await, 400);
        }
        // The invitation link is visible only to users who may share it.
        let main = bob.post("/api/v4/teams/search", request.clone()).await.expect(200);
        assert_eq!(each(&main, "invite_id"), [""]);
        let all = admin.post("/api/v4/teams/search", request).await.expect(200);
        assert!(!each(&all, "invite_id").contains(&""), "{all}");
        // Signs of patterns mean themselves, and no name is that long.
        for term in ["%".to_owned(), "m_in".to_owned(), "%_".repeat(100_000)] {
            assert_eq!(admin.post("/api/v4/teams/search", json!({"term": term})).await.expect(200), json!([]));
        }
        for (who, name, exists) in [(&anna, "cellar", true), (&bob, "cellar", false), (&bob, "main", true), (&bob, "nope", false)] {
            let path = format!("/api/v4/teams/name/{name}/exists");
            assert_eq!(who.get(&path).await.expect(200), json!({"exists": exists}), "{name}");
        }
    }
}
