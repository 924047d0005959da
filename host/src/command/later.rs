//! Late responses: for a while after a command was run, its target may respond at an address of its own.

use data_encoding::BASE64;

use super::{CommandError, Commands, ExecuteResponse, Invocation};
use crate::chat::ChatError;
use crate::model::{Command, Kind, LATE_RESPONSE_TIME, MAX_LATE_RESPONSES, Place, ResponseAddress, UserId};
use crate::secret::{Secret, hmac_sha256_hex};

/// Creates the last part of an address. It is the only credential of a late response.
pub(super) fn random_address() -> Secret {
    Secret::random()
}

impl Commands {
    /// Shows a late response to the user who ran the command, or as a post of that user.
    pub async fn respond_later(
        &self,
        address: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<(), CommandError> {
        let digest = Secret::new(address).digest();
        let opened_after = self.clock.now().minus(LATE_RESPONSE_TIME);
        let address = self.store.commands().address(&digest, opened_after).await?;
        let address = address.ok_or(CommandError::NoAddress)?;
        let mut reply = ExecuteResponse::read(content_type, body).map_err(CommandError::Unreadable)?;
        let command = self.store.commands().get(&address.command_id).await?;
        let command = command.ok_or(CommandError::CommandGone)?;
        if !self.store.commands().use_address(&digest, MAX_LATE_RESPONSES).await? {
            return Err(CommandError::UsedUp);
        }
        let missing = || CommandError::NotPosted(ChatError::NotFound(Kind::Account));
        let caller = self.store.user(&address.user_id).await?.filter(|user| user.delete_at.is_never());
        let caller = caller.ok_or_else(missing)?;
        let channel = self.chat.postable_channel(&caller, &address.channel_id, None).await;
        let channel = channel.map_err(CommandError::NotPosted)?;
        let place = Place { root_id: address.root_id, ..Place::from(&channel) };
        self.show_all(&command, (&caller, &channel, &place), &mut reply).await
    }

    pub(super) async fn open_address(
        &self,
        address: &Secret,
        command: &Command,
        call: &Invocation<'_>,
    ) -> Result<(), CommandError> {
        let address = ResponseAddress {
            digest: address.digest(),
            command_id: command.id.clone(),
            user_id: call.caller.id.clone(),
            channel_id: call.channel.id.clone(),
            root_id: call.place.root_id.clone(),
            uses: 0,
            create_at: self.clock.now(),
        };
        Ok(self.store.commands().open_address(address).await?)
    }

    /// Returns the id with which the target opens a dialog for the user: whose it is and since when, signed.
    pub(super) fn trigger_id(&self, client: &str, user: &UserId) -> String {
        let named = format!("{client}:{user}:{}:", self.clock.now().as_millis());
        let key = self.sealer.derived("trigger ids of commands");
        let signature = hmac_sha256_hex(key.reveal().as_bytes(), named.as_bytes());
        BASE64.encode(format!("{named}{signature}").as_bytes())
    }
}
