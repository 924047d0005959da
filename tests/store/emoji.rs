//! Custom emoji.

use jackfield::clock::Clock;
use jackfield::model::{Emoji, EmojiId, User, UserId};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{assert_conflict, assert_missing, unknown, user};

fn emoji(clock: &Clock, creator: &User, name: &str) -> Emoji {
    Emoji {
        id: clock.id(),
        creator_id: creator.id.clone(),
        name: name.to_owned(),
        mime_type: "image/gif".to_owned(),
        create_at: clock.now(),
        update_at: clock.now(),
    }
}

each_backend! {
    async fn emoji_are_found_by_id_and_name_and_paged(store: TestStore) {
        let anna = user(&store, "anna").await;
        let made = ["ox", "cat", "owl"].map(|name| emoji(&store.clock, &anna, name));
        for one in &made {
            assert!(store.create_emoji(one.clone(), 9).await.unwrap());
        }
        let [ox, cat, owl] = made;
        assert_eq!(store.emoji(&ox.id).await.unwrap(), Some(ox.clone()));
        assert_eq!(store.emoji(&unknown::<EmojiId>()).await.unwrap(), None);
        let names = ["owl", "tiger", "cat"].map(str::to_owned);
        assert_eq!(store.emoji_named(&names).await.unwrap(), [cat.clone(), owl.clone()]);
        assert_eq!(store.emoji_named(&[]).await.unwrap(), []);
        assert_eq!(store.emoji_page(false, 0, 2).await.unwrap(), [ox.clone(), cat.clone()]);
        assert_eq!(store.emoji_page(true, 1, 5).await.unwrap(), [owl.clone(), ox.clone()]);
        assert_eq!(store.emoji_page(true, 3, 5).await.unwrap(), []);
    }
}

each_backend! {
    async fn a_search_takes_every_character_literally(store: TestStore) {
        let anna = user(&store, "anna").await;
        let made = ["a_b", "axb", "xa_b"].map(|name| emoji(&store.clock, &anna, name));
        for one in &made {
            assert!(store.create_emoji(one.clone(), 9).await.unwrap());
        }
        let [plain, _, later] = made;
        assert_eq!(store.emoji_matching("a_", false, 9).await.unwrap(), std::slice::from_ref(&plain));
        assert_eq!(store.emoji_matching("a_", true, 9).await.unwrap(), [plain.clone(), later]);
        assert_eq!(store.emoji_matching("a_", true, 1).await.unwrap(), [plain]);
        assert_eq!(store.emoji_matching("%", true, 9).await.unwrap(), []);
        assert_eq!(store.emoji_matching("!", true, 9).await.unwrap(), []);
    }
}

each_backend! {
    async fn an_emoji_name_is_unique_until_the_emoji_is_deleted(store: TestStore) {
        let anna = user(&store, "anna").await;
        let (first, second) = (emoji(&store.clock, &anna, "ox"), emoji(&store.clock, &anna, "ox"));
        assert!(store.create_emoji(first.clone(), 2).await.unwrap());
        assert!(!store.create_emoji(second.clone(), 1).await.unwrap());
        assert_conflict(store.create_emoji(second.clone(), 2).await);
        assert!(store.delete_emoji(&first.id).await.unwrap());
        assert!(!store.delete_emoji(&first.id).await.unwrap());
        assert!(store.create_emoji(second.clone(), 1).await.unwrap());
        assert_eq!(store.emoji_named(&["ox".to_owned()]).await.unwrap(), [second]);
        let mut nobodys = emoji(&store.clock, &anna, "cat");
        nobodys.creator_id = unknown::<UserId>();
        assert_missing(store.create_emoji(nobodys, 2).await);
    }
}

each_backend! {
    async fn only_emoji_with_a_row_are_known(store: TestStore) {
        let anna = user(&store, "anna").await;
        let one = emoji(&store.clock, &anna, "ox");
        assert!(store.create_emoji(one.clone(), 9).await.unwrap());
        let known = store.known_emoji(&[one.id.clone(), unknown::<EmojiId>()]).await.unwrap();
        assert_eq!(known.into_iter().collect::<Vec<_>>(), [one.id]);
    }
}
