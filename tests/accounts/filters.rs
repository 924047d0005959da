//! Filters, orders and hidden fields of lists of accounts.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::directory::names;
use crate::support::refused;

const USERS: &str = "/api/v4/users";

each_backend! {
    async fn a_list_is_narrowed_by_roles(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        host.place(&admin).await;
        let (team, channel) = (&place.team_id, &place.channel_id);
        let leads = json!({"roles": "channel_user channel_admin"});
        anna.put(&format!("/api/v4/channels/{channel}/members/{}/roles", bob.id()), leads).await.expect(200);
        let list = async |query: &str| {
            let found = admin.get(&format!("{USERS}?{query}")).await.expect(200);
            names(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(list(&format!("in_team={team}&role=system_admin")).await, ["admin"]);
        assert_eq!(list("roles=system_admin,system_guest").await, ["admin"]);
        assert_eq!(list(&format!("in_team={team}&team_roles=team_admin")).await, ["anna"]);
        assert_eq!(list(&format!("in_channel={channel}&channel_roles=channel_admin")).await, ["bob"]);
        assert_eq!(list(&format!("in_team={team}")).await, ["admin", "anna", "bob"]);
        host.user("cleo").await;
        assert_eq!(list("without_team=1").await, ["cleo"]);
        let search = async |mut body: Value| {
            body["term"] = json!("a");
            let found = admin.post(&format!("{USERS}/search"), body).await.expect(200);
            names(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(search(json!({"role": "system_admin"})).await, ["admin"]);
        assert_eq!(search(json!({"team_id": team, "team_roles": ["team_admin"]})).await, ["anna"]);
        assert_eq!(search(json!({"roles": ["system_user"]})).await, ["admin", "anna"]);
        refused(&anna.get(&format!("{USERS}?without_team=true")).await, 403);
        refused(&anna.post(&format!("{USERS}/search"), json!({"term": "a", "without_team": true})).await, 403);
    }
}

each_backend! {
    async fn a_filter_that_cannot_be_applied_is_refused(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let (team, channel, group) = (&place.team_id, &place.channel_id, "k".repeat(26));
        for (query, status) in [
            ("role=junk".to_owned(), 400),
            ("roles=system_user,junk".to_owned(), 400),
            ("team_roles=team_admin".to_owned(), 400),
            (format!("in_team={team}&team_roles=channel_admin"), 400),
            ("channel_roles=channel_admin".to_owned(), 400),
            (format!("not_in_channel={channel}"), 400),
            ("active=true&inactive=true".to_owned(), 400),
            ("group_constrained=true".to_owned(), 400),
            (format!("in_group={group}"), 404),
            (format!("not_in_group={group}"), 404),
            ("sort=create_at".to_owned(), 400),
            (format!("in_team={team}&sort=junk"), 400),
            (format!("in_team={team}&sort=status"), 400),
            (format!("in_channel={channel}&sort=create_at"), 400),
        ] {
            refused(&anna.get(&format!("{USERS}?{query}")).await, status);
        }
        for (mut body, status) in [
            (json!({"role": "junk"}), 400),
            (json!({"team_roles": ["team_admin"]}), 400),
            (json!({"not_in_channel_id": channel}), 400),
            (json!({"in_group_id": group}), 404),
            (json!({"group_constrained": true}), 400),
            (json!({"limit": 1001}), 400),
            (json!({"limit": -1}), 400),
        ] {
            body["term"] = json!("a");
            refused(&anna.post(&format!("{USERS}/search"), body).await, status);
        }
    }
}

each_backend! {
    async fn a_list_is_sorted_as_the_request_says(host: TestHost) {
        let (anna, bob, cleo) = (host.user("anna").await, host.user("bob").await, host.user("cleo").await);
        let place = host.place(&bob).await;
        host.place(&anna).await;
        host.place(&cleo).await;
        let (team, channel) = (&place.team_id, &place.channel_id);
        host.clock.advance(std::time::Duration::from_mins(10));
        let later = host.user("aaron").await;
        host.place(&later).await;
        host.clock.advance(std::time::Duration::from_mins(10));
        bob.get("/api/v4/users/me").await.expect(200);
        let sorted = async |query: &str| {
            let found = bob.get(&format!("{USERS}?{query}")).await.expect(200);
            names(&found).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(sorted(&format!("in_team={team}")).await, ["aaron", "anna", "bob", "cleo"]);
        assert_eq!(sorted(&format!("in_team={team}&sort=create_at")).await[0], "aaron");
        assert_eq!(sorted(&format!("in_team={team}&sort=last_activity_at")).await, ["bob", "aaron", "anna", "cleo"]);
        let leads = json!({"roles": "channel_user channel_admin"});
        bob.put(&format!("/api/v4/channels/{channel}/members/{}/roles", cleo.id()), leads).await.expect(200);
        assert_eq!(sorted(&format!("in_channel={channel}&sort=admin")).await, ["cleo", "aaron", "anna", "bob"]);
        let _socket = host.socket(&cleo).await;
        assert_eq!(sorted(&format!("in_channel={channel}&sort=status")).await[0], "cleo");
        assert_eq!(sorted(&format!("in_channel={channel}&sort=status&per_page=1&page=1")).await.len(), 1);
    }
}

each_backend! {
    with |config| {
        config.access.show_email_addresses = false;
        config.access.show_full_names = false;
    }
    async fn addresses_and_full_names_are_hidden_from_members_on_request(host: TestHost) {
        let (admin, anna, bob) = (host.admin().await, host.user("anna").await, host.user("bob").await);
        let named = json!({"first_name": "Annabel", "last_name": "Lee", "nickname": "Ann"});
        let mut his = host.socket(&bob).await;
        anna.put("/api/v4/users/me/patch", named).await.expect(200);
        let path = format!("{USERS}/{}", anna.id());
        let event = his.event("user_updated").await["data"]["user"].clone();
        let list = bob.get(&format!("{USERS}?per_page=200")).await.expect(200);
        let listed = list.as_array().unwrap().iter().find(|user| user["username"] == "anna").unwrap().clone();
        for seen in [bob.get(&path).await.expect(200), event, listed] {
            let shown = ["email", "first_name", "last_name", "nickname"].map(|key| seen[key].as_str().unwrap());
            assert_eq!(shown, ["", "", "", "Ann"]);
        }
        for client in [&admin, &anna] {
            let seen = client.get(&path).await.expect(200);
            let shown = ["email", "first_name", "last_name"].map(|key| seen[key].as_str().unwrap());
            assert_eq!(shown, ["anna@example.org", "Annabel", "Lee"]);
        }
        // The response does not tell whether the address exists.
        for address in ["anna@example.org", "unknown@example.org"] {
            refused(&bob.get(&format!("{USERS}/email/{address}")).await, 403);
        }
        admin.get(&format!("{USERS}/email/anna@example.org")).await.expect(200);
        let found = async |client: &TestClient| {
            let found = client.post(&format!("{USERS}/search"), json!({"term": "lee"})).await.expect(200);
            names(&found).len()
        };
        assert_eq!((found(&bob).await, found(&admin).await), (0, 1));
        let settings = bob.get("/api/v4/config/client?format=old").await.expect(200);
        assert_eq!((&settings["ShowEmailAddress"], &settings["ShowFullName"]), (&json!("false"), &json!("false")));
    }
}
