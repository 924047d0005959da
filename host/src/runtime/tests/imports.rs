//! Imports that look into the store, called as a guest would call them.

use super::guest::plain;
use super::world::{World, user};
use crate::model::{
    Changes, Channel, ChannelKind, ChannelMember, ChannelMembership, Effect, InstalledPlugin, MentionCounts,
    Message, Place, PluginState, Post, PostId, Timestamp, User, UserId,
};
use crate::runtime::bindings::jackfield::plugin::{directory, kv, messaging, types};
use crate::runtime::imports::{directory as directory_view, kv as kv_view, messaging as messaging_view};
use crate::runtime::recording::into_effects;
use crate::runtime::state::State;
use crate::runtime::*;
use crate::store::NewUser;

impl World {
    pub(super) async fn state(&self) -> State {
        let program = self.load(plain("")).await;
        self.runtime.0.state(&program.0, &self.call())
    }

    /// Inserts the plugin row that stored values belong to.
    async fn install(&self) {
        let plugin = InstalledPlugin {
            id: self.call().plugin,
            version: "1.0.0".to_owned(),
            digest: "d".repeat(64),
            state: PluginState::Enabled,
            consented_sheet: None,
            bot_user_id: self.user.clone(),
            create_at: self.clock.now(),
            update_at: self.clock.now(),
        };
        self.store().save_plugin(plugin, Vec::new()).await.unwrap();
    }

    pub(super) fn store(&self) -> &Store {
        &self.runtime.0.store
    }

    /// Creates a channel with the user in it.
    pub(super) async fn channel(&self, name: &str, kind: ChannelKind, delete_at: Timestamp) -> Channel {
        let number = u32::from(name.as_bytes()[0]);
        let channel = Channel {
            id: self.clock.id(),
            gid: format!("00000000-0000-0000-0000-0000000000{number:02x}"),
            kind,
            name: name.to_owned(),
            delete_at,
            ..self.channel.clone()
        };
        let member = ChannelMember {
            membership: ChannelMembership {
                channel_id: channel.id.clone(),
                user_id: self.user.clone(),
                roles: "channel_user".to_owned(),
            },
            last_viewed_at: Timestamp::NEVER,
            msg_count: 0,
            msg_count_root: 0,
            mentions: MentionCounts::default(),
        };
        self.store().create_channel(channel.clone(), member).await.unwrap();
        channel
    }

    pub(super) async fn post(&self, channel: &Channel, root_id: Option<PostId>, text: &str) -> PostId {
        let place = Place { root_id, ..Place::from(channel) };
        let post = Post::new(self.clock.id(), &self.user, &place, text.to_owned(), self.clock.now());
        let id = post.id.clone();
        let changes = Changes { posts: vec![post], ..Changes::default() };
        self.store().commit(changes).await.unwrap();
        id
    }
}

pub(super) fn place(channel: &Channel, root: Option<&str>) -> types::Place {
    types::Place { team_id: None, channel_id: channel.id.to_string(), root_id: root.map(str::to_owned) }
}

fn says(text: &str) -> types::Message {
    types::Message {
        text: text.to_owned(),
        attachments: Vec::new(),
        username: None,
        icon_url: None,
        props_json: None,
    }
}

pub(super) async fn create(
    state: &mut State,
    to: types::Place,
    text: &str,
) -> Result<String, messaging::Error> {
    messaging::Host::create(&mut messaging_view::view(state), to, says(text), None).await.unwrap()
}

#[tokio::test]
async fn a_plugin_posts_where_it_is_called_and_in_public_channels() {
    let world = World::new().await;
    let mut state = world.state().await;
    let public = world.channel("public", ChannelKind::Public, Timestamp::NEVER).await;
    let private = world.channel("secret", ChannelKind::Private, Timestamp::NEVER).await;
    let archived = world.channel("old", ChannelKind::Public, world.clock.now()).await;
    assert!(create(&mut state, place(&public, None), "hi").await.is_ok());
    let refused = create(&mut state, place(&archived, None), "hi").await;
    assert!(matches!(refused, Err(messaging::Error::Denied(_))), "{refused:?}");
    let refused = create(&mut state, place(&private, None), "hi").await;
    assert!(matches!(refused, Err(messaging::Error::NotFound)), "{refused:?}");
    let unknown = Channel { id: world.clock.id(), ..private.clone() };
    assert!(matches!(create(&mut state, place(&unknown, None), "hi").await, Err(messaging::Error::NotFound)));
    state.call.place = Some(Place { team_id: None, channel_id: private.id.clone(), root_id: None });
    assert!(create(&mut state, place(&private, None), "hi").await.is_ok());
    assert_eq!(state.posts.created(), 2);
}

#[tokio::test]
async fn a_reply_needs_a_root_post_in_the_same_channel() {
    let world = World::new().await;
    let mut state = world.state().await;
    let other = world.channel("public", ChannelKind::Public, Timestamp::NEVER).await;
    let root = world.post(&world.channel, None, "root").await;
    let answer = world.post(&world.channel, Some(root.clone()), "answer").await;
    let elsewhere = world.post(&other, None, "elsewhere").await;
    let here = &world.channel;
    assert!(create(&mut state, place(here, Some(root.as_str())), "hi").await.is_ok());
    let refused = create(&mut state, place(here, Some(answer.as_str())), "hi").await;
    assert!(matches!(refused, Err(messaging::Error::Invalid(_))), "{refused:?}");
    let nothing: PostId = world.clock.id();
    for missing in [&elsewhere, &nothing] {
        let refused = create(&mut state, place(here, Some(missing.as_str())), "hi").await;
        assert!(matches!(refused, Err(messaging::Error::NotFound)), "{refused:?}");
    }
    let own = create(&mut state, place(here, None), "own root").await.unwrap();
    assert!(create(&mut state, place(here, Some(&own)), "hi").await.is_ok());
}

#[tokio::test]
async fn one_idempotency_key_creates_one_post() {
    let world = World::new().await;
    let mut state = world.state().await;
    let key = || Some("push-1".to_owned());
    let to = || place(&world.channel, None);
    let first = messaging::Host::create(&mut messaging_view::view(&mut state), to(), says("hi"), key())
        .await
        .unwrap()
        .unwrap();
    let again = messaging::Host::create(&mut messaging_view::view(&mut state), to(), says("hi"), key())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((first, state.posts.created()), (again, 1));

    let made = world.post(&world.channel, None, "earlier").await;
    let once =
        Changes { once: vec![("plugin:com.acme.a:push-2".to_owned(), made.clone())], ..Changes::default() };
    world.store().commit(once).await.unwrap();
    let id = messaging::Host::create(
        &mut messaging_view::view(&mut state),
        to(),
        says("hi"),
        Some("push-2".to_owned()),
    )
    .await
    .unwrap()
    .unwrap();
    assert_eq!((id, state.posts.created()), (made.to_string(), 1));
}

#[tokio::test]
async fn a_call_reads_posts_in_channels_it_may_access() {
    let world = World::new().await;
    let mut state = world.state().await;
    let private = world.channel("secret", ChannelKind::Private, Timestamp::NEVER).await;
    let (open, closed) =
        (world.post(&world.channel, None, "open").await, world.post(&private, None, "closed").await);
    let read = messaging::Host::read(&mut messaging_view::view(&mut state), open.to_string())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((read.message.text.as_str(), read.author.username.as_str()), ("open", "anna"));
    assert_eq!(read.place.channel_id, world.channel.id.as_str());
    for hidden in [closed.to_string(), "nothing".to_owned()] {
        let refused = messaging::Host::read(&mut messaging_view::view(&mut state), hidden).await.unwrap();
        assert!(matches!(refused, Err(messaging::Error::NotFound)), "{refused:?}");
    }
    let own = create(&mut state, place(&world.channel, None), "own").await.unwrap();
    let read =
        messaging::Host::read(&mut messaging_view::view(&mut state), own.clone()).await.unwrap().unwrap();
    // The post carries the host's marks, as it will be stored.
    let marks = Some(r#"{"from_plugin":"true","plugin_id":"com.acme.a"}"#);
    assert_eq!((read.id, read.message.text.as_str()), (own, "own"));
    assert_eq!(read.message.props_json.as_deref(), marks);
}

pub(super) async fn update(state: &mut State, id: &str, text: &str) -> Result<(), messaging::Error> {
    messaging::Host::update(&mut messaging_view::view(state), id.to_owned(), says(text)).await.unwrap()
}

pub(super) async fn react(state: &mut State, id: &str, emoji: &str) -> Result<(), messaging::Error> {
    let mut view = messaging_view::view(state);
    messaging::Host::react(&mut view, id.to_owned(), emoji.to_owned()).await.unwrap()
}

#[tokio::test]
async fn a_call_reads_its_own_edits_and_deletions() {
    let world = World::new().await;
    let mut state = world.state().await;
    // The plugin's account is the world's user, so these are its own.
    let stored = world.post(&world.channel, None, "stored").await.to_string();
    let reply = world.post(&world.channel, Some(stored.parse().unwrap()), "reply").await.to_string();
    let new = create(&mut state, place(&world.channel, None), "new").await.unwrap();
    for id in [&stored, &new] {
        update(&mut state, id, "edited").await.unwrap();
        let read = messaging::Host::read(&mut messaging_view::view(&mut state), id.clone()).await;
        assert_eq!(read.unwrap().unwrap().message.text, "edited");
    }
    for id in [&stored, &new] {
        let mut view = messaging_view::view(&mut state);
        messaging::Host::delete(&mut view, id.clone()).await.unwrap().unwrap();
    }
    for gone in [&stored, &reply, &new] {
        let read = messaging::Host::read(&mut messaging_view::view(&mut state), gone.clone()).await;
        assert!(matches!(read.unwrap(), Err(messaging::Error::NotFound)), "{gone}");
        assert!(matches!(update(&mut state, gone, "x").await, Err(messaging::Error::NotFound)));
        assert!(matches!(react(&mut state, gone, "eyes").await, Err(messaging::Error::NotFound)));
    }
}

#[tokio::test]
async fn a_reaction_is_recorded_once_and_bounded() {
    let world = World::new().await;
    let mut state = world.state().await;
    let id = world.post(&world.channel, None, "stored").await.to_string();
    for _ in 0..2 {
        react(&mut state, &id, "eyes").await.unwrap();
    }
    assert_eq!(state.posts.changed(), 1);
    assert!(matches!(react(&mut state, &id, "No such").await, Err(messaging::Error::Invalid(_))));
    for number in 1..50 {
        react(&mut state, &id, &format!("e{number}")).await.unwrap();
    }
    let refused = react(&mut state, &id, "one_too_many").await;
    assert!(matches!(refused, Err(messaging::Error::Invalid(text)) if text.contains("at most 50")));
    let mut view = messaging_view::view(&mut state);
    messaging::Host::unreact(&mut view, id.clone(), "eyes".to_owned()).await.unwrap().unwrap();
    messaging::Host::unreact(&mut view, id.clone(), "eyes".to_owned()).await.unwrap().unwrap();
    assert_eq!(state.posts.changed(), 51);
}

#[tokio::test]
async fn a_call_changes_a_bounded_number_of_posts() {
    let world = World::new().await;
    let mut state = world.state().await;
    let id = world.post(&world.channel, None, "stored").await.to_string();
    for number in 0..100 {
        update(&mut state, &id, &number.to_string()).await.unwrap();
    }
    let refused = update(&mut state, &id, "more").await;
    assert!(matches!(refused, Err(messaging::Error::Invalid(text)) if text.contains("at most 100 times")));
}

#[tokio::test]
async fn an_ephemeral_message_goes_to_members_only() {
    let world = World::new().await;
    let mut state = world.state().await;
    let public = world.channel("public", ChannelKind::Public, Timestamp::NEVER).await;
    let mut ephemeral = async |channel: &Channel, user: String| {
        messaging::Host::create_ephemeral(
            &mut messaging_view::view(&mut state),
            place(channel, None),
            user,
            says("psst"),
        )
        .await
        .unwrap()
    };
    let missing: UserId = world.clock.id();
    let bert =
        User { username: "bert".to_owned(), email: "bert@example.com".to_owned(), ..user(&world.clock) };
    let stranger = world.store().create_user(NewUser { user: bert, password_hash: None }).await.unwrap().id;
    assert!(ephemeral(&public, world.user.to_string()).await.is_ok());
    assert!(matches!(ephemeral(&public, stranger.to_string()).await, Err(messaging::Error::Denied(_))));
    assert!(matches!(ephemeral(&public, missing.to_string()).await, Err(messaging::Error::NotFound)));
    let effects = into_effects(state.posts, state.values, &state.call);
    assert!(
        matches!(effects.as_slice(), [Effect::Ephemeral { message, .. }] if *message == Message::text("psst"))
    );
}

#[tokio::test]
async fn users_and_channels_are_found_by_id_and_name() {
    let world = World::new().await;
    let mut state = world.state().await;
    let public = world.channel("public", ChannelKind::Public, Timestamp::NEVER).await;
    world.channel("secret", ChannelKind::Private, Timestamp::NEVER).await;
    for wanted in ["anna", "@Anna", world.user.as_str()] {
        let found = directory::Host::find_user(&mut directory_view::view(&mut state), wanted.to_owned())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.id, world.user.as_str(), "{wanted}");
    }
    let missing =
        directory::Host::find_user(&mut directory_view::view(&mut state), "bert".to_owned()).await.unwrap();
    assert!(matches!(missing, Err(directory::Error::NotFound)));
    for wanted in ["public", "~public", public.id.as_str()] {
        let found =
            directory::Host::find_channel(&mut directory_view::view(&mut state), wanted.to_owned(), None)
                .await
                .unwrap()
                .unwrap();
        assert_eq!(
            (found.id.as_str(), found.kind.as_str(), found.member_count),
            (public.id.as_str(), "public", 1)
        );
    }
    for hidden in ["secret", "nowhere"] {
        let refused =
            directory::Host::find_channel(&mut directory_view::view(&mut state), hidden.to_owned(), None)
                .await
                .unwrap();
        assert!(matches!(refused, Err(directory::Error::NotFound)), "{hidden}");
    }
    let members =
        directory::Host::members(&mut directory_view::view(&mut state), public.id.to_string(), None, 1000)
            .await
            .unwrap()
            .unwrap();
    assert_eq!(members.iter().map(|actor| actor.username.as_str()).collect::<Vec<_>>(), ["anna"]);
    let after = Some(world.user.to_string());
    assert_eq!(
        directory::Host::members(&mut directory_view::view(&mut state), public.id.to_string(), after, 9)
            .await
            .unwrap()
            .unwrap()
            .len(),
        0
    );
}

#[tokio::test]
async fn stored_values_are_read_listed_and_checked() {
    let world = World::new().await;
    world.install().await;
    let mut state = world.state().await;
    let written = kv::Host::put(&mut kv_view::view(&mut state), "a/1".to_owned(), vec![1], Some(0), Some(60))
        .await
        .unwrap();
    assert_eq!(written.unwrap(), 1);
    let values =
        into_effects(state.posts, state.values, &state.call).into_iter().filter_map(|effect| match effect {
            Effect::Value(change) => Some(change),
            _ => None,
        });
    let changes = Changes { values: values.collect(), ..Changes::default() };
    world.store().commit(changes).await.unwrap();

    let mut later = world.state().await;
    let entry =
        kv::Host::get(&mut kv_view::view(&mut later), "a/1".to_owned()).await.unwrap().unwrap().unwrap();
    assert_eq!((entry.value, entry.version), (vec![1], 1));
    let conflict = kv::Host::put(&mut kv_view::view(&mut later), "a/1".to_owned(), vec![2], Some(0), None)
        .await
        .unwrap();
    assert!(matches!(conflict, Err(kv::Error::Conflict)));
    kv::Host::put(&mut kv_view::view(&mut later), "a/2".to_owned(), vec![2], None, None)
        .await
        .unwrap()
        .unwrap();
    kv::Host::delete(&mut kv_view::view(&mut later), "a/1".to_owned()).await.unwrap().unwrap();
    let keys = kv::Host::list_keys(&mut kv_view::view(&mut later), "a/".to_owned(), None, 10)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(keys, ["a/2"]);
    for key in [String::new(), "k".repeat(513), "a\0b".to_owned()] {
        assert!(matches!(
            kv::Host::get(&mut kv_view::view(&mut later), key).await.unwrap(),
            Err(kv::Error::Other(_))
        ));
    }

    world.clock.advance(Duration::from_mins(1));
    let mut expired = world.state().await;
    assert!(
        kv::Host::get(&mut kv_view::view(&mut expired), "a/1".to_owned()).await.unwrap().unwrap().is_none()
    );
}
