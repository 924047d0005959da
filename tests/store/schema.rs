//! Both databases have the same tables.

use jackfield_tests::{Backend, Fixture, TestStore};
use sqlx::{Connection, Executor, FromRow, PgConnection, SqliteConnection};

// The migrator's table and the search index are left out, because they differ between the databases.
const SQLITE: &str = r#"
    select t.name as "table", c.name as name, (c."notnull" = 0) as nullable
    from sqlite_schema t, pragma_table_info(t.name) c
    where t.type = 'table' and t.name not like 'sqlite_%' and t.name <> '_sqlx_migrations'
        and t.name not like 'post\_grams%' escape '\'
    order by 1, 2"#;
const POSTGRES: &str = r#"
    select table_name::text as "table", column_name::text as name, (is_nullable = 'YES') as nullable
    from information_schema.columns
    where table_schema = current_schema() and table_name <> '_sqlx_migrations'
        and table_name not like 'post\_grams%'
    order by table_name collate "C", column_name collate "C""#;

#[derive(Debug, PartialEq, Eq, FromRow)]
struct Column {
    table: String,
    name: String,
    nullable: bool,
}

async fn columns(store: &TestStore) -> Vec<Column> {
    match store.backend {
        Backend::Sqlite => {
            let mut connection = SqliteConnection::connect(store.url()).await.unwrap();
            let rows = connection.fetch_all(SQLITE).await.unwrap();
            rows.iter().map(|row| Column::from_row(row).unwrap()).collect()
        }
        Backend::Postgres => {
            let mut connection = PgConnection::connect(store.url()).await.unwrap();
            let rows = connection.fetch_all(POSTGRES).await.unwrap();
            rows.iter().map(|row| Column::from_row(row).unwrap()).collect()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_databases_have_the_same_tables_and_columns() {
    let sqlite = columns(&TestStore::begin(Backend::Sqlite).await).await;
    let postgres = columns(&TestStore::begin(Backend::Postgres).await).await;
    assert_eq!(sqlite, postgres);
    let values = sqlite.iter().filter(|column| column.table == "plugin_values");
    let values: Vec<(&str, bool)> = values.map(|column| (column.name.as_str(), column.nullable)).collect();
    let expected =
        [("bytes", false), ("expires_at", true), ("key", false), ("plugin_id", false), ("version", false)];
    assert_eq!(values, expected);
}
