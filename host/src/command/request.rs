//! Commands that are run by a request to a URL: the request, and the response of its target.

use form_urlencoded::Serializer;

use super::later::random_address;
use super::{CommandError, Commands, ExecuteResponse, Invocation, MAX_NAMED_TRIGGER};
use crate::egress::http::OutgoingRequest;
use crate::model::{Command, CommandMethod, Team};
use crate::secret::random_id;

const FORM: &str = "application/x-www-form-urlencoded";

/// The only status of a response that is read.
const OK: u16 = 200;

impl Commands {
    /// Sends a command to its target, and shows the response.
    pub(super) async fn request(
        &self,
        command: &Command,
        call: &Invocation<'_>,
        team: &Team,
    ) -> Result<ExecuteResponse, CommandError> {
        let address = random_address();
        self.open_address(&address, command, call).await?;
        // The client learns the id, and knows by it a dialog that the target opens.
        let client = random_id();
        let mut fields = self.fields(command, call, team).await?;
        fields.push(("trigger_id", self.trigger_id(&client, &call.caller.id)));
        fields.push(("response_url", format!("{}/hooks/commands/{}", self.site_url, address.reveal())));
        let mut reply = match self.response(command, &fields).await {
            Ok(reply) => reply,
            Err(failure) => return Err(self.failed(command, call, failure).await?),
        };
        self.show_all(command, (call.caller, call.channel, call.place), &mut reply).await?;
        reply.trigger_id = client;
        Ok(reply)
    }

    async fn fields(
        &self,
        command: &Command,
        call: &Invocation<'_>,
        team: &Team,
    ) -> Result<Vec<(&'static str, String)>, CommandError> {
        let token = self.with_token(command.clone()).token;
        let mut fields = vec![
            ("token", token.reveal().to_owned()),
            ("team_id", team.id.to_string()),
            ("team_domain", team.name.clone()),
            ("channel_id", call.channel.id.to_string()),
            ("channel_name", call.channel.name.clone()),
            ("user_id", call.caller.id.to_string()),
            ("user_name", call.caller.username.clone()),
            ("command", format!("/{}", command.trigger)),
            ("text", call.text.to_owned()),
        ];
        if let Some(root) = &call.place.root_id {
            fields.push(("root_id", root.to_string()));
        }
        let (users, channels) = self.chat.named_in(&team.id, call.text).await?;
        for (name, id) in users {
            fields.extend([("user_mentions", name), ("user_mentions_ids", id.into())]);
        }
        for (name, id) in channels {
            fields.extend([("channel_mentions", name), ("channel_mentions_ids", id.into())]);
        }
        Ok(fields)
    }

    /// Sends the fields to the command's target, and reads its response. The error is a sentence for the log.
    async fn response(
        &self,
        command: &Command,
        fields: &[(&str, String)],
    ) -> Result<ExecuteResponse, Failure> {
        let encoded = Serializer::new(String::new()).extend_pairs(fields).finish();
        let token = fields.first().map_or("", |(_, token)| token.as_str());
        let mut headers = vec![
            ("Accept".to_owned(), "application/json".to_owned()),
            ("Authorization".to_owned(), format!("Token {token}")),
        ];
        let request = match command.method {
            CommandMethod::Get => {
                let url = with_query(&command.url, &encoded);
                OutgoingRequest { method: "GET".to_owned(), url, headers, body: Vec::new() }
            }
            CommandMethod::Post => {
                headers.push(("Content-Type".to_owned(), FORM.to_owned()));
                let url = command.url.clone();
                OutgoingRequest { method: "POST".to_owned(), url, headers, body: encoded.into_bytes() }
            }
        };
        let response = self.client.send(request).await.map_err(|error| Failure::of(&error))?;
        if response.status != OK {
            return Err(Failure {
                reason: format!("it responded with the status {}", response.status),
                is_status: true,
            });
        }
        let kind = response.headers.iter().find(|(name, _)| name == "content-type");
        let kind = kind.map(|(_, value)| String::from_utf8_lossy(value)).unwrap_or_default();
        ExecuteResponse::read(&kind, &response.body).map_err(|error| Failure::of(&error))
    }

    /// Logs why a command failed. The error tells the reason only to those who manage the command.
    async fn failed(
        &self,
        command: &Command,
        call: &Invocation<'_>,
        failure: Failure,
    ) -> Result<CommandError, CommandError> {
        let Failure { reason, is_status } = failure;
        tracing::warn!(command = %command.id, reason, "the target of a command failed");
        let reason = if self.manages(call.caller, command).await? {
            reason
        } else {
            "its server did not respond as it should; those who manage the command see the reason".to_owned()
        };
        let trigger = command.trigger.chars().take(MAX_NAMED_TRIGGER).collect();
        Ok(if is_status {
            CommandError::BadStatus { trigger, reason }
        } else {
            CommandError::BadResponse { trigger, reason }
        })
    }
}

/// Why the target of a command did not respond as it should.
struct Failure {
    reason: String,
    /// Whether it responded with a status other than 200.
    is_status: bool,
}

impl Failure {
    fn of(error: &dyn std::error::Error) -> Self {
        Self { reason: error.to_string(), is_status: false }
    }
}

/// Adds fields to the query of a URL.
fn with_query(url: &str, encoded: &str) -> String {
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_added_to_the_query() {
        assert_eq!(with_query("http://a.test/x", "b=c"), "http://a.test/x?b=c");
        assert_eq!(with_query("http://a.test/?x=1#top", "b=c"), "http://a.test/?x=1&b=c");
    }
}
