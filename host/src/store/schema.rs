//! What the migrations made, as the database itself tells it: for comparing the two databases.

use super::{Db, Store, StoreError};

#[derive(Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Column {
    pub table: String,
    pub name: String,
    pub nullable: bool,
}

/// A table's name and columns, both in alphabetical order.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

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

impl Store {
    /// The tables that exist, without the migrator's own and the search index, whose form is each database's own.
    pub async fn schema(&self) -> Result<Vec<Table>, StoreError> {
        let columns: Vec<Column> = match &self.db {
            Db::Sqlite { read, .. } => sqlx::query_as(SQLITE).fetch_all(&mut *read.get().await?).await?,
            Db::Postgres(pool) => sqlx::query_as(POSTGRES).fetch_all(pool).await?,
        };
        let mut tables: Vec<Table> = Vec::new();
        for column in columns {
            match tables.last_mut() {
                Some(table) if table.name == column.table => table.columns.push(column),
                _ => tables.push(Table { name: column.table.clone(), columns: vec![column] }),
            }
        }
        Ok(tables)
    }
}
