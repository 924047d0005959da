//! Granted effects become changes with the host's marks; one effect without a grant drops all of them.

use super::*;
use crate::clock::Clock;
use crate::model::{Attachment, ChannelId, StoredValue};

const POSTS: [&str; 5] =
    ["messaging.create", "messaging.update", "messaging.delete", "messaging.react", "messaging.unreact"];

fn clock() -> Clock {
    Clock::manual(Timestamp::from_millis(1_700_000_000_000))
}

fn grants(functions: &[&str]) -> Grants {
    Grants { functions: functions.iter().map(|name| (*name).to_owned()).collect() }
}

fn call(clock: &Clock) -> Call {
    Call {
        id: "c".repeat(26),
        plugin: "com.acme.a".parse().unwrap(),
        bot: clock.id(),
        actor: None,
        place: None,
        now: clock.now(),
        site_url: "https://chat.example".to_owned(),
    }
}

fn place(clock: &Clock) -> Place {
    Place { team_id: None, channel_id: clock.id::<ChannelId>(), root_id: Some(clock.id()) }
}

fn put(call: &Call) -> Effect {
    Effect::Value(ValueChange {
        plugin: call.plugin.clone(),
        key: "k".to_owned(),
        expected: Some(1),
        value: Some(StoredValue { bytes: vec![1], version: 2, expires_at: None }),
        at: call.now,
    })
}

#[test]
fn a_post_belongs_to_the_bot_and_names_its_plugin() {
    let clock = clock();
    let call = call(&clock);
    let (id, to): (PostId, Place) = (clock.id(), place(&clock));
    let mut message = Message::text("hi");
    message.username = Some("Deploy".to_owned());
    message.icon_url = Some("https://a/b.png".to_owned());
    message.props.insert("own".to_owned(), 1.into());
    message.props.insert("from_webhook".to_owned(), "true".into());
    let effect =
        Effect::Post { id: id.clone(), to: to.clone(), message, idempotency_key: Some("once".to_owned()) };

    let changes = plan(vec![effect], &grants(&["messaging.create"]), &call, clock.now()).unwrap();

    let [post] = changes.posts.as_slice() else { panic!("{:?}", changes.posts) };
    assert_eq!((&post.id, &post.user_id, &post.channel_id), (&id, &call.bot, &to.channel_id));
    assert_eq!((&post.root_id, post.message.as_str(), &post.kind), (&to.root_id, "hi", &PostKind::default()));
    assert_eq!(
        serde_json::Value::Object(post.props.object()),
        serde_json::json!({
            "own": 1,
            "from_plugin": "true",
            "plugin_id": "com.acme.a",
            "override_username": "Deploy",
            "override_icon_url": "https://a/b.png",
        })
    );
    assert_eq!(changes.once, [("plugin:com.acme.a:once".to_owned(), id.clone())]);
}

#[test]
fn a_message_with_attachments_becomes_an_attachment_post() {
    let clock = clock();
    let call = call(&clock);
    let attachment = Attachment { title: "Build".to_owned(), ..Attachment::default() };
    let message = Message { attachments: vec![attachment.clone()], ..Message::default() };
    let effect = Effect::Post { id: clock.id(), to: place(&clock), message, idempotency_key: None };
    let changes = plan(vec![effect], &grants(&["messaging.create"]), &call, clock.now()).unwrap();
    assert_eq!(changes.posts[0].kind, PostKind::attachment());
    assert_eq!(changes.posts[0].props.attachments(), [serde_json::to_value(attachment).unwrap()]);
    assert_eq!(changes.once, []);
}

#[test]
fn an_ephemeral_message_is_not_stored() {
    let clock = clock();
    let call = call(&clock);
    let user: UserId = clock.id();
    let effect = Effect::Ephemeral {
        id: clock.id(),
        to: place(&clock),
        user_id: user.clone(),
        message: Message::text("psst"),
    };
    let changes = plan(vec![effect], &grants(&["messaging.create-ephemeral"]), &call, clock.now()).unwrap();
    assert_eq!(changes.posts, []);
    assert_eq!(changes.ephemeral[0].0, user);
    assert_eq!(changes.ephemeral[0].1.kind, PostKind::ephemeral());
}

#[test]
fn one_effect_without_a_grant_drops_the_whole_call() {
    let clock = clock();
    let call = call(&clock);
    let post = Effect::Post {
        id: clock.id(),
        to: place(&clock),
        message: Message::text("hi"),
        idempotency_key: None,
    };
    let effects = || vec![post.clone(), put(&call)];
    let denied =
        plan(effects(), &grants(&["messaging.create", "kv.delete"]), &call, clock.now()).unwrap_err();
    assert_eq!(denied, Denial { function: "kv.put" });
    let changes = plan(effects(), &grants(&["messaging.create", "kv.put"]), &call, clock.now()).unwrap();
    assert_eq!((changes.posts.len(), changes.values.len()), (1, 1));
    assert_eq!(Effect::Value(changes.values[0].clone()), put(&call));
}

fn post(id: &PostId, to: &Place) -> Effect {
    let message = Message::text("hi");
    Effect::Post { id: id.clone(), to: to.clone(), message, idempotency_key: Some("once".to_owned()) }
}

fn edit(id: &PostId, text: &str, is_edited: bool) -> Effect {
    Effect::Edit { id: id.clone(), message: Message::text(text), is_edited }
}

fn react(id: &PostId, emoji: &str) -> Effect {
    Effect::React { id: id.clone(), emoji: emoji.parse().unwrap() }
}

#[test]
fn a_new_post_is_written_as_edited_or_not_at_all_if_deleted() {
    let clock = clock();
    let call = call(&clock);
    let (kept, dropped): (PostId, PostId) = (clock.id(), clock.id());
    let place = Place { root_id: None, ..place(&clock) };
    let thread = Place { root_id: Some(dropped.clone()), ..place.clone() };
    let reply: PostId = clock.id();
    let effects = vec![
        post(&kept, &place),
        edit(&kept, "edited", false),
        react(&kept, "eyes"),
        post(&dropped, &place),
        Effect::Post { id: reply.clone(), to: thread, message: Message::text("re"), idempotency_key: None },
        react(&dropped, "eyes"),
        react(&reply, "eyes"),
        Effect::Delete { id: dropped },
    ];
    let changes = plan(effects, &grants(&POSTS), &call, clock.now()).unwrap();
    assert_eq!(changes.posts.iter().map(|post| post.message.as_str()).collect::<Vec<_>>(), ["edited"]);
    assert_eq!(changes.once, [("plugin:com.acme.a:once".to_owned(), kept.clone())]);
    assert_eq!((changes.edits.len(), changes.deletions.len()), (0, 0));
    let [ReactionChange::Add { reaction, limit: 50 }] = changes.reactions.as_slice() else {
        panic!("{:?}", changes.reactions)
    };
    assert_eq!((&reaction.post_id, &reaction.user_id), (&kept, &call.bot));
}

#[test]
fn an_existing_post_is_edited_once_unless_it_is_deleted() {
    let clock = clock();
    let call = call(&clock);
    let (edited, deleted): (PostId, PostId) = (clock.id(), clock.id());
    let effects = vec![
        edit(&edited, "one", true),
        edit(&edited, "two", false),
        edit(&deleted, "x", true),
        react(&deleted, "eyes"),
        Effect::Delete { id: deleted.clone() },
    ];
    let changes = plan(effects, &grants(&POSTS), &call, clock.now()).unwrap();
    let [change] = changes.edits.as_slice() else { panic!("{:?}", changes.edits) };
    assert_eq!((&change.id, change.message.as_deref(), change.is_edited), (&edited, Some("two"), true));
    assert_eq!(change.props.as_ref().unwrap().text("plugin_id").as_deref(), Some("com.acme.a"));
    let user_id = call.bot.clone();
    assert_eq!(
        changes.deletions,
        [PostDeletion { id: deleted, user_id, at: clock.now(), mentioned: Vec::new() }]
    );
    assert_eq!(changes.reactions, []);
}

#[test]
fn each_change_of_a_post_needs_its_grant() {
    let clock = clock();
    let call = call(&clock);
    let id: PostId = clock.id();
    let unreact = Effect::Unreact { id: id.clone(), emoji: "eyes".parse().unwrap() };
    for (effect, function) in [
        (edit(&id, "x", true), "messaging.update"),
        (Effect::Delete { id: id.clone() }, "messaging.delete"),
        (react(&id, "eyes"), "messaging.react"),
        (unreact, "messaging.unreact"),
    ] {
        let denied = plan(vec![effect], &grants(&["messaging.create"]), &call, clock.now());
        assert_eq!(denied.unwrap_err(), Denial { function });
    }
}
