//! The smallest plugin: one command, and its test.

use jackfield_sdk::prelude::*;

struct Hello;

/// Greets the user who typed the command.
#[plugin(id = "dev.jackfield.hello")]
impl Hello {
    /// Says hello to you.
    #[command("/hello")]
    fn hello(ctx: &Ctx) -> Result<Reply> {
        let name = ctx.actor().map_or("stranger", |actor| &actor.username);
        Ok(Reply::in_channel(format!("Hello, **{name}**!")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_testkit::TestHost;

    #[test]
    fn the_caller_is_greeted_by_name() {
        let host = TestHost::new().user("anna");
        let reply = host.command::<Hello>("/hello");
        assert_eq!(reply, Ok(Some(Reply::in_channel("Hello, **anna**!"))));
    }
}
