//! Commands of teams, and the addresses for their late responses.

use std::time::Duration;

use jackfield::model::{Command, CommandId, CommandMethod, ResponseAddress, Timestamp};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{Room, assert_conflict, room, room_of, unknown, user};

fn command(store: &TestStore, room: &Room, trigger: &str) -> Command {
    let now = store.clock.now();
    Command {
        id: store.clock.id(),
        sealed_token: (0..=255).collect(),
        creator_id: room.user.id.clone(),
        team_id: room.team.id.clone(),
        trigger: trigger.to_owned(),
        method: CommandMethod::Get,
        url: "https://target.test/x".to_owned(),
        username: "Weather".to_owned(),
        icon_url: "https://target.test/i.png".to_owned(),
        auto_complete: true,
        auto_complete_desc: "says the weather".to_owned(),
        auto_complete_hint: "[city]".to_owned(),
        display_name: "The weather".to_owned(),
        description: "of a city".to_owned(),
        create_at: now,
        update_at: now.plus(Duration::from_millis(1)),
        delete_at: Timestamp::NEVER,
    }
}

async fn made(store: &TestStore, room: &Room, trigger: &str) -> Command {
    let command = command(store, room, trigger);
    store.commands().create(command.clone()).await.unwrap();
    command
}

each_backend! {
    async fn a_command_reads_back_as_it_was_made(store: TestStore) {
        let room = room(&store).await;
        let weather = made(&store, &room, "weather").await;
        let rain = made(&store, &room, "rain").await;
        assert_eq!(store.commands().get(&weather.id).await.unwrap(), Some(weather.clone()));
        assert_eq!(store.commands().get(&unknown::<CommandId>()).await.unwrap(), None);
        let team = &room.team.id;
        assert_eq!(store.commands().by_trigger(team, "rain").await.unwrap(), Some(rain.clone()));
        assert_eq!(store.commands().by_trigger(team, "snow").await.unwrap(), None);
        assert_eq!(store.commands().of_team(team, 10).await.unwrap(), [rain.clone(), weather]);
        assert_eq!(store.commands().of_team(team, 1).await.unwrap(), [rain]);
    }
}

each_backend! {
    async fn a_trigger_is_free_again_once_its_command_is_deleted(store: TestStore) {
        let room = room(&store).await;
        let first = made(&store, &room, "weather").await;
        assert_conflict(store.commands().create(command(&store, &room, "weather")).await);
        let other = made(&store, &room, "rain").await;
        let same = Command { trigger: "weather".to_owned(), ..other.clone() };
        assert_conflict(store.commands().update(same.clone()).await);
        store.commands().delete(&first.id, store.clock.now()).await.unwrap();
        assert_eq!(store.commands().get(&first.id).await.unwrap(), None);
        assert!(store.commands().update(same.clone()).await.unwrap());
        assert_eq!(store.commands().get(&other.id).await.unwrap(), Some(same));
        assert!(!store.commands().update(first).await.unwrap());
    }
}

each_backend! {
    async fn an_update_changes_all_but_creator_and_creation(store: TestStore) {
        let room = room(&store).await;
        let before = made(&store, &room, "weather").await;
        let elsewhere = room_of(&store, user(&store, "bob").await, "garden").await;
        let changed = Command {
            sealed_token: vec![1],
            trigger: "rain".to_owned(),
            method: CommandMethod::Post,
            auto_complete: false,
            id: before.id.clone(),
            creator_id: before.creator_id.clone(),
            url: String::new(),
            username: String::new(),
            icon_url: String::new(),
            auto_complete_desc: String::new(),
            auto_complete_hint: String::new(),
            display_name: String::new(),
            description: String::new(),
            ..command(&store, &elsewhere, "rain")
        };
        assert!(store.commands().update(changed.clone()).await.unwrap());
        let expected = Command { create_at: before.create_at, ..changed };
        assert_eq!(store.commands().get(&before.id).await.unwrap(), Some(expected));
    }
}

each_backend! {
    async fn an_address_is_used_as_often_as_allowed_and_purged_by_its_age(store: TestStore) {
        let room = room(&store).await;
        let command = made(&store, &room, "weather").await;
        let opened_at = store.clock.now();
        let before = Timestamp::from_millis(opened_at.as_millis() - 1);
        let mut address = ResponseAddress {
            digest: "d1".to_owned(),
            command_id: command.id,
            user_id: room.user.id.clone(),
            channel_id: room.channel.id.clone(),
            root_id: Some(unknown()),
            uses: 0,
            create_at: opened_at,
        };
        store.commands().open_address(address.clone()).await.unwrap();
        assert_eq!(store.commands().address("d1", before).await.unwrap(), Some(address.clone()));
        assert_eq!(store.commands().address("d1", opened_at).await.unwrap(), None);
        for used in [true, true, false] {
            assert_eq!(store.commands().use_address("d1", 2).await.unwrap(), used);
        }
        address.uses = 2;
        assert_eq!(store.commands().address("d1", before).await.unwrap(), Some(address.clone()));
        assert!(!store.commands().use_address("d2", 2).await.unwrap());
        let later = ResponseAddress { digest: "d3".to_owned(), create_at: opened_at.plus(Duration::from_secs(1)), ..address };
        store.commands().open_address(later.clone()).await.unwrap();
        assert_eq!(store.commands().purge_addresses(later.create_at, 10).await.unwrap(), 1);
        assert_eq!(store.commands().address("d1", before).await.unwrap(), None);
        assert_eq!(store.commands().address("d3", before).await.unwrap(), Some(later));
    }
}
