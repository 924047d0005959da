//! Where a post is, for a client that follows a link to it.

use serde::Serialize;

use super::or_empty;
use crate::model::{Channel, ChannelId, ChannelKind, Team, TeamId, TeamKind};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PostInfoResponse {
    channel_id: ChannelId,
    channel_type: ChannelKind,
    channel_display_name: String,
    has_joined_channel: bool,
    #[serde(serialize_with = "or_empty")]
    team_id: Option<TeamId>,
    #[serde(serialize_with = "or_empty")]
    team_type: Option<TeamKind>,
    team_display_name: String,
    has_joined_team: bool,
}

impl PostInfoResponse {
    /// `team` is None for a direct or group channel. The flags say whether the reader is in the channel and the team.
    pub fn new(channel: Channel, team: Option<Team>, in_channel: bool, in_team: bool) -> Self {
        Self {
            channel_id: channel.id,
            channel_type: channel.kind,
            channel_display_name: channel.display_name,
            has_joined_channel: in_channel,
            team_id: team.as_ref().map(|team| team.id.clone()),
            team_type: team.as_ref().map(|team| team.kind),
            team_display_name: team.map(|team| team.display_name).unwrap_or_default(),
            has_joined_team: in_team,
        }
    }
}
