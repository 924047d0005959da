//! Accounts: their fields, unique names, and the first account.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use jackfield::model::UserId;
use jackfield::secret::Secret;
use jackfield::store::Enrolment;
use jackfield_tests::{TestStore, each_backend, soon};

use super::rows::{assert_conflict, new_user, unknown, user};
use super::sessions::{opened, session};

/// Returns an account that is created only if there is no other.
fn first(store: &TestStore, username: &str) -> Enrolment {
    let mut enrolment = Enrolment::of(new_user(&store.clock, username));
    enrolment.first = true;
    enrolment
}

each_backend! {
    async fn an_account_reads_back_as_it_was_made(store: TestStore) {
        let new = new_user(&store.clock, "anna");
        let made = store.create_user(new.clone()).await.unwrap();
        assert_eq!(made.number, 1);
        assert_eq!(made, jackfield::model::User { number: 1, ..new.user });
        assert_eq!(store.user(&made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(store.user_by_username("anna").await.unwrap(), Some(made.clone()));
        assert_eq!(store.login("anna").await.unwrap(), Some((made, Some("hash of anna".to_owned()))));
    }
}

each_backend! {
    async fn an_unknown_account_is_not_found(store: TestStore) {
        user(&store, "anna").await;
        assert_eq!(store.user(&unknown::<UserId>()).await.unwrap(), None);
        assert_eq!(store.user_by_username("bob").await.unwrap(), None);
        assert_eq!(store.user_by_username("Anna").await.unwrap(), None);
        assert_eq!(store.user_by_username("anna%").await.unwrap(), None);
        assert_eq!(store.login("bob").await.unwrap(), None);
        assert_eq!(store.login("").await.unwrap(), None);
    }
}

each_backend! {
    async fn a_login_is_a_username_or_an_address_in_any_case(store: TestStore) {
        let anna = user(&store, "anna").await;
        user(&store, "bob").await;
        for login in ["anna", "ANNA", "anna@example.org", "Anna@Example.ORG"] {
            let (found, hash) = store.login(login).await.unwrap().unwrap();
            assert_eq!((found, hash.as_deref()), (anna.clone(), Some("hash of anna")), "{login}");
        }
    }
}

each_backend! {
    async fn a_bot_has_no_password(store: TestStore) {
        let mut new = new_user(&store.clock, "bot");
        new.user.is_bot = true;
        new.password_hash = None;
        let bot = store.create_user(new).await.unwrap();
        assert!(bot.is_bot);
        assert_eq!(store.login("bot").await.unwrap(), Some((bot, None)));
    }
}

each_backend! {
    async fn a_taken_name_address_or_id_is_a_conflict_and_costs_no_number(store: TestStore) {
        let anna = user(&store, "anna").await;
        let mut same_name = new_user(&store.clock, "anna");
        same_name.user.email = "other@example.org".to_owned();
        assert_conflict(store.create_user(same_name).await);
        let mut same_address = new_user(&store.clock, "other");
        same_address.user.email = anna.email.clone();
        assert_conflict(store.create_user(same_address).await);
        let mut same_id = new_user(&store.clock, "other");
        same_id.user.id = anna.id.clone();
        assert_conflict(store.create_user(same_id).await);
        assert_eq!(store.user_by_username("other").await.unwrap(), None);
        assert_eq!(user(&store, "bob").await.number, 2);
    }
}

each_backend! {
    async fn numbers_are_handed_out_in_order_without_gaps(store: TestStore) {
        for (name, number) in [("anna", 1), ("bob", 2), ("cleo", 3)] {
            assert_eq!(user(&store, name).await.number, number);
        }
        let names: Vec<String> = (0..24).map(|n| format!("user{n}")).collect();
        let made = join_all(names.iter().map(|name| user(&store, name))).await;
        let numbers: BTreeSet<i64> = made.iter().map(|user| user.number).collect();
        assert_eq!(numbers, (4..28).collect());
    }
}

each_backend! {
    async fn any_user_is_true_once_an_account_exists(store: TestStore) {
        assert!(!store.any_user().await.unwrap());
        user(&store, "anna").await;
        assert!(store.any_user().await.unwrap());
    }
}

each_backend! {
    async fn only_the_first_account_is_the_first(store: TestStore) {
        let anna = store.enrol(first(&store, "anna")).await.unwrap();
        assert_eq!((anna.number, anna.username.as_str()), (1, "anna"));
        assert_conflict(store.enrol(first(&store, "bob")).await);
        assert_eq!(store.user_by_username("bob").await.unwrap(), None);
        assert_eq!(user(&store, "cleo").await.number, 2);
    }
}

each_backend! {
    async fn only_one_of_concurrent_first_accounts_is_created(store: TestStore) {
        let racing = join_all((0..6).map(|n| store.enrol(first(&store, &format!("user{n}")))));
        let mut made = Vec::new();
        for outcome in soon("six first accounts", racing).await {
            match outcome {
                Ok(user) => made.push(user),
                refused => assert_conflict(refused),
            }
        }
        assert_eq!(made.len(), 1);
        assert_eq!(made[0].number, 1);
        let mut found = 0;
        for n in 0..6 {
            found += usize::from(store.user_by_username(&format!("user{n}")).await.unwrap().is_some());
        }
        assert_eq!(found, 1);
    }
}

each_backend! {
    async fn a_new_password_ends_only_its_accounts_sessions(store: TestStore) {
        let (mut anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let tokens = [Secret::random(), Secret::random(), Secret::random()];
        for (owner, token) in [(&anna, &tokens[0]), (&anna, &tokens[1]), (&bob, &tokens[2])] {
            store.create_session(session(&store.clock, owner), token, 100).await.unwrap();
        }
        store.clock.advance(Duration::from_secs(1));
        let now = store.clock.now();
        anna.last_password_update = now;
        store.change_password(&anna.id, "another hash".to_owned(), None, now).await.unwrap();
        anna.update_at = now;
        assert_eq!(store.login("anna").await.unwrap(), Some((anna, Some("another hash".to_owned()))));
        assert_eq!(store.login("bob").await.unwrap(), Some((bob.clone(), Some("hash of bob".to_owned()))));
        assert_eq!(opened(&store, &tokens[0], now).await, None);
        assert_eq!(opened(&store, &tokens[1], now).await, None);
        assert_eq!(opened(&store, &tokens[2], now).await.unwrap().user_id, bob.id);
    }
}
