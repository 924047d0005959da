//! Host calls outside a server: they go to the host that this thread installed, and panic without one.

use jackfield_sdk::host::{self, Host};
use jackfield_sdk::prelude::*;
use jackfield_sdk::{Call, DirectoryError, Invocation, Level, MessagingError};

struct Directory;

#[plugin(id = "org.example.directory")]
impl Directory {
    #[command("/whois")]
    fn whois(_ctx: &Ctx, who: User, at: Option<ChannelRef>) -> Result<Reply> {
        let at = at.as_ref().map_or("nowhere", |channel| &channel.display_name);
        Ok(Reply::ephemeral(format!("{} {at}", who.display_name)))
    }
}

/// A host that knows `anna` and, in the team `red`, `town`. The directory is unavailable for `down`; nothing else
/// exists.
struct Small;

impl Host for Small {
    fn find_user(&self, id_or_name: &str) -> core::result::Result<Actor, DirectoryError> {
        match id_or_name {
            "anna" => Ok(Actor { display_name: "Anna A.".into(), ..Actor::default() }),
            "down" => Err(DirectoryError::Unavailable("starting".into())),
            _ => Err(DirectoryError::NotFound),
        }
    }

    fn find_channel(
        &self,
        id_or_name: &str,
        team: Option<&str>,
    ) -> core::result::Result<Channel, DirectoryError> {
        match (id_or_name, team) {
            ("town", Some("red")) => Ok(Channel { display_name: "Town".into(), ..Channel::default() }),
            _ => Err(DirectoryError::NotFound),
        }
    }

    fn log(&self, _: Level, _: &str, _: &[(&str, &str)]) {}

    fn setting(&self, key: &str) -> Option<String> {
        (key == "limit").then(|| "3".into())
    }

    fn kv_get(&self, _: &str) -> core::result::Result<Option<Entry>, KvError> {
        Err(KvError::Unavailable("off".into()))
    }

    fn kv_put(
        &self,
        _: &str,
        _: &[u8],
        _: Option<u64>,
        _: Option<u32>,
    ) -> core::result::Result<u64, KvError> {
        Err(KvError::Conflict)
    }

    fn kv_delete(&self, _: &str) -> core::result::Result<(), KvError> {
        Err(KvError::Quota(9))
    }

    fn kv_list(&self, _: &str, _: Option<&str>, _: u32) -> core::result::Result<Vec<String>, KvError> {
        Err(KvError::Other("off".into()))
    }

    fn create_post(&self, _: &Place, _: &Message) -> core::result::Result<String, MessagingError> {
        Err(MessagingError::Denied("no".into()))
    }

    fn create_ephemeral(
        &self,
        _: &Place,
        _: &str,
        _: &Message,
    ) -> core::result::Result<String, MessagingError> {
        Err(MessagingError::RateLimited(5))
    }

    fn update_post(&self, _post_id: &str, _message: &Message) -> core::result::Result<(), MessagingError> {
        Err(MessagingError::NotFound)
    }

    fn delete_post(&self, _post_id: &str) -> core::result::Result<(), MessagingError> {
        Err(MessagingError::NotFound)
    }

    fn react(&self, _post_id: &str, _emoji: &str) -> core::result::Result<(), MessagingError> {
        Err(MessagingError::NotFound)
    }

    fn unreact(&self, _post_id: &str, _emoji: &str) -> core::result::Result<(), MessagingError> {
        Err(MessagingError::NotFound)
    }

    fn read_post(&self, _: &str) -> core::result::Result<Post, MessagingError> {
        Err(MessagingError::NotFound)
    }

    fn render(&self, _: &str, data_json: &str) -> core::result::Result<String, String> {
        Err(format!("1:3 of {data_json}"))
    }
}

/// Makes a call from the team `red`, with [`Small`] as its host.
fn ctx() -> Ctx {
    host::install(Box::new(Small));
    let place = Place { team_id: Some("red".into()), ..Place::default() };
    Ctx::new(Call { place: Some(place), ..Call::default() })
}

fn whois(raw: &str) -> Result<Option<String>> {
    let invocation = Invocation { name: "whois".into(), raw: raw.into(), ..Invocation::default() };
    Directory::command(&ctx(), &invocation).map(|reply| reply.map(|reply| reply.message.text))
}

#[test]
fn users_and_channels_are_looked_up() {
    assert_eq!(whois("@anna"), Ok(Some("Anna A. nowhere".into())));
    assert_eq!(whois("anna ~town"), Ok(Some("Anna A. Town".into())));
    assert_eq!(whois("anna #town"), Ok(Some("Anna A. Town".into())));
}

#[test]
fn an_unknown_user_is_a_user_error_and_a_fault_is_not() {
    let usage = "Usage: `/whois <who> [at]`";
    assert_eq!(whois("@bob"), Err(Failure::User(format!("`@bob` is not a user here.\n{usage}"))));
    let nowhere = format!("`~moon` is not a channel you can see.\n{usage}");
    assert_eq!(whois("anna ~moon"), Err(Failure::User(nowhere)));
    let down = "the directory is unavailable: starting";
    assert_eq!(whois("down"), Err(Failure::Retryable(down.into())));
}

#[test]
fn errors_of_host_calls_become_failures() {
    let (ctx, place) = (ctx(), Place::default());
    let fatal = |text: &str| Failure::Fatal(text.into());
    let retry = Failure::Retryable("stored values are unavailable: off".into());
    assert_eq!(ctx.kv().get("key"), Err(retry));
    assert_eq!(ctx.kv().put_if("key", b"", 1), Err(KvError::Conflict));
    assert_eq!(ctx.kv().delete("key"), Err(fatal("stored values are full: 9 bytes are the limit")));
    let denied = fatal("not allowed: no");
    assert_eq!(ctx.post(&place, "hi"), Err(denied));
    let limited = fatal("too many posts: try again after 5 ms");
    assert_eq!(ctx.post_ephemeral(&place, "u", "hi"), Err(limited));
    let template = fatal("the template `card` cannot be rendered: 1:3 of {\"a\":1}");
    assert_eq!(ctx.render("card", &std::collections::BTreeMap::from([("a", 1)])), Err(template));
}

#[test]
fn settings_are_read_as_the_requested_type() {
    let ctx = ctx();
    assert_eq!(ctx.setting::<u32>("limit"), Ok(Some(3)));
    assert_eq!(ctx.setting::<u32>("other"), Ok(None));
    let Err(Failure::Fatal(text)) = ctx.setting::<String>("limit") else {
        panic!("a setting of another type is fatal");
    };
    assert!(text.starts_with("the setting `limit` has another form: invalid type: integer"), "{text}");
}

#[test]
#[should_panic(expected = "no TestHost")]
fn a_host_call_without_a_host_names_what_is_missing() {
    host::uninstall();
    Ctx::new(Call::default()).info("no host is installed");
}
