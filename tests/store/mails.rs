//! Mails: their recipients, their notices and the state of their jobs. `jobs` tests what applies to all kinds of jobs.

use std::time::Duration;

use futures_util::future::join_all;
use jackfield::model::{
    ClaimedJob, JobId, JobKind, JobOutcome, Mail, MailChoice, MailKind, MailState, NewNotice, NoticeId,
    Timestamp, User, UserId,
};
use jackfield_tests::{TestStore, each_backend, soon};
use serde_json::json;

use super::jobs::claim;
use super::notices::{new_notice, send};
use super::rows::{unknown, user};

const LEASE: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Creates a user with this choice.
async fn chose(store: &TestStore, name: &str, choice: MailChoice) -> User {
    let user = user(store, name).await;
    let now = store.clock.now();
    store.mails().choose(&user.id, choice, now, now).await.unwrap();
    user
}

/// Sends a notice whose digests are due in an hour and in a day.
async fn mailed(store: &TestStore, title: &str, to: &[&User]) -> NewNotice {
    let new = new_notice(store, title, to);
    let now = store.clock.now();
    let new = NewNotice { digests: Some((now.plus(HOUR), now.plus(DAY))), ..new };
    store.notices().create(new.clone()).await.unwrap();
    new
}

async fn settle(store: &TestStore, mail: &ClaimedJob, outcome: JobOutcome) -> bool {
    store.jobs().settle(mail, outcome).await.unwrap()
}

async fn retry(store: &TestStore, id: &JobId) -> bool {
    store.jobs().retry(JobKind::Mail, id, store.clock.now()).await.unwrap()
}

fn reader(mail: &ClaimedJob) -> UserId {
    mail.subject.parse().unwrap()
}

async fn notices_of(store: &TestStore, mail: &ClaimedJob) -> Vec<NoticeId> {
    let notices = store.mails().notices(&mail.id, &reader(mail), false, 9).await.unwrap();
    notices.into_iter().map(|notice| notice.id).collect()
}

each_backend! {
    async fn only_users_who_chose_mails_get_them(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        let bob = chose(&store, "bob", MailChoice::Off).await;
        let eve = user(&store, "eve").await;
        assert_eq!(store.mails().choice(&anna.id).await.unwrap(), MailChoice::Now);
        assert_eq!(store.mails().choice(&bob.id).await.unwrap(), MailChoice::Off);
        assert_eq!(store.mails().choice(&eve.id).await.unwrap(), MailChoice::Off);
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
        assert_eq!(store.mails().list(None, None, 9).await.unwrap(), std::slice::from_ref(&mail));
        assert_eq!(store.mails().get(&mail.id).await.unwrap(), Some(mail));
        assert_eq!(store.mails().get(&unknown::<JobId>()).await.unwrap(), None);
        // A server without mail writes no mail.
        send(&store, "two", &[&anna]).await;
        assert_eq!(store.mails().list(None, None, 9).await.unwrap().len(), 1);
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
            store.mails().list(Some(MailState::Gathering), None, 9).await.unwrap().iter().map(|mail| mail.due_at).collect();
        assert_eq!(due.len(), 2);
        assert!(due.contains(&one.create_at.plus(HOUR)) && due.contains(&one.create_at.plus(DAY)), "{due:?}");
        assert_eq!(claim(&store, 9).await, []);
        store.clock.advance(HOUR);
        let claimed = claim(&store, 9).await;
        assert_eq!(claimed.len(), 1);
        assert_eq!((reader(&claimed[0]), &claimed[0].payload), (anna.id.clone(), &json!({"kind": "digest"})));
        assert_eq!(notices_of(&store, &claimed[0]).await, [one.id.clone(), two.id.clone()]);
        // A notice that arrives while a mail is being sent goes into the next mail.
        let three = mailed(&store, "three", &[&anna]).await;
        assert_eq!(notices_of(&store, &claimed[0]).await, [one.id.clone(), two.id.clone()]);
        let next = store.mails().list(Some(MailState::Gathering), None, 1).await.unwrap().remove(0);
        assert_eq!((&next.user_id, next.due_at), (&anna.id, three.create_at.plus(HOUR)));
        // Notices that the recipient has read meanwhile are left out on request.
        assert!(store.notices().read(&anna.id, &two.id, store.clock.now()).await.unwrap());
        let unread = store.mails().notices(&claimed[0].id, &anna.id, true, 9).await.unwrap();
        assert_eq!(unread.into_iter().map(|notice| notice.id).collect::<Vec<_>>(), std::slice::from_ref(&one.id));
        // Notices that the recipient has removed meanwhile are left out.
        assert!(store.notices().delete(&anna.id, &one.id).await.unwrap());
        assert_eq!(notices_of(&store, &claimed[0]).await, [two.id]);
        assert_eq!(store.notices().delete_orphans(9).await.unwrap(), 0);
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
        // An older claim cannot settle the job.
        let late = ClaimedJob { fencing: 1, ..again[0].clone() };
        assert!(!settle(&store, &late, JobOutcome::Done { at: store.clock.now() }).await);
        assert!(!settle(&store, &late, JobOutcome::Discarded).await);
        assert_eq!(store.mails().list(Some(MailState::Waiting), None, 9).await.unwrap().len(), 3);
    }
}

each_backend! {
    async fn the_outcome_of_a_job_is_the_state_of_its_mail(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        for title in ["sent", "again", "dead", "void"] {
            mailed(&store, title, &[&anna]).await;
        }
        let mut claimed = claim(&store, 9).await;
        claimed.sort_by(|a, b| a.id.cmp(&b.id));
        let at = store.clock.now();
        let (later, error) = (at.plus(HOUR), || "550 no".to_owned());
        let ends = [
            JobOutcome::Done { at },
            JobOutcome::Retry { due_at: later, error: error() },
            JobOutcome::Dead { at, error: error() },
            JobOutcome::Discarded,
        ];
        for (mail, end) in claimed.iter().zip(ends) {
            assert!(settle(&store, mail, end.clone()).await, "{end:?}");
            assert!(end == JobOutcome::Discarded || store.mails().get(&mail.id).await.unwrap().is_some());
        }
        let seen = |mail: Mail| (mail.state, mail.due_at, mail.ended_at, mail.last_error, mail.attempts);
        let mails: Vec<_> = store.mails().list(None, None, 9).await.unwrap().into_iter().map(seen).collect();
        let never = Timestamp::NEVER;
        let expected = [
            (MailState::Dead, at, at, error(), 1),
            (MailState::Waiting, later, never, error(), 1),
            (MailState::Sent, at, at, String::new(), 1),
        ];
        assert_eq!(mails, expected);
        assert_eq!(claim(&store, 9).await, []);
        let dead = store.mails().list(Some(MailState::Dead), None, 9).await.unwrap();
        assert_eq!(store.mails().list(None, Some(&dead[0].id), 9).await.unwrap().len(), 2);
    }
}

each_backend! {
    async fn a_dead_or_waiting_mail_is_tried_again_on_request(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        mailed(&store, "one", &[&anna]).await;
        let held = claim(&store, 9).await.remove(0);
        assert!(!retry(&store, &held.id).await);
        let dead = JobOutcome::Dead { at: store.clock.now(), error: "no".to_owned() };
        assert!(settle(&store, &held, dead).await);
        store.clock.advance(HOUR);
        assert!(retry(&store, &held.id).await);
        let held = claim(&store, 9).await.remove(0);
        assert_eq!(held.attempts, 1);
        let again = JobOutcome::Retry { due_at: store.clock.now().plus(DAY), error: "no".to_owned() };
        assert!(settle(&store, &held, again).await);
        assert!(retry(&store, &held.id).await);
        let held = claim(&store, 9).await.remove(0);
        assert!(settle(&store, &held, JobOutcome::Done { at: store.clock.now() }).await);
        assert!(!retry(&store, &held.id).await);
        assert!(!retry(&store, &unknown()).await);
    }
}

each_backend! {
    async fn a_retry_voids_the_claims_made_before_it(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        mailed(&store, "one", &[&anna]).await;
        let late = claim(&store, 9).await.remove(0);
        store.clock.advance(LEASE);
        assert!(retry(&store, &late.id).await);
        let held = claim(&store, 9).await.remove(0);
        assert_eq!((&late.id, late.attempts, late.fencing), (&held.id, held.attempts, held.fencing - 2));
        let at = store.clock.now();
        assert!(!settle(&store, &late, JobOutcome::Dead { at, error: "late".to_owned() }).await);
        assert!(!settle(&store, &late, JobOutcome::Discarded).await);
        assert!(settle(&store, &held, JobOutcome::Done { at }).await);
        let mail = store.mails().get(&held.id).await.unwrap().expect("the mail is there");
        assert_eq!((mail.state, mail.last_error), (MailState::Sent, String::new()));
    }
}

each_backend! {
    async fn a_new_choice_moves_a_digest_and_off_removes_waiting_mails(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Daily).await;
        let bob = chose(&store, "bob", MailChoice::Now).await;
        mailed(&store, "one", &[&anna, &bob]).await;
        let now = store.clock.now();
        store.mails().choose(&anna.id, MailChoice::Hourly, now.plus(HOUR), now).await.unwrap();
        let digest = store.mails().list(Some(MailState::Gathering), None, 9).await.unwrap();
        assert_eq!(digest.iter().map(|mail| mail.due_at).collect::<Vec<_>>(), [now.plus(HOUR)]);
        let bobs = claim(&store, 9).await;
        mailed(&store, "two", &[&bob]).await;
        for user in [&anna, &bob] {
            store.mails().choose(&user.id, MailChoice::Off, now, store.clock.now()).await.unwrap();
        }
        // The mail that is being sent stays.
        let left = store.mails().list(None, None, 9).await.unwrap();
        assert_eq!(left.iter().map(|mail| &mail.id).collect::<Vec<_>>(), [&bobs[0].id]);
    }
}

each_backend! {
    async fn mails_that_ended_are_removed_with_their_notices(store: TestStore) {
        let anna = chose(&store, "anna", MailChoice::Now).await;
        for title in ["sent", "dead", "waiting"] {
            mailed(&store, title, &[&anna]).await;
        }
        let mut claimed = claim(&store, 9).await;
        claimed.sort_by(|a, b| a.id.cmp(&b.id));
        let at = store.clock.now();
        assert!(settle(&store, &claimed[0], JobOutcome::Done { at }).await);
        assert!(settle(&store, &claimed[1], JobOutcome::Dead { at, error: String::new() }).await);
        assert_eq!(store.jobs().remove_ended(JobKind::Mail, at, 9).await.unwrap(), 0);
        let after = at.plus(Duration::from_millis(1));
        assert_eq!(store.jobs().remove_ended(JobKind::Mail, after, 1).await.unwrap(), 1);
        assert_eq!(store.jobs().remove_ended(JobKind::Mail, after, 9).await.unwrap(), 1);
        let left = store.mails().list(None, None, 9).await.unwrap();
        assert_eq!(left.iter().map(|mail| &mail.id).collect::<Vec<_>>(), [&claimed[2].id]);
    }
}

each_backend! {
    async fn every_notice_is_in_exactly_one_digest_under_concurrent_claims(store: TestStore) {
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
        let sending = join_all(notices.iter().map(async |new| store.notices().create(new.clone()).await));
        let claiming = join_all((0..20).map(|_| claim(&store, 1)));
        let (sent, claimed) = soon("sends and claims", async { tokio::join!(sending, claiming) }).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");
        let mut mails: Vec<ClaimedJob> = claimed.into_iter().flatten().collect();
        mails.extend(claim(&store, 100).await);
        for user in [&anna, &bob] {
            let mut listed = Vec::new();
            for mail in mails.iter().filter(|mail| reader(mail) == user.id) {
                let notices = store.mails().notices(&mail.id, &user.id, false, 100).await.unwrap();
                listed.extend(notices.into_iter().map(|notice| notice.id));
            }
            listed.sort();
            assert_eq!(listed, notices.iter().map(|new| new.id.clone()).collect::<Vec<_>>());
        }
    }
}
