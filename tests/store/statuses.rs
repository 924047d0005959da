//! Statuses chosen by hand.

use jackfield::model::{ChosenStatus, Presence, Timestamp, User, UserId};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{assert_missing, unknown, user};

fn chosen(user: &User, presence: Presence, ends: i64) -> ChosenStatus {
    ChosenStatus {
        user_id: user.id.clone(),
        presence,
        dnd_end_at: Timestamp::from_millis(ends),
        set_at: Timestamp::from_millis(ends + 1),
    }
}

each_backend! {
    async fn the_last_choice_counts_until_it_is_cleared(store: TestStore) {
        let anna = user(&store, "anna").await;
        assert_eq!(store.chosen_status(&anna.id).await.unwrap(), None);
        for (presence, ends) in [(Presence::Away, 0), (Presence::Dnd, 7), (Presence::Offline, 3), (Presence::Online, 4)] {
            let choice = chosen(&anna, presence, ends);
            store.choose_status(choice.clone()).await.unwrap();
            assert_eq!(store.chosen_status(&anna.id).await.unwrap(), Some(choice));
        }
        store.clear_status(&anna.id).await.unwrap();
        store.clear_status(&anna.id).await.unwrap();
        assert_eq!(store.chosen_status(&anna.id).await.unwrap(), None);
    }
}

each_backend! {
    async fn several_statuses_are_read_at_once(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let (annas, bobs) = (chosen(&anna, Presence::Dnd, 5), chosen(&bob, Presence::Away, 0));
        store.choose_status(annas.clone()).await.unwrap();
        store.choose_status(bobs.clone()).await.unwrap();
        assert_eq!(store.chosen_statuses(&[unknown::<UserId>(), bob.id.clone()]).await.unwrap(), std::slice::from_ref(&bobs));
        let mut both = store.chosen_statuses(&[bob.id.clone(), anna.id.clone()]).await.unwrap();
        both.sort_by(|a, b| a.presence.as_str().cmp(b.presence.as_str()));
        assert_eq!(both, [bobs, annas]);
        assert_eq!(store.chosen_statuses(&[]).await.unwrap(), []);
    }
}

each_backend! {
    async fn a_status_needs_its_account(store: TestStore) {
        let mut nobodys = chosen(&user(&store, "anna").await, Presence::Away, 0);
        nobodys.user_id = unknown::<UserId>();
        assert_missing(store.choose_status(nobodys).await);
    }
}
