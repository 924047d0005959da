//! Guests see the channels they were added to, and the users there.

use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use jackfield_tests::{TestClient, TestHost, TestSocket, each_backend};
use serde_json::{Value, json};

use super::directory::names;
use crate::support::refused;

const USERS: &str = "/api/v4/users";

/// Creates gus, a guest of Anna's team and of its channel `den`; returns gus and the channel.
async fn guest(host: &TestHost, anna: &TestClient) -> (TestClient, Value) {
    let place = host.place(anna).await;
    let gus = host.user("gus").await;
    host.admin().await.post(&format!("{USERS}/{}/demote", gus.id()), json!({})).await.expect(200);
    let added = json!({"team_id": place.team_id, "user_id": gus.id()});
    let member = anna.post(&format!("/api/v4/teams/{}/members", place.team_id), added).await.expect(201);
    assert_eq!((&member["roles"], &member["scheme_guest"]), (&json!("team_guest"), &json!(true)));
    let den = host.channel(anna, &place.team_id, "den").await;
    let path = format!("/api/v4/channels/{}/members", den["id"].as_str().unwrap());
    let member = anna.post(&path, json!({"user_id": gus.id()})).await.expect(201);
    assert_eq!(member["roles"], "channel_guest");
    (gus, den)
}

#[track_caller]
fn ids(list: &Value) -> Vec<&Value> {
    list.as_array().unwrap().iter().map(|thing| &thing["id"]).collect()
}

/// Returns the roles of a channel's members, oldest account first.
async fn roles(client: &TestClient, channel: &Value) -> Vec<String> {
    let path = format!("/api/v4/channels/{}/members", channel["id"].as_str().unwrap());
    let members = client.get(&path).await.expect(200);
    members.as_array().unwrap().iter().map(|member| member["roles"].as_str().unwrap().to_owned()).collect()
}

/// Returns the reply to the action `get_statuses`.
async fn present(socket: &mut TestSocket) -> Value {
    socket.send(json!({"seq": 9, "action": "get_statuses", "data": {}})).await;
    let reply = socket.frame().await.expect("a reply");
    assert_eq!(reply["seq_reply"], 9, "{reply}");
    reply["data"].clone()
}

each_backend! {
    async fn a_guest_joins_only_the_channels_it_is_added_to(host: TestHost) {
        let anna = host.user("anna").await;
        let (gus, den) = guest(&host, &anna).await;
        let place = host.place(&anna).await;
        let team = &place.team_id;
        let own = gus.get(&format!("{USERS}/me/teams/{team}/channels")).await.expect(200);
        assert_eq!(ids(&own), [&den["id"]]);
        let open = gus.get(&format!("/api/v4/teams/{team}/channels")).await.expect(200);
        assert_eq!(ids(&open), [&den["id"]]);
        refused(&gus.get(&format!("/api/v4/channels/{}", place.channel_id)).await, 403);
        refused(&gus.get(&format!("/api/v4/channels/{}/posts", place.channel_id)).await, 403);
        let join = json!({"user_id": gus.id()});
        refused(&gus.post(&format!("/api/v4/channels/{}/members", place.channel_id), join).await, 403);
        gus.post("/api/v4/posts", json!({"channel_id": den["id"], "message": "hi"})).await.expect(201);
        let post = json!({"channel_id": place.channel_id, "message": "hi"});
        refused(&gus.post("/api/v4/posts", post).await, 403);
    }
}

each_backend! {
    async fn a_guest_creates_and_joins_no_teams_or_channels(host: TestHost) {
        let anna = host.user("anna").await;
        let (gus, _) = guest(&host, &anna).await;
        let place = host.place(&anna).await;
        refused(&gus.post("/api/v4/teams", json!({"name": "mine", "display_name": "m", "type": "O"})).await, 403);
        let channel = json!({"team_id": place.team_id, "name": "mine", "display_name": "m", "type": "O"});
        refused(&gus.post("/api/v4/channels", channel).await, 403);
        let bob = host.user("bob").await;
        let other = host.team(&bob, "other").await;
        let id = other["id"].as_str().unwrap();
        refused(&gus.post(&format!("/api/v4/teams/{id}/members"), json!({"team_id": id, "user_id": gus.id()})).await, 403);
        let link = format!("/api/v4/teams/members/invite?invite_id={}", other["invite_id"].as_str().unwrap());
        refused(&gus.post(&link, json!({})).await, 403);
        refused(&gus.get(&format!("/api/v4/teams/{id}")).await, 403);
        let teams = gus.get("/api/v4/teams").await.expect(200);
        assert_eq!(ids(&teams), [&json!(place.team_id)]);
    }
}

each_backend! {
    async fn a_guest_sees_its_own_teams_without_their_links(host: TestHost) {
        let anna = host.user("anna").await;
        let (gus, _) = guest(&host, &anna).await;
        let place = host.place(&anna).await;
        host.team(&anna, "other").await;
        let path = format!("/api/v4/teams/{}", place.team_id);
        let found = gus.post("/api/v4/teams/search", json!({"term": ""})).await.expect(200);
        assert_eq!(found, json!([gus.get(&path).await.expect(200)]));
        assert_eq!((&found[0]["id"], &found[0]["invite_id"]), (&json!(place.team_id), &json!("")));
        assert_eq!(gus.get("/api/v4/teams/name/main").await.expect(200), found[0]);
        assert_eq!(gus.get("/api/v4/teams").await.expect(200), found);
        assert_eq!(gus.get(&format!("{USERS}/me/teams")).await.expect(200), found);
        let mut his = host.socket(&gus).await;
        anna.put(&format!("{path}/patch"), json!({"description": "new"})).await.expect(200);
        anna.delete(&path).await.expect(200);
        anna.post(&format!("{path}/restore"), json!({})).await.expect(200);
        for name in ["update_team", "delete_team", "restore_team"] {
            let published = his.event(name).await["data"]["team"].clone();
            let team: Value = serde_json::from_str(published.as_str().unwrap()).unwrap();
            assert_eq!((&team["id"], &team["invite_id"]), (&json!(place.team_id), &json!("")), "{name}");
        }
    }
}

each_backend! {
    async fn a_guest_sees_only_users_it_shares_a_channel_with(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let (gus, _) = guest(&host, &anna).await;
        assert_eq!(names(&gus.get(USERS).await.expect(200)), ["anna", "gus"]);
        gus.get(&format!("{USERS}/{}", anna.id())).await.expect(200);
        gus.get(&format!("{USERS}/me")).await.expect(200);
        // The response does not tell a hidden account from one that does not exist.
        let unknown = ["kkkkkkkkkkkkkkkkkkkkkkkkkk", "username/unknown", "email/unknown@example.org"];
        for (hidden, unknown) in [bob.id(), "username/bob", "email/bob@example.org"].into_iter().zip(unknown) {
            let [hidden, unknown] = [hidden, unknown].map(|path| format!("{USERS}/{path}"));
            let (hidden, unknown) = (gus.get(&hidden).await, gus.get(&unknown).await);
            let (hidden, unknown) = (refused(&hidden, 404), refused(&unknown, 404));
            assert_eq!((&hidden["id"], &hidden["message"]), (&unknown["id"], &unknown["message"]));
        }
        refused(&gus.get(&format!("{USERS}/{}/image", bob.id())).await, 404);
        assert_eq!(gus.post(&format!("{USERS}/ids"), json!([bob.id()])).await.expect(200), json!([]));
        assert_eq!(gus.post(&format!("{USERS}/search"), json!({"term": "b"})).await.expect(200), json!([]));
        let found = gus.get(&format!("{USERS}/autocomplete?name=b")).await.expect(200);
        assert_eq!(found["users"], json!([]));
    }
}

each_backend! {
    async fn a_guest_opens_direct_and_group_channels_only_with_visible_users(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let (gus, den) = guest(&host, &anna).await;
        let (direct, group) = ("/api/v4/channels/direct", "/api/v4/channels/group");
        refused(&gus.post(direct, json!([gus.id(), bob.id()])).await, 400);
        refused(&gus.post(group, json!([anna.id(), bob.id()])).await, 400);
        refused(&gus.get(&format!("{USERS}/{}", bob.id())).await, 404);
        let talk = gus.post(direct, json!([gus.id(), anna.id()])).await.expect(201);
        assert_eq!(roles(&gus, &talk).await, ["channel_user", "channel_guest"]);
        gus.post(direct, json!([gus.id(), gus.id()])).await.expect(201);
        let members = format!("/api/v4/channels/{}/members", den["id"].as_str().unwrap());
        let cleo = host.user("cleo").await;
        host.place(&cleo).await;
        anna.post(&members, json!({"user_id": cleo.id()})).await.expect(201);
        let talk = gus.post(group, json!([anna.id(), cleo.id()])).await.expect(201);
        assert_eq!(roles(&gus, &talk).await, ["channel_user", "channel_guest", "channel_user"]);
        // Other users may open a direct channel with the guest, who can see them from then on.
        let talk = bob.post(direct, json!([bob.id(), gus.id()])).await.expect(201);
        assert_eq!(gus.post(direct, json!([gus.id(), bob.id()])).await.expect(201)["id"], talk["id"]);
        gus.get(&format!("{USERS}/{}", bob.id())).await.expect(200);
    }
}

each_backend! {
    async fn a_guest_finds_no_channel_but_its_own(host: TestHost) {
        let anna = host.user("anna").await;
        let (gus, den) = guest(&host, &anna).await;
        let place = host.place(&anna).await;
        let channels = format!("/api/v4/teams/{}/channels", place.team_id);
        let found = [
            gus.post(&format!("{channels}/search"), json!({"term": ""})).await.expect(200),
            gus.get(&format!("{channels}/autocomplete?name=")).await.expect(200),
            gus.post(&format!("{channels}/ids"), json!([den["id"], place.channel_id])).await.expect(200),
        ];
        for found in found {
            assert_eq!(ids(&found), [&den["id"]]);
        }
        let old = host.channel(&anna, &place.team_id, "old").await;
        for channel in [&old, &den] {
            anna.delete(&format!("/api/v4/channels/{}", channel["id"].as_str().unwrap())).await.expect(200);
        }
        assert_eq!(ids(&gus.get(&format!("{channels}/deleted")).await.expect(200)), [&den["id"]]);
    }
}

each_backend! {
    async fn a_guest_sees_only_team_members_it_shares_a_channel_with(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        let place = host.place(&bob).await;
        let (gus, _) = guest(&host, &anna).await;
        let path = format!("/api/v4/teams/{}/members", place.team_id);
        let all = gus.get(&path).await.expect(200);
        let members: Vec<_> = all.as_array().unwrap().iter().map(|member| member["user_id"].as_str().unwrap()).collect();
        assert_eq!(members, [anna.id(), gus.id()]);
        assert_eq!(gus.get(&format!("{path}?per_page=1&page=1")).await.expect(200), json!([all[1]]));
        let request = json!([bob.id(), gus.id(), anna.id()]);
        assert_eq!(gus.post(&format!("{path}/ids"), request).await.expect(200), all);
        assert_eq!(gus.get(&format!("{path}/{}", anna.id())).await.expect(200), all[0]);
        refused(&gus.get(&format!("{path}/{}", bob.id())).await, 404);
        let stats = format!("/api/v4/teams/{}/stats", place.team_id);
        let counts = |all: i32| json!({"team_id": place.team_id, "total_member_count": all, "active_member_count": all});
        assert_eq!(gus.get(&stats).await.expect(200), counts(2));
        assert_eq!(bob.get(&stats).await.expect(200), counts(3));
    }
}

each_backend! {
    async fn a_guest_sees_statuses_only_of_users_it_shares_a_channel_with(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let (gus, _) = guest(&host, &anna).await;
        for client in [&anna, &bob] {
            let away = json!({"user_id": client.id(), "status": "away"});
            client.put(&format!("{USERS}/me/status"), away).await.expect(200);
        }
        let status = async |id: &str| gus.get(&format!("{USERS}/{id}/status")).await.expect(200)["status"].clone();
        assert_eq!((status(anna.id()).await, status(bob.id()).await), (json!("away"), json!("offline")));
        let request = json!([anna.id(), bob.id()]);
        let listed = gus.post(&format!("{USERS}/status/ids"), request).await.expect(200);
        assert_eq!((&listed[0]["manual"], &listed[1]["manual"]), (&json!(true), &json!(false)));
        let mut socket = host.socket(&gus).await;
        let ids = json!({"user_ids": [anna.id(), bob.id()]});
        socket.send(json!({"seq": 1, "action": "get_statuses_by_ids", "data": ids})).await;
        let statuses = socket.frame().await.expect("a reply")["data"].clone();
        assert_eq!(statuses, json!({anna.id(): "away", bob.id(): "offline"}));
    }
}

each_backend! {
    async fn a_guest_receives_events_only_of_accounts_it_sees(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let (gus, _) = guest(&host, &anna).await;
        let mut his = host.socket(&gus).await;
        let patch = format!("{USERS}/me/patch");
        host.user("cleo").await;
        for who in [&bob, &anna, &gus] {
            who.put(&patch, json!({"nickname": "new"})).await.expect(200);
        }
        for who in [&anna, &gus] {
            assert_eq!(his.event("user_updated").await["data"]["user"]["id"], who.id());
        }
    }
}

each_backend! {
    async fn a_guest_sees_the_statuses_of_visible_users_only(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        host.place(&anna).await;
        host.place(&bob).await;
        let (gus, _) = guest(&host, &anna).await;
        let (_hers, mut bobs, mut his) =
            (host.socket(&anna).await, host.socket(&bob).await, host.socket(&gus).await);
        assert_eq!(present(&mut his).await, json!({anna.id(): "online", gus.id(): "online"}));
        let all = json!({anna.id(): "online", bob.id(): "online", gus.id(): "online"});
        assert_eq!(present(&mut bobs).await, all);
        // A demotion to guest also applies to open sockets.
        host.admin().await.post(&format!("{USERS}/{}/demote", bob.id()), json!({})).await.expect(200);
        bobs.event("user_updated").await;
        assert_eq!(present(&mut bobs).await, json!({anna.id(): "online", bob.id(): "online"}));
    }
}

each_backend! {
    async fn a_guest_gets_only_guest_roles(host: TestHost) {
        let (admin, anna) = (host.admin().await, host.user("anna").await);
        let (gus, den) = guest(&host, &anna).await;
        let team = format!("/api/v4/teams/{}/members/{}", host.place(&anna).await.team_id, gus.id());
        let channel = format!("/api/v4/channels/{}/members/{}", den["id"].as_str().unwrap(), gus.id());
        for (path, roles) in [(&team, "team_user team_admin"), (&team, ""), (&channel, "channel_admin"), (&channel, "")] {
            let error = refused(&anna.put(&format!("{path}/roles"), json!({"roles": roles})).await, 400);
            assert!(error["message"].as_str().unwrap().contains("guest"), "{error}");
        }
        for (path, leads) in [(&team, true), (&channel, false)] {
            let request = json!({"scheme_admin": leads, "scheme_user": true});
            refused(&admin.put(&format!("{path}/schemeRoles"), request).await, 400);
        }
        assert_eq!(gus.get(&team).await.expect(200)["roles"], "team_guest");
        assert_eq!(gus.get(&channel).await.expect(200)["roles"], "channel_guest");
    }
}

each_backend! {
    async fn a_guest_with_an_admin_membership_manages_nothing(host: TestHost) {
        let anna = host.user("anna").await;
        let (gus, den) = guest(&host, &anna).await;
        let place = host.place(&anna).await;
        // No request can do this; it imitates rows from before the host refused roles for guests.
        let tasks = Tasks::default();
        let store = Store::open(host.database_url(), 1, &tasks).await.expect("the host's database");
        let (team, user) = (place.team_id.parse().unwrap(), gus.id().parse().unwrap());
        assert!(store.set_team_roles(&team, &user, "team_user team_admin".to_owned()).await.unwrap());
        let channel = den["id"].as_str().unwrap().parse().unwrap();
        let leads = "channel_user channel_admin".to_owned();
        assert!(store.set_channel_roles(&channel, &user, leads, host.clock.now()).await.unwrap());
        refused(&gus.put(&format!("/api/v4/teams/{team}/patch"), json!({"display_name": "x"})).await, 403);
        refused(&gus.post(&format!("/api/v4/teams/{team}/regenerate_invite_id"), json!({})).await, 403);
        refused(&gus.delete(&format!("/api/v4/teams/{team}/members/{}", anna.id())).await, 403);
        drop(store);
        tasks.finished().await;
        let post = anna.post("/api/v4/posts", json!({"channel_id": den["id"], "message": "hers"})).await.expect(201);
        refused(&gus.delete(&format!("/api/v4/posts/{}", post["id"].as_str().unwrap())).await, 403);
        let bob = host.user("bob").await;
        let adding = json!({"team_id": team, "user_id": bob.id()});
        refused(&gus.post(&format!("/api/v4/teams/{team}/members"), adding).await, 403);
        refused(&gus.put(&format!("/api/v4/channels/{channel}/patch"), json!({"display_name": "x"})).await, 403);
        refused(&gus.delete(&format!("/api/v4/channels/{channel}/members/{}", anna.id())).await, 403);
        let rights = gus.get("/api/jackfield/v1/me").await.expect(200)["teams"][0]["rights"].clone();
        assert_eq!(rights, json!(["enter"]));
    }
}

each_backend! {
    async fn members_become_guests_and_guests_members(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&bob).await;
        let path = format!("{USERS}/{}", bob.id());
        refused(&anna.post(&format!("{path}/demote"), json!({})).await, 403);
        admin.post(&format!("{path}/demote"), json!({})).await.expect(200);
        assert_eq!(bob.get(&format!("{USERS}/me")).await.expect(200)["roles"], "system_guest");
        refused(&admin.put(&format!("{path}/roles"), json!({"roles": "system_user"})).await, 400);
        bob.get(&format!("/api/v4/channels/{}", place.channel_id)).await.expect(200);
        admin.post(&format!("{path}/promote"), json!({})).await.expect(200);
        assert_eq!(bob.get(&format!("{USERS}/me")).await.expect(200)["roles"], "system_user");
        refused(&admin.post(&format!("{USERS}/me/demote"), json!({})).await, 400);
    }
}
