//! Frequent reads use an index, according to the database's query plan.

use jackfield::model::Search;
use jackfield::store::statements;
use jackfield_tests::{Backend, TestStore, each_backend};
use sqlx::{AssertSqlSafe, Connection, Execute, Executor, PgConnection, Row, SqliteConnection};

use super::rows::{commit_posts, post, room, say};
use super::search::{everything, text};

/// The type of a bound parameter; its value does not matter.
enum Bind {
    Text,
    Number,
}

use Bind::{Number, Text};

/// Returns the query plan, one step per line. Sequential scans are disabled in PostgreSQL, which prefers them for small
/// tables.
async fn plan(store: &TestStore, sql: &str, binds: &[Bind]) -> String {
    match store.backend {
        Backend::Sqlite => {
            sqlite_plan(store, sqlx::query(AssertSqlSafe(format!("explain query plan {sql}")))).await
        }
        Backend::Postgres => {
            let mut query = sqlx::query(AssertSqlSafe(format!("explain {sql}")));
            for bind in binds {
                query = match bind {
                    Text => query.bind("x"),
                    Number => query.bind(1_i64),
                };
            }
            postgres_plan(store, query).await
        }
    }
}

async fn search_plan(store: &TestStore, search: &Search) -> String {
    match store.backend {
        Backend::Sqlite => {
            let mut builder = statements::sqlite(search);
            let mut query = builder.build();
            let binds = query.take_arguments().unwrap().unwrap_or_default();
            let sql = AssertSqlSafe(format!("explain query plan {}", query.sql().as_str()));
            sqlite_plan(store, sqlx::query_with(sql, binds)).await
        }
        Backend::Postgres => {
            let mut builder = statements::postgres(search);
            let mut query = builder.build();
            let binds = query.take_arguments().unwrap().unwrap_or_default();
            let sql = AssertSqlSafe(format!("explain {}", query.sql().as_str()));
            postgres_plan(store, sqlx::query_with(sql, binds)).await
        }
    }
}

async fn sqlite_plan<'q>(store: &TestStore, query: impl Execute<'q, sqlx::Sqlite> + 'q) -> String {
    let mut connection = SqliteConnection::connect(store.url()).await.unwrap();
    let rows = connection.fetch_all(query).await.unwrap();
    rows.iter().map(|row| row.get("detail")).collect::<Vec<String>>().join("\n")
}

async fn postgres_plan<'q>(store: &TestStore, query: impl Execute<'q, sqlx::Postgres> + 'q) -> String {
    let mut connection = PgConnection::connect(store.url()).await.unwrap();
    connection.execute("set enable_seqscan = off").await.unwrap();
    let rows = connection.fetch_all(query).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect::<Vec<String>>().join("\n")
}

each_backend! {
    async fn frequent_reads_use_an_index(store: TestStore) {
        let room = room(&store).await;
        say(&store, &room, "something to find").await;
        let of = |statements: [&'static str; 2]| statements[usize::from(store.backend == Backend::Postgres)];
        let reads: [(&str, &[Bind], &str); 4] = [
            (of(statements::PAGE), &[Text, Number, Number], "posts_by_channel"),
            (of(statements::REPLIES_UP), &[Text, Number, Number, Text], "posts_by_root"),
            (of(statements::SINCE), &[Text, Number, Number], "posts_by_"),
            (statements::PINNED_COUNT, &[Text], "posts_pinned"),
        ];
        for (sql, binds, index) in reads {
            let plan = plan(&store, sql, binds).await;
            assert!(plan.contains(index), "{sql} without {index}:\n{plan}");
            // SQLite uses the query's alias of a table.
            assert!(!plan.contains("SCAN p") && !plan.contains("Seq Scan on posts"), "{sql}:\n{plan}");
        }
    }
}

each_backend! {
    async fn values_are_read_by_plugin_and_key(store: TestStore) {
        let [sqlite, postgres] = statements::KEYS;
        let keys = if store.backend == Backend::Sqlite { sqlite } else { postgres };
        let keys = plan(&store, keys, &[Text, Text, Text, Text, Number, Number]).await;
        let bytes = plan(&store, statements::BYTES, &[Text, Number]).await;
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
        let plan = plan(&store, statements::STRANGERS, &[Text]).await;
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
            // Autovacuum is off on the test's server, so there are no statistics and new rows are not yet in the index.
            let mut connection = PgConnection::connect(store.url()).await.unwrap();
            connection.execute("vacuum analyze").await.unwrap();
            connection.close().await.unwrap();
        }
        for terms in [vec![text("something")], vec![text("东京")], vec![text("find"), text("to")]] {
            let search = Search { terms, ..everything(&room) };
            let plan = search_plan(&store, &search).await;
            assert!(plan.contains(index), "{search:?}:\n{plan}");
            assert!(!plan.contains("SCAN posts") && !plan.contains("SCAN t"), "{plan}");
            assert!(!plan.contains("Seq Scan"), "{plan}");
            assert_eq!(store.search_posts(&search).await.unwrap().len(), 1);
        }
        // This term is too short for the index of groups, so the searcher's own channels are read.
        let search = Search { terms: vec![text("to")], ..everything(&room) };
        let plan = search_plan(&store, &search).await;
        assert!(!plan.contains("post_grams"), "{plan}");
        if store.backend == Backend::Sqlite {
            assert!(plan.contains("channel_members_by_user") && plan.contains("INDEX posts_by_"), "{plan}");
        }
    }
}
