//! Answers the command /NAME.

use jackfield_sdk::prelude::*;

struct TYPE;

/// Answers the command /NAME.
#[plugin(id = "PLUGIN_ID")]
impl TYPE {
    /// Greets the given name.
    #[command("/NAME")]
    fn answer(ctx: &Ctx, #[default = "world"] whom: String) -> Result<Reply> {
        let from = ctx.actor().map_or("a plugin", |actor| &actor.username);
        Ok(Reply::in_channel(format!("**{from}** greets {whom}.")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_testkit::TestHost;

    #[test]
    fn the_reply_greets_whom_the_command_names() {
        let host = TestHost::new().user("anna");
        let reply = host.command::<TYPE>("/NAME world");
        assert_eq!(reply, Ok(Some(Reply::in_channel("**anna** greets world."))));
    }
}
