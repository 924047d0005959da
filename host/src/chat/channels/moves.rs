//! Moving a channel to another team.

use serde_json::json;

use crate::access::{Admin, Prohibition, audit_row};
use crate::chat::checks::{check_channel_active, check_team_active, name_taken};
use crate::chat::{Chat, ChatError};
use crate::model::{ChannelId, ChannelWithCounts, FIRST_CHANNELS, Kind, SystemMessage, TeamId};
use crate::store::{MoveOutcome, Quota, QuotaKind};

impl Chat {
    /// Moves a channel to another team, with its posts and webhooks, and writes into it where it came from. Members who
    /// are not in that team are removed with `force`; without, they prevent the move.
    pub async fn move_channel(
        &self,
        caller: &Admin,
        id: &ChannelId,
        team: &TeamId,
        force: bool,
    ) -> Result<ChannelWithCounts, ChatError> {
        let channel = self.channel_with_counts(id).await?;
        let Some(from) = &channel.team_id else { return Err(Prohibition::MoveDirect.into()) };
        let target = self.team(team).await?;
        if FIRST_CHANNELS.iter().any(|(name, _)| *name == channel.name) {
            return Err(Prohibition::MoveFirstChannel.into());
        }
        check_channel_active(&channel)?;
        check_team_active(&target)?;
        if *from == target.id {
            return Ok(channel);
        }
        let old_team = self.team(from).await?;
        let message = self.system_post(caller.user(), &channel, SystemMessage::Move(&old_team.display_name));
        let (message, mentioned) = self.counted_messages(vec![message]).await?;
        let written = message.posts.clone();
        let quota = Quota::new(QuotaKind::ChannelsOfTeam, &target.id, self.limits.channels_per_team);
        let thing = ("channel", id.as_str());
        let (was, becomes) = (json!({"team_id": from}), json!({"team_id": target.id}));
        let audit =
            audit_row(&self.clock, Some(caller.user()), "channel.move", thing, Some(was), Some(becomes));
        let store = self.store.with_quotas([quota]);
        let moving = store.move_channel(id, &target.id, force, message, self.clock.now(), audit);
        let outcome = self.bus.change_members(moving).await;
        let removed = match outcome.map_err(|error| name_taken(error, Kind::Channel))? {
            MoveOutcome::Moved(removed) => removed,
            MoveOutcome::Strangers => return Err(Prohibition::MoveFromMembers.into()),
        };
        let remover_id = &caller.user().id;
        for member in &removed {
            let data = json!({"channel_id": id, "remover_id": remover_id});
            self.publish_to_user(member, "user_removed", &data).await;
        }
        let channel = self.channel_with_counts(id).await?;
        self.publish_channel(&channel).await;
        self.publish_committed(caller.user(), &channel, written.into_iter().zip(mentioned)).await;
        Ok(channel)
    }
}
