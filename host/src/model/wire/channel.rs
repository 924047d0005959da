//! Channels and their members on the wire.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Null, or_empty};
use crate::model::role::{CHANNEL_ADMIN, CHANNEL_GUEST, has_role};
use crate::model::{
    ChannelId, ChannelKind, ChannelMembership, ChannelWithCounts, ChannelWithTeam, Membership, TeamId,
    Timestamp, UserId,
};

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelResponse {
    id: ChannelId,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    #[serde(serialize_with = "or_empty")]
    team_id: Option<TeamId>,
    #[serde(rename = "type")]
    kind: ChannelKind,
    display_name: String,
    name: String,
    header: String,
    purpose: String,
    last_post_at: Timestamp,
    total_msg_count: i64,
    extra_update_at: i64,
    #[serde(serialize_with = "or_empty")]
    creator_id: Option<UserId>,
    scheme_id: Null,
    props: Null,
    group_constrained: Null,
    /// Whether the channel is shared with other servers. False for direct channels, null for others: the wire has it
    /// so.
    shared: Option<bool>,
    total_msg_count_root: i64,
    policy_id: Null,
    last_root_post_at: Timestamp,
}

/// A channel with its team's displayed fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelWithTeamResponse {
    #[serde(flatten)]
    channel: ChannelResponse,
    team_name: String,
    team_display_name: String,
    team_update_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChannelMemberResponse {
    channel_id: ChannelId,
    user_id: UserId,
    roles: String,
    last_viewed_at: Timestamp,
    msg_count: i64,
    msg_count_root: i64,
    mention_count: i64,
    mention_count_root: i64,
    urgent_mention_count: i64,
    notify_props: Map<String, Value>,
    last_update_at: Timestamp,
    scheme_guest: bool,
    scheme_user: bool,
    scheme_admin: bool,
    explicit_roles: &'static str,
}

impl From<ChannelWithCounts> for ChannelResponse {
    fn from(counted: ChannelWithCounts) -> Self {
        let ChannelWithCounts {
            channel,
            total_msg_count,
            total_msg_count_root,
            last_post_at,
            last_root_post_at,
        } = counted;
        Self {
            id: channel.id,
            create_at: channel.create_at,
            update_at: channel.update_at,
            delete_at: channel.delete_at,
            team_id: channel.team_id,
            kind: channel.kind,
            display_name: channel.display_name,
            name: channel.name,
            header: channel.header,
            purpose: channel.purpose,
            last_post_at,
            total_msg_count,
            extra_update_at: 0,
            // On the wire, a group channel belongs to all its members.
            creator_id: channel.creator_id.filter(|_| channel.kind != ChannelKind::Group),
            scheme_id: (),
            props: (),
            group_constrained: (),
            shared: (channel.kind == ChannelKind::Direct).then_some(false),
            total_msg_count_root,
            policy_id: (),
            last_root_post_at,
        }
    }
}

impl From<ChannelWithTeam> for ChannelWithTeamResponse {
    fn from(with_team: ChannelWithTeam) -> Self {
        Self {
            channel: with_team.channel.into(),
            team_name: with_team.team_name,
            team_display_name: with_team.team_display_name,
            team_update_at: with_team.team_update_at,
        }
    }
}

impl From<Membership> for ChannelMemberResponse {
    fn from(membership: Membership) -> Self {
        let member = membership.member;
        let ChannelMembership { channel_id, user_id, roles } = member.membership;
        let is_guest = has_role(&roles, CHANNEL_GUEST);
        Self {
            channel_id,
            user_id,
            last_viewed_at: member.last_viewed_at,
            msg_count: member.msg_count,
            msg_count_root: member.msg_count_root,
            mention_count: member.mentions.all,
            mention_count_root: member.mentions.roots,
            urgent_mention_count: member.mentions.urgent,
            notify_props: notify_props(membership.notify_props),
            last_update_at: membership.last_update_at.max(member.last_viewed_at),
            scheme_guest: is_guest,
            scheme_user: !is_guest,
            scheme_admin: has_role(&roles, CHANNEL_ADMIN),
            roles,
            explicit_roles: "",
        }
    }
}

/// Returns a member's notification settings for a channel: their own over the wire's defaults.
pub fn notify_props(own: Map<String, Value>) -> Map<String, Value> {
    let defaults = [
        ("channel_auto_follow_threads", "off"),
        ("desktop", "default"),
        ("email", "default"),
        ("ignore_channel_mentions", "default"),
        ("mark_unread", "all"),
        ("push", "default"),
    ];
    let defaults = defaults.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value)));
    defaults.chain(own).collect()
}
