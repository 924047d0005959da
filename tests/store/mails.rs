//! The queue of mails: who gets one, and who claims one owns it until the lease ends.

use std::time::Duration;

use futures_util::future::join_all;
use jackfield::model::{
    ClaimedMail, JobId, Mail, MailChoice, MailEnd, MailKind, MailState, NewNotice, NoticeId, Timestamp, User,
};
use jackfield_tests::{TestStore, each_backend, soon};

use super::notices::{new_notice, send};
use super::rows::{unknown, user};

const LEASE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// An account that chose this.
async fn chose(store: &TestStore, name: &str, choice: MailChoice) -> User {
    let user = user(store, name).await;
    let now = store.clock.now();
    store.choose_mail(&user.id, choice, now, now).await.unwrap();
    user
}

/// Sends a notice whose digests are due in an hour and in a day.
async fn mailed(store: &TestStore, title: &str, to: &[&User]) -> NewNotice {
    let new = new_notice(store, title, to);
    let now = store.clock.now();
    let new = NewNotice { digests: Some((now.plus(HOUR), now.plus(DAY))), ..new };
    store.create_notice(new.clone()).await.unwrap();
    new
}

async fn claim(store: &TestStore, limit: i64) -> Vec<ClaimedMail> {
    let now = store.clock.now();
    store.claim_mails(now, now.plus(LEASE), limit).await.unwrap()
}

async fn told(store: &TestStore, mail: &ClaimedMail) -> Vec<NoticeId> {
    let notices = store.mail_notices(&mail.id, &mail.user_id, false, 9).await.unwrap();
    notices.into_iter().map(|notice| notice.id).collect()
}

each_backend! {
    async fn whoever_wants_mails_gets_them_and_nobody_else(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        let bob = chose(&store, "bob", MailChoice::Off).await;
        let eve = user(&store, "eve").await;
        assert_eq!(store.mail_choice(&anna.id).await.unwrap(), MailChoice::Now);
        assert_eq!(store.mail_choice(&bob.id).await.unwrap(), MailChoice::Off);
        assert_eq!(store.mail_choice(&eve.id).await.unwrap(), MailChoice::Off);
        let notice = mailed(&store, "one", &[&anna, &bob, &eve]).await;
        let mail = Mail {
            id: notice.recipients[0].1.clone(),
            user_id: anna.id.clone(),
            kind: MailKind::Notice,
            state: MailState::Waiting,
            attempts: 0,
            due_at: notice.create_at,
            last_error: String::new(),
            create_at: notice.create_at,
            ended_at: Timestamp::NEVER,
        };
        assert_eq!(store.mails(None, None, 9).await.unwrap(), std::slice::from_ref(&mail));
        assert_eq!(store.mail(&mail.id).await.unwrap(), Some(mail));
        assert_eq!(store.mail(&unknown::<JobId>()).await.unwrap(), None);
        // Where no mail is sent at all, none is written.
        send(&store, "two", &[&anna]).await;
        assert_eq!(store.mails(None, None, 9).await.unwrap().len(), 1);
    }
}

each_backend! {
    async fn a_digest_gathers_until_it_is_claimed(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Hourly).await;
        let bob = chose(&store, "bob", MailChoice::Daily).await;
        let one = mailed(&store, "one", &[&anna, &bob]).await;
        store.clock.advance(Duration::from_mins(10));
        let two = mailed(&store, "two", &[&anna]).await;
        let due: Vec<Timestamp> =
            store.mails(Some(MailState::Gathering), None, 9).await.unwrap().iter().map(|mail| mail.due_at).collect();
        assert_eq!(due.len(), 2);
        assert!(due.contains(&one.create_at.plus(HOUR)) && due.contains(&one.create_at.plus(DAY)), "{due:?}");
        assert_eq!(claim(&store, 9).await, []);
        store.clock.advance(HOUR);
        let claimed = claim(&store, 9).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!((&claimed[0].user_id, claimed[0].kind, claimed[0].attempts), (&anna.id, MailKind::Digest, 1));
        assert_eq!(told(&store, &claimed[0]).await, [one.id.clone(), two.id.clone()]);
        // What comes while it is sent is in the next one.
        let three = mailed(&store, "three", &[&anna]).await;
        assert_eq!(told(&store, &claimed[0]).await, [one.id.clone(), two.id.clone()]);
        let next = store.mails(Some(MailState::Gathering), None, 1).await.unwrap().remove(0);
        assert_eq!((&next.user_id, next.due_at), (&anna.id, three.create_at.plus(HOUR)));
        // What its reader read meanwhile is left out on request.
        assert!(store.read_notice(&anna.id, &two.id, store.clock.now()).await.unwrap());
        let unread = store.mail_notices(&claimed[0].id, &anna.id, true, 9).await.unwrap();
        assert_eq!(unread.into_iter().map(|notice| notice.id).collect::<Vec<_>>(), std::slice::from_ref(&one.id));
        // What its reader removed meanwhile is not told.
        assert!(store.delete_notice(&anna.id, &one.id).await.unwrap());
        assert_eq!(told(&store, &claimed[0]).await, [two.id]);
        assert_eq!(store.forget_notices(9).await.unwrap(), 0);
    }
}

each_backend! {
    async fn a_claim_ends_with_its_lease_and_counts_as_an_attempt(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        for title in ["one", "two", "three"] {
            mailed(&store, title, &[&anna]).await;
        }
        assert_eq!(claim(&store, 2).await.len(), 2);
        assert_eq!(claim(&store, 2).await.len(), 1);
        assert_eq!(claim(&store, 2).await, []);
        store.clock.advance(LEASE);
        let again = claim(&store, 9).await;
        assert_eq!(again.iter().map(|mail| mail.attempts).collect::<Vec<_>>(), [2, 2, 2]);
        // Whoever held it before is too late.
        let late = ClaimedMail { attempts: 1, ..again[0].clone() };
        assert!(!store.settle_mail(&late, MailEnd::Sent { at: store.clock.now() }).await.unwrap());
        assert!(!store.settle_mail(&late, MailEnd::Void).await.unwrap());
        assert_eq!(store.mails(Some(MailState::Waiting), None, 9).await.unwrap().len(), 3);
    }
}

each_backend! {
    async fn a_mail_ends_as_it_is_settled(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        for title in ["sent", "again", "dead", "void"] {
            mailed(&store, title, &[&anna]).await;
        }
        let mut claimed = claim(&store, 9).await;
        claimed.sort_by(|a, b| a.id.cmp(&b.id));
        let at = store.clock.now();
        let (later, error) = (at.plus(HOUR), || "550 no".to_owned());
        let ends = [
            MailEnd::Sent { at },
            MailEnd::Again { due_at: later, error: error() },
            MailEnd::Dead { at, error: error() },
            MailEnd::Void,
        ];
        for (mail, end) in claimed.iter().zip(ends) {
            assert!(store.settle_mail(mail, end.clone()).await.unwrap(), "{end:?}");
            assert!(end == MailEnd::Void || store.mail(&mail.id).await.unwrap().is_some());
        }
        let seen = |mail: Mail| (mail.state, mail.due_at, mail.ended_at, mail.last_error, mail.attempts);
        let mails: Vec<_> = store.mails(None, None, 9).await.unwrap().into_iter().map(seen).collect();
        let never = Timestamp::NEVER;
        let expected = [
            (MailState::Dead, at, at, error(), 1),
            (MailState::Waiting, later, never, error(), 1),
            (MailState::Sent, at, at, String::new(), 1),
        ];
        assert_eq!(mails, expected);
        assert_eq!(claim(&store, 9).await, []);
        let dead = store.mails(Some(MailState::Dead), None, 9).await.unwrap();
        assert_eq!(store.mails(None, Some(&dead[0].id), 9).await.unwrap().len(), 2);
    }
}

each_backend! {
    async fn what_was_given_up_or_waits_is_tried_again_on_request(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        mailed(&store, "one", &[&anna]).await;
        let held = claim(&store, 9).await.remove(0);
        assert!(!store.retry_mail(&held.id, store.clock.now()).await.unwrap());
        let dead = MailEnd::Dead { at: store.clock.now(), error: "no".to_owned() };
        assert!(store.settle_mail(&held, dead).await.unwrap());
        store.clock.advance(HOUR);
        assert!(store.retry_mail(&held.id, store.clock.now()).await.unwrap());
        let held = claim(&store, 9).await.remove(0);
        assert_eq!(held.attempts, 1);
        let again = MailEnd::Again { due_at: store.clock.now().plus(DAY), error: "no".to_owned() };
        assert!(store.settle_mail(&held, again).await.unwrap());
        assert!(store.retry_mail(&held.id, store.clock.now()).await.unwrap());
        let held = claim(&store, 9).await.remove(0);
        assert!(store.settle_mail(&held, MailEnd::Sent { at: store.clock.now() }).await.unwrap());
        assert!(!store.retry_mail(&held.id, store.clock.now()).await.unwrap());
        assert!(!store.retry_mail(&unknown::<JobId>(), store.clock.now()).await.unwrap());
    }
}

each_backend! {
    async fn whoever_held_a_mail_before_it_was_retried_is_too_late(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        mailed(&store, "one", &[&anna]).await;
        let late = claim(&store, 9).await.remove(0);
        store.clock.advance(LEASE);
        assert!(store.retry_mail(&late.id, store.clock.now()).await.unwrap());
        let held = claim(&store, 9).await.remove(0);
        assert_eq!((&late.id, late.attempts), (&held.id, held.attempts));
        let at = store.clock.now();
        assert!(!store.settle_mail(&late, MailEnd::Dead { at, error: "late".to_owned() }).await.unwrap());
        assert!(!store.settle_mail(&late, MailEnd::Void).await.unwrap());
        assert!(store.settle_mail(&held, MailEnd::Sent { at }).await.unwrap());
        let mail = store.mail(&held.id).await.unwrap().expect("the mail is there");
        assert_eq!((mail.state, mail.last_error), (MailState::Sent, String::new()));
    }
}

each_backend! {
    async fn another_choice_moves_a_digest_and_none_removes_what_waits(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Daily).await;
        let bob = chose(&store, "bob", MailChoice::Now).await;
        mailed(&store, "one", &[&anna, &bob]).await;
        let now = store.clock.now();
        store.choose_mail(&anna.id, MailChoice::Hourly, now.plus(HOUR), now).await.unwrap();
        let digest = store.mails(Some(MailState::Gathering), None, 9).await.unwrap();
        assert_eq!(digest.iter().map(|mail| mail.due_at).collect::<Vec<_>>(), [now.plus(HOUR)]);
        let bobs = claim(&store, 9).await;
        mailed(&store, "two", &[&bob]).await;
        for user in [&anna, &bob] {
            store.choose_mail(&user.id, MailChoice::Off, now, store.clock.now()).await.unwrap();
        }
        // The one that is being sent stays.
        let left = store.mails(None, None, 9).await.unwrap();
        assert_eq!(left.iter().map(|mail| &mail.id).collect::<Vec<_>>(), [&bobs[0].id]);
    }
}

each_backend! {
    async fn mails_that_ended_long_ago_are_forgotten(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        for title in ["sent", "dead", "waiting"] {
            mailed(&store, title, &[&anna]).await;
        }
        let mut claimed = claim(&store, 9).await;
        claimed.sort_by(|a, b| a.id.cmp(&b.id));
        let at = store.clock.now();
        assert!(store.settle_mail(&claimed[0], MailEnd::Sent { at }).await.unwrap());
        assert!(store.settle_mail(&claimed[1], MailEnd::Dead { at, error: String::new() }).await.unwrap());
        assert_eq!(store.forget_mails(at, 9).await.unwrap(), 0);
        let after = at.plus(Duration::from_millis(1));
        assert_eq!(store.forget_mails(after, 1).await.unwrap(), 1);
        assert_eq!(store.forget_mails(after, 9).await.unwrap(), 1);
        let left = store.mails(None, None, 9).await.unwrap();
        assert_eq!(left.iter().map(|mail| &mail.id).collect::<Vec<_>>(), [&claimed[2].id]);
    }
}

each_backend! {
    async fn every_notice_is_in_one_digest_however_sends_and_claims_meet(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Hourly).await;
        let bob = chose(&store, "bob", MailChoice::Hourly).await;
        let now = store.clock.now();
        let due = now.plus(Duration::from_millis(1));
        let notices: Vec<NewNotice> = (0..40)
            .map(|number| {
                let to = if number % 2 == 0 { [&anna, &bob] } else { [&bob, &anna] };
                NewNotice { digests: Some((due, due)), ..new_notice(&store, &number.to_string(), &to) }
            })
            .collect();
        let sending = join_all(notices.iter().map(|new| store.create_notice(new.clone())));
        let claiming = join_all((0..20).map(|_| claim(&store, 1)));
        let (sent, claimed) = soon("sends and claims", async { tokio::join!(sending, claiming) }).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
        let mut mails: Vec<ClaimedMail> = claimed.into_iter().flatten().collect();
        mails.extend(claim(&store, 100).await);
        for user in [&anna, &bob] {
            let mut told = Vec::new();
            for mail in mails.iter().filter(|mail| mail.user_id == user.id) {
                let notices = store.mail_notices(&mail.id, &user.id, false, 100).await.unwrap();
                told.extend(notices.into_iter().map(|notice| notice.id));
            }
            told.sort();
            assert_eq!(told, notices.iter().map(|new| new.id.clone()).collect::<Vec<_>>());
        }
    }
}
