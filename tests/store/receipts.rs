//! Receipts of deliveries to bridges.

use std::time::Duration;

use futures_util::future::join_all;
use jackfield::model::{Changes, HookId, IncomingHook, ReceiptCounts, ReceiptOutcome};
use jackfield_tests::{TestStore, each_backend, soon};

use super::rows::{assert_conflict, assert_missing, hook, post, receipt, record, room, unknown};

async fn two_hooks(store: &TestStore) -> (IncomingHook, IncomingHook) {
    let room = room(store).await;
    let hooks = (hook(&store.clock, &room), hook(&store.clock, &room));
    store.hooks().create(hooks.0.clone()).await.unwrap();
    store.hooks().create(hooks.1.clone()).await.unwrap();
    hooks
}

each_backend! {
    async fn outcomes_are_counted_per_hook(store: TestStore) {
        let (hook, other) = two_hooks(&store).await;
        assert_eq!(store.hooks().receipt_counts(&hook.id).await.unwrap(), ReceiptCounts::default());
        let outcomes = [(ReceiptOutcome::Posted, 3), (ReceiptOutcome::Ignored, 2), (ReceiptOutcome::Failed, 1)];
        for (outcome, times) in outcomes {
            for _ in 0..times {
                record(&store, receipt(&store.clock, &hook, None, outcome)).await.unwrap();
            }
        }
        record(&store, receipt(&store.clock, &other, None, ReceiptOutcome::Failed)).await.unwrap();
        let expected = ReceiptCounts { posted: 3, ignored: 2, failed: 1 };
        assert_eq!(store.hooks().receipt_counts(&hook.id).await.unwrap(), expected);
        let expected = ReceiptCounts { failed: 1, ..ReceiptCounts::default() };
        assert_eq!(store.hooks().receipt_counts(&other.id).await.unwrap(), expected);
        assert_eq!(store.hooks().receipt_counts(&unknown::<HookId>()).await.unwrap(), ReceiptCounts::default());
    }
}

each_backend! {
    async fn old_receipts_and_keys_are_deleted_in_batches(store: TestStore) {
        let (hook, _) = two_hooks(&store).await;
        let channel = store.channel(&hook.channel_id).await.unwrap().unwrap();
        for number in 0..3 {
            store.clock.advance(Duration::from_millis(1));
            let made = post(&store.clock, &channel, &hook.user_id, "made");
            let changes = Changes {
                once: vec![(number.to_string(), made.id.clone())],
                posts: vec![made],
                receipt: Some(receipt(&store.clock, &hook, Some(&number.to_string()), ReceiptOutcome::Posted)),
                ..Changes::default()
            };
            store.commit(changes).await.unwrap();
        }
        let last = store.clock.now();
        for deleted in [1, 1, 0] {
            assert_eq!(store.hooks().purge_receipts(last, 1).await.unwrap(), deleted);
            assert_eq!(store.purge_made_once(last, 1).await.unwrap(), deleted);
        }
        for (key, is_kept) in [("0", false), ("1", false), ("2", true)] {
            assert_eq!(store.hooks().was_delivered(&hook.id, key).await.unwrap(), is_kept);
            assert_eq!(store.post_made_once(key).await.unwrap().is_some(), is_kept);
        }
    }
}

each_backend! {
    async fn a_delivery_is_recorded_once_per_hook(store: TestStore) {
        let (hook, other) = two_hooks(&store).await;
        assert!(!store.hooks().was_delivered(&hook.id, "delivery").await.unwrap());
        record(&store, receipt(&store.clock, &hook, Some("delivery"), ReceiptOutcome::Ignored)).await.unwrap();
        assert!(store.hooks().was_delivered(&hook.id, "delivery").await.unwrap());
        assert!(!store.hooks().was_delivered(&hook.id, "Delivery").await.unwrap());
        assert!(!store.hooks().was_delivered(&other.id, "delivery").await.unwrap());
        assert_conflict(record(&store, receipt(&store.clock, &hook, Some("delivery"), ReceiptOutcome::Posted)).await);
        record(&store, receipt(&store.clock, &other, Some("delivery"), ReceiptOutcome::Posted)).await.unwrap();
        let expected = ReceiptCounts { ignored: 1, ..ReceiptCounts::default() };
        assert_eq!(store.hooks().receipt_counts(&hook.id).await.unwrap(), expected);
        assert!(store.hooks().was_delivered(&other.id, "delivery").await.unwrap());
    }
}

each_backend! {
    async fn concurrent_copies_of_a_delivery_are_recorded_once(store: TestStore) {
        let (hook, _) = two_hooks(&store).await;
        let arriving = (0..6).map(|_| record(&store, receipt(&store.clock, &hook, Some("d"), ReceiptOutcome::Posted)));
        let outcomes = soon("six deliveries", join_all(arriving)).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        outcomes.into_iter().filter(Result::is_err).for_each(assert_conflict);
        assert_eq!(store.hooks().receipt_counts(&hook.id).await.unwrap().posted, 1);
    }
}

each_backend! {
    async fn a_receipt_needs_its_hook(store: TestStore) {
        let (hook, _) = two_hooks(&store).await;
        let mut stray = receipt(&store.clock, &hook, Some("delivery"), ReceiptOutcome::Posted);
        stray.hook_id = unknown::<HookId>();
        assert_missing(record(&store, stray.clone()).await);
        assert!(!store.hooks().was_delivered(&stray.hook_id, "delivery").await.unwrap());
    }
}
