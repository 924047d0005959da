//! Bots and their owners; invitations and links.

use std::time::Duration;

use jackfield::model::{Bot, Invitation, JobKind, NewJob, User};
use jackfield::secret::{Secret, random_id};
use jackfield::store::{BotFilter, Enrolment, StoreError};
use jackfield_tests::{TestStore, each_backend};
use serde_json::json;

use super::audit::note;
use super::rows::{new_user, room_of, team_member, unknown, user};

async fn bot(store: &TestStore, name: &str, owner: Option<&User>) -> Bot {
    let mut new = new_user(&store.clock, name);
    new.user.is_bot = true;
    new.user.bot_description = format!("about {name}");
    let mut enrolment = Enrolment::of(new);
    let owner_id = owner.map(|owner| owner.id.clone());
    enrolment.bot = Some(owner_id.clone());
    Bot { user: store.enrol(enrolment).await.unwrap(), owner_id }
}

each_backend! {
    async fn bots_are_found_by_owner_and_stop_with_them(store: TestStore) {
        let (anna, bob) = (user(&store, "anna").await, user(&store, "bob").await);
        let (one, two) = (bot(&store, "one", Some(&anna)).await, bot(&store, "two", None).await);
        assert_eq!(store.bot(&one.user.id).await.unwrap(), Some(one.clone()));
        assert_eq!(store.bot(&anna.id).await.unwrap(), None);
        let any = BotFilter::default;
        assert_eq!(store.bots(&any(), 0, 10).await.unwrap(), [one.clone(), two.clone()]);
        assert_eq!(store.bots(&any(), 1, 10).await.unwrap(), std::slice::from_ref(&two));
        assert_eq!(store.bots(&BotFilter { owner: Some(anna.id.clone()), ..any() }, 0, 10).await.unwrap(), std::slice::from_ref(&one));
        let now = store.clock.now();
        let changed = store.set_active(&anna.id, false, now, note(&store, "user.deactivate", &anna.id)).await.unwrap();
        let mut changed = changed.unwrap();
        changed.sort();
        assert_eq!(changed, [anna.id.clone(), one.user.id.clone()]);
        assert_eq!(store.bots(&any(), 0, 10).await.unwrap(), [two]);
        let orphans = BotFilter { include_inactive: true, only_orphaned: true, owner: None };
        let orphan = &store.bots(&orphans, 0, 10).await.unwrap()[0];
        assert_eq!((&orphan.user.id, orphan.user.delete_at), (&one.user.id, now));
        store.assign_bot(&one.user.id, &bob.id, now).await.unwrap();
        assert_eq!(store.bot(&one.user.id).await.unwrap().unwrap().owner_id, Some(bob.id));
        assert_eq!(store.bots(&orphans, 0, 10).await.unwrap(), []);
        let renamed = User { bot_description: "new words".to_owned(), ..one.user.clone() };
        store.update_profile(renamed).await.unwrap();
        assert_eq!(store.bot(&one.user.id).await.unwrap().unwrap().user.bot_description, "new words");
    }
}

fn invitation(store: &TestStore, creator: &User) -> Invitation {
    let now = store.clock.now();
    Invitation {
        id: store.clock.id(),
        team_id: None,
        email: "bob@example.org".to_owned(),
        creator_id: creator.id.clone(),
        create_at: now,
        expires_at: now.plus(Duration::from_secs(10)),
    }
}

each_backend! {
    async fn an_invitation_is_used_once_and_not_after_its_time(store: TestStore) {
        let anna = user(&store, "anna").await;
        let room = room_of(&store, anna.clone(), "crew").await;
        let (made, token, now) = (invitation(&store, &anna), Secret::random(), store.clock.now());
        store.create_invitation(made.clone(), &token).await.unwrap();
        assert_eq!(store.invitation(&token, now).await.unwrap(), Some(made.clone()));
        assert_eq!(store.invitation(&Secret::random(), now).await.unwrap(), None);
        assert_eq!(store.invitation(&token, made.expires_at).await.unwrap(), None);
        let bob = user(&store, "bob").await;
        let member = team_member(&room.team, &bob, "team_user");
        store.accept_invitation(token.digest(), member.clone()).await.unwrap();
        assert_eq!(store.team_member(&room.team.id, &bob.id).await.unwrap(), Some(member.clone()));
        assert!(matches!(store.accept_invitation(token.digest(), member).await, Err(StoreError::Missing(_))));
        let (other, late) = (invitation(&store, &anna), Secret::random());
        store.create_invitation(other.clone(), &late).await.unwrap();
        assert_eq!(store.purge_invitations(now).await.unwrap(), 0);
        assert_eq!(store.purge_invitations(other.expires_at).await.unwrap(), 1);
        assert_eq!(store.invitation(&late, now).await.unwrap(), None);
    }
}

each_backend! {
    async fn an_accounts_invitations_by_mail_are_limited_and_withdrawn(store: TestStore) {
        let anna = user(&store, "anna").await;
        let now = store.clock.now();
        let job = || NewJob {
            id: store.clock.id(),
            kind: JobKind::Mail,
            subject: anna.id.to_string(),
            payload: json!({"kind": "invitation"}),
            unique_key: None,
            due_at: now,
            create_at: now,
        };
        let before = now.minus(Duration::from_secs(1));
        store.mail_invitations(&anna.id, vec![job(), job()], before, 3).await.unwrap();
        let refused = store.mail_invitations(&anna.id, vec![job(), job()], before, 3).await;
        assert!(matches!(refused, Err(StoreError::LimitReached { limit: 3, .. })), "{refused:?}");
        store.mail_invitations(&anna.id, vec![job()], before, 3).await.unwrap();
        let open = Invitation { email: String::new(), ..invitation(&store, &anna) };
        store.create_invitation(open.clone(), &Secret::random()).await.unwrap();
        store.create_invitation(invitation(&store, &anna), &Secret::random()).await.unwrap();
        assert_eq!(store.delete_addressed_invitations().await.unwrap(), 1);
        // The jobs are gone too, so they no longer count.
        store.mail_invitations(&anna.id, vec![job(), job(), job()], before, 3).await.unwrap();
        assert_eq!(store.purge_invitations(open.expires_at).await.unwrap(), 1);
    }
}

each_backend! {
    async fn a_team_has_one_link_at_a_time(store: TestStore) {
        let room = room_of(&store, user(&store, "anna").await, "crew").await;
        let team = room.team;
        assert_eq!(store.team_by_invite_id(&team.invite_id).await.unwrap(), Some(team.clone()));
        assert_eq!(store.team_by_invite_id("nonsense").await.unwrap(), None);
        let (link, at) = (random_id(), store.clock.now().plus(Duration::from_secs(5)));
        store.set_invite_id(&team.id, link.clone(), at).await.unwrap();
        assert_eq!(store.team_by_invite_id(&team.invite_id).await.unwrap(), None);
        let found = store.team_by_invite_id(&link).await.unwrap().unwrap();
        assert_eq!((found.update_at, found.id), (at, team.id));
        store.set_invite_id(&unknown(), random_id(), at).await.unwrap();
    }
}
