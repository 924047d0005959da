//! The test host as a plugin author uses it, with a hand-written plugin.

use jackfield_sdk::{
    Channel, Ctx, Failure, Invocation, KvError, Level, Message, Outcome, Place, Plugin, Reply, Request,
    Result,
};
use jackfield_testkit::{Effect, TestHost};
use serde_json::json;

/// Does what its input says, so that each test can exercise one thing.
struct Puppet;

impl Plugin for Puppet {
    fn manifest() -> &'static str {
        concat!(
            r#"{"record":"plugin","id":"org.example.puppet","version":"1.0.0","name":"Puppet","schema":1}"#,
            "\n",
            r#"{"record":"command","trigger":"do","hint":"","help":"","arguments":[]}"#,
            "\n",
            r#"{"record":"bridge","name":"strings","verifier":"github"}"#,
            "\n",
            r#"{"record":"template","name":"greeting","source":"Hello, {{escape name}}!"}"#,
            "\n",
        )
    }

    fn command(ctx: &Ctx, invocation: &Invocation) -> Result<Option<Reply>> {
        let place = ctx.place().cloned().unwrap_or_default();
        match (invocation.name.as_str(), invocation.raw.as_str()) {
            ("do", "count") => {
                let count = ctx.kv().get_json::<u32>("count")?.unwrap_or(0) + 1;
                ctx.kv().put_json("count", &count)?;
                Ok(Some(Reply::ephemeral(format!("{count}"))))
            }
            ("do", "fail") => {
                ctx.warn("about to fail");
                ctx.kv().put("count", b"99")?;
                ctx.post(&place, "never seen")?;
                Err(Failure::Retryable("later".into()))
            }
            ("do", "post") => {
                let id = ctx.post(&place, "seen")?;
                Ok(Some(Reply::in_channel(ctx.read_post(&id.0)?.message.text)))
            }
            ("do", "greet") => {
                let name = ctx.actor().map(|actor| actor.username.clone());
                Ok(Some(Reply::ephemeral(ctx.render("greeting", &json!({"name": name}))?)))
            }
            (name, raw) => Err(Failure::Fatal(format!("[{name}] [{raw}] {}", ctx.site_url()))),
        }
    }

    fn bridge(ctx: &Ctx, request: &Request) -> Result<Outcome> {
        let seen = json!({
            "event": request.header("x-event"), "by": request.verified_by, "method": request.method,
            "body": String::from_utf8_lossy(&request.body), "actor": ctx.actor().is_some(), "call": ctx.call_id(),
        });
        Ok(Outcome::message(seen.to_string()))
    }
}

fn text(reply: Result<Option<Reply>>) -> String {
    reply.expect("the command succeeds").expect("there is a reply").message.text
}

#[test]
fn a_command_arrives_as_it_was_typed() {
    let fault = TestHost::new().command::<Puppet>("/sing  la  \"la la\" ").expect_err("it cannot sing");
    let expected = "[sing] [la  \"la la\"] https://chat.example.org";
    assert_eq!(fault, Failure::Fatal(expected.into()));
}

#[test]
fn values_persist_between_calls() {
    let host = TestHost::new();
    assert_eq!(text(host.command::<Puppet>("/do count")), "1");
    assert_eq!(text(host.command::<Puppet>("/do count")), "2");
    assert_eq!(host.stored("count"), Some(b"2".to_vec()));
    assert_eq!(text(TestHost::new().value("count", "41").command::<Puppet>("/do count")), "42");
}

#[test]
fn a_failed_call_leaves_only_its_log() {
    let host = TestHost::new().channel("town-square").value("count", "7");
    assert_eq!(host.command::<Puppet>("/do fail"), Err(Failure::Retryable("later".into())));
    assert_eq!(host.stored("count"), Some(b"7".to_vec()));
    let warning = Effect::Log { level: Level::Warn, message: "about to fail".into(), fields: vec![] };
    assert_eq!(host.effects(), [warning]);
}

#[test]
fn a_call_reads_what_it_wrote() {
    let host = TestHost::new().channel("town-square");
    assert_eq!(text(host.command::<Puppet>("/do post")), "seen");
    let to = Place { team_id: Some("team".into()), channel_id: "channel-town-square".into(), root_id: None };
    assert_eq!(host.effects(), [Effect::Post { id: "post-1".into(), to, message: "seen".into() }]);
}

#[test]
fn templates_come_from_the_manifest_and_are_strict() {
    assert_eq!(text(TestHost::new().user("an_na").command::<Puppet>("/do greet")), "Hello, an\\_na!");
    let fault = TestHost::new().command::<Puppet>("/do greet").expect_err("there is no user to greet");
    let reason = "template `greeting`, line 1, column 8: helper `escape` needs a text, but `name` is null";
    assert_eq!(fault.text(), format!("the template `greeting` cannot be rendered: {reason}"));
}

#[test]
fn a_request_arrives_verified_and_without_a_caller() {
    let host = TestHost::new().user("anna");
    let outcome = host.bridge::<Puppet>("strings", &[("X-Event", "pull")], "{}").expect("it answers");
    let seen: serde_json::Value = serde_json::from_str(&outcome.messages[0].text).expect("it answers JSON");
    assert_eq!(
        seen,
        json!({"event": "pull", "by": "github", "method": "POST", "body": "{}", "actor": false,
               "call": "00000000000000000000000001"})
    );
}

#[test]
fn versions_and_lifetimes_hold() {
    let host = TestHost::new().now(1_000_000);
    let kv = host.ctx().kv();
    assert_eq!(kv.put_if("a", b"1", 0), Ok(1));
    assert_eq!(kv.put_if("a", b"2", 0), Err(KvError::Conflict));
    assert_eq!(kv.put_if("a", b"2", 1), Ok(2));
    assert_eq!(kv.put_for("b", b"1", 60), Ok(1));
    assert_eq!(kv.list("", None, 10), Ok(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(kv.list("", Some("a"), 10), Ok(vec!["b".to_owned()]));
    assert_eq!(kv.list("", None, 1), Ok(vec!["a".to_owned()]));

    let host = host.now(1_059_999);
    assert!(kv.get("b").expect("readable").is_some());
    let host = host.now(1_060_000);
    assert_eq!(kv.get("b"), Ok(None));
    assert_eq!(kv.list("", None, 10), Ok(vec!["a".to_owned()]));
    assert_eq!(kv.put_if("b", b"2", 0), Ok(1), "what is gone is absent");

    kv.delete("a").expect("deletable");
    kv.delete("a").expect("deleting nothing is no error");
    let deleted = Effect::Delete { key: "a".into() };
    assert_eq!(host.effects().iter().filter(|effect| **effect == deleted).count(), 1);
}

#[test]
fn the_directory_has_the_known_users() {
    let host = TestHost::new().user("anna").user("bob").channel("town-square").known_channel(Channel {
        id: "c2".into(),
        team_id: Some("other".into()),
        name: "lobby".into(),
        ..Channel::default()
    });
    let ctx = host.ctx();
    assert_eq!(ctx.actor().map(|actor| actor.id.as_str()), Some("user-bob"));
    assert_eq!(ctx.find_user("anna").map(|user| user.id), Ok("user-anna".into()));
    assert_eq!(ctx.find_user("user-anna").map(|user| user.username), Ok("anna".into()));
    assert_eq!(ctx.find_user("eve"), Err(Failure::Fatal("there is no such user or channel".into())));
    assert_eq!(ctx.find_channel("lobby", Some("other")).map(|channel| channel.id), Ok("c2".into()));
    assert!(ctx.find_channel("lobby", Some("team")).is_err(), "a name holds within its team");
    assert_eq!(ctx.place().map(|place| place.channel_id.as_str()), Some("channel-town-square"));
}

#[test]
fn messages_that_a_server_refuses_are_refused() {
    let host = TestHost::new().user("anna").channel("town-square");
    let ctx = host.ctx();
    let here = ctx.place().expect("there is a channel").clone();
    let nowhere = Place { channel_id: "nowhere".into(), ..Place::default() };
    assert_eq!(ctx.post(&nowhere, "x"), Err(Failure::Fatal("there is no such post or channel".into())));
    let fault = ctx.post(&here, Message::default()).expect_err("it says nothing");
    assert_eq!(fault.text(), "the message is not valid: it has neither text nor attachments");
    let fault = ctx.post_ephemeral(&here, "user-eve", "x").expect_err("she is not here");
    assert_eq!(fault.text(), "the message is not valid: there is no user with the id `user-eve`");
    assert_eq!(ctx.post_ephemeral(&here, "user-anna", "x").map(|id| id.0), Ok("post-1".into()));
}

#[test]
fn settings_have_their_type() {
    let host = TestHost::new().setting("faces", 6).setting("name", "d6");
    assert_eq!(host.ctx().setting::<u32>("faces"), Ok(Some(6)));
    assert_eq!(host.ctx().setting::<String>("name"), Ok(Some("d6".into())));
    assert_eq!(host.ctx().setting::<u32>("other"), Ok(None));
    assert!(host.ctx().setting::<u32>("name").is_err());
}

#[test]
fn templates_of_a_folder_serve_direct_calls() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("card.hbs"), "{{plural n 'die' 'dice'}}").expect("a template");
    std::fs::write(folder.path().join("notes.txt"), "{{no template").expect("a file");
    let host = TestHost::new().templates(folder.path());
    assert_eq!(host.ctx().render("card", &json!({"n": 2})), Ok("dice".into()));
}

#[test]
fn the_host_used_last_serves_calls() {
    let (first, second) = (TestHost::new().setting("n", 1), TestHost::new().setting("n", 2));
    let (a, b) = (first.ctx(), second.ctx());
    assert_eq!(a.setting::<u32>("n"), Ok(Some(2)));
    drop(first);
    assert_eq!(b.setting::<u32>("n"), Ok(Some(2)), "dropping another host changes nothing");
}

#[test]
#[should_panic(expected = "org.example.puppet declares no bridge `ropes`")]
fn an_undeclared_bridge_panics() {
    let _ = TestHost::new().bridge::<Puppet>("ropes", &[], "");
}

#[test]
#[should_panic(expected = "`do count` is not a command")]
fn a_command_without_a_slash_panics() {
    let _ = TestHost::new().command::<Puppet>("do count");
}
