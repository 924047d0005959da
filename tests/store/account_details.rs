//! What belongs to an account beside its row: pictures, custom statuses, second factors, mailed tokens, conversion.

use std::collections::HashSet;
use std::time::Duration;

use jackfield::model::{
    CustomStatus, FileId, JobId, JobKind, MailToken, NewJob, Timestamp, TokenPurpose, User,
};
use jackfield::secret::Secret;
use jackfield_tests::{TestStore, each_backend};
use serde_json::json;

use super::audit::note;
use super::rows::{assert_conflict, assert_missing, new_user, unknown, user};

const MINUTE: Duration = Duration::from_mins(1);

each_backend! {
    async fn a_picture_replaces_an_earlier_one(store: TestStore) {
        let anna = user(&store, "anna").await;
        assert_eq!(store.picture(&anna.id).await.unwrap(), None);
        let (one, two): (FileId, FileId) = (store.clock.id(), store.clock.id());
        let now = store.clock.now();
        assert_eq!(store.set_picture(&anna.id, Some(one.clone()), now).await.unwrap(), None);
        assert_eq!(store.user(&anna.id).await.unwrap().unwrap().picture_at, now);
        assert_eq!(store.shared_user(&anna.id).await.unwrap().unwrap().picture_at, now);
        assert_eq!(store.set_picture(&anna.id, Some(two.clone()), now).await.unwrap(), Some(one.clone()));
        assert_eq!(store.picture(&anna.id).await.unwrap(), Some(two.clone()));
        let known = store.known_pictures(&[one, two.clone()]).await.unwrap();
        assert_eq!(known, HashSet::from([two.clone()]));
        assert_eq!(store.set_picture(&anna.id, None, now).await.unwrap(), Some(two));
        assert_eq!(store.user(&anna.id).await.unwrap().unwrap().picture_at, Timestamp::NEVER);
    }
}

fn status(text: &str) -> CustomStatus {
    CustomStatus { emoji: "tea".to_owned(), text: text.to_owned(), ..CustomStatus::default() }
}

each_backend! {
    async fn a_custom_status_is_in_the_props_and_among_the_latest(store: TestStore) {
        let anna = user(&store, "anna").await;
        let now = store.clock.now();
        let recent = store.set_custom_status(&anna.id, Some(status("one")), now).await.unwrap().unwrap();
        assert_eq!((recent.category.as_str(), recent.name.as_str()), ("custom_status", "recent_custom_statuses"));
        assert_eq!(store.preference(&anna.id, &recent.category, &recent.name).await.unwrap(), Some(recent.clone()));
        let props = store.user(&anna.id).await.unwrap().unwrap().props;
        assert!(props["customStatus"].as_str().unwrap().contains("\"one\""), "{props:?}");
        // The other props stay.
        assert_eq!(props["z"], anna.props["z"]);
        assert_eq!(store.set_custom_status(&anna.id, None, now).await.unwrap(), None);
        assert_eq!(store.user(&anna.id).await.unwrap().unwrap().props["customStatus"], "");
        assert_eq!(store.forget_custom_status(&anna.id, status("two")).await.unwrap(), None);
        let left = store.forget_custom_status(&anna.id, status("one")).await.unwrap().unwrap();
        assert_eq!(left.value, "[]");
        assert_missing(store.set_custom_status(&unknown(), Some(status("one")), now).await);
    }
}

each_backend! {
    async fn a_code_of_a_second_factor_is_used_once(store: TestStore) {
        let anna = user(&store, "anna").await;
        let now = store.clock.now();
        assert_eq!(store.mfa_secret(&anna.id).await.unwrap(), None);
        // Without a secret there is nothing to put in force.
        store.activate_mfa(&anna.id, now).await.unwrap();
        assert!(!store.user(&anna.id).await.unwrap().unwrap().mfa_active);
        store.set_mfa_secret(&anna.id, Some(vec![1, 2]), false, now).await.unwrap();
        assert_eq!(store.mfa_secret(&anna.id).await.unwrap(), Some(vec![1, 2]));
        store.activate_mfa(&anna.id, now).await.unwrap();
        assert!(store.user(&anna.id).await.unwrap().unwrap().mfa_active);
        assert!(store.use_mfa_step(&anna.id, 7).await.unwrap());
        for used in [7, 6] {
            assert!(!store.use_mfa_step(&anna.id, used).await.unwrap(), "{used}");
        }
        assert!(store.use_mfa_step(&anna.id, 8).await.unwrap());
        store.set_mfa_secret(&anna.id, None, false, now).await.unwrap();
        let user = store.user(&anna.id).await.unwrap().unwrap();
        assert_eq!((store.mfa_secret(&anna.id).await.unwrap(), user.mfa_active), (None, false));
    }
}

fn token(of: &User, purpose: TokenPurpose, sent_at: Timestamp) -> MailToken {
    let expires_at = sent_at.plus(MINUTE * 10);
    MailToken { user_id: of.id.clone(), purpose, email: of.email.clone(), sent_at, expires_at }
}

each_backend! {
    async fn a_mailed_token_is_used_once_and_replaces_earlier_ones(store: TestStore) {
        let mut new = new_user(&store.clock, "anna");
        new.user.email_verified = false;
        let anna = store.create_user(new).await.unwrap();
        let (now, purpose) = (store.clock.now(), TokenPurpose::Password);
        let (first, second) = (Secret::new("first"), Secret::new("second"));
        let row = token(&anna, purpose, now);
        store.create_mail_token(row.clone(), &first).await.unwrap();
        assert_eq!(store.mail_token(&first, purpose, now).await.unwrap(), Some(row.clone()));
        assert_eq!(store.mail_token(&first, TokenPurpose::Verification, now).await.unwrap(), None);
        assert_eq!(store.mail_token(&first, purpose, row.expires_at).await.unwrap(), None);
        store.create_mail_token(row.clone(), &second).await.unwrap();
        assert_eq!(store.mail_token(&first, purpose, now).await.unwrap(), None);
        assert!(!store.use_mail_token(&first, row.clone(), None, now).await.unwrap());
        assert!(store.use_mail_token(&second, row.clone(), Some("new hash".to_owned()), now).await.unwrap());
        assert!(!store.use_mail_token(&second, row.clone(), None, now).await.unwrap());
        let (user, hash) = store.login_by_id(&anna.id).await.unwrap().unwrap();
        assert_eq!((user.email_verified, hash.as_deref()), (true, Some("new hash")));
        store.create_mail_token(row.clone(), &first).await.unwrap();
        assert_eq!(store.purge_mail_tokens(now).await.unwrap(), 0);
        assert_eq!(store.purge_mail_tokens(row.expires_at).await.unwrap(), 1);
        assert_eq!(store.login_by_id(&unknown()).await.unwrap(), None);
    }
}

each_backend! {
    async fn a_second_request_for_a_token_writes_no_second_mail(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (now, purpose) = (store.clock.now(), TokenPurpose::Password);
        let request = async |recent: Timestamp| {
            let id: JobId = store.clock.id();
            let (subject, payload) = (anna.id.to_string(), json!({"kind": "password"}));
            let job = NewJob { id, kind: JobKind::Mail, subject, payload, unique_key: None, due_at: now, create_at: now };
            store.request_mail_token(&anna.id, purpose, recent, job).await.unwrap();
            store.mails().list(None, None, 10).await.unwrap().len()
        };
        assert_eq!(request(now.minus(MINUTE)).await, 1);
        assert_eq!(request(now.minus(MINUTE)).await, 1);
        // The worker sends the mail: its job ends, and the token is recorded.
        let job = store.jobs().claim(JobKind::Mail, now, now.plus(MINUTE), 1, Vec::new()).await.unwrap().remove(0);
        store.create_mail_token(token(&anna, purpose, now), &Secret::new("sent")).await.unwrap();
        store.jobs().settle(&job, jackfield::model::JobOutcome::Discarded).await.unwrap();
        assert_eq!(request(now.minus(MINUTE)).await, 0);
        assert_eq!(request(now).await, 1);
    }
}

each_backend! {
    async fn an_account_becomes_a_bot_and_back(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let now = store.clock.now();
        let row = || note(&store, "user.to_bot", &anna.id);
        assert!(store.convert_to_bot(&anna.id, "Anna", now, row()).await.unwrap());
        let bot = store.bot(&anna.id).await.unwrap().unwrap();
        assert_eq!((bot.user.first_name.as_str(), bot.owner_id.as_ref()), ("Anna", Some(&anna.id)));
        assert_eq!(store.login_by_id(&anna.id).await.unwrap().unwrap().1, None);
        // Bob is the last administrator who is a person.
        assert!(!store.convert_to_bot(&bob.id, "Bob", now, row()).await.unwrap());
        let taken = User { username: "bob".to_owned(), is_bot: false, ..bot.user.clone() };
        assert_conflict(store.convert_to_user(taken, "hash".to_owned()).await);
        let person = User { is_bot: false, ..bot.user };
        store.convert_to_user(person, "hash".to_owned()).await.unwrap();
        let (user, hash) = store.login_by_id(&anna.id).await.unwrap().unwrap();
        assert_eq!((user.is_bot, hash.as_deref(), store.bot(&anna.id).await.unwrap()), (false, Some("hash"), None));
        store.verify_email(&anna.id, now).await.unwrap();
        assert!(store.user(&anna.id).await.unwrap().unwrap().email_verified);
    }
}
