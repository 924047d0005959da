//! Rows that tests begin with. Each differs from the others in every column that a test could confuse.

use std::time::Duration;

use jackfield::clock::Clock;
use jackfield::model::{
    Changes, Channel, ChannelId, ChannelKind, ChannelMember, ChannelMembership, ChannelWithCounts, HookId,
    IncomingHook, InstalledPlugin, Mention, MentionCounts, PluginId, PluginState, Post, PostDeletion,
    PostKind, PostMarks, Receipt, ReceiptOutcome, StoredValue, Team, TeamKind, TeamMember, TimeZone,
    Timestamp, User, UserId, ValueChange, Verifier,
};
use jackfield::secret::{random_id, sha256_hex};
use jackfield::store::{NewUser, StoreError};
use jackfield_tests::TestStore;
use serde_json::{Map, Value, json};

/// A team with its first two channels and one account.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) user: User,
    pub(super) team: Team,
    pub(super) channel: Channel,
    pub(super) off_topic: Channel,
}

/// Returns an id that no row has.
pub(super) fn unknown<T: TryFrom<String, Error: std::fmt::Debug>>() -> T {
    T::try_from(random_id()).unwrap()
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

pub(super) fn new_user(clock: &Clock, username: &str) -> NewUser {
    let now = clock.now();
    let user = User {
        id: clock.id(),
        number: 0,
        username: username.to_owned(),
        email: format!("{username}@example.org"),
        nickname: format!("{username} 🦊"),
        first_name: "Änne".to_owned(),
        last_name: "O'Hara \"quoted\"".to_owned(),
        position: "Köchin".to_owned(),
        locale: "de".to_owned(),
        roles: "system_user system_admin".to_owned(),
        is_bot: false,
        props: object(json!({"z": [1, 2.5, null], "a": {"nested": "ü\u{1f40c}"}})),
        notify_props: object(json!({"channel": "true"})),
        timezone: TimeZone { manual_timezone: "Asia/Omsk".to_owned(), ..TimeZone::default() },
        create_at: now,
        update_at: now.plus(Duration::from_millis(1)),
        delete_at: Timestamp::NEVER,
        last_password_update: now.plus(Duration::from_millis(2)),
        bot_description: String::new(),
        picture_at: Timestamp::NEVER,
        email_verified: true,
        mfa_active: false,
    };
    NewUser { user, password_hash: Some(format!("hash of {username}")) }
}

pub(super) async fn user(store: &TestStore, username: &str) -> User {
    store.create_user(new_user(&store.clock, username)).await.unwrap()
}

pub(super) fn team(clock: &Clock, name: &str) -> Team {
    let now = clock.now();
    Team {
        id: clock.id(),
        name: name.to_owned(),
        display_name: format!("The {name}"),
        description: format!("about {name}"),
        kind: TeamKind::Open,
        open: true,
        email: format!("{name}@example.org"),
        company_name: format!("{name} company"),
        allowed_domains: "example.org, example.com".to_owned(),
        picture_at: Timestamp::NEVER,
        invite_id: random_id(),
        create_at: now,
        update_at: now.plus(Duration::from_millis(1)),
        delete_at: Timestamp::NEVER,
    }
}

pub(super) fn channel(clock: &Clock, team: Option<&Team>, name: &str) -> Channel {
    let now = clock.now();
    Channel {
        id: clock.id(),
        team_id: team.map(|team| team.id.clone()),
        gid: random_id(),
        kind: if team.is_some() { ChannelKind::Public } else { ChannelKind::Direct },
        name: name.to_owned(),
        display_name: format!("Display {name}"),
        header: format!("header of {name}"),
        purpose: format!("purpose of {name}"),
        creator_id: None,
        create_at: now,
        update_at: now.plus(Duration::from_millis(1)),
        delete_at: Timestamp::NEVER,
    }
}

/// Returns these channels as lists have them before the first post.
pub(super) fn without_posts(channels: impl IntoIterator<Item = Channel>) -> Vec<ChannelWithCounts> {
    channels.into_iter().map(ChannelWithCounts::of_new).collect()
}

pub(super) fn team_member(team: &Team, user: &User, roles: &str) -> TeamMember {
    let (team_id, user_id) = (team.id.clone(), user.id.clone());
    TeamMember { team_id, user_id, roles: roles.to_owned(), delete_at: Timestamp::NEVER }
}

pub(super) fn channel_member(channel: &Channel, user: &User) -> ChannelMember {
    ChannelMember {
        membership: ChannelMembership {
            channel_id: channel.id.clone(),
            user_id: user.id.clone(),
            roles: "channel_user".to_owned(),
        },
        last_viewed_at: Timestamp::NEVER,
        msg_count: 0,
        msg_count_root: 0,
        mentions: MentionCounts::default(),
    }
}

/// Creates a team with this name and creator, with `town-square` and `off-topic`.
pub(super) async fn room_of(store: &TestStore, user: User, name: &str) -> Room {
    let team = team(&store.clock, name);
    let first = ["town-square", "off-topic"].map(|name| channel(&store.clock, Some(&team), name));
    let creator = team_member(&team, &user, "team_user team_admin");
    store.create_team(team.clone(), first.to_vec(), creator).await.unwrap();
    let [channel, off_topic] = first;
    Room { user, team, channel, off_topic }
}

pub(super) async fn room(store: &TestStore) -> Room {
    let user = user(store, "anna").await;
    room_of(store, user, "kitchen").await
}

pub(super) fn post(clock: &Clock, channel: &Channel, author: &UserId, message: &str) -> Post {
    let now = clock.now();
    Post {
        id: clock.id(),
        channel_id: channel.id.clone(),
        user_id: author.clone(),
        root_id: None,
        message: message.to_owned(),
        kind: PostKind::custom("custom_test"),
        props: object(json!({"attachments": [{"text": message}], "n": 1})).into(),
        pending_post_id: format!("pending {message}"),
        is_pinned: true,
        reply_count: 0,
        last_reply_at: Timestamp::NEVER,
        create_at: now,
        update_at: now,
        edit_at: Timestamp::NEVER,
        delete_at: Timestamp::NEVER,
        marks: PostMarks::default(),
    }
}

/// Returns a mention by a post that starts a thread.
pub(super) fn mention(channel: &ChannelId, user: &UserId) -> Mention {
    Mention { channel_id: channel.clone(), user_id: user.clone(), is_reply: false, is_urgent: false }
}

/// Returns the deletion of a post by its author.
pub(super) fn deletion(post: &Post, at: Timestamp) -> PostDeletion {
    PostDeletion { id: post.id.clone(), user_id: post.user_id.clone(), at, mentioned: Vec::new() }
}

pub(super) async fn commit_posts(store: &TestStore, posts: &[Post]) {
    store.commit(Changes { posts: posts.to_vec(), ..Changes::default() }).await.unwrap();
}

/// Creates a post with this text, one millisecond after the previous one.
pub(super) async fn say(store: &TestStore, room: &Room, message: &str) -> Post {
    store.clock.advance(Duration::from_millis(1));
    let post = post(&store.clock, &room.channel, &room.user.id, message);
    commit_posts(store, std::slice::from_ref(&post)).await;
    post
}

pub(super) fn plugin_id(text: &str) -> PluginId {
    text.parse().unwrap()
}

pub(super) fn plugin(clock: &Clock, id: &str, bot: &User, component: &[u8]) -> InstalledPlugin {
    let now = clock.now();
    InstalledPlugin {
        id: plugin_id(id),
        version: "1.2.3".to_owned(),
        digest: sha256_hex(component),
        state: PluginState::Pending,
        consented_sheet: None,
        bot_user_id: bot.id.clone(),
        create_at: now,
        update_at: now,
    }
}

/// Installs a plugin with this id that posts as an existing account.
pub(super) async fn installed(store: &TestStore, id: &str, bot: &User) -> InstalledPlugin {
    let plugin = plugin(&store.clock, id, bot, id.as_bytes());
    store.save_plugin(plugin.clone(), id.as_bytes().to_vec()).await.unwrap();
    plugin
}

pub(super) fn value(bytes: &[u8], version: i64) -> StoredValue {
    StoredValue { bytes: bytes.to_vec(), version, expires_at: None }
}

/// Returns a change of `key`, made now.
pub(super) fn change(
    store: &TestStore,
    plugin: &PluginId,
    key: &str,
    expected: Option<i64>,
    value: Option<StoredValue>,
) -> ValueChange {
    ValueChange { plugin: plugin.clone(), key: key.to_owned(), expected, value, at: store.clock.now() }
}

pub(super) async fn apply(store: &TestStore, change: ValueChange) -> Result<(), StoreError> {
    store.commit(Changes { values: vec![change], ..Changes::default() }).await
}

pub(super) fn hook(clock: &Clock, room: &Room) -> IncomingHook {
    let now = clock.now();
    IncomingHook {
        id: unknown::<HookId>(),
        user_id: room.user.id.clone(),
        outlives_owner: false,
        channel_id: room.channel.id.clone(),
        team_id: room.team.id.clone(),
        display_name: "Deploys".to_owned(),
        description: "what the build server says".to_owned(),
        username: "builder".to_owned(),
        icon_url: "https://example.org/icon.png".to_owned(),
        channel_locked: true,
        bridge: None,
        verifier: Verifier::None,
        sealed_secret: None,
        create_at: now,
        update_at: now.plus(Duration::from_millis(1)),
        delete_at: Timestamp::NEVER,
    }
}

pub(super) fn receipt(
    clock: &Clock,
    hook: &IncomingHook,
    delivery: Option<&str>,
    outcome: ReceiptOutcome,
) -> Receipt {
    Receipt {
        id: clock.id(),
        hook_id: hook.id.clone(),
        delivery_id: delivery.map(str::to_owned),
        outcome,
        reason: "because".to_owned(),
        post_ids: vec![clock.id(), clock.id()],
        received_at: clock.now(),
    }
}

pub(super) async fn record(store: &TestStore, receipt: Receipt) -> Result<(), StoreError> {
    store.commit(Changes { receipt: Some(receipt), ..Changes::default() }).await
}

/// Asserts that a change was refused because its name, id or version is already taken.
#[track_caller]
pub(super) fn assert_conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    match result {
        Err(error) if error.is_conflict() => {}
        other => panic!("not a conflict: {other:?}"),
    }
}

/// Asserts that a change was refused because it refers to a row that does not exist.
#[track_caller]
pub(super) fn assert_missing<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    match result {
        Err(StoreError::Missing(_)) => {}
        other => panic!("nothing is missing: {other:?}"),
    }
}
