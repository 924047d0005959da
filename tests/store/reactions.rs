//! Reactions, and the flag on their posts.

use std::time::Duration;

use jackfield::model::{EmojiName, Post, Reaction};
use jackfield::store::ReactionOutcome;
use jackfield_tests::{TestStore, each_backend};

use super::rows::{room, say, unknown, user};

fn emoji(name: &str) -> EmojiName {
    name.parse().unwrap()
}

each_backend! {
    async fn a_reaction_is_stored_once(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let post = say(&store, &room, "x").await;
        let other = say(&store, &room, "y").await;
        let by = |user, name: &str| Reaction {
            post_id: post.id.clone(),
            user_id: user,
            emoji_name: emoji(name),
            create_at: store.clock.now(),
        };
        let marked = async || {
            let post = store.post(&post.id).await.unwrap().unwrap();
            (post.marks.has_reactions, post.update_at)
        };
        let first = by(room.user.id.clone(), "+1");
        assert_eq!(store.add_reaction(first.clone(), 2).await.unwrap(), ReactionOutcome::Added);
        assert_eq!(marked().await, (true, first.create_at));
        store.clock.advance(Duration::from_millis(1));
        let again = by(room.user.id.clone(), "+1");
        assert_eq!(store.add_reaction(again, 2).await.unwrap(), ReactionOutcome::Existing(first.clone()));
        let second = by(bob.id.clone(), "tada");
        assert_eq!(store.add_reaction(second.clone(), 2).await.unwrap(), ReactionOutcome::Added);
        assert_eq!(store.add_reaction(by(bob.id.clone(), "heart"), 2).await.unwrap(), ReactionOutcome::Full);
        let third = by(bob.id.clone(), "+1");
        assert_eq!(store.add_reaction(third.clone(), 2).await.unwrap(), ReactionOutcome::Added);
        let nowhere = Reaction { post_id: unknown(), ..third.clone() };
        assert_eq!(store.add_reaction(nowhere, 2).await.unwrap(), ReactionOutcome::NoPost);

        let asked = [other.id.clone(), post.id.clone()];
        assert_eq!(store.reactions(&asked, 10).await.unwrap(), [first.clone(), third, second]);
        assert_eq!(store.reactions(&asked, 1).await.unwrap(), [first]);
        assert_eq!(store.reactions(&[other.id], 10).await.unwrap(), []);

        store.clock.advance(Duration::from_millis(1));
        let at = store.clock.now();
        let remove = async |user: &_, name| {
            let (post, user): (_, &jackfield::model::UserId) = (post.id.clone(), user);
            store.remove_reaction(post, user.clone(), emoji(name), at).await.unwrap()
        };
        assert!(remove(&room.user.id, "+1").await);
        assert!(!remove(&room.user.id, "+1").await);
        assert!(remove(&bob.id, "tada").await);
        assert_eq!(marked().await, (true, at));
        assert!(remove(&bob.id, "+1").await);
        assert_eq!(marked().await, (false, at));
    }
}

each_backend! {
    async fn concurrent_reactions_stay_within_the_limit(store: TestStore) {
        let room = room(&store).await;
        let post: Post = say(&store, &room, "x").await;
        let adding = (0..8).map(|number| {
            let store = jackfield::store::Store::clone(&store);
            let reaction = Reaction {
                post_id: post.id.clone(),
                user_id: room.user.id.clone(),
                emoji_name: emoji(&format!("e{number}")),
                create_at: post.create_at,
            };
            async move { store.add_reaction(reaction, 3).await.unwrap() }
        });
        let outcomes = futures_util::future::join_all(adding).await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == ReactionOutcome::Added).count(), 3);
        assert_eq!(store.reactions(&[post.id], 10).await.unwrap().len(), 3);
    }
}
