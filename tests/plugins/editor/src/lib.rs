//! A plugin that posts, edits, deletes and reacts on command, so that tests can check which effects are applied.

use jackfield_sdk::prelude::*;

struct Editor;

/// Posts, edits, deletes and reacts on command.
#[plugin(id = "dev.jackfield.editor")]
impl Editor {
    /// Posts, and replies with the post's id.
    #[command("/say")]
    fn say(ctx: &Ctx, text: String) -> Result<Reply> {
        let PostId(id) = post(ctx, &text)?;
        Ok(Reply::ephemeral(id))
    }

    /// Edits a post.
    #[command("/edit")]
    fn edit(ctx: &Ctx, id: String, text: String) -> Result<Reply> {
        ctx.update_post(&PostId(id), text)?;
        Ok(Reply::none())
    }

    /// Deletes a post.
    #[command("/delete")]
    fn delete(ctx: &Ctx, id: String) -> Result<Reply> {
        ctx.delete_post(&PostId(id))?;
        Ok(Reply::none())
    }

    /// Reacts to a post.
    #[command("/react")]
    fn react(ctx: &Ctx, id: String, emoji: String) -> Result<Reply> {
        ctx.react(&id, &emoji)?;
        Ok(Reply::none())
    }

    /// Removes a reaction.
    #[command("/unreact")]
    fn unreact(ctx: &Ctx, id: String, emoji: String) -> Result<Reply> {
        ctx.unreact(&id, &emoji)?;
        Ok(Reply::none())
    }

    /// Replies with a post's text.
    #[command("/read")]
    fn read(ctx: &Ctx, id: String) -> Result<Reply> {
        Ok(Reply::ephemeral(repeat(ctx.read_post(&id))?.message.text))
    }

    /// Posts in another channel, and replies with the post's id.
    #[command("/tell")]
    fn tell(ctx: &Ctx, channel_id: String, text: String) -> Result<Reply> {
        let PostId(id) = repeat(ctx.post(&Place { channel_id, ..Place::default() }, text))?;
        Ok(Reply::ephemeral(id))
    }

    /// Replies with the id of a channel, which it looks up in a team.
    #[command("/find")]
    fn find(ctx: &Ctx, name: String, team_id: String) -> Result<Reply> {
        Ok(Reply::ephemeral(repeat(ctx.find_channel(&name, Some(&team_id)))?.id))
    }

    /// Replies with the id of a user.
    #[command("/who")]
    fn who(_ctx: &Ctx, user: User) -> Result<Reply> {
        Ok(Reply::ephemeral(user.0.id))
    }

    /// Makes all changes in one call.
    #[command("/everything")]
    fn everything(ctx: &Ctx, earlier: String) -> Result<Reply> {
        everything(ctx, &earlier)?;
        Ok(Reply::none())
    }

    /// Makes all changes, then crashes.
    #[command("/everything-then-trap")]
    fn everything_then_trap(ctx: &Ctx, earlier: String) -> Result<Reply> {
        everything(ctx, &earlier)?;
        panic!("on purpose")
    }
}

/// Shows the user why a host call failed.
fn repeat<T>(result: Result<T>) -> Result<T> {
    result.map_err(|failure| Failure::User(failure.text().to_owned()))
}

fn post(ctx: &Ctx, text: &str) -> Result<PostId> {
    let Some(place) = ctx.place() else { bail_user!("call this in a channel") };
    ctx.post(place, text)
}

/// Edits and reacts to an earlier post of this plugin, edits and reacts to a new one, and deletes another new one.
fn everything(ctx: &Ctx, earlier: &str) -> Result<()> {
    ctx.update_post(&PostId(earlier.to_owned()), "edited")?;
    ctx.react(earlier, "eyes")?;
    let new = post(ctx, "new")?;
    ctx.update_post(&new, "new, edited")?;
    ctx.react(&new.0, "rocket")?;
    let dropped = post(ctx, "dropped")?;
    ctx.react(&dropped.0, "tada")?;
    ctx.delete_post(&dropped)?;
    let seen = [earlier, &new.0].map(|id| ctx.read_post(id).map(|post| post.message.text));
    if seen != [Ok("edited".to_owned()), Ok("new, edited".to_owned())] {
        bail_fatal!("a call must read its own edits");
    }
    if ctx.read_post(&dropped.0).is_ok() {
        bail_fatal!("a call must not read what it deleted");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jackfield_testkit::{Effect, TestHost};

    #[test]
    fn a_post_is_edited_reacted_to_and_deleted() {
        let host = TestHost::new().user("anna").channel("town-square");
        assert_eq!(host.command::<Editor>("/say hello"), Ok(Some(Reply::ephemeral("post-1"))));
        for line in ["/edit post-1 bye", "/react post-1 eyes", "/react post-1 eyes", "/unreact post-1 eyes"] {
            assert_eq!(host.command::<Editor>(line), Ok(None), "{line}");
        }
        assert_eq!(host.command::<Editor>("/delete post-1"), Ok(None));
        let id = || "post-1".to_owned();
        assert_eq!(
            host.effects()[1..],
            [
                Effect::Edit { id: id(), message: Message::new("bye") },
                Effect::React { id: id(), emoji: "eyes".to_owned() },
                Effect::Unreact { id: id(), emoji: "eyes".to_owned() },
                Effect::DeletePost { id: id() },
            ]
        );
        assert!(host.command::<Editor>("/edit post-1 again").is_err());
    }

    #[test]
    fn all_changes_happen_in_one_call() {
        let host = TestHost::new().user("anna").channel("town-square");
        host.command::<Editor>("/say hello").unwrap();
        assert_eq!(host.command::<Editor>("/everything post-1"), Ok(None));
    }
}
