//! Expired values of plugins are removed.

use std::time::Duration;

use jackfield::model::{Changes, PluginId, StoredValue, ValueChange};
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use jackfield_tests::{TestHost, each_backend, soon};

use super::DICE;

const HOUR: Duration = Duration::from_hours(1);

each_backend! {
    async fn expired_values_are_removed_every_hour(host: TestHost) {
        let admin = host.admin().await;
        host.install(&admin, "dice").await;
        let tasks = Tasks::default();
        let store = Store::open(host.database_url(), 4, &tasks).await.expect("the host's database");
        let plugin: PluginId = DICE.parse().expect("an id");
        let written = host.clock.now();
        for (key, kept) in [("brief", Some(HOUR / 2)), ("longer", Some(3 * HOUR)), ("lasting", None)] {
            let expires_at = kept.map(|kept| written.plus(kept));
            let change = ValueChange {
                plugin: plugin.clone(),
                key: key.to_owned(),
                expected: None,
                value: Some(StoredValue { bytes: b"x".to_vec(), version: 1, expires_at }),
                at: written,
            };
            store.commit(Changes { values: vec![change], ..Changes::default() }).await.expect("written");
        }
        // Listing as of the time of writing shows expired values that are not removed yet.
        let kept = async || store.values().keys(&plugin, "", None, 10, written).await.expect("readable");
        assert_eq!(kept().await, ["brief", "lasting", "longer"]);
        host.clock.advance(HOUR);
        soon("what has expired is removed", async {
            while kept().await != ["lasting", "longer"] {
                tokio::task::yield_now().await;
            }
        })
        .await;
        drop(store);
        tasks.finished().await;
    }
}
