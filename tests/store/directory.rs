//! Finding and changing accounts.

use std::time::Duration;

use jackfield::model::{SessionId, User};
use jackfield::secret::Secret;
use jackfield::store::{Enrolment, NewRoles, UserFilter};
use jackfield_tests::{TestStore, each_backend};
use serde_json::json;

use super::audit::note;
use super::rows::{assert_conflict, channel_member, new_user, object, room_of, team_member, unknown, user};
use super::sessions::{opened, session};

async fn names(store: &TestStore, who: UserFilter) -> Vec<String> {
    let found = store.users(&who, 0, 100).await.unwrap();
    let count = usize::try_from(store.user_count(&who).await.unwrap()).unwrap();
    assert_eq!(count, found.len());
    found.into_iter().map(|user| user.username).collect()
}

each_backend! {
    async fn accounts_are_found_by_team_and_channel(store: TestStore) {
        let anna = user(&store, "anna").await;
        let room = room_of(&store, anna.clone(), "crew").await;
        let (bob, cleo) = (user(&store, "bob").await, user(&store, "cleo").await);
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        let any = UserFilter::default;
        assert_eq!(names(&store, any()).await, ["anna", "bob", "cleo"]);
        assert_eq!(names(&store, UserFilter { in_team: Some(room.team.id.clone()), ..any() }).await, ["anna", "bob"]);
        assert_eq!(names(&store, UserFilter { not_in_team: Some(room.team.id.clone()), ..any() }).await, ["cleo"]);
        store.join_channel(channel_member(&room.channel, &cleo)).await.unwrap();
        let town = Some(room.channel.id.clone());
        assert_eq!(names(&store, UserFilter { in_channel: town.clone(), ..any() }).await, ["anna", "bob", "cleo"]);
        let off_topic = Some(room.off_topic.id.clone());
        assert_eq!(names(&store, UserFilter { not_in_channel: off_topic, ..any() }).await, ["cleo"]);
        let dora = user(&store, "dora").await;
        assert_eq!(names(&store, UserFilter { known_to: Some(dora.id.clone()), ..any() }).await, ["dora"]);
        assert_eq!(names(&store, UserFilter { known_to: Some(cleo.id.clone()), ..any() }).await, ["anna", "bob", "cleo"]);
        for (who, other, known) in [(&cleo, &anna, true), (&dora, &dora, true), (&dora, &anna, false)] {
            assert_eq!(store.knows(&who.id, &other.id).await.unwrap(), known, "{} {}", who.username, other.username);
        }
        assert_eq!(store.known_users(&cleo.id, 10).await.unwrap(), [anna.id.clone(), bob.id]);
        assert_eq!(store.known_users(&cleo.id, 1).await.unwrap(), [anna.id]);
        assert_eq!(store.users(&any(), 1, 2).await.unwrap(), [user_named(&store, "bob").await, cleo]);
    }
}

each_backend! {
    async fn accounts_that_share_a_channel_know_each_other(store: TestStore) {
        let (anna, cleo) = (user(&store, "anna").await, user(&store, "cleo").await);
        let room = room_of(&store, anna.clone(), "crew").await;
        let mut new = new_user(&store.clock, "gus");
        new.user.roles = "system_guest".to_owned();
        let gus = store.create_user(new).await.unwrap();
        let alone = [gus.id.clone()];
        assert_eq!(store.guests_not_knowing(&anna.id).await.unwrap(), alone);
        assert_eq!(store.guests_not_knowing(&gus.id).await.unwrap(), []);
        store.join_channel(channel_member(&room.channel, &gus)).await.unwrap();
        assert_eq!(store.guests_not_knowing(&anna.id).await.unwrap(), []);
        assert_eq!(store.guests_not_knowing(&cleo.id).await.unwrap(), alone);
    }
}

async fn user_named(store: &TestStore, name: &str) -> User {
    store.user_by_username(name).await.unwrap().unwrap()
}

each_backend! {
    async fn accounts_are_found_by_parts_of_their_names(store: TestStore) {
        let anna = user(&store, "anna").await;
        let mut bot = new_user(&store.clock, "a_bot");
        bot.user.is_bot = true;
        let bot = store.create_user(bot).await.unwrap();
        let any = UserFilter::default;
        let named = |name: &str| UserFilter { named: Some(name.to_owned()), ..any() };
        assert_eq!(names(&store, named("a_")).await, ["a_bot"]);
        assert_eq!(names(&store, named("O'HARA \"")).await, ["a_bot", "anna"]);
        assert_eq!(names(&store, named("ANNA 🦊")).await, ["anna"]);
        assert_eq!(names(&store, named("nna")).await, ["anna"]);
        for none in ["%", "nna!", "!", "'; --"] {
            assert_eq!(names(&store, named(none)).await, [""; 0], "{none}");
        }
        assert_eq!(names(&store, UserFilter { bots: Some(true), ..any() }).await, ["a_bot"]);
        assert_eq!(names(&store, UserFilter { bots: Some(false), ..any() }).await, ["anna"]);
        let ids = Some(vec![anna.id.clone(), unknown()]);
        assert_eq!(names(&store, UserFilter { ids, ..any() }).await, ["anna"]);
        assert_eq!(names(&store, UserFilter { ids: Some(Vec::new()), ..any() }).await, [""; 0]);
        let usernames = Some(vec!["a_bot".to_owned(), "Anna".to_owned()]);
        assert_eq!(names(&store, UserFilter { usernames, ..any() }).await, ["a_bot"]);
        assert_eq!(store.user_by_email("anna@example.org").await.unwrap(), Some(anna));
        assert_eq!(store.user_by_email("Anna@example.org").await.unwrap(), None);
        let row = note(&store, "user.deactivate", &bot.id);
        store.set_active(&bot.id, false, store.clock.now(), row).await.unwrap().unwrap();
        assert_eq!(names(&store, UserFilter { active: Some(true), ..any() }).await, ["anna"]);
        assert_eq!(names(&store, UserFilter { active: Some(false), ..any() }).await, ["a_bot"]);
    }
}

each_backend! {
    async fn the_time_zones_of_a_channel_are_each_returned_once(store: TestStore) {
        let room = room_of(&store, user(&store, "anna").await, "crew").await;
        let mut zones = vec![room.user.timezone.clone()];
        for (name, zone) in [("bob", "Asia/Omsk"), ("cleo", "Europe/Berlin"), ("dora", "Europe/Berlin")] {
            let mut new = new_user(&store.clock, name);
            zone.clone_into(&mut new.user.timezone.manual_timezone);
            let made = store.create_user(new).await.unwrap();
            store.join_channel(channel_member(&room.channel, &made)).await.unwrap();
            if name == "cleo" {
                zones.push(made.timezone);
            }
        }
        let mut found = store.time_zones(&room.channel.id, 10).await.unwrap();
        found.sort_by(|one, other| one.manual_timezone.cmp(&other.manual_timezone));
        assert_eq!(found, zones);
        assert_eq!(store.time_zones(&room.channel.id, 1).await.unwrap().len(), 1);
        assert_eq!(store.time_zones(&room.off_topic.id, 10).await.unwrap(), zones[..1]);
    }
}

each_backend! {
    async fn a_profile_is_replaced_whole(store: TestStore) {
        let (mut anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        for (text, new) in [
            (&mut anna.username, "anne"),
            (&mut anna.email, "anne@example.org"),
            (&mut anna.nickname, "n"),
            (&mut anna.first_name, "f"),
            (&mut anna.last_name, "l"),
            (&mut anna.position, "p"),
            (&mut anna.locale, "en"),
        ] {
            new.clone_into(text);
        }
        anna.props = object(json!({"new": 1}));
        anna.notify_props = object(json!({"new": "2"}));
        anna.timezone.automatic_timezone = "Europe/Berlin".to_owned();
        anna.update_at = anna.update_at.plus(Duration::from_secs(9));
        store.update_profile(anna.clone()).await.unwrap();
        assert_eq!(store.user(&anna.id).await.unwrap(), Some(anna.clone()));
        assert_eq!(store.user(&bob.id).await.unwrap(), Some(bob));
        anna.username = "bob".to_owned();
        assert_conflict(store.update_profile(anna).await);
    }
}

each_backend! {
    async fn one_administrator_stays_when_two_resign_at_once(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let now = store.clock.now();
        let roles = NewRoles { system: "system_user", team_and_channel: None };
        let (one, two) = tokio::join!(
            store.set_roles(&anna.id, roles, now, note(&store, "user.roles", &anna.id)),
            store.set_active(&bob.id, false, now, note(&store, "user.deactivate", &bob.id)),
        );
        assert_ne!(one.unwrap().is_some(), two.unwrap().is_some());
    }
}

each_backend! {
    async fn team_and_channel_roles_change_with_system_roles(store: TestStore) {
        let anna = user(&store, "anna").await;
        let room = room_of(&store, anna, "crew").await;
        let mut new = new_user(&store.clock, "bob");
        new.user.roles = "system_user".to_owned();
        let bob = store.create_user(new).await.unwrap();
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        let roles = NewRoles { system: "system_guest", team_and_channel: Some(("team_guest", "channel_guest")) };
        let demoted = store.set_roles(&bob.id, roles, store.clock.now(), note(&store, "user.demote", &bob.id)).await;
        assert_eq!(demoted.unwrap(), Some(Vec::new()));
        assert_eq!(store.user(&bob.id).await.unwrap().unwrap().roles, "system_guest");
        assert_eq!(store.team_member(&room.team.id, &bob.id).await.unwrap().unwrap().roles, "team_guest");
        assert_eq!(store.channel_member(&room.channel.id, &bob.id).await.unwrap().unwrap().roles, "channel_guest");
        assert_eq!(store.team_member(&room.team.id, &room.user.id).await.unwrap().unwrap().roles, "team_user team_admin");
        let cleo = user(&store, "cleo").await;
        store.join_team(team_member(&room.team, &cleo, "team_guest")).await.unwrap();
        assert_eq!(store.channel_member(&room.channel.id, &cleo.id).await.unwrap(), None);
    }
}

each_backend! {
    async fn a_changed_password_keeps_one_session(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let tokens = [Secret::random(), Secret::random(), Secret::random()];
        let mut kept: Option<SessionId> = None;
        for (owner, token) in [(&bob, &tokens[0]), (&anna, &tokens[1]), (&anna, &tokens[2])] {
            let session = session(&store.clock, owner);
            kept = Some(session.id.clone());
            store.create_session(session, token, 100).await.unwrap();
        }
        store.clock.advance(Duration::from_secs(1));
        let now = store.clock.now();
        store.change_password(&anna.id, "new hash".to_owned(), kept.as_ref().map(SessionId::as_str), now).await.unwrap();
        let (seen, hash) = store.login("anna").await.unwrap().unwrap();
        assert_eq!((seen.last_password_update, seen.update_at, hash.as_deref()), (now, now, Some("new hash")));
        assert!(opened(&store, &tokens[0], now).await.is_some());
        assert!(opened(&store, &tokens[1], now).await.is_none());
        assert!(opened(&store, &tokens[2], now).await.is_some());
        store.change_password(&anna.id, "newer hash".to_owned(), None, now).await.unwrap();
        assert!(opened(&store, &tokens[2], now).await.is_none());
    }
}

each_backend! {
    async fn an_account_is_created_with_all_its_rows_or_not_at_all(store: TestStore) {
        let room = room_of(&store, user(&store, "anna").await, "crew").await;
        let mut enrolment = Enrolment::of(new_user(&store.clock, "bob"));
        enrolment.team = Some(team_member(&room.team, &enrolment.new.user, "team_user"));
        enrolment.bot = Some(Some(room.user.id.clone()));
        let bob = store.enrol(enrolment).await.unwrap();
        assert_eq!(bob.number, 2);
        assert!(store.is_channel_member(&room.channel.id, &bob.id).await.unwrap());
        assert_eq!(store.bot(&bob.id).await.unwrap().unwrap().owner_id, Some(room.user.id));
        let mut enrolment = Enrolment::of(new_user(&store.clock, "cleo"));
        enrolment.invitation = Some("no such digest".to_owned());
        assert!(matches!(store.enrol(enrolment).await, Err(jackfield::store::StoreError::Missing(_))));
        assert_eq!(store.user_by_username("cleo").await.unwrap(), None);
        let mut enrolment = Enrolment::of(new_user(&store.clock, "dora"));
        enrolment.first = true;
        assert_conflict(store.enrol(enrolment).await);
        assert_eq!(store.user_by_username("dora").await.unwrap(), None);
    }
}
