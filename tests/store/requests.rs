//! Idempotency keys of requests.

use std::time::Duration;

use jackfield::store::RequestRecord;
use jackfield_tests::{TestStore, each_backend};

use super::rows::{assert_conflict, user};

each_backend! {
    async fn a_key_is_taken_once_and_keeps_its_response(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await.id, user(&store, "bob").await.id);
        let now = store.clock.now();
        let begin = |who| store.begin_request(who, "k".to_owned(), "digest".to_owned(), now);
        begin(&anna).await.unwrap();
        assert_conflict(begin(&anna).await);
        begin(&bob).await.unwrap();
        let waiting = RequestRecord {
            request_digest: "digest".to_owned(),
            status: None,
            content_type: String::new(),
            sealed_body: None,
        };
        assert_eq!(store.request_record(&anna, "k").await.unwrap(), Some(waiting.clone()));
        assert_eq!(store.request_record(&anna, "other").await.unwrap(), None);
        let response = (201, "application/json".to_owned(), vec![0, 255]);
        store.end_request(&anna, "k".to_owned(), Some(response)).await.unwrap();
        let made = RequestRecord {
            status: Some(201),
            content_type: "application/json".to_owned(),
            sealed_body: Some(vec![0, 255]),
            ..waiting.clone()
        };
        assert_eq!(store.request_record(&anna, "k").await.unwrap(), Some(made));
        assert_eq!(store.request_record(&bob, "k").await.unwrap(), Some(waiting));
        store.end_request(&bob, "k".to_owned(), None).await.unwrap();
        assert_eq!(store.request_record(&bob, "k").await.unwrap(), None);
        assert_eq!(store.purge_requests(now).await.unwrap(), 0);
        assert_eq!(store.purge_requests(now.plus(Duration::from_millis(1))).await.unwrap(), 1);
    }
}
