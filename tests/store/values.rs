//! Values of plugins: versions, expiry and keys in byte order.

use std::time::Duration;

use futures_util::future::join_all;
use jackfield::model::{PluginId, StoredValue};
use jackfield_tests::{TestStore, each_backend, soon};

use super::rows::{apply, assert_conflict, change, installed, user, value};

async fn plugin(store: &TestStore) -> PluginId {
    let bot = user(store, "bot").await;
    installed(store, "com.acme.deploy", &bot).await.id
}

async fn put(store: &TestStore, plugin: &PluginId, key: &str, value: StoredValue) {
    apply(store, change(store, plugin, key, None, Some(value))).await.unwrap();
}

async fn read(store: &TestStore, plugin: &PluginId, key: &str) -> Option<StoredValue> {
    store.values().get(plugin, key, store.clock.now()).await.unwrap()
}

/// Returns a value that expires after a second.
fn brief(store: &TestStore, bytes: &[u8], version: i64) -> StoredValue {
    StoredValue { expires_at: Some(store.clock.now().plus(Duration::from_secs(1))), ..value(bytes, version) }
}

each_backend! {
    async fn a_value_belongs_to_its_plugin_and_keeps_every_byte(store: TestStore) {
        let plugin = plugin(&store).await;
        let other = installed(&store, "com.acme.other", &user(&store, "other").await).await.id;
        let bytes: Vec<u8> = (0..=255).collect();
        put(&store, &plugin, "key", value(&bytes, 1)).await;
        assert_eq!(read(&store, &plugin, "key").await, Some(value(&bytes, 1)));
        assert_eq!(read(&store, &plugin, "Key").await, None);
        assert_eq!(read(&store, &other, "key").await, None);
        put(&store, &plugin, "empty", value(b"", 1)).await;
        assert_eq!(read(&store, &plugin, "empty").await, Some(value(b"", 1)));
    }
}

each_backend! {
    async fn only_the_first_writer_that_expects_no_value_succeeds(store: TestStore) {
        let plugin = plugin(&store).await;
        apply(&store, change(&store, &plugin, "key", Some(0), Some(value(b"first", 1)))).await.unwrap();
        assert_conflict(apply(&store, change(&store, &plugin, "key", Some(0), Some(value(b"second", 1)))).await);
        assert_eq!(read(&store, &plugin, "key").await, Some(value(b"first", 1)));
    }
}

each_backend! {
    async fn a_version_is_replaced_once(store: TestStore) {
        let plugin = plugin(&store).await;
        put(&store, &plugin, "key", value(b"one", 1)).await;
        apply(&store, change(&store, &plugin, "key", Some(1), Some(value(b"two", 2)))).await.unwrap();
        assert_conflict(apply(&store, change(&store, &plugin, "key", Some(1), Some(value(b"late", 2)))).await);
        assert_conflict(apply(&store, change(&store, &plugin, "key", Some(3), Some(value(b"early", 4)))).await);
        assert_eq!(read(&store, &plugin, "key").await, Some(value(b"two", 2)));
        assert_conflict(apply(&store, change(&store, &plugin, "absent", Some(1), Some(value(b"x", 2)))).await);
        assert_eq!(read(&store, &plugin, "absent").await, None);
    }
}

each_backend! {
    async fn one_of_several_writers_with_the_same_version_wins(store: TestStore) {
        let plugin = plugin(&store).await;
        put(&store, &plugin, "key", value(b"0", 1)).await;
        let writes = (0..8).map(|n| {
            let bytes = format!("writer {n}");
            apply(&store, change(&store, &plugin, "key", Some(1), Some(value(bytes.as_bytes(), 2))))
        });
        let outcomes = soon("eight writers", join_all(writes)).await;
        let won: Vec<usize> = (0..8).filter(|n| outcomes[*n].is_ok()).collect();
        assert_eq!(won.len(), 1);
        outcomes.into_iter().filter(Result::is_err).for_each(assert_conflict);
        let expected = format!("writer {}", won[0]);
        assert_eq!(read(&store, &plugin, "key").await, Some(value(expected.as_bytes(), 2)));
    }
}

each_backend! {
    async fn a_write_without_a_version_wins_and_the_version_grows(store: TestStore) {
        let plugin = plugin(&store).await;
        put(&store, &plugin, "key", value(b"one", 1)).await;
        // The writer knows no version and proposes the first one; the store continues its own count.
        put(&store, &plugin, "key", value(b"two", 1)).await;
        assert_eq!(read(&store, &plugin, "key").await, Some(value(b"two", 2)));
        put(&store, &plugin, "key", value(b"three", 9)).await;
        assert_eq!(read(&store, &plugin, "key").await, Some(value(b"three", 9)));
    }
}

each_backend! {
    async fn a_value_is_absent_from_the_moment_it_expires(store: TestStore) {
        let plugin = plugin(&store).await;
        let brief = brief(&store, b"brief", 3);
        put(&store, &plugin, "key", brief.clone()).await;
        store.clock.advance(Duration::from_millis(999));
        assert_eq!(read(&store, &plugin, "key").await, Some(brief));
        assert_conflict(apply(&store, change(&store, &plugin, "key", Some(0), Some(value(b"new", 1)))).await);
        store.clock.advance(Duration::from_millis(1));
        assert_eq!(read(&store, &plugin, "key").await, None);
        assert_eq!(store.values().keys(&plugin, "", None, 10, store.clock.now()).await.unwrap(), [""; 0]);
        // A writer that expects no value replaces the expired one, and the version is not reused (ABA).
        apply(&store, change(&store, &plugin, "key", Some(0), Some(value(b"new", 1)))).await.unwrap();
        assert_eq!(read(&store, &plugin, "key").await, Some(value(b"new", 4)));
    }
}

each_backend! {
    async fn writing_again_can_end_or_begin_expiry(store: TestStore) {
        let plugin = plugin(&store).await;
        put(&store, &plugin, "key", brief(&store, b"brief", 1)).await;
        apply(&store, change(&store, &plugin, "key", Some(1), Some(value(b"lasting", 2)))).await.unwrap();
        store.clock.advance(Duration::from_hours(1));
        assert_eq!(read(&store, &plugin, "key").await, Some(value(b"lasting", 2)));
        put(&store, &plugin, "key", brief(&store, b"brief", 3)).await;
        store.clock.advance(Duration::from_secs(1));
        assert_eq!(read(&store, &plugin, "key").await, None);
    }
}

each_backend! {
    async fn a_value_is_deleted_in_any_version_or_in_the_expected_one(store: TestStore) {
        let plugin = plugin(&store).await;
        for key in ["one", "two", "three"] {
            put(&store, &plugin, key, value(b"x", 2)).await;
        }
        apply(&store, change(&store, &plugin, "one", None, None)).await.unwrap();
        apply(&store, change(&store, &plugin, "two", Some(2), None)).await.unwrap();
        assert_conflict(apply(&store, change(&store, &plugin, "three", Some(1), None)).await);
        assert_eq!(store.values().keys(&plugin, "", None, 10, store.clock.now()).await.unwrap(), ["three"]);
        // An absent value counts as deleted, unless the caller read it.
        apply(&store, change(&store, &plugin, "one", None, None)).await.unwrap();
        apply(&store, change(&store, &plugin, "one", Some(0), None)).await.unwrap();
        assert_conflict(apply(&store, change(&store, &plugin, "two", Some(2), None)).await);
    }
}

each_backend! {
    async fn keys_are_listed_by_prefix_in_byte_order_and_paged(store: TestStore) {
        let plugin = plugin(&store).await;
        let keys = ["a", "a/1", "a/10", "a/2", "a/B", "a/_", "a/a", "a/ä", "a/🦊", "a0", "b"];
        for key in keys.iter().rev() {
            put(&store, &plugin, key, value(b"x", 1)).await;
        }
        let now = store.clock.now();
        let list = async |prefix: &str, after: Option<&str>, limit: i64| {
            store.values().keys(&plugin, prefix, after, limit, now).await.unwrap()
        };
        assert_eq!(list("", None, 100).await, keys);
        assert_eq!(list("a/", None, 100).await, keys[1..9]);
        assert_eq!(list("a/", None, 3).await, keys[1..4]);
        assert_eq!(list("a/", Some("a/2"), 2).await, keys[4..6]);
        // The key after which a page begins need not exist.
        assert_eq!(list("a/", Some("a/3"), 2).await, keys[4..6]);
        assert_eq!(list("a/🦊", None, 100).await, ["a/🦊"]);
        assert_eq!(list("a/", Some("a/🦊"), 100).await, [""; 0]);
        // Wildcard characters match only themselves.
        assert_eq!(list("a/_", None, 100).await, ["a/_"]);
        assert_eq!(list("%", None, 100).await, [""; 0]);
        assert_eq!(list("A", None, 100).await, [""; 0]);
        assert_eq!(list("", None, 0).await, [""; 0]);
    }
}

each_backend! {
    async fn keys_begin_with_the_whole_prefix_whatever_follows_it(store: TestStore) {
        let plugin = plugin(&store).await;
        let last = format!("a/{}", char::MAX.to_string().repeat(127));
        let last = last.as_str();
        for key in ["A", "a", "a.", "a/", "a/b", last, "a0", "a\u{10ffff}", "b"] {
            put(&store, &plugin, key, value(b"x", 1)).await;
        }
        let now = store.clock.now();
        let list = async |prefix: &str, after: &str| {
            store.values().keys(&plugin, prefix, Some(after), 100, now).await.unwrap()
        };
        for before in ["", "A", "a", "a."] {
            assert_eq!(list("a/", before).await, ["a/", "a/b", last], "{before}");
        }
        assert_eq!(list("a/", "a/").await, ["a/b", last]);
        assert_eq!(list("a/", "a/b").await, [last]);
        for behind in [last, "a0", "b"] {
            assert_eq!(list("a/", behind).await, [""; 0], "{behind}");
        }
        assert_eq!(list("a\u{10ffff}", "").await, ["a\u{10ffff}"]);
    }
}

each_backend! {
    async fn keys_and_values_are_counted_in_bytes_until_they_expire(store: TestStore) {
        let plugin = plugin(&store).await;
        let bytes = async |plugin| store.values().bytes(plugin, store.clock.now()).await.unwrap();
        assert_eq!(bytes(&plugin).await, 0);
        put(&store, &plugin, "abc", value(&[0, 255, 0, 255], 1)).await;
        assert_eq!(bytes(&plugin).await, 3 + 4);
        put(&store, &plugin, "ä🦊", brief(&store, "ü".as_bytes(), 1)).await;
        assert_eq!(bytes(&plugin).await, 7 + (2 + 4) + 2);
        store.clock.advance(Duration::from_millis(999));
        assert_eq!(bytes(&plugin).await, 15);
        store.clock.advance(Duration::from_millis(1));
        assert_eq!(bytes(&plugin).await, 7);
        put(&store, &plugin, "abc", value(b"", 2)).await;
        assert_eq!(bytes(&plugin).await, 3);
        let other = installed(&store, "com.acme.other", &user(&store, "other").await).await.id;
        assert_eq!(bytes(&other).await, 0);
    }
}

each_backend! {
    async fn expired_values_are_removed_in_batches(store: TestStore) {
        let plugin = plugin(&store).await;
        let other = installed(&store, "com.acme.other", &user(&store, "other").await).await.id;
        let written = store.clock.now();
        let until = |seconds| StoredValue {
            expires_at: Some(written.plus(Duration::from_secs(seconds))),
            ..value(b"x", 1)
        };
        put(&store, &plugin, "one", until(2)).await;
        put(&store, &plugin, "two", until(1)).await;
        put(&store, &other, "three", until(3)).await;
        put(&store, &plugin, "later", until(4)).await;
        put(&store, &plugin, "lasting", value(b"x", 1)).await;
        // Listing as of the time of writing shows expired values that are not removed yet.
        let left = async |plugin| store.values().keys(plugin, "", None, 10, written).await.unwrap();
        assert_eq!(store.values().purge(written, 2).await.unwrap(), 0);
        store.clock.advance(Duration::from_secs(3));
        let now = store.clock.now();
        assert_eq!(store.values().purge(now, 2).await.unwrap(), 2);
        assert_eq!(left(&plugin).await, ["lasting", "later"]);
        assert_eq!(left(&other).await, ["three"]);
        assert_eq!(store.values().purge(now, 2).await.unwrap(), 1);
        assert_eq!(store.values().purge(now, 2).await.unwrap(), 0);
        assert_eq!((left(&plugin).await.len(), left(&other).await.len()), (2, 0));
    }
}
