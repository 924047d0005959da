//! Teams, and the members of teams and of their first channels.

use std::time::Duration;

use jackfield::model::{
    ChannelMember, ChannelMembership, MentionCounts, Team, TeamChange, TeamId, TeamKind, Timestamp, UserId,
};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{
    assert_conflict, assert_missing, channel, room, room_of, say, team, team_member, unknown, user,
    without_posts,
};

each_backend! {
    async fn a_team_is_made_with_its_channels_and_its_creator_in_them(store: TestStore) {
        let room = room(&store).await;
        assert_eq!(store.team(&room.team.id).await.unwrap(), Some(room.team.clone()));
        assert_eq!(store.team_by_name("kitchen").await.unwrap(), Some(room.team.clone()));
        assert_eq!(store.team(&unknown::<TeamId>()).await.unwrap(), None);
        assert_eq!(store.team_by_name("Kitchen").await.unwrap(), None);
        let member = team_member(&room.team, &room.user, "team_user team_admin");
        assert_eq!(store.team_member(&room.team.id, &room.user.id).await.unwrap(), Some(member));
        for channel in [&room.channel, &room.off_topic] {
            assert_eq!(store.channel(&channel.id).await.unwrap().as_ref(), Some(channel));
            let membership = ChannelMembership {
                channel_id: channel.id.clone(),
                user_id: room.user.id.clone(),
                roles: "channel_user".to_owned(),
            };
            let member = ChannelMember {
                membership,
                last_viewed_at: Timestamp::NEVER,
                msg_count: 0,
                msg_count_root: 0,
                mentions: MentionCounts::default(),
            };
            assert_eq!(store.channel_member(&channel.id, &room.user.id).await.unwrap(), Some(member));
        }
    }
}

each_backend! {
    async fn a_taken_team_name_is_a_conflict_and_leaves_nothing(store: TestStore) {
        let room = room(&store).await;
        let second = team(&store.clock, "kitchen");
        let its_channel = channel(&store.clock, Some(&second), "town-square");
        let creator = team_member(&second, &room.user, "team_user");
        assert_conflict(store.create_team(second.clone(), vec![its_channel.clone()], creator).await);
        assert_eq!(store.team(&second.id).await.unwrap(), None);
        assert_eq!(store.channel(&its_channel.id).await.unwrap(), None);
        assert_eq!(store.teams_of(&room.user.id).await.unwrap(), [room.team]);
    }
}

each_backend! {
    async fn a_team_without_its_creators_account_is_not_made(store: TestStore) {
        let anna = user(&store, "anna").await;
        let made = team(&store.clock, "kitchen");
        let mut creator = team_member(&made, &anna, "team_user");
        creator.user_id = unknown::<UserId>();
        assert_missing(store.create_team(made.clone(), Vec::new(), creator).await);
        assert_eq!(store.team(&made.id).await.unwrap(), None);
    }
}

each_backend! {
    async fn joining_again_changes_nothing(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        say(&store, &room, "before").await;
        assert_eq!(store.team_member(&room.team.id, &bob.id).await.unwrap(), None);
        let member = team_member(&room.team, &bob, "team_user");
        store.join_team(member.clone()).await.unwrap();
        say(&store, &room, "after").await;
        store.join_team(team_member(&room.team, &bob, "team_user team_admin")).await.unwrap();
        assert_eq!(store.team_member(&room.team.id, &bob.id).await.unwrap(), Some(member));
        let counted = |member: Option<ChannelMember>| member.map(|m| (m.msg_count, m.mentions.all, m.membership.roles));
        // Posts from before a member joined count as read.
        let seen = store.channel_member(&room.channel.id, &bob.id).await.unwrap();
        assert_eq!(counted(seen), Some((1, 0, "channel_user".to_owned())));
        let quiet = store.channel_member(&room.off_topic.id, &bob.id).await.unwrap();
        assert_eq!(counted(quiet), Some((0, 0, "channel_user".to_owned())));
    }
}

each_backend! {
    async fn only_the_first_channels_are_joined_with_the_team(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let other = channel(&store.clock, Some(&room.team), "other");
        store.create_channel(other.clone(), super::rows::channel_member(&other, &room.user)).await.unwrap();
        store.join_team(team_member(&room.team, &bob, "team_user")).await.unwrap();
        let mut joined = store.channels_of(&bob.id, &room.team.id).await.unwrap();
        joined.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(joined, without_posts([room.off_topic, room.channel]));
    }
}

each_backend! {
    async fn joining_needs_a_team_and_an_account(store: TestStore) {
        let room = room(&store).await;
        let mut absent = team_member(&room.team, &room.user, "team_user");
        absent.user_id = unknown::<UserId>();
        assert_missing(store.join_team(absent).await);
        let mut nowhere = team_member(&room.team, &room.user, "team_user");
        nowhere.team_id = unknown::<TeamId>();
        assert_missing(store.join_team(nowhere).await);
    }
}

each_backend! {
    async fn teams_of_a_user_are_listed_by_id(store: TestStore) {
        let anna = user(&store, "anna").await;
        let bob = user(&store, "bob").await;
        // The order of the names differs from the order of the ids.
        let kitchen = room_of(&store, anna.clone(), "kitchen").await.team;
        let bakery = room_of(&store, anna.clone(), "bakery").await.team;
        let mut archived = team(&store.clock, "archive");
        archived.delete_at = store.clock.now();
        store.create_team(archived.clone(), Vec::new(), team_member(&archived, &anna, "team_user")).await.unwrap();
        assert_eq!(store.teams_of(&anna.id).await.unwrap(), [kitchen, bakery]);
        assert_eq!(store.teams_of(&bob.id).await.unwrap(), []);
        assert_eq!(store.team(&archived.id).await.unwrap(), Some(archived));
    }
}

each_backend! {
    async fn teams_are_paged_by_id_open_ones_or_all(store: TestStore) {
        let anna = user(&store, "anna").await;
        let mut made: Vec<Team> = Vec::new();
        for (name, open, deleted) in
            [("e", true, false), ("d", false, false), ("c", true, true), ("b", true, false), ("a", false, false)]
        {
            let mut team = team(&store.clock, name);
            team.open = open;
            if deleted {
                team.delete_at = store.clock.now();
            }
            store.create_team(team.clone(), Vec::new(), team_member(&team, &anna, "team_user")).await.unwrap();
            made.push(team);
        }
        let expected = |places: &[usize]| places.iter().map(|place| made[*place].clone()).collect::<Vec<_>>();
        assert_eq!(store.teams(false, 0, 60).await.unwrap(), expected(&[0, 1, 3, 4]));
        assert_eq!(store.teams(false, 1, 2).await.unwrap(), expected(&[1, 3]));
        assert_eq!(store.teams(true, 0, 60).await.unwrap(), expected(&[0, 3]));
        assert_eq!(store.teams(true, 1, 60).await.unwrap(), expected(&[3]));
        assert_eq!(store.teams(true, 2, 60).await.unwrap(), []);
        assert_eq!((store.team_count(false).await.unwrap(), store.team_count(true).await.unwrap()), (4, 2));
    }
}

each_backend! {
    async fn a_change_sets_the_given_fields_and_keeps_the_others(store: TestStore) {
        let room = room(&store).await;
        let at = store.clock.now().plus(Duration::from_secs(1));
        let change = TeamChange { description: Some("new".to_owned()), ..TeamChange::default() };
        let changed = store.change_team(&room.team.id, change, at).await.unwrap();
        let expected = Team { description: "new".to_owned(), update_at: at, ..room.team.clone() };
        assert_eq!(changed, Some(expected.clone()));
        let all = TeamChange {
            display_name: Some("Galley".to_owned()),
            description: Some(String::new()),
            kind: Some(TeamKind::Invitation),
            open: Some(false),
            company_name: Some("Ships".to_owned()),
            allowed_domains: Some(String::new()),
            delete_at: Some(at),
        };
        let changed = store.change_team(&room.team.id, all.clone(), at).await.unwrap();
        let expected = Team {
            display_name: "Galley".to_owned(),
            description: String::new(),
            kind: TeamKind::Invitation,
            open: false,
            company_name: "Ships".to_owned(),
            allowed_domains: String::new(),
            delete_at: at,
            update_at: Timestamp::from_millis(at.as_millis() + 1),
            ..expected
        };
        assert_eq!(changed, Some(expected.clone()));
        assert_eq!(store.team(&room.team.id).await.unwrap(), Some(expected));
        assert_eq!(store.change_team(&unknown::<TeamId>(), all, at).await.unwrap(), None);
    }
}

each_backend! {
    async fn teams_are_found_by_a_part_of_their_names(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let mut closed = team(&store.clock, "a-kitchen");
        closed.open = false;
        store.create_team(closed.clone(), Vec::new(), team_member(&closed, &room.user, "team_user")).await.unwrap();
        let mut old = team(&store.clock, "old-kitchen");
        old.delete_at = store.clock.now();
        store.create_team(old.clone(), Vec::new(), team_member(&old, &room.user, "team_user")).await.unwrap();
        let bakery = room_of(&store, bob.clone(), "bakery").await.team;
        let (hers, his) = (Some(&room.user.id), Some(&bob.id));
        let both = [closed, room.team.clone()];
        assert_eq!(store.search_teams("KITCH", None, true, 0, 9).await.unwrap(), both);
        assert_eq!(store.search_teams("kitch", hers, true, 0, 9).await.unwrap(), both);
        assert_eq!(store.search_teams("kitch", hers, true, 1, 9).await.unwrap(), both[1..]);
        assert_eq!(store.search_teams("kitch", his, true, 0, 9).await.unwrap(), both[1..]);
        assert_eq!(store.search_teams("kitch", his, false, 0, 9).await.unwrap(), []);
        assert_eq!(store.found_team_count("KITCH", None, true).await.unwrap(), 2);
        assert_eq!(store.found_team_count("kitch", his, true).await.unwrap(), 1);
        assert_eq!(store.search_teams("the b", his, false, 0, 9).await.unwrap(), std::slice::from_ref(&bakery));
        assert_eq!(store.search_teams("the b", his, true, 0, 9).await.unwrap(), [bakery]);
        assert_eq!(store.search_teams("%", None, true, 0, 9).await.unwrap(), []);
    }
}
