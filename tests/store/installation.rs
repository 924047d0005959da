//! The check value of the key that seals secrets.

use jackfield_tests::{TestStore, each_backend};

each_backend! {
    async fn the_first_keys_check_value_stays_until_it_is_replaced(store: TestStore) {
        assert_eq!(store.key_check().await.unwrap(), None);
        let (first, second) = tokio::join!(store.adopt_key_check("a"), store.adopt_key_check("b"));
        let kept = store.key_check().await.unwrap();
        assert_eq!([Some(first.unwrap()), Some(second.unwrap())], [kept.clone(), kept.clone()]);
        assert_eq!(store.adopt_key_check("c").await.unwrap(), kept.unwrap());
        store.replace_key_check("c").await.unwrap();
        store.replace_key_check("d").await.unwrap();
        assert_eq!(store.key_check().await.unwrap().as_deref(), Some("d"));
    }
}

each_backend! {
    async fn a_database_keeps_its_first_id(store: TestStore) {
        assert_eq!(store.installation_id("a").await.unwrap(), "a");
        assert_eq!(store.installation_id("b").await.unwrap(), "a");
    }
}
