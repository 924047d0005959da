//! Applications of the signed API: rows, keys, and timestamps and nonces that may be used once.

use std::time::Duration;

use jackfield::clock::Clock;
use jackfield::model::{
    Application, ApplicationId, ApplicationTarget, Dialect, LastUse, Strength, Timestamp, UserId,
};
use jackfield::store::{ApplicationChange, MAX_NONCES, NonceUse};
use jackfield_tests::{Backend, TestStore, each_backend};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::rows::{assert_conflict, assert_missing, unknown, user};

fn application(clock: &Clock, code: &str) -> Application {
    let now = clock.now();
    Application {
        id: clock.id(),
        name: format!("Über {code}"),
        code: code.to_owned(),
        sealed_key: vec![0, 1, 255],
        previous_key: Some(vec![2, 3]),
        previous_until: now.plus(Duration::from_millis(1)),
        account_id: None,
        free: true,
        bot_id: None,
        addresses: "10.0.0.0/8".to_owned(),
        dialects: vec![Dialect::D1, Dialect::D3],
        strengths: vec![Strength::Legacy, Strength::Hmac],
        enabled: true,
        called_time: 4_000_000_000,
        used: LastUse {
            legacy_used_at: now.plus(Duration::from_millis(2)),
            body_used_at: now.plus(Duration::from_millis(3)),
            nonce_used_at: now.plus(Duration::from_millis(4)),
            hmac_used_at: now.plus(Duration::from_millis(5)),
        },
        create_at: now,
        update_at: now.plus(Duration::from_millis(6)),
        delete_at: Timestamp::NEVER,
    }
}

async fn made(store: &TestStore, code: &str) -> Application {
    let application = application(&store.clock, code);
    store.create_application(application.clone()).await.unwrap();
    application
}

each_backend! {
    async fn an_application_is_found_by_id_and_by_code(store: TestStore) {
        let (one, other) = (made(&store, "one").await, made(&store, "One").await);
        assert_eq!(store.application(&one.id).await.unwrap(), Some(one.clone()));
        assert_eq!(store.application(&unknown::<ApplicationId>()).await.unwrap(), None);
        let target = ApplicationTarget { application: one.clone(), account_exists: false };
        assert_eq!(store.application_target("one").await.unwrap(), Some(target));
        assert_eq!(store.application_target("ONE").await.unwrap(), None);
        assert_eq!(store.applications(None, 60).await.unwrap(), [one.clone(), other.clone()]);
        let after = (one.create_at, one.id.clone());
        assert_eq!(store.applications(Some(&after), 60).await.unwrap(), [other]);
        assert_eq!(store.applications(None, 1).await.unwrap(), [one]);
    }
}

each_backend! {
    async fn a_code_is_unique_until_its_application_is_deleted(store: TestStore) {
        let one = made(&store, "one").await;
        assert_conflict(store.create_application(application(&store.clock, "one")).await);
        let at = store.clock.now();
        assert!(store.delete_application(&one.id, at).await.unwrap());
        assert!(!store.delete_application(&one.id, at).await.unwrap());
        assert_eq!(store.application(&one.id).await.unwrap(), None);
        assert_eq!(store.application_target("one").await.unwrap(), None);
        let again = made(&store, "one").await;
        assert_eq!(store.applications(None, 60).await.unwrap(), [again]);
        let mut nobodys = application(&store.clock, "two");
        nobodys.account_id = Some(unknown::<UserId>());
        assert_missing(store.create_application(nobodys).await);
    }
}

each_backend! {
    async fn a_change_sets_what_an_administrator_may_set(store: TestStore) {
        let (anna, bot) = (user(&store, "anna").await, user(&store, "bot").await);
        let (one, other) = (made(&store, "one").await, made(&store, "other").await);
        let change = ApplicationChange {
            name: "Neu".to_owned(),
            account_id: Some(anna.id.clone()),
            free: false,
            bot_id: Some(bot.id.clone()),
            addresses: "*".to_owned(),
            dialects: vec![Dialect::D2],
            strengths: vec![Strength::Body, Strength::Nonce],
            enabled: false,
        };
        let at = store.clock.now().plus(Duration::from_secs(9));
        assert!(store.change_application(&one.id, change.clone(), at).await.unwrap());
        let changed = Application {
            name: "Neu".to_owned(),
            account_id: Some(anna.id),
            free: false,
            bot_id: Some(bot.id),
            addresses: "*".to_owned(),
            dialects: vec![Dialect::D2],
            strengths: vec![Strength::Body, Strength::Nonce],
            enabled: false,
            update_at: at,
            ..one
        };
        assert_eq!(store.application(&changed.id).await.unwrap(), Some(changed.clone()));
        let target = ApplicationTarget { application: changed, account_exists: true };
        assert_eq!(store.application_target("one").await.unwrap(), Some(target));
        assert_eq!(store.application(&other.id).await.unwrap(), Some(other));
        assert!(!store.change_application(&unknown(), change, at).await.unwrap());
    }
}

each_backend! {
    async fn a_rotated_key_is_kept_beside_the_new_one(store: TestStore) {
        let one = made(&store, "one").await;
        let (until, at) = (store.clock.now().plus(Duration::from_mins(1)), store.clock.now());
        assert!(store.rotate_application_key(&one.id, vec![9], until, at).await.unwrap());
        let rotated = Application {
            sealed_key: vec![9],
            previous_key: Some(one.sealed_key.clone()),
            previous_until: until,
            update_at: at,
            ..one
        };
        assert_eq!(store.application(&rotated.id).await.unwrap(), Some(rotated));
        assert!(!store.rotate_application_key(&unknown(), vec![9], until, at).await.unwrap());
    }
}

each_backend! {
    async fn a_time_is_used_once_and_must_rise(store: TestStore) {
        let (one, other) = (made(&store, "one").await, made(&store, "other").await);
        assert!(!store.use_application_time(&one.id, 3_999_999_999, i64::MAX).await.unwrap());
        assert!(!store.use_application_time(&one.id, 4_000_000_000, i64::MAX).await.unwrap());
        let same = futures_util::future::join_all((0..8).map(|_| store.use_application_time(&one.id, 4_000_000_001, i64::MAX))).await;
        assert_eq!(same.into_iter().filter(|used| *used.as_ref().unwrap()).count(), 1);
        assert_eq!(store.application(&one.id).await.unwrap().unwrap().called_time, 4_000_000_001);
        assert!(store.use_application_time(&one.id, 1_700_000_000, 4_000_000_000).await.unwrap());
        assert!(!store.use_application_time(&one.id, 1_700_000_000, 4_000_000_000).await.unwrap());
        assert_eq!(store.application(&other.id).await.unwrap(), Some(other));
    }
}

each_backend! {
    async fn a_nonce_is_used_once_until_it_expires(store: TestStore) {
        let (one, other) = (made(&store, "one").await, made(&store, "other").await);
        let (now, later) = (store.clock.now(), store.clock.now().plus(Duration::from_secs(1)));
        let use_it = async |id: &ApplicationId, nonce: &str, at: Timestamp| {
            store.use_application_nonce(id, nonce, later, at).await.unwrap()
        };
        assert_eq!(use_it(&one.id, "a", now).await, NonceUse::Fresh);
        assert_eq!(use_it(&one.id, "a", now).await, NonceUse::Repeated);
        assert_eq!(use_it(&one.id, "b", now).await, NonceUse::Fresh);
        assert_eq!(use_it(&other.id, "a", now).await, NonceUse::Fresh);
        assert_eq!(use_it(&one.id, "a", later).await, NonceUse::Repeated);
        assert_eq!(use_it(&one.id, "a", later.plus(Duration::from_millis(1))).await, NonceUse::Fresh);
        let same = futures_util::future::join_all((0..8).map(|_| use_it(&one.id, "c", now))).await;
        assert_eq!(same.into_iter().filter(|used| *used == NonceUse::Fresh).count(), 1);
    }
}

each_backend! {
    async fn nonces_are_bounded(store: TestStore) {
        let (one, other) = (made(&store, "one").await, made(&store, "other").await);
        let (now, later) = (store.clock.now(), store.clock.now().plus(Duration::from_secs(1)));
        fill(&store, &one.id, later).await;
        assert_eq!(store.use_application_nonce(&one.id, "one more", later, now).await.unwrap(), NonceUse::Full);
        assert_eq!(store.use_application_nonce(&other.id, "one more", later, now).await.unwrap(), NonceUse::Fresh);
        let after = later.plus(Duration::from_millis(1));
        assert_eq!(store.use_application_nonce(&one.id, "one more", after, after).await.unwrap(), NonceUse::Fresh);
    }
}

each_backend! {
    async fn the_last_use_of_each_strength_only_rises(store: TestStore) {
        let mut expected = made(&store, "one").await;
        for (step, rung) in Strength::ALL.into_iter().enumerate() {
            let at = store.clock.now().plus(Duration::from_secs(10 + u64::try_from(step).unwrap()));
            store.note_application_use(&expected.id, rung, at).await.unwrap();
            store.note_application_use(&expected.id, rung, store.clock.now()).await.unwrap();
            match rung {
                Strength::Legacy => expected.used.legacy_used_at = at,
                Strength::Body => expected.used.body_used_at = at,
                Strength::Nonce => expected.used.nonce_used_at = at,
                Strength::Hmac => expected.used.hmac_used_at = at,
            }
            assert_eq!(store.application(&expected.id).await.unwrap(), Some(expected.clone()));
        }
    }
}

/// Inserts the maximum number of nonces with one statement, because one unit of work per nonce would take a minute.
async fn fill(store: &TestStore, id: &ApplicationId, expires_at: Timestamp) {
    let sql = format!(
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < {MAX_NONCES}) \
         insert into application_nonces (application_id, nonce, expires_at) select $1, 'n' || i, $2 from n"
    );
    let (id, at) = (id.as_str(), expires_at.as_millis());
    let rows = match store.backend {
        Backend::Sqlite => {
            let mut connection = SqliteConnection::connect(store.url()).await.unwrap();
            sqlx::query(AssertSqlSafe(sql))
                .bind(id)
                .bind(at)
                .execute(&mut connection)
                .await
                .unwrap()
                .rows_affected()
        }
        Backend::Postgres => {
            let mut connection = PgConnection::connect(store.url()).await.unwrap();
            sqlx::query(AssertSqlSafe(sql))
                .bind(id)
                .bind(at)
                .execute(&mut connection)
                .await
                .unwrap()
                .rows_affected()
        }
    };
    assert_eq!(i64::try_from(rows), Ok(MAX_NONCES));
}
