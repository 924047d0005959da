//! A plugin that misbehaves in one way per command, so that tests can hit every limit of a server. None of its effects
//! may be applied.

use std::collections::BTreeMap;
use std::hint::black_box;

use jackfield_sdk::prelude::*;

/// The key that `/write-then-trap` and `/write-then-refuse` write, and that no call may ever find.
pub const KEY: &str = "left-behind";

/// The message of a crash.
pub const PANIC: &str = "hostile on purpose";

/// The text of `/huge`, in bytes.
const HUGE: usize = 5 * 1024 * 1024;

/// The number of bytes that `/eat` allocates at a time.
const BITE: usize = 1024 * 1024;

/// The largest value a server accepts, in bytes.
const VALUE: usize = 1024 * 1024;

/// The number of values of that size in one call, more than a server accepts.
const VALUES: usize = 17;

/// Characters of a line of `/log`, which take two bytes each when they are escaped.
const LINE: usize = 4000;

/// The rows of `/render`, over which the template loops for each of them.
const ROWS: usize = 100_000;

/// A limit of stored values.
#[derive(Clone, Copy, Choice)]
enum Limit {
    Value,
    ChangedBytes,
}

struct Hostile;

/// Hits every limit of the server.
#[plugin(id = "dev.jackfield.hostile", templates = "templates")]
impl Hostile {
    /// Crashes with a message.
    #[command("/trap")]
    fn trap(ctx: &Ctx) -> Result<Reply> {
        ctx.warn("about to crash");
        crash()
    }

    /// Computes forever.
    #[command("/loop")]
    fn spin(_ctx: &Ctx) -> Result<Reply> {
        loop {
            black_box(0);
        }
    }

    /// Allocates memory until there is none left.
    #[command("/eat")]
    fn eat(_ctx: &Ctx) -> Result<Reply> {
        let mut eaten = Vec::new();
        loop {
            eaten.push(black_box(vec![1_u8; BITE]));
        }
    }

    /// Calls itself until there is no stack left.
    #[command("/recurse")]
    fn recurse(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::ephemeral(descend(0).to_string()))
    }

    /// Logs this many long lines, and fails with a text that looks like a line of its own.
    #[command("/log")]
    fn log(ctx: &Ctx, lines: u32) -> Result<Reply> {
        for _ in 0..lines {
            ctx.info(&"\0".repeat(LINE));
        }
        bail_fatal!("{PANIC}\nforged {}", "\0".repeat(LINE))
    }

    /// Renders a template that does not come to an end.
    #[command("/render")]
    fn render(ctx: &Ctx) -> Result<Reply> {
        let data = BTreeMap::from([("rows", vec![0_u8; ROWS])]);
        Ok(Reply::ephemeral(ctx.render("costly", &data)?))
    }

    /// Stores more than a server accepts, and repeats the error.
    #[command("/over")]
    fn over(ctx: &Ctx, limit: Limit) -> Result<Reply> {
        ctx.kv().put(KEY, b"here")?;
        let Err(error) = limit.pass(ctx) else { bail_fatal!("there is no limit") };
        bail_user!("{error}")
    }

    /// Replies with more than any server accepts.
    #[command("/huge")]
    fn huge(_ctx: &Ctx) -> Result<Reply> {
        Ok(Reply::in_channel("x".repeat(HUGE)))
    }

    /// Replies with a picture whose address has this many bytes.
    #[command("/icon")]
    fn icon(_ctx: &Ctx, bytes: u32) -> Result<Reply> {
        let start = "https://";
        let rest = "x".repeat((bytes as usize).saturating_sub(start.len()));
        Ok(Reply::in_channel(Message::new("look").icon_url(format!("{start}{rest}"))))
    }

    /// Looks for a user and a channel whose names cannot exist.
    #[command("/nul")]
    fn nul(ctx: &Ctx) -> Result<Reply> {
        let (user, channel) = (ctx.find_user("an\0na"), ctx.find_channel("town\0square", None));
        Ok(Reply::ephemeral(format!("found: {} {}", user.is_ok(), channel.is_ok())))
    }

    /// Stores and posts, then crashes.
    #[command("/write-then-trap")]
    fn write_then_trap(ctx: &Ctx) -> Result<Reply> {
        write(ctx)?;
        crash()
    }

    /// Stores and posts, then says that it failed.
    #[command("/write-then-refuse")]
    fn write_then_refuse(ctx: &Ctx) -> Result<Reply> {
        write(ctx)?;
        bail_user!("changed my mind")
    }

    /// Replies whether anything was left behind.
    #[command("/look")]
    fn look(ctx: &Ctx) -> Result<Reply> {
        let found = ctx.kv().get(KEY)?;
        Ok(Reply::ephemeral(if found.is_some() { "left behind" } else { "nothing" }))
    }

    /// Fails in the way that the header `X-Hostile` names; without it, posts the body.
    #[bridge("hostile", verifier = "github")]
    fn receive(ctx: &Ctx, request: &Request) -> Result<Outcome> {
        let nothing = |_| Outcome::default();
        match request.header("X-Hostile").unwrap_or_default() {
            "trap" => Self::write_then_trap(ctx).map(nothing),
            "refuse" => Self::write_then_refuse(ctx).map(nothing),
            "loop" => Self::spin(ctx).map(nothing),
            "eat" => Self::eat(ctx).map(nothing),
            "huge" => Ok(Outcome::message("x".repeat(HUGE))),
            "fatal" => {
                write(ctx)?;
                bail_fatal!("{PANIC}")
            }
            "later" => {
                write(ctx)?;
                Err(Failure::Retryable(PANIC.to_owned()))
            }
            "again" => {
                write(ctx)?;
                Ok(Outcome::message("left behind").status(503).body("again, please"))
            }
            _ => Ok(Outcome::message(String::from_utf8_lossy(&request.body).into_owned())),
        }
    }
}

impl Limit {
    fn pass(self, ctx: &Ctx) -> Result<()> {
        let store = |key: usize, bytes| ctx.kv().put(&format!("key{key}"), &vec![0; bytes]).map(drop);
        match self {
            Self::Value => store(0, VALUE + 1),
            Self::ChangedBytes => (0..VALUES).try_for_each(|key| store(key, VALUE)),
        }
    }
}

/// Recurses. Every call uses the result of the next, so that the compiler cannot remove any.
fn descend(depth: u64) -> u64 {
    if black_box(depth) == u64::MAX { depth } else { black_box(descend(depth + 1)).wrapping_add(depth) }
}

fn crash() -> ! {
    panic!("{PANIC}")
}

/// Stores a value, reads it back, and posts, in a call that is about to fail.
fn write(ctx: &Ctx) -> Result<()> {
    ctx.kv().put(KEY, b"here")?;
    if ctx.kv().get(KEY)?.is_none() {
        bail_fatal!("a call must read its own writes");
    }
    let Some(place) = ctx.place() else { bail_user!("call this in a channel") };
    let PostId(id) = ctx.post(place, "left behind")?;
    if ctx.read_post(&id)?.message.text != "left behind" {
        bail_fatal!("a call must read its own posts");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_testkit::TestHost;

    #[test]
    fn a_refused_call_leaves_nothing_behind() {
        let host = TestHost::new().user("anna").channel("town-square");
        let refused = host.command::<Hostile>("/write-then-refuse");
        assert_eq!(refused, Err(Failure::User("changed my mind".to_owned())));
        assert_eq!(host.effects(), []);
        assert_eq!(host.command::<Hostile>("/look"), Ok(Some(Reply::ephemeral("nothing"))));
    }

    #[test]
    fn a_delivery_without_the_header_is_posted() {
        let host = TestHost::new().channel("town-square");
        let outcome = host.bridge::<Hostile>("hostile", &[("X-Hostile", "")], "hello");
        assert_eq!(outcome, Ok(Outcome::message("hello")));
    }

    #[test]
    #[should_panic(expected = "hostile on purpose")]
    fn a_crash_has_its_message() {
        let _never = TestHost::new().user("anna").channel("town-square").command::<Hostile>("/trap");
    }
}
