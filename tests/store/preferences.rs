//! Preferences of users.

use jackfield::model::{Preference, User, UserId};
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

each_backend! {
    async fn preferences_are_kept_by_category_and_name(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let annas = [
            preference(&anna, "a", "x", "1"),
            preference(&anna, "a", "y", "\u{1f98a}"),
            preference(&anna, "b", "x", ""),
        ];
        let bobs = preference(&bob, "a", "x", "bob's");
        store.save_preferences(annas.to_vec()).await.unwrap();
        store.save_preferences(vec![bobs.clone()]).await.unwrap();
        assert_eq!(store.preferences(&anna.id, None).await.unwrap(), annas);
        assert_eq!(store.preferences(&anna.id, Some("a")).await.unwrap(), annas[..2]);
        assert_eq!(store.preferences(&anna.id, Some("c")).await.unwrap(), []);
        assert_eq!(store.preference(&anna.id, "b", "x").await.unwrap(), Some(annas[2].clone()));
        assert_eq!(store.preference(&anna.id, "b", "y").await.unwrap(), None);
        assert_eq!(store.preference_count(&anna.id).await.unwrap(), 3);
        assert_eq!(store.preferences(&bob.id, None).await.unwrap(), [bobs]);
    }
}

each_backend! {
    async fn a_later_value_replaces_and_a_deleted_one_is_gone(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (one, two) = (preference(&anna, "a", "x", "1"), preference(&anna, "a", "y", "2"));
        store.save_preferences(vec![one.clone(), two.clone()]).await.unwrap();
        let changed = preference(&anna, "a", "x", "3");
        store.save_preferences(vec![changed.clone()]).await.unwrap();
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
        assert_missing(store.save_preferences(vec![preference(&anna, "a", "x", "1"), nobodys]).await);
        assert_eq!(store.preference_count(&anna.id).await.unwrap(), 0);
    }
}
