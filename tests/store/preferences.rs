//! Preferences of users.

use jackfield::model::{Preference, User, UserId};
use jackfield::store::{PreferenceLimits, StoreError};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{assert_missing, unknown, user};

fn preference(user: &User, category: &str, name: &str, value: &str) -> Preference {
    Preference {
        user_id: user.id.clone(),
        category: category.to_owned(),
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

/// Saves preferences of a user who may have 4, of 100 bytes together.
async fn save(store: &TestStore, of: &User, list: Vec<Preference>) -> Result<(), StoreError> {
    store.save_preferences(of.id.clone(), list, PreferenceLimits { count: 4, bytes: 100 }).await
}

each_backend! {
    async fn preferences_beyond_a_users_limits_are_not_written(store: TestStore) {
        let anna = user(&store, "anna").await;
        let few = |names: &[&str]| names.iter().map(|name| preference(&anna, "a", name, "1")).collect();
        save(&store, &anna, few(&["a", "b", "c", "d"])).await.unwrap();
        save(&store, &anna, vec![preference(&anna, "a", "d", "2")]).await.unwrap();
        let full = save(&store, &anna, few(&["e"])).await;
        assert!(matches!(full, Err(StoreError::LimitReached { what: "preferences", limit: 4 })), "{full:?}");
        // The other three have three bytes each, and this one has a key of two.
        save(&store, &anna, vec![preference(&anna, "a", "d", &"ü".repeat(44))]).await.unwrap();
        let full = save(&store, &anna, vec![preference(&anna, "a", "d", &"ü".repeat(45))]).await;
        assert!(matches!(full, Err(StoreError::LimitReached { what: "bytes of preferences", limit: 100 })), "{full:?}");
        assert_eq!(store.preference(&anna.id, "a", "d").await.unwrap().unwrap().value, "ü".repeat(44));
        assert_eq!(store.preferences(&anna.id, None).await.unwrap().len(), 4);
    }
}

each_backend! {
    async fn preferences_are_kept_by_category_and_name(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let annas = [
            preference(&anna, "a", "x", "1"),
            preference(&anna, "a", "y", "\u{1f98a}"),
            preference(&anna, "b", "x", ""),
        ];
        let bobs = preference(&bob, "a", "x", "bob's");
        save(&store, &anna, annas.to_vec()).await.unwrap();
        save(&store, &bob, vec![bobs.clone()]).await.unwrap();
        assert_eq!(store.preferences(&anna.id, None).await.unwrap(), annas);
        assert_eq!(store.preferences(&anna.id, Some("a")).await.unwrap(), annas[..2]);
        assert_eq!(store.preferences(&anna.id, Some("c")).await.unwrap(), []);
        assert_eq!(store.preference(&anna.id, "b", "x").await.unwrap(), Some(annas[2].clone()));
        assert_eq!(store.preference(&anna.id, "b", "y").await.unwrap(), None);
        assert_eq!(store.preferences(&bob.id, None).await.unwrap(), [bobs]);
    }
}

each_backend! {
    async fn a_later_value_replaces_and_a_deleted_one_is_gone(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (one, two) = (preference(&anna, "a", "x", "1"), preference(&anna, "a", "y", "2"));
        save(&store, &anna, vec![one.clone(), two.clone()]).await.unwrap();
        let changed = preference(&anna, "a", "x", "3");
        save(&store, &anna, vec![changed.clone()]).await.unwrap();
        assert_eq!(store.preferences(&anna.id, None).await.unwrap(), [changed.clone(), two]);
        let never = preference(&anna, "z", "z", "");
        store.delete_preferences(vec![preference(&anna, "a", "y", "other"), never]).await.unwrap();
        assert_eq!(store.preferences(&anna.id, None).await.unwrap(), [changed]);
    }
}

each_backend! {
    async fn a_list_with_an_unknown_account_is_not_written_at_all(store: TestStore) {
        let anna = user(&store, "anna").await;
        let mut nobodys = preference(&anna, "a", "y", "2");
        nobodys.user_id = unknown::<UserId>();
        assert_missing(save(&store, &anna, vec![preference(&anna, "a", "x", "1"), nobodys]).await);
        assert_eq!(store.preferences(&anna.id, None).await.unwrap(), []);
    }
}
