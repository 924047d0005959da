//! Notices and their recipients.

use std::time::Duration;

use jackfield::model::{
    ContentType, NewNotice, Notice, NoticeAction, NoticeDraft, NoticeId, NoticeSender, Timestamp, User,
    UserId,
};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{assert_missing, unknown, user};

/// Returns a notice without mails to these users, one millisecond after the previous one.
pub(super) fn new_notice(store: &TestStore, title: &str, to: &[&User]) -> NewNotice {
    store.clock.advance(Duration::from_millis(1));
    let action = NoticeAction {
        label: "Öffnen".to_owned(),
        icon: "icon-check".to_owned(),
        url: "https://example.org/a?b=1".to_owned(),
        kind: "normal".to_owned(),
    };
    let sender = NoticeSender {
        id: "7".to_owned(),
        name: "Böt \"1\"".to_owned(),
        avatar: "https://example.org/p.png".to_owned(),
    };
    let draft = NoticeDraft {
        title: title.to_owned(),
        subtitle: format!("below {title}"),
        content: "**ü** \u{1f98a}\n".to_owned(),
        content_type: ContentType::Plain,
        url: "https://example.org/".to_owned(),
        actions: vec![action],
        sender,
        source: "app:x".to_owned(),
    };
    let recipients = to.iter().map(|user| (user.id.clone(), store.clock.id())).collect();
    let (id, create_at) = (store.clock.id(), store.clock.now());
    NewNotice { id, draft, recipients, create_at, digests: None }
}

pub(super) async fn send(store: &TestStore, title: &str, to: &[&User]) -> Notice {
    let new = new_notice(store, title, to);
    let notice = Notice {
        id: new.id.clone(),
        draft: new.draft.clone(),
        create_at: new.create_at,
        read_at: Timestamp::NEVER,
        acknowledged_at: Timestamp::NEVER,
    };
    store.notices().create(new).await.unwrap();
    notice
}

pub(super) async fn titles(store: &TestStore, user: &User) -> Vec<String> {
    let notices = store.notices().list(&user.id, None, false, 1000).await.unwrap();
    notices.into_iter().map(|notice| notice.draft.title).collect()
}

each_backend! {
    async fn a_notice_is_read_back_whole_by_each_of_its_recipients(store: TestStore) {
        let (anna, bob, eve) = (user(&store, "anna").await, user(&store, "bob").await, user(&store, "eve").await);
        let notice = send(&store, "one", &[&anna, &bob]).await;
        assert_eq!(store.notices().get(&anna.id, &notice.id).await.unwrap(), Some(notice.clone()));
        assert_eq!(store.notices().get(&bob.id, &notice.id).await.unwrap(), Some(notice.clone()));
        assert_eq!(store.notices().get(&eve.id, &notice.id).await.unwrap(), None);
        assert_eq!(store.notices().get(&anna.id, &unknown::<NoticeId>()).await.unwrap(), None);
        assert_eq!(store.notices().list(&eve.id, None, false, 9).await.unwrap(), []);
        assert_eq!(store.notices().counts(&anna.id).await.unwrap(), (1, 1));
        assert_eq!(store.notices().counts(&eve.id).await.unwrap(), (0, 0));
    }
}

each_backend! {
    async fn notices_are_paged_newest_first_and_by_unread(store: TestStore) {
        let anna = user(&store, "anna").await;
        let mut sent = Vec::new();
        for number in 0..5 {
            sent.push(send(&store, &number.to_string(), &[&anna]).await);
        }
        sent.reverse();
        assert_eq!(store.notices().list(&anna.id, None, false, 2).await.unwrap(), sent[..2]);
        assert_eq!(store.notices().list(&anna.id, Some(&sent[1].id), false, 9).await.unwrap(), sent[2..]);
        assert_eq!(store.notices().list(&anna.id, Some(&sent[4].id), false, 9).await.unwrap(), []);
        let at = store.clock.now();
        assert!(store.notices().read(&anna.id, &sent[1].id, at).await.unwrap());
        let unread: Vec<Notice> = [&sent[0], &sent[2], &sent[3], &sent[4]].map(Clone::clone).to_vec();
        assert_eq!(store.notices().list(&anna.id, None, true, 9).await.unwrap(), unread);
        assert_eq!(store.notices().list(&anna.id, Some(&sent[0].id), true, 1).await.unwrap(), unread[1..2]);
    }
}

each_backend! {
    async fn an_unknown_recipient_leaves_nothing(store: TestStore) {
        let anna = user(&store, "anna").await;
        let mut new = new_notice(&store, "one", &[&anna]);
        new.recipients.push((unknown::<UserId>(), store.clock.id()));
        assert_missing(store.notices().create(new).await);
        assert_eq!(store.notices().list(&anna.id, None, false, 9).await.unwrap(), []);
        assert_eq!(store.notices().delete_orphans(9).await.unwrap(), 0);
    }
}

each_backend! {
    async fn an_acknowledged_notice_is_listed_and_no_longer_pending(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let one = send(&store, "one", &[&anna, &bob]).await;
        let two = send(&store, "two", &[&anna]).await;
        let three = send(&store, "three", &[&anna]).await;
        assert_eq!(store.notices().pending(&anna.id, 9).await.unwrap(), [one.clone(), two.clone(), three.clone()]);
        assert_eq!(store.notices().pending(&anna.id, 1).await.unwrap(), std::slice::from_ref(&one));
        let at = store.clock.now();
        let ids = vec![one.id.clone(), three.id.clone(), unknown()];
        assert_eq!(store.notices().acknowledge(&anna.id, ids.clone(), at).await.unwrap(), 2);
        assert_eq!(store.notices().acknowledge(&anna.id, ids, at.plus(Duration::from_secs(1))).await.unwrap(), 0);
        assert_eq!(store.notices().acknowledge(&bob.id, vec![two.id.clone()], at).await.unwrap(), 0);
        assert_eq!(store.notices().pending(&anna.id, 9).await.unwrap(), std::slice::from_ref(&two));
        assert_eq!(store.notices().pending(&bob.id, 9).await.unwrap(), std::slice::from_ref(&one));
        let had = Notice { acknowledged_at: at, ..one.clone() };
        assert_eq!(store.notices().get(&anna.id, &one.id).await.unwrap(), Some(had));
        assert_eq!(store.notices().counts(&anna.id).await.unwrap(), (3, 1));
    }
}

each_backend! {
    async fn reading_acknowledges_and_keeps_the_first_times(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let one = send(&store, "one", &[&anna, &bob]).await;
        let two = send(&store, "two", &[&anna]).await;
        let (first, later) = (store.clock.now(), store.clock.now().plus(Duration::from_secs(1)));
        assert_eq!(store.notices().acknowledge(&anna.id, vec![two.id.clone()], first).await.unwrap(), 1);
        assert!(store.notices().read(&anna.id, &one.id, first).await.unwrap());
        assert!(store.notices().read(&anna.id, &one.id, later).await.unwrap());
        assert!(!store.notices().read(&bob.id, &two.id, later).await.unwrap());
        assert_eq!(store.notices().read_all(&anna.id, later).await.unwrap(), 1);
        assert_eq!(store.notices().read_all(&anna.id, later).await.unwrap(), 0);
        let read = [
            Notice { read_at: later, acknowledged_at: first, ..two },
            Notice { read_at: first, acknowledged_at: first, ..one.clone() },
        ];
        assert_eq!(store.notices().list(&anna.id, None, false, 9).await.unwrap(), read);
        assert_eq!(store.notices().get(&bob.id, &one.id).await.unwrap(), Some(one));
        assert_eq!(store.notices().counts(&bob.id).await.unwrap(), (1, 1));
    }
}

each_backend! {
    async fn a_removed_notice_is_gone_for_one_recipient(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let one = send(&store, "one", &[&anna, &bob]).await;
        assert!(store.notices().delete(&anna.id, &one.id).await.unwrap());
        assert!(!store.notices().delete(&anna.id, &one.id).await.unwrap());
        assert_eq!(titles(&store, &anna).await, [""; 0]);
        assert_eq!(titles(&store, &bob).await, ["one"]);
    }
}
