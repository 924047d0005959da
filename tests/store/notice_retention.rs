//! Retention of notices.

use std::time::Duration;

use jackfield::model::{NoticeId, Timestamp};
use jackfield_tests::{TestStore, each_backend};

use super::notices::{send, titles};
use super::rows::{unknown, user};

each_backend! {
    async fn notices_expire_by_age_and_sooner_once_they_are_read(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let one = send(&store, "one", &[&anna, &bob]).await;
        let two = send(&store, "two", &[&anna]).await;
        let three = send(&store, "three", &[&anna]).await;
        let read_at = store.clock.now().plus(Duration::from_mins(1));
        assert!(store.notices().read(&anna.id, &three.id, read_at).await.unwrap());
        let just_before = |at: Timestamp| at.plus(Duration::from_millis(1));
        assert_eq!(store.notices().expire(one.create_at, read_at, 9).await.unwrap(), 0);
        // The oldest notice has two recipients, which are removed one row at a time.
        assert_eq!(store.notices().expire(just_before(one.create_at), Timestamp::NEVER, 1).await.unwrap(), 1);
        assert_eq!(store.notices().expire(just_before(one.create_at), Timestamp::NEVER, 9).await.unwrap(), 1);
        assert_eq!(titles(&store, &anna).await, ["three", "two"]);
        assert_eq!(titles(&store, &bob).await, [""; 0]);
        assert_eq!(store.notices().expire(Timestamp::NEVER, just_before(read_at), 9).await.unwrap(), 1);
        assert_eq!(titles(&store, &anna).await, ["two"]);
        assert_eq!(store.notices().get(&anna.id, &two.id).await.unwrap().map(|notice| notice.id), Some(two.id));
    }
}

each_backend! {
    async fn notices_without_recipients_are_deleted(store: TestStore) {
        let anna = user(&store, "anna").await;
        for title in ["one", "two", "three"] {
            let notice = send(&store, title, &[&anna]).await;
            if title != "two" {
                assert!(store.notices().delete(&anna.id, &notice.id).await.unwrap());
            }
        }
        assert_eq!(store.notices().delete_orphans(1).await.unwrap(), 1);
        assert_eq!(store.notices().delete_orphans(9).await.unwrap(), 1);
        assert_eq!(store.notices().delete_orphans(9).await.unwrap(), 0);
        assert_eq!(titles(&store, &anna).await, ["two"]);
        assert_eq!(store.notices().get(&anna.id, &unknown::<NoticeId>()).await.unwrap(), None);
    }
}

each_backend! {
    async fn the_oldest_notices_above_the_limit_are_removed(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        for title in ["one", "two", "three", "four"] {
            send(&store, title, &[&anna]).await;
        }
        send(&store, "five", &[&anna, &bob]).await;
        assert_eq!(store.notices().crowded_recipients(5).await.unwrap(), []);
        assert_eq!(store.notices().crowded_recipients(4).await.unwrap(), std::slice::from_ref(&anna.id));
        assert_eq!(store.notices().trim(&anna.id, 2).await.unwrap(), 3);
        assert_eq!(store.notices().trim(&anna.id, 2).await.unwrap(), 0);
        assert_eq!(titles(&store, &anna).await, ["five", "four"]);
        assert_eq!(titles(&store, &bob).await, ["five"]);
    }
}
