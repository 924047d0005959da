//! Frequent reads use an index, and say so.

use jackfield::model::Search;
use jackfield::store::Planned;
use jackfield_tests::{Backend, TestStore, each_backend};
use sqlx::{Connection, Executor};

use super::rows::{commit_posts, post, room, say};
use super::search::{everything, text};

each_backend! {
    async fn frequent_reads_use_an_index(store: TestStore) {
        let room = room(&store).await;
        say(&store, &room, "something to find").await;
        let reads = [
            (Planned::ChannelPage, "posts_by_channel"),
            (Planned::Replies, "posts_by_root"),
            (Planned::Since, "posts_by_"),
            (Planned::PinnedCount, "posts_pinned"),
        ];
        for (read, index) in reads {
            let plan = store.plan(read).await.unwrap();
            assert!(plan.contains(index), "{read:?} without {index}:\n{plan}");
            // SQLite names a table as the query does.
            assert!(!plan.contains("SCAN p") && !plan.contains("Seq Scan on posts"), "{read:?}:\n{plan}");
        }
    }
}

each_backend! {
    async fn values_are_read_by_plugin_and_key(store: TestStore) {
        let keys = store.plan(Planned::ValueKeys).await.unwrap();
        let bytes = store.plan(Planned::ValueBytes).await.unwrap();
        match store.backend {
            Backend::Sqlite => {
                assert!(keys.contains("INDEX") && keys.contains("(plugin_id=? AND key>? AND key<?)"), "{keys}");
                assert!(bytes.contains("INDEX") && bytes.contains("(plugin_id=?)"), "{bytes}");
            }
            Backend::Postgres => {
                assert!(keys.contains("plugin_values_by_key"), "{keys}");
                assert!(bytes.contains("plugin_values_by_key") || bytes.contains("plugin_values_pkey"), "{bytes}");
            }
        }
        for plan in [keys, bytes] {
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Seq Scan"), "{plan}");
        }
    }
}

each_backend! {
    async fn guests_are_found_among_guests(store: TestStore) {
        let plan = store.plan(Planned::Strangers).await.unwrap();
        assert!(plan.contains("users_guests"), "{plan}");
    }
}

each_backend! {
    async fn a_search_begins_with_the_index_of_groups(store: TestStore) {
        let room = room(&store).await;
        say(&store, &room, "something to find 东京").await;
        let note = |number| post(&store.clock, &room.channel, &room.user.id, &format!("note {number} on the day"));
        commit_posts(&store, &(0..1000).map(note).collect::<Vec<_>>()).await;
        let index = match store.backend {
            Backend::Sqlite => "post_grams VIRTUAL TABLE INDEX",
            Backend::Postgres => "post_grams_by_gram",
        };
        if store.backend == Backend::Postgres {
            // The test's server tidies nothing by itself: rows are uncounted, and new ones wait outside the index.
            let mut connection = sqlx::PgConnection::connect(store.url()).await.unwrap();
            connection.execute("vacuum analyze").await.unwrap();
            connection.close().await.unwrap();
        }
        for terms in [vec![text("something")], vec![text("东京")], vec![text("find"), text("to")]] {
            let search = Search { terms, ..everything(&room) };
            let plan = store.plan(Planned::Search(&search)).await.unwrap();
            assert!(plan.contains(index), "{search:?}:\n{plan}");
            assert!(!plan.contains("SCAN posts") && !plan.contains("SCAN t"), "{plan}");
            assert!(!plan.contains("Seq Scan"), "{plan}");
            assert_eq!(store.search_posts(&search).await.unwrap().len(), 1);
        }
        // Too short for a group: the searcher's own channels are read.
        let search = Search { terms: vec![text("to")], ..everything(&room) };
        let plan = store.plan(Planned::Search(&search)).await.unwrap();
        assert!(!plan.contains("post_grams"), "{plan}");
        if store.backend == Backend::Sqlite {
            assert!(plan.contains("channel_members_by_user") && plan.contains("INDEX posts_by_"), "{plan}");
        }
    }
}
