//! Personal access tokens.

use jackfield::clock::Clock;
use jackfield::model::{AccessToken, MAX_ACCESS_TOKENS, TokenId, User, UserId};
use jackfield::secret::Secret;
use jackfield::store::AuditFilter;
use jackfield_tests::{TestStore, each_backend};

use super::audit::note;
use super::rows::{assert_conflict, assert_missing, unknown, user};

fn token(clock: &Clock, user: &User, description: &str) -> AccessToken {
    AccessToken {
        id: clock.id(),
        user_id: user.id.clone(),
        description: description.to_owned(),
        is_active: true,
    }
}

each_backend! {
    async fn a_token_is_found_by_its_secret_and_by_its_id(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, secret) = (token(&store.clock, &anna, "für die Küche"), Secret::random());
        store.create_access_token(made.clone(), &secret, store.clock.now()).await.unwrap();
        assert_eq!(store.access_token_by_secret(&secret).await.unwrap(), Some(made.clone()));
        assert_eq!(store.access_token_by_secret(&Secret::random()).await.unwrap(), None);
        assert_eq!(store.access_token(&made.id).await.unwrap(), Some(made));
        assert_eq!(store.access_token(&unknown::<TokenId>()).await.unwrap(), None);
    }
}

each_backend! {
    async fn tokens_are_paged_by_id_per_account(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let mut annas = Vec::new();
        for n in 0..5 {
            let made = token(&store.clock, &anna, &format!("token {n}"));
            store.create_access_token(made.clone(), &Secret::random(), store.clock.now()).await.unwrap();
            annas.push(made);
        }
        let bobs = token(&store.clock, &bob, "bob's");
        store.create_access_token(bobs.clone(), &Secret::random(), store.clock.now()).await.unwrap();
        assert_eq!(store.access_tokens_of(&anna.id, 0, 60).await.unwrap(), annas);
        assert_eq!(store.access_tokens_of(&anna.id, 2, 2).await.unwrap(), annas[2..4]);
        assert_eq!(store.access_tokens_of(&anna.id, 4, 2).await.unwrap(), annas[4..]);
        assert_eq!(store.access_tokens_of(&anna.id, 5, 2).await.unwrap(), []);
        assert_eq!(store.access_tokens_of(&bob.id, 0, 60).await.unwrap(), [bobs]);
    }
}

each_backend! {
    async fn a_token_is_switched_off_and_on(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, secret) = (token(&store.clock, &anna, "one"), Secret::random());
        let other = token(&store.clock, &anna, "other");
        store.create_access_token(made.clone(), &secret, store.clock.now()).await.unwrap();
        store.create_access_token(other.clone(), &Secret::random(), store.clock.now()).await.unwrap();
        store.set_access_token_active(&made.id, false).await.unwrap();
        let off = AccessToken { is_active: false, ..made.clone() };
        assert_eq!(store.access_token_by_secret(&secret).await.unwrap(), Some(off));
        assert_eq!(store.access_token(&other.id).await.unwrap(), Some(other));
        store.set_access_token_active(&made.id, true).await.unwrap();
        assert_eq!(store.access_token_by_secret(&secret).await.unwrap(), Some(made));
    }
}

each_backend! {
    async fn a_deleted_token_is_gone_and_others_are_not(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (made, secret) = (token(&store.clock, &anna, "one"), Secret::random());
        let other = token(&store.clock, &anna, "other");
        store.create_access_token(made.clone(), &secret, store.clock.now()).await.unwrap();
        store.create_access_token(other.clone(), &Secret::random(), store.clock.now()).await.unwrap();
        store.delete_access_token(&made.id).await.unwrap();
        store.delete_access_token(&made.id).await.unwrap();
        assert_eq!(store.access_token_by_secret(&secret).await.unwrap(), None);
        assert_eq!(store.access_tokens_of(&anna.id, 0, 60).await.unwrap(), [other]);
    }
}

each_backend! {
    async fn a_secret_belongs_to_one_token_and_a_token_to_an_account(store: TestStore) {
        let anna = user(&store, "anna").await;
        let secret = Secret::random();
        let made = token(&store.clock, &anna, "one");
        store.create_access_token(made.clone(), &secret, store.clock.now()).await.unwrap();
        let again = token(&store.clock, &anna, "again");
        assert_conflict(store.create_access_token(again, &secret, store.clock.now()).await);
        let mut orphan = token(&store.clock, &anna, "orphan");
        orphan.user_id = unknown::<UserId>();
        assert_missing(store.create_access_token(orphan, &Secret::random(), store.clock.now()).await);
        assert_eq!(store.access_tokens_of(&anna.id, 0, 60).await.unwrap(), [made]);
    }
}

each_backend! {
    async fn a_token_beyond_the_limit_is_not_made_and_leaves_no_audit_row(store: TestStore) {
        let anna = user(&store, "anna").await;
        let now = store.clock.now();
        for _ in 0..MAX_ACCESS_TOKENS {
            let made = token(&store.clock, &anna, "x");
            assert!(store.create_access_token(made, &Secret::random(), now).await.unwrap());
        }
        let noting = store.with_audit(note(&store, "token.create", &anna.id));
        let one_more = token(&store.clock, &anna, "x");
        assert!(!noting.create_access_token(one_more, &Secret::random(), now).await.unwrap());
        let listed = store.access_tokens_of(&anna.id, 0, 1_000).await.unwrap();
        assert_eq!(i64::try_from(listed.len()).unwrap(), MAX_ACCESS_TOKENS);
        assert_eq!(store.audit(&AuditFilter::default(), 10).await.unwrap(), []);
    }
}
