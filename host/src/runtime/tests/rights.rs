//! Calls do what the user who caused them may do; calls without a user stay in their own team.

use super::imports::{create, place, react, update};
use super::world::{World, user};
use crate::model::{Actor, ChannelKind, Place, TeamMember, Timestamp, User};
use crate::runtime::bindings::jackfield::plugin::messaging;
use crate::runtime::imports::messaging as messaging_view;
use crate::store::NewUser;

/// Creates an account that is in no team.
async fn named(world: &World, name: &str) -> User {
    let (username, email) = (name.to_owned(), format!("{name}@example.com"));
    let user = User { username, email, ..user(&world.clock) };
    world.store().create_user(NewUser { user, password_hash: None }).await.unwrap()
}

#[tokio::test]
async fn a_call_without_a_user_stays_in_its_own_team() {
    let world = World::new().await;
    let mut state = world.state().await;
    let public = world.channel("public", ChannelKind::Public, Timestamp::NEVER).await;
    let post = world.post(&public, None, "open").await;
    // The same call, made in another team.
    let elsewhere = Place { team_id: Some(world.clock.id()), channel_id: world.clock.id(), root_id: None };
    state.call.place = Some(elsewhere);
    for refused in [
        create(&mut state, place(&public, None), "hi").await.err(),
        messaging::Host::read(&mut messaging_view::view(&mut state), post.to_string()).await.unwrap().err(),
        update(&mut state, post.as_str(), "edited").await.err(),
        react(&mut state, post.as_str(), "eyes").await.err(),
    ] {
        assert!(matches!(refused, Some(messaging::Error::NotFound)), "{refused:?}");
    }
}

#[tokio::test]
async fn a_call_with_a_user_does_only_what_the_user_may() {
    let world = World::new().await;
    let mut state = world.state().await;
    let public = world.channel("public", ChannelKind::Public, Timestamp::NEVER).await;
    let (post, own) =
        (world.post(&public, None, "open").await, world.post(&world.channel, None, "here").await);
    let actor = |user: &User| Some(Actor::from(user));
    // A member of the team reads the public channel, and posts there only as its member.
    let (member, outsider) = (named(&world, "bob").await, named(&world, "eve").await);
    let team_id = world.channel.team_id.clone().unwrap();
    let row = TeamMember {
        team_id,
        user_id: member.id.clone(),
        roles: "team_user".to_owned(),
        delete_at: Timestamp::NEVER,
    };
    world.store().join_team(row).await.unwrap();
    state.call.actor = actor(&member);
    let read = messaging::Host::read(&mut messaging_view::view(&mut state), post.to_string()).await.unwrap();
    assert_eq!(read.unwrap().message.text, "open");
    for refused in [
        create(&mut state, place(&public, None), "hi").await.err(),
        update(&mut state, post.as_str(), "edited").await.err(),
        react(&mut state, post.as_str(), "eyes").await.err(),
    ] {
        assert!(matches!(refused, Some(messaging::Error::Denied(_))), "{refused:?}");
    }
    // A user outside the team learns nothing of it, but the call's own channel stays open.
    state.call.actor = actor(&outsider);
    for refused in [
        create(&mut state, place(&public, None), "hi").await.err(),
        update(&mut state, post.as_str(), "edited").await.err(),
        messaging::Host::read(&mut messaging_view::view(&mut state), post.to_string()).await.unwrap().err(),
    ] {
        assert!(matches!(refused, Some(messaging::Error::NotFound)), "{refused:?}");
    }
    assert!(create(&mut state, place(&world.channel, None), "hi").await.is_ok());
    assert!(update(&mut state, own.as_str(), "edited").await.is_ok());
    state.call.actor = actor(&world.store().user(&world.user).await.unwrap().unwrap());
    assert!(create(&mut state, place(&public, None), "hi").await.is_ok());
}
