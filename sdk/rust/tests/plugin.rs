//! What `#[plugin]` generates from an impl block: manifest, argument reading and dispatch.

use jackfield_sdk::prelude::*;
use jackfield_sdk::{Call, Invocation};

#[derive(Choice, Clone, Copy, Debug, PartialEq)]
enum Stage {
    Staging,
    PreRelease,
}

struct Everything;

/// Does a bit
/// of "everything".
///
/// This paragraph is for readers of the code.
#[plugin(
    id = "org.example.every-thing",
    name = "Every\\thing",
    templates = "tests/templates",
    memory_mib = 16,
    bridge_ms = 500
)]
impl Everything {
    /// Deploys.
    #[command("/deploy")]
    fn deploy(
        _ctx: &Ctx,
        service: String,
        #[default = "staging"] stage: Stage,
        #[default = -2] count: i32,
        dry: Option<bool>,
        more: Vec<f64>,
    ) -> Result<Reply> {
        let stage = stage.name();
        Ok(Reply::ephemeral(format!("{service} {stage} {count} {dry:?} {more:?}")))
    }

    #[command("/say", hint = "[anything]")]
    fn say(
        _ctx: &Ctx,
        to: String,
        #[rest]
        #[default = "hello there"]
        text: String,
    ) -> Result<Reply> {
        Ok(Reply::in_channel(format!("{to}: {text}")))
    }

    #[command("/quiet")]
    fn quiet(_: &Ctx) -> Result<Reply> {
        Ok(Reply::none())
    }

    #[bridge("echo", verifier = "none")]
    fn echo(_ctx: &Ctx, request: &Request) -> Result<Outcome> {
        let name: String = request.json()?;
        if name.is_empty() {
            return Ok(Outcome::ignored("there is no name"));
        }
        Ok(Outcome::messages([Self::greeting(&name)]))
    }

    fn greeting(name: &str) -> String {
        format!("Hello, {name}!")
    }
}

fn ctx() -> Ctx {
    Ctx::new(Call::default())
}

fn run(name: &str, raw: &str) -> Result<Option<Reply>> {
    let invocation = Invocation { name: name.into(), raw: raw.into(), ..Invocation::default() };
    Everything::command(&ctx(), &invocation)
}

fn echo(bridge: &str, body: &str) -> Result<Outcome> {
    let request = Request { bridge: bridge.into(), body: body.into(), ..Request::default() };
    Everything::bridge(&ctx(), &request)
}

#[test]
fn the_manifest_has_one_record_per_line() {
    let wanted = [
        r#"{"record":"plugin","id":"org.example.every-thing","version":"1.0.0","name":"Every\\thing","description":"Does a bit of \"everything\".","sdk":"1.0.0","schema":1,"license":"Apache-2.0"}"#,
        r#"{"record":"limits","memory_mib":16,"bridge_ms":500}"#,
        concat!(
            r#"{"record":"command","trigger":"deploy","hint":"<service> [stage] [count] [dry] [more...]","help":"Deploys.","arguments":["#,
            r#"{"name":"service","type":"string","required":true,"variadic":false,"default":null,"choices":[]},"#,
            r#"{"name":"stage","type":"choice","required":false,"variadic":false,"default":"staging","choices":["staging","pre-release"]},"#,
            r#"{"name":"count","type":"integer","required":false,"variadic":false,"default":"-2","choices":[]},"#,
            r#"{"name":"dry","type":"boolean","required":false,"variadic":false,"default":null,"choices":[]},"#,
            r#"{"name":"more","type":"number","required":false,"variadic":true,"default":null,"choices":[]}]}"#,
        ),
        concat!(
            r#"{"record":"command","trigger":"say","hint":"[anything]","help":"","arguments":["#,
            r#"{"name":"to","type":"string","required":true,"variadic":false,"default":null,"choices":[]},"#,
            r#"{"name":"text","type":"string","required":false,"variadic":false,"default":"hello there","choices":[]}]}"#,
        ),
        r#"{"record":"command","trigger":"quiet","hint":"","help":"","arguments":[]}"#,
        r#"{"record":"bridge","name":"echo","verifier":"none"}"#,
        r#"{"record":"template","name":"card","source":"**{{title}}**\n\n\"{{text}}\"\n"}"#,
        r#"{"record":"template","name":"line","source":"{{title}}: {{text}}\n"}"#,
    ];
    assert_eq!(Everything::manifest().lines().collect::<Vec<_>>(), wanted);
    assert!(Everything::manifest().ends_with('\n'));
}

#[test]
fn arguments_are_read_by_type() {
    let ephemeral = |text: &str| Ok(Some(Reply::ephemeral(text)));
    assert_eq!(run("deploy", "api"), ephemeral("api staging -2 None []"));
    let all = run("deploy", "'the api' Pre-Release 3 yes 1 2.5");
    assert_eq!(all, ephemeral("the api pre-release 3 Some(true) [1.0, 2.5]"));
}

#[test]
fn the_rest_is_taken_as_it_was_typed() {
    let said = |text: &str| Ok(Some(Reply::in_channel(text)));
    assert_eq!(run("say", "anna \"so\"  it goes "), said("anna: \"so\"  it goes"));
    assert_eq!(run("say", "anna"), said("anna: hello there"));
}

#[test]
fn wrong_arguments_return_the_usage() {
    let deploy = |what: &str| {
        let usage = "Usage: `/deploy <service> [stage] [count] [dry] [more...]`";
        Err(Failure::User(format!("{what}\n{usage}")))
    };
    assert_eq!(run("deploy", ""), deploy("`service` is missing."));
    assert_eq!(run("deploy", "api live"), deploy("`live` is not one of `staging`, `pre-release`."));
    assert_eq!(run("deploy", "api staging 1 yes x"), deploy("`x` is not a number."));
    let too_much = "`now` is one argument too many.\nUsage: `/quiet`";
    assert_eq!(run("quiet", "now"), Err(Failure::User(too_much.into())));
    let missing = "`to` is missing.\nUsage: `/say [anything]`";
    assert_eq!(run("say", ""), Err(Failure::User(missing.into())));
}

#[test]
fn an_empty_reply_returns_none() {
    assert_eq!(run("quiet", ""), Ok(None));
}

#[test]
fn bridges_are_dispatched_by_name() {
    assert_eq!(echo("echo", "\"anna\""), Ok(Outcome::message("Hello, anna!")));
    assert_eq!(echo("echo", "\"\""), Ok(Outcome::ignored("there is no name")));
    let Err(Failure::Fatal(text)) = echo("echo", "{}") else {
        panic!("a body of another form is fatal");
    };
    assert!(text.starts_with("the JSON does not fit the expected form: invalid type: map"), "{text}");
}

#[test]
fn unknown_names_are_fatal() {
    let unknown = |kind: &str| {
        let text = format!(
            "this plugin has no {kind} named `nothing`; install the plugin again so that the host reads its manifest anew"
        );
        Failure::Fatal(text)
    };
    assert_eq!(run("nothing", ""), Err(unknown("command")));
    assert_eq!(echo("nothing", ""), Err(unknown("bridge")));
}

#[test]
fn handlers_stay_callable() {
    let reply = Everything::say(&ctx(), "anna".into(), "hi".into());
    assert_eq!(reply, Ok(Reply::in_channel("anna: hi")));
}
