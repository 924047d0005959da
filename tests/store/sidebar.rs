//! Categories of the sidebar, and the channels in them.

use jackfield::model::{
    Category, CategoryKind, ChannelId, FAVORITE_CHANNEL, Preference, SidebarChannel, sort_order,
};
use jackfield::store::{CategoryContent, PreferenceLimits, StoreError};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{Room, assert_conflict, channel, channel_member, room, room_of, user};

fn own(store: &TestStore, room: &Room, name: &str) -> Category {
    let [favorites, ..] = Category::defaults(&room.user.id, &room.team.id);
    Category {
        id: store.clock.id(),
        kind: CategoryKind::Custom,
        display_name: name.to_owned(),
        sorting: "alpha".to_owned(),
        muted: true,
        ..favorites
    }
}

async fn categories(store: &TestStore, room: &Room) -> Vec<Category> {
    store.sidebar().categories(&room.user.id, &room.team.id).await.unwrap()
}

/// Returns each channel's place: its category, and its position there.
async fn places(store: &TestStore, room: &Room) -> Vec<(ChannelId, Option<String>, Option<i64>, bool)> {
    let channels = store.sidebar().channels(&room.user.id, &room.team.id).await.unwrap();
    let place = |channel: SidebarChannel| {
        let category = channel.category_id.map(|id| id.to_string());
        (channel.id, category, channel.sort_order, channel.is_favorite)
    };
    channels.into_iter().map(place).collect()
}

fn preference(room: &Room, channel: &ChannelId) -> Preference {
    Preference {
        user_id: room.user.id.clone(),
        category: FAVORITE_CHANNEL.to_owned(),
        name: channel.to_string(),
        value: "true".to_owned(),
    }
}

each_backend! {
    async fn a_new_category_stands_behind_the_favorites_and_takes_its_channels(store: TestStore) {
        let room = room(&store).await;
        assert_eq!(categories(&store, &room).await, []);
        let limits = PreferenceLimits { count: 9, bytes: 9999 };
        let favorite = preference(&room, &room.channel.id);
        store.save_preferences(room.user.id.clone(), vec![favorite], limits).await.unwrap();
        let (town, off) = (room.channel.id.clone(), room.off_topic.id.clone());
        assert_eq!(places(&store, &room).await, [(town.clone(), None, None, true), (off.clone(), None, None, false)]);

        let work = own(&store, &room, "Work");
        store.sidebar().create(work.clone(), vec![off.clone(), town.clone()], 4).await.unwrap();
        let [favorites, channels, direct] = Category::defaults(&room.user.id, &room.team.id);
        let ordered = [favorites, work.clone(), channels, direct];
        let expected: Vec<Category> = ordered.into_iter().enumerate()
            .map(|(position, category)| Category { sort_order: sort_order(position), ..category }).collect();
        assert_eq!(categories(&store, &room).await, expected);
        let place = |position| (Some(work.id.to_string()), Some(sort_order(position)), false);
        let [(a, b, c), (d, e, f)] = [place(1), place(0)];
        assert_eq!(places(&store, &room).await, [(town, a, b, c), (off, d, e, f)]);

        let refused = store.sidebar().create(own(&store, &room, "Play"), Vec::new(), 4).await;
        assert!(matches!(refused, Err(StoreError::LimitReached { limit: 4, .. })), "{refused:?}");
        assert_eq!(categories(&store, &room).await.len(), 4);
    }
}

each_backend! {
    async fn a_category_is_replaced_ordered_and_deleted(store: TestStore) {
        let room = room(&store).await;
        let (town, off) = (room.channel.id.clone(), room.off_topic.id.clone());
        let work = own(&store, &room, "Work");
        store.sidebar().create(work.clone(), vec![town.clone(), off.clone()], 9).await.unwrap();
        let changed = Category { display_name: "Play".to_owned(), sorting: String::new(), muted: false, collapsed: true, ..work.clone() };
        let content = CategoryContent { category: changed.clone(), channels: vec![off.clone()], favorites: Vec::new() };
        let [favorites, channels, direct] = Category::defaults(&room.user.id, &room.team.id);
        let starred = CategoryContent { category: favorites.clone(), channels: vec![town.clone()], favorites: Vec::new() };
        store.sidebar().update(vec![content, starred]).await.unwrap();
        assert_eq!(categories(&store, &room).await[1], Category { sort_order: 10, ..changed });
        let in_favorites = (town.clone(), Some(favorites.id.to_string()), Some(0), true);
        let in_work = (off.clone(), Some(work.id.to_string()), Some(0), false);
        assert_eq!(places(&store, &room).await, [in_favorites, in_work]);
        let stored = store.preferences(&room.user.id, Some(FAVORITE_CHANNEL)).await.unwrap();
        assert_eq!(stored, [preference(&room, &town)]);

        let (user, team) = (&room.user.id, &room.team.id);
        let order = [&direct, &work, &channels, &favorites].map(|category| category.id.clone());
        assert_conflict(store.sidebar().reorder(user, team, order[..3].to_vec()).await);
        let twice = vec![order[0].clone(), order[0].clone(), order[1].clone(), order[2].clone()];
        assert_conflict(store.sidebar().reorder(user, team, twice).await);
        store.sidebar().reorder(user, team, order.to_vec()).await.unwrap();
        let ids: Vec<_> = categories(&store, &room).await.into_iter().map(|category| category.id).collect();
        assert_eq!(ids, order);

        assert!(store.sidebar().delete(&work.id).await.unwrap());
        assert!(!store.sidebar().delete(&work.id).await.unwrap());
        assert_eq!(places(&store, &room).await[1], (off, None, None, false));
    }
}

each_backend! {
    async fn channels_are_muted_and_opened_again(store: TestStore) {
        let room = room(&store).await;
        let ids = [room.channel.id.clone(), room.off_topic.id.clone()];
        let (user, at) = (&room.user.id, store.clock.now());
        let mut muted = store.sidebar().mute(user, &ids, true, at).await.unwrap();
        muted.sort();
        assert_eq!(muted, ids);
        let membership = store.membership(&ids[0], user).await.unwrap().expect("a member");
        assert_eq!((&membership.notify_props["mark_unread"], membership.last_update_at), (&"mention".into(), at));
        assert_eq!(store.sidebar().mute(user, &ids, true, at).await.unwrap(), []);
        assert_eq!(store.sidebar().mute(user, &ids[..1], false, at).await.unwrap(), ids[..1]);
    }
}

each_backend! {
    async fn who_leaves_finds_nothing_of_it_in_the_sidebar(store: TestStore) {
        let room = room(&store).await;
        let made = channel(&store.clock, Some(&room.team), "market");
        store.create_channel(made.clone(), channel_member(&made, &room.user)).await.unwrap();
        store.sidebar().create(own(&store, &room, "Work"), vec![made.id.clone()], 9).await.unwrap();
        store.leave_channel(&made.id, &room.user.id).await.unwrap();
        store.join_channel(channel_member(&made, &room.user)).await.unwrap();
        assert_eq!(places(&store, &room).await.last(), Some(&(made.id.clone(), None, None, false)));
        store.leave_team(&room.team.id, &room.user.id, store.clock.now()).await.unwrap();
        assert_eq!((categories(&store, &room).await, places(&store, &room).await), (Vec::new(), Vec::new()));
    }
}

each_backend! {
    async fn a_channel_is_in_the_sidebar_of_its_team_and_a_direct_one_in_those_of_all_teams(store: TestStore) {
        let kitchen = room(&store).await;
        let bakery = room_of(&store, kitchen.user.clone(), "bakery").await;
        let foreign = room_of(&store, user(&store, "bob").await, "bobs").await;
        let direct = channel(&store.clock, None, "direct");
        store.create_channel(direct.clone(), channel_member(&direct, &kitchen.user)).await.unwrap();
        let teams = async |channels: &[&ChannelId], limit| {
            let channels: Vec<ChannelId> = channels.iter().map(|id| (*id).clone()).collect();
            store.sidebar().teams(&kitchen.user.id, &channels, limit).await.unwrap()
        };
        let mut both = vec![kitchen.team.id.clone(), bakery.team.id.clone()];
        both.sort();
        assert_eq!(teams(&[&bakery.channel.id], 9).await, [bakery.team.id.clone()]);
        assert_eq!(teams(&[&bakery.channel.id, &bakery.off_topic.id, &kitchen.channel.id], 9).await, both);
        assert_eq!(teams(&[&direct.id], 9).await, both);
        assert_eq!(teams(&[&direct.id], 1).await, both[..1]);
        assert_eq!(teams(&[&foreign.channel.id], 9).await, []);
        assert_eq!(teams(&[], 9).await, []);
    }
}
