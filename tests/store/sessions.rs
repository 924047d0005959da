//! Sessions: their tokens, their last use, and how they end.

use std::time::Duration;

use jackfield::clock::Clock;
use jackfield::model::{AccessToken, Agent, LiveSession, Session, Timestamp, User, UserId};
use jackfield::secret::{Secret, random_id};
use jackfield_tests::{TestStore, each_backend};

use super::audit::note;
use super::rows::{assert_conflict, assert_missing, unknown, user};

/// Returns a session that expires in an hour.
pub(super) fn session(clock: &Clock, user: &User) -> Session {
    let now = clock.now();
    Session {
        id: clock.id(),
        user_id: user.id.clone(),
        csrf: random_id(),
        create_at: now,
        expires_at: now.plus(Duration::from_hours(1)),
        device_id: "apple:x".to_owned(),
        agent: Agent { browser: "Fox/1.0".to_owned(), ..Agent::default() },
    }
}

/// Returns the session of a token, regardless of its idle time.
pub(super) async fn opened(store: &TestStore, token: &Secret, now: Timestamp) -> Option<Session> {
    store.live_session(token, now, Timestamp::NEVER).await.unwrap().map(|live| live.session)
}

each_backend! {
    async fn a_session_is_found_by_its_token_only(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, token) = (session(&store.clock, &anna), Secret::random());
        store.create_session(made.clone(), &token, 100).await.unwrap();
        let now = store.clock.now();
        assert_eq!(opened(&store, &token, now).await, Some(made));
        assert_eq!(opened(&store, &Secret::random(), now).await, None);
        // Only the digest is stored, and it is not a token.
        assert_eq!(opened(&store, &Secret::new(token.digest()), now).await, None);
    }
}

each_backend! {
    async fn a_session_ends_at_the_moment_it_expires(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, token) = (session(&store.clock, &anna), Secret::random());
        store.create_session(made.clone(), &token, 100).await.unwrap();
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
        store.create_session(made.clone(), &token, 100).await.unwrap();
        store.create_session(other.clone(), &other_token, 100).await.unwrap();
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
        store.create_session(made.clone(), &token, 100).await.unwrap();
        assert_conflict(store.create_session(session(&store.clock, &anna), &token, 100).await);
        assert_eq!(opened(&store, &token, store.clock.now()).await, Some(made));
    }
}

each_backend! {
    async fn a_session_needs_its_account(store: TestStore) {
        let mut nobodys = session(&store.clock, &user(&store, "anna").await);
        nobodys.user_id = unknown::<UserId>();
        let token = Secret::random();
        assert_missing(store.create_session(nobodys, &token, 100).await);
        assert_eq!(opened(&store, &token, store.clock.now()).await, None);
    }
}

each_backend! {
    async fn a_session_lives_while_it_is_used_and_not_expired(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, token) = (session(&store.clock, &anna), Secret::random());
        store.create_session(made.clone(), &token, 100).await.unwrap();
        let start = made.create_at;
        let before = start.minus(Duration::from_secs(1));
        let live = LiveSession { session: made.clone(), last_activity_at: start };
        assert_eq!(store.live_session(&token, start, before).await.unwrap(), Some(live));
        assert_eq!(store.live_session(&token, start, start).await.unwrap(), None);
        assert_eq!(store.live_session(&token, made.expires_at, before).await.unwrap(), None);
        let later = start.plus(Duration::from_secs(5));
        store.touch_session(&made.id, later).await.unwrap();
        let live = LiveSession { session: made, last_activity_at: later };
        assert_eq!(store.live_session(&token, start, start).await.unwrap(), Some(live));
    }
}

each_backend! {
    async fn a_session_beyond_the_limit_ends_the_least_recently_used(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let mut made = Vec::new();
        for (owner, ended) in [(&anna, 0), (&bob, 0), (&anna, 0), (&anna, 1)] {
            store.clock.advance(Duration::from_millis(1));
            let (session, token) = (session(&store.clock, owner), Secret::random());
            assert_eq!(store.create_session(session.clone(), &token, 2).await.unwrap(), ended);
            made.push((session, token));
            if made.len() == 3 {
                store.clock.advance(Duration::from_millis(1));
                store.touch_session(&made[0].0.id, store.clock.now()).await.unwrap();
            }
        }
        let now = store.clock.now();
        for (index, is_open) in [true, true, false, true].into_iter().enumerate() {
            let (session, token) = &made[index];
            assert_eq!(opened(&store, token, now).await, is_open.then(|| session.clone()));
        }
    }
}

each_backend! {
    async fn sessions_are_listed_ended_and_cleared_away(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let mut made = Vec::new();
        for owner in [&anna, &anna, &bob, &bob] {
            store.clock.advance(Duration::from_millis(1));
            let session = session(&store.clock, owner);
            store.create_session(session.clone(), &Secret::random(), 100).await.unwrap();
            made.push(session);
        }
        let (now, long_ago) = (store.clock.now(), made[0].create_at.minus(Duration::from_secs(1)));
        let ids = async |who: &jackfield::model::UserId| {
            let list = store.sessions_of(who, now, long_ago, 10).await.unwrap();
            list.into_iter().map(|live| live.session.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&anna.id).await, [made[1].id.clone(), made[0].id.clone()]);
        assert_eq!(store.sessions_of(&anna.id, now, made[0].create_at, 10).await.unwrap().len(), 1);
        assert_eq!(store.sessions_of(&anna.id, now, long_ago, 1).await.unwrap().len(), 1);
        let row = || note(&store, "user.sessions.end", &anna.id);
        assert_eq!(store.end_sessions(&anna.id, Some(&made[2].id), row()).await.unwrap(), 0);
        assert_eq!(store.end_sessions(&anna.id, Some(&made[0].id), row()).await.unwrap(), 1);
        assert_eq!(ids(&anna.id).await, [made[1].id.clone()]);
        assert_eq!(store.end_sessions(&anna.id, None, row()).await.unwrap(), 1);
        assert_eq!(ids(&bob.id).await.len(), 2);
        assert_eq!(store.purge_sessions(now, long_ago).await.unwrap(), 0);
        assert_eq!(store.purge_sessions(now, made[2].create_at).await.unwrap(), 1);
        assert_eq!(ids(&bob.id).await, [made[3].id.clone()]);
        assert_eq!(store.purge_sessions(made[3].expires_at, long_ago).await.unwrap(), 1);
    }
}

each_backend! {
    async fn tokens_are_found_by_their_id_or_their_owner(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let mut made = Vec::new();
        for owner in [&anna, &bob] {
            let token = AccessToken {
                id: store.clock.id(),
                user_id: owner.id.clone(),
                description: "for tests".to_owned(),
                is_active: true,
            };
            store.create_access_token(token.clone(), &Secret::random(), store.clock.now()).await.unwrap();
            made.push(token);
        }
        assert_eq!(store.access_tokens("", 0, 10).await.unwrap(), made);
        assert_eq!(store.access_tokens("", 1, 10).await.unwrap(), made[1..]);
        for term in [made[0].id.as_str(), anna.id.as_str(), "anna"] {
            assert_eq!(store.access_tokens(term, 0, 10).await.unwrap(), made[..1], "{term}");
        }
        assert_eq!(store.access_tokens("ann", 0, 10).await.unwrap(), []);
    }
}

each_backend! {
    async fn a_device_has_one_session(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let mut made = Vec::new();
        for owner in [&anna, &anna, &bob] {
            let one = Session { device_id: String::new(), ..session(&store.clock, owner) };
            store.create_session(one.clone(), &Secret::random(), 100).await.unwrap();
            made.push(one);
        }
        for (index, ended) in [(0, 0), (2, 0), (1, 1)] {
            assert_eq!(store.set_device(&made[index], "apple:1").await.unwrap(), ended, "{index}");
        }
        assert!(!store.has_session(&made[0].id).await.unwrap());
        assert!(store.has_session(&made[1].id).await.unwrap() && store.has_session(&made[2].id).await.unwrap());
        let mut owners = store.end_all_sessions().await.unwrap();
        owners.sort();
        assert_eq!(owners, [anna.id, bob.id]);
        assert!(!store.has_session(&made[1].id).await.unwrap());
    }
}
