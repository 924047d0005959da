//! Drafts, reminders, and uploads in pieces.

use std::time::Duration;

use jackfield::model::{Draft, FileId, JobKind, Props, UploadPiece, UploadSession};
use jackfield_tests::{TestStore, each_backend};
use serde_json::json;

use super::jobs::job;
use super::rows::{Room, object, room, room_of, say, unknown, user};

fn draft(store: &TestStore, room: &Room, text: &str) -> Draft {
    let now = store.clock.now();
    Draft {
        user_id: room.user.id.clone(),
        channel_id: room.channel.id.clone(),
        root_id: None,
        message: text.to_owned(),
        props: Props::from(object(json!({"a": ["ü"]}))),
        file_ids: vec![store.clock.id(), store.clock.id()],
        priority: Props::default(),
        create_at: now,
        update_at: now,
    }
}

fn session(store: &TestStore, room: &Room) -> UploadSession {
    UploadSession {
        id: store.clock.id(),
        user_id: room.user.id.clone(),
        channel_id: room.channel.id.clone(),
        name: "ä b.bin".to_owned(),
        size: 5_000_000_000,
        pieces: Vec::new(),
        create_at: store.clock.now(),
    }
}

each_backend! {
    async fn a_draft_is_saved_in_place_of_an_earlier_one(store: TestStore) {
        let room = room(&store).await;
        let root = say(&store, &room, "root").await;
        let first = draft(&store, &room, "first");
        assert_eq!(store.drafts().save(first.clone()).await.unwrap(), (first.clone(), true));
        store.clock.advance(Duration::from_millis(1));
        let second = draft(&store, &room, "second");
        let expected = Draft { create_at: first.create_at, ..second.clone() };
        assert_eq!(store.drafts().save(second).await.unwrap(), (expected.clone(), false));
        store.clock.advance(Duration::from_millis(1));
        let below = Draft { root_id: Some(root.id.clone()), ..draft(&store, &room, "below") };
        store.drafts().save(below.clone()).await.unwrap();
        let bakery = room_of(&store, room.user.clone(), "bakery").await;
        store.drafts().save(draft(&store, &bakery, "elsewhere")).await.unwrap();
        assert_eq!(store.drafts().list(&room.user.id, &room.team.id).await.unwrap(), [below.clone(), expected.clone()]);
        assert_eq!(store.drafts().list(&user(&store, "bob").await.id, &room.team.id).await.unwrap(), []);

        let delete = async |root| store.drafts().delete(&room.user.id, &room.channel.id, root).await.unwrap();
        assert_eq!(delete(Some(&root.id)).await, Some(below));
        assert_eq!(delete(Some(&root.id)).await, None);
        assert_eq!(delete(None).await, Some(expected));
        assert_eq!(store.drafts().list(&room.user.id, &room.team.id).await.unwrap(), []);
    }
}

each_backend! {
    async fn a_reminder_replaces_an_earlier_one_of_its_post(store: TestStore) {
        let reminder = |key: &str| {
            let mut reminder = job(&store.clock, "anna");
            (reminder.kind, reminder.unique_key) = (JobKind::Reminder, Some(key.to_owned()));
            reminder
        };
        let (first, second) = (reminder("one"), reminder("one"));
        assert!(store.schedule_job(first, 2).await.unwrap());
        assert!(store.schedule_job(reminder("two"), 2).await.unwrap());
        assert!(store.schedule_job(second.clone(), 2).await.unwrap(), "it takes the place of the first");
        assert!(!store.schedule_job(reminder("three"), 2).await.unwrap());
        let now = store.clock.now();
        let claimed = store.jobs().claim(JobKind::Reminder, now, now.plus(Duration::from_mins(1)), 9, vec![]).await;
        let claimed: Vec<_> = claimed.unwrap().into_iter().map(|job| job.id).collect();
        assert!(claimed.len() == 2 && claimed.contains(&second.id), "{claimed:?}");
    }
}

each_backend! {
    async fn an_upload_grows_by_one_piece_at_a_time(store: TestStore) {
        let room = room(&store).await;
        let new = session(&store, &room);
        assert!(store.create_upload_session(new.clone(), 1).await.unwrap());
        assert!(!store.create_upload_session(session(&store, &room), 1).await.unwrap());
        let piece = || UploadPiece { id: store.clock.id(), size: 3_000_000_000 };
        let (one, two) = (piece(), piece());
        assert!(store.add_upload_piece(&new, one.clone()).await.unwrap());
        assert!(!store.add_upload_piece(&new, two.clone()).await.unwrap(), "another piece arrived meanwhile");
        let grown = UploadSession { pieces: vec![one.clone()], ..new.clone() };
        assert_eq!(store.upload_session(&new.id).await.unwrap(), Some(grown.clone()));
        assert_eq!((grown.offset(), grown.left()), (3_000_000_000, 2_000_000_000));
        assert!(store.add_upload_piece(&grown, two.clone()).await.unwrap());
        let grown = UploadSession { pieces: vec![one, two], ..new.clone() };
        assert_eq!(store.upload_sessions(&room.user.id).await.unwrap(), std::slice::from_ref(&grown));

        let later = new.create_at.plus(Duration::from_millis(1));
        assert_eq!(store.expired_upload_sessions(new.create_at, 9).await.unwrap(), []);
        assert_eq!(store.expired_upload_sessions(later, 9).await.unwrap(), [grown]);
        assert!(store.delete_upload_session(&new.id).await.unwrap());
        assert!(!store.delete_upload_session(&new.id).await.unwrap());
        assert_eq!(store.upload_session(&unknown::<FileId>()).await.unwrap(), None);
    }
}
