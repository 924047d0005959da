//! Migrations that move rows between tables.

use std::fmt::Write;
use std::time::Duration;

use jackfield::model::{JobId, JobKind, Mail, MailKind, MailState, Timestamp, User};
use jackfield_tests::{Backend, TestStore, each_backend};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::jobs::{claim, ids};
use super::notices::send;
use super::rows::user;

const TO_JOBS: [&str; 2] = [
    include_str!("../../migrations/sqlite/0018_mails_are_jobs.sql"),
    include_str!("../../migrations/postgres/0018_mails_are_jobs.sql"),
];

/// Creates the tables as they were before the migration.
const MAILS: &str = "drop table mail_notices;
    create table mails (id text not null primary key, user_id text not null references users (id), kind text not null,
        state text not null, attempts bigint not null, due_at bigint not null, claimed_until bigint not null,
        last_error text not null, create_at bigint not null, ended_at bigint not null);
    create table mail_notices (mail_id text not null references mails (id), notice_id text not null
        references notices (id), primary key (mail_id, notice_id));
    create index mail_notices_by_notice on mail_notices (notice_id);";

async fn run(store: &TestStore, sql: String) {
    let sql = AssertSqlSafe(sql);
    match store.backend {
        Backend::Sqlite => {
            let mut connection = SqliteConnection::connect(store.url()).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
        Backend::Postgres => {
            let mut connection = PgConnection::connect(store.url()).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
    }
}

fn insert(mail: &Mail, claimed_until: Timestamp) -> String {
    let Mail { id, user_id, kind, state, attempts, due_at, last_error, create_at, ended_at } = mail;
    let kind = if *kind == MailKind::Digest { "digest" } else { "notice" };
    format!(
        "insert into mails values ('{}', '{}', '{kind}', '{}', {attempts}, {}, {}, '{last_error}', {}, {});",
        id.as_str(),
        user_id.as_str(),
        state.as_str(),
        due_at.as_millis(),
        claimed_until.as_millis(),
        create_at.as_millis(),
        ended_at.as_millis()
    )
}

fn mail(store: &TestStore, to: &User, state: MailState) -> Mail {
    let is_ended = matches!(state, MailState::Sent | MailState::Dead);
    Mail {
        id: store.clock.id(),
        user_id: to.id.clone(),
        kind: if state == MailState::Gathering { MailKind::Digest } else { MailKind::Notice },
        state,
        attempts: 2,
        due_at: store.clock.now(),
        last_error: "550 no".to_owned(),
        create_at: store.clock.now(),
        ended_at: if is_ended { store.clock.now() } else { Timestamp::NEVER },
    }
}

each_backend! {
    async fn mails_become_jobs_and_keep_their_state_and_notices(store: TestStore) {
        let anna = user(&store, "anna").await;
        let notice = send(&store, "one", &[&anna]).await;
        let states = [MailState::Gathering, MailState::Waiting, MailState::Waiting, MailState::Sent, MailState::Dead];
        let mails = states.map(|state| mail(&store, &anna, state));
        let claimed_until = store.clock.now().plus(Duration::from_secs(30));
        let mut before = MAILS.to_owned();
        for (position, mail) in mails.iter().enumerate() {
            before += &insert(mail, if position == 2 { claimed_until } else { Timestamp::NEVER });
            write!(before, "insert into mail_notices values ('{}', '{}');", mail.id.as_str(), notice.id.as_str())
                .unwrap();
        }
        run(&store, before).await;
        run(&store, TO_JOBS[usize::from(store.backend == Backend::Postgres)].to_owned()).await;

        let newest_first: Vec<Mail> = mails.iter().rev().cloned().collect();
        assert_eq!(store.mails().list(None, None, 9).await.unwrap(), newest_first);
        for mail in &mails {
            let notices = store.mails().notices(&mail.id, &anna.id, false, 9).await.unwrap();
            assert_eq!(notices, std::slice::from_ref(&notice));
        }
        let id = |position: usize| -> JobId { mails[position].id.clone() };
        let claimed = claim(&store, 9).await;
        assert_eq!(ids(&claimed), [id(0), id(1)]);
        assert_eq!((claimed[0].kind, claimed[0].attempts, claimed[0].fencing), (JobKind::Mail, 3, 3));
        store.clock.advance(Duration::from_secs(30));
        assert_eq!(claim(&store, 9).await.len(), 3);
        assert!(store.jobs().retry(JobKind::Mail, &id(4), store.clock.now()).await.unwrap());
        assert!(!store.jobs().retry(JobKind::Mail, &id(3), store.clock.now()).await.unwrap());
        // Deleting a mail's job deletes the mail's notices.
        let later = store.clock.now().plus(Duration::from_secs(1));
        assert_eq!(store.jobs().remove_ended(JobKind::Mail, later, 9).await.unwrap(), 1);
        assert_eq!(store.mails().notices(&id(3), &anna.id, false, 9).await.unwrap(), []);
    }
}
