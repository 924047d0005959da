//! `/msg` and `/groupmsg`.

use super::Misuse;
use crate::command::posting::new_post;
use crate::command::{Commands, ExecuteResponse, Invocation};
use crate::model::{Channel, Place, UserId};

impl Commands {
    /// Opens the direct channel with a user, and posts a text there, if there is one.
    pub(super) async fn message(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let text = call.text.trim();
        let (name, text) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let user = self.named_user(call, name).await?;
        let channel = self.chat.direct_with(call.caller, &user).await?.channel;
        self.send(call, &channel, text.trim()).await
    }

    /// Does the same with several users, whose names are separated by commas.
    pub(super) async fn group_message(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let (names, text) = recipients(call.text);
        let mut users = Vec::with_capacity(names.len());
        for name in names {
            users.push(self.named_user(call, name).await?);
        }
        users.retain(|user| user.id != call.caller.id);
        let channel = match &users[..] {
            [] => return Err(Misuse::text("write the names of other users after the command")),
            [user] => self.chat.direct_with(call.caller, user).await?.channel,
            users => {
                let ids: Vec<UserId> = users.iter().map(|user| user.id.clone()).collect();
                self.chat.open_group(call.caller, &ids).await?.channel
            }
        };
        self.send(call, &channel, text).await
    }

    async fn send(
        &self,
        call: &Invocation<'_>,
        channel: &Channel,
        text: &str,
    ) -> Result<ExecuteResponse, Misuse> {
        if !text.is_empty() {
            self.chat.post(call.caller, new_post(&Place::from(channel), text)).await?;
        }
        let goto_location = self.address_of(call, &channel.name);
        Ok(ExecuteResponse { goto_location, ..ExecuteResponse::whisper("") })
    }
}

/// Splits `@anna, @bob hello` into the names and the text.
fn recipients(line: &str) -> (Vec<&str>, &str) {
    let (mut names, mut rest) = (Vec::new(), line.trim());
    loop {
        let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        names.extend((!name.is_empty()).then_some(name));
        let after = after.trim_start();
        match after.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None => return (names, after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_separated_by_commas_and_the_text_follows() {
        assert_eq!(recipients("@anna,bob hello, all"), (vec!["@anna", "bob"], "hello, all"));
        assert_eq!(recipients(" @anna , @bob"), (vec!["@anna", "@bob"], ""));
        assert_eq!(recipients(""), (Vec::new(), ""));
    }
}
