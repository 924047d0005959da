//! Opening new and existing databases, and invalid addresses.

use jackfield::shutdown::Tasks;
use jackfield::store::{Store, StoreError};
use jackfield_tests::{Backend, TestStore, each_backend};

use super::rows::{apply, change, commit_posts, installed, post, room, user, value};

async fn refused(url: &str) -> StoreError {
    Store::open(url, 1, &Tasks::default()).await.expect_err("no database has this address")
}

each_backend! {
    async fn an_open_database_answers(store: TestStore) {
        store.ping().await.unwrap();
    }
}

each_backend! {
    async fn reopening_keeps_every_row_and_continues_the_numbers(store: TestStore) {
        let room = room(&store).await;
        let plugin = installed(&store, "com.acme.deploy", &room.user).await;
        let said = post(&store.clock, &room.channel, &room.user.id, "said");
        commit_posts(&store, std::slice::from_ref(&said)).await;
        apply(&store, change(&store, &plugin.id, "key", None, Some(value(b"x", 1)))).await.unwrap();
        let store = store.reopen().await;
        assert_eq!(store.user(&room.user.id).await.unwrap(), Some(room.user.clone()));
        assert_eq!(store.team(&room.team.id).await.unwrap(), Some(room.team));
        assert_eq!(store.post(&said.id).await.unwrap(), Some(said));
        assert_eq!(store.plugin(&plugin.id).await.unwrap(), Some(plugin.clone()));
        assert_eq!(store.values().get(&plugin.id, "key", store.clock.now()).await.unwrap(), Some(value(b"x", 1)));
        assert_eq!(user(&store, "bob").await.number, 2);
    }
}

each_backend! {
    async fn a_second_store_on_the_database_reads_what_the_first_wrote(store: TestStore) {
        let anna = user(&store, "anna").await;
        let tasks = Tasks::default();
        let second = Store::open(store.url(), 1, &tasks).await.unwrap();
        assert_eq!(second.user(&anna.id).await.unwrap(), Some(anna));
        let bob = user(&store, "bob").await;
        assert_eq!(second.user(&bob.id).await.unwrap(), Some(bob));
    }
}

each_backend! {
    async fn one_server_at_a_time_opens_an_sqlite_database(store: TestStore) {
        let (tasks, other) = (Tasks::default(), Tasks::default());
        let first = Store::open_as_server(store.url(), 1, &tasks).await.unwrap();
        let second = Store::open_as_server(store.url(), 1, &other).await;
        match store.backend {
            Backend::Sqlite => assert!(matches!(second, Err(StoreError::InUse { .. })), "{second:?}"),
            Backend::Postgres => drop(second.unwrap()),
        }
        first.ping().await.unwrap();
        drop(first);
        tasks.stop();
        tasks.finished().await;
        Store::open_as_server(store.url(), 1, &other).await.unwrap();
    }
}

#[tokio::test]
async fn an_unknown_kind_of_database_is_named_without_its_password() {
    for url in
        ["mysql://root:hunter2@db.example.org/jackfield", "mysql://root:hunter2@@db.example.org/jackfield"]
    {
        let error = refused(url).await;
        assert!(matches!(error, StoreError::UnknownDatabase { .. }));
        assert_eq!(
            error.to_string(),
            "`database.url`: the address `…@db.example.org/jackfield` names no database; use `sqlite://PATH` or \
             `postgres://USER@HOST/NAME`"
        );
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    assert_eq!(
        refused("jackfield.db").await.to_string(),
        "`database.url`: the address `jackfield.db` names no database; use `sqlite://PATH` or \
         `postgres://USER@HOST/NAME`"
    );
}

#[tokio::test]
async fn a_malformed_address_does_not_show_its_password() {
    let error = refused("postgres://jackfield:hunter2@127.0.0.1:port/jackfield").await;
    assert!(matches!(error, StoreError::Database(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let below = file.path().join("data");
    let error = refused(&format!("sqlite://{}", below.join("jackfield.db").display())).await;
    let expected = format!(
        "cannot create the directory {} for the database; create it, or set another `database.url`",
        below.display()
    );
    assert_eq!(error.to_string(), expected);
    assert!(matches!(error, StoreError::Directory { .. }));
}

#[tokio::test]
async fn a_file_that_is_not_a_database_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "this is a text and no database; ".repeat(200)).unwrap();
    let error = refused(&format!("sqlite://{}", file.path().display())).await;
    assert!(matches!(error, StoreError::Database(_) | StoreError::Migrate(_)), "{error:?}");
}

#[tokio::test]
async fn a_missing_directory_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a/b/jackfield.db");
    let tasks = Tasks::default();
    let store = Store::open(&format!("sqlite://{}", path.display()), 1, &tasks).await.unwrap();
    store.ping().await.unwrap();
    assert!(path.is_file());
}
