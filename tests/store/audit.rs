//! Audit rows are written with their unit of work, or not at all.

use std::time::Duration;

use jackfield::model::{Audit, UserId};
use jackfield::store::{AuditFilter, NewRoles};
use jackfield_tests::{TestStore, each_backend};
use serde_json::json;

use super::rows::{assert_conflict, new_user, unknown, user};

/// Returns an audit row about an account.
pub(super) fn note(store: &TestStore, action: &str, about: &UserId) -> Audit {
    Audit {
        id: store.clock.id(),
        actor_id: Some(about.clone()),
        action: action.to_owned(),
        thing: "user".to_owned(),
        thing_id: about.as_str().to_owned(),
        was: Some(json!({"a": [1, null, "ü"]})),
        became: None,
        create_at: store.clock.now(),
    }
}

async fn all(store: &TestStore) -> Vec<Audit> {
    store.audit(&AuditFilter::default(), 100).await.unwrap()
}

each_backend! {
    async fn an_audit_row_is_written_with_its_change(store: TestStore) {
        let new = new_user(&store.clock, "anna");
        let row = note(&store, "user.create", &new.user.id);
        let anna = store.with_audit(row.clone()).create_user(new).await.unwrap();
        assert_eq!(all(&store).await, std::slice::from_ref(&row));
        let again = new_user(&store.clock, "anna");
        assert_conflict(store.with_audit(note(&store, "user.create", &again.user.id)).create_user(again).await);
        assert_eq!(all(&store).await, [row]);
        assert_eq!(store.user(&anna.id).await.unwrap(), Some(anna));
    }
}

each_backend! {
    async fn an_audit_row_may_stand_alone(store: TestStore) {
        let anna = user(&store, "anna").await;
        let row = note(&store, "user.login.fail", &anna.id);
        store.record_audit(row.clone()).await.unwrap();
        assert_eq!(all(&store).await, std::slice::from_ref(&row));
        assert_conflict(store.record_audit(row).await);
    }
}

each_backend! {
    async fn audit_rows_are_found_newest_first_by_each_filter(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let mut rows = Vec::new();
        for (who, action) in [(&anna, "user.roles"), (&bob, "user.roles"), (&anna, "user.rolesome"), (&anna, "token.make")] {
            store.clock.advance(Duration::from_secs(1));
            let row = note(&store, action, &who.id);
            let roles = NewRoles { system: "system_user system_admin", team_and_channel: None };
            assert!(store.set_roles(&who.id, roles, store.clock.now(), row.clone()).await.unwrap().is_some());
            rows.push(row);
        }
        let found = async |filter: AuditFilter| {
            let found = store.audit(&filter, 100).await.unwrap();
            found.iter().map(|row| rows.iter().position(|made| made == row).unwrap()).collect::<Vec<_>>()
        };
        let any = AuditFilter::default;
        assert_eq!(found(any()).await, [3, 2, 1, 0]);
        assert_eq!(found(AuditFilter { actor: Some(bob.id.clone()), ..any() }).await, [1]);
        assert_eq!(found(AuditFilter { action: Some("user".to_owned()), ..any() }).await, [2, 1, 0]);
        assert_eq!(found(AuditFilter { action: Some("user.roles".to_owned()), ..any() }).await, [1, 0]);
        assert_eq!(found(AuditFilter { thing: Some("token".to_owned()), ..any() }).await, [0; 0]);
        assert_eq!(found(AuditFilter { thing_id: Some(anna.id.to_string()), ..any() }).await, [3, 2, 0]);
        assert_eq!(found(AuditFilter { since: Some(rows[2].create_at), ..any() }).await, [3, 2]);
        assert_eq!(found(AuditFilter { until: Some(rows[2].create_at), ..any() }).await, [1, 0]);
        assert_eq!(found(AuditFilter { before: Some(rows[1].id.clone()), ..any() }).await, [0]);
        assert_eq!(store.audit(&any(), 1).await.unwrap(), [rows[3].clone()]);
        assert_eq!(store.purge_audit(rows[2].create_at).await.unwrap(), 2);
        assert_eq!(found(any()).await, [3, 2]);
    }
}

each_backend! {
    async fn a_change_without_effect_leaves_no_audit_row(store: TestStore) {
        let anna = user(&store, "anna").await;
        let roles = NewRoles { system: "system_user", team_and_channel: None };
        let row = note(&store, "user.roles", &anna.id);
        assert_eq!(store.set_roles(&anna.id, roles, store.clock.now(), row).await.unwrap(), None);
        assert_eq!(store.user(&anna.id).await.unwrap(), Some(anna.clone()));
        let row = note(&store, "user.deactivate", &anna.id);
        assert_eq!(store.set_active(&anna.id, false, store.clock.now(), row).await.unwrap(), None);
        let absent = unknown::<UserId>();
        assert_eq!(store.end_sessions(&absent, None, note(&store, "user.sessions.end", &absent)).await.unwrap(), 0);
        assert_eq!(all(&store).await, []);
    }
}

each_backend! {
    async fn audit_rows_are_paged(store: TestStore) {
        let anna = user(&store, "anna").await;
        for action in ["one", "two", "three"] {
            store.clock.advance(Duration::from_millis(1));
            store.record_audit(note(&store, action, &anna.id)).await.unwrap();
        }
        let actions = async |offset: i64| -> Vec<String> {
            let rows = store.audit_page(&AuditFilter::default(), offset, 2).await.unwrap();
            rows.into_iter().map(|row| row.action).collect()
        };
        assert_eq!((actions(0).await, actions(2).await), (vec!["three".to_owned(), "two".to_owned()], vec!["one".to_owned()]));
    }
}
