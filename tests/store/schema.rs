//! Both databases have the same tables.

use jackfield_tests::{Backend, Fixture, TestStore, each_backend};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_have_the_same_tables_and_columns() {
    let sqlite = TestStore::begin(Backend::Sqlite).await;
    let postgres = TestStore::begin(Backend::Postgres).await;
    assert_eq!(sqlite.schema().await.unwrap(), postgres.schema().await.unwrap());
}

each_backend! {
    async fn the_schema_is_told_by_table_and_column_in_order(store: TestStore) {
        let tables = store.schema().await.unwrap();
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        assert!(names.is_sorted(), "{names:?}");
        for table in &tables {
            assert!(table.columns.iter().all(|column| column.table == table.name));
            assert!(table.columns.is_sorted_by_key(|column| &column.name), "{table:?}");
        }
        let values = tables.iter().find(|table| table.name == "plugin_values").unwrap();
        let columns: Vec<(&str, bool)> =
            values.columns.iter().map(|column| (column.name.as_str(), column.nullable)).collect();
        let expected =
            [("bytes", false), ("expires_at", true), ("key", false), ("plugin_id", false), ("version", false)];
        assert_eq!(columns, expected);
    }
}
