//! Sign-ins: found by their token until they expire or end.

use std::time::Duration;

use jackfield::clock::Clock;
use jackfield::model::{Session, Timestamp, User, UserId};
use jackfield::secret::{Secret, random_id};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{assert_conflict, assert_missing, unknown, user};

/// A sign-in for an hour from now.
pub(super) fn session(clock: &Clock, user: &User) -> Session {
    let now = clock.now();
    Session {
        id: clock.id(),
        user_id: user.id.clone(),
        csrf: random_id(),
        create_at: now,
        expires_at: now.plus(Duration::from_hours(1)),
    }
}

/// The session that a token opens, however long it was idle.
pub(super) async fn opened(store: &TestStore, token: &Secret, now: Timestamp) -> Option<Session> {
    store.live_session(token, now, Timestamp::NEVER).await.unwrap().map(|live| live.session)
}

each_backend! {
    async fn a_session_is_found_by_its_token_only(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, token) = (session(&store.clock, &anna), Secret::random());
        store.create_session(made.clone(), &token).await.unwrap();
        let now = store.clock.now();
        assert_eq!(opened(&store, &token, now).await, Some(made));
        assert_eq!(opened(&store, &Secret::random(), now).await, None);
        // The digest is what is stored; it is not a token.
        assert_eq!(opened(&store, &Secret::new(token.digest()), now).await, None);
    }
}

each_backend! {
    async fn a_session_ends_at_the_moment_it_expires(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, token) = (session(&store.clock, &anna), Secret::random());
        store.create_session(made.clone(), &token).await.unwrap();
        let last = made.expires_at.minus(Duration::from_millis(1));
        assert_eq!(opened(&store, &token, last).await, Some(made.clone()));
        assert_eq!(opened(&store, &token, made.expires_at).await, None);
    }
}

each_backend! {
    async fn a_deleted_session_is_gone_and_others_are_not(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, token) = (session(&store.clock, &anna), Secret::random());
        let (other, other_token) = (session(&store.clock, &anna), Secret::random());
        store.create_session(made.clone(), &token).await.unwrap();
        store.create_session(other.clone(), &other_token).await.unwrap();
        store.delete_session(&made.id).await.unwrap();
        store.delete_session(&made.id).await.unwrap();
        let now = store.clock.now();
        assert_eq!(opened(&store, &token, now).await, None);
        assert_eq!(opened(&store, &other_token, now).await, Some(other));
    }
}

each_backend! {
    async fn a_token_opens_one_session(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, token) = (session(&store.clock, &anna), Secret::random());
        store.create_session(made.clone(), &token).await.unwrap();
        assert_conflict(store.create_session(session(&store.clock, &anna), &token).await);
        assert_eq!(opened(&store, &token, store.clock.now()).await, Some(made));
    }
}

each_backend! {
    async fn nobody_has_no_session(store: TestStore) {
        let mut nobodys = session(&store.clock, &user(&store, "anna").await);
        nobodys.user_id = unknown::<UserId>();
        let token = Secret::random();
        assert_missing(store.create_session(nobodys, &token).await);
        assert_eq!(opened(&store, &token, store.clock.now()).await, None);
    }
}
