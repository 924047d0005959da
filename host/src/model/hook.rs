//! Incoming webhooks, and the receipts of requests to bridges.

use super::{ChannelId, ChannelKind, HookId, PluginId, PostId, ReceiptId, TeamId, Timestamp, UserId};

/// An address that turns requests into messages: Slack-style payloads, or a plugin's bridge.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingHook {
    pub id: HookId,
    /// The author of the hook's messages.
    pub user_id: UserId,
    /// Whether the hook is the server's own: it keeps working when its owner loses the rights that it needs.
    pub outlives_owner: bool,
    pub channel_id: ChannelId,
    pub team_id: TeamId,
    pub display_name: String,
    pub description: String,
    pub username: String,
    pub icon_url: String,
    pub channel_locked: bool,
    /// The plugin and the bridge that handle this hook's requests; absent for Slack-style payloads.
    pub bridge: Option<(PluginId, String)>,
    pub verifier: Verifier,
    /// The secret shared with the sender, sealed.
    pub sealed_secret: Option<Vec<u8>>,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

/// Which hooks a list is about. Without any field, all are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HookFilter {
    pub team: Option<TeamId>,
    pub owner: Option<UserId>,
    /// Leaves out those of others that post in private channels which this user is not in.
    pub manager: Option<UserId>,
}

/// A hook, with the facts about its owner and its channel that a request needs.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
#[derive(Debug, Clone, PartialEq)]
pub struct HookTarget {
    pub hook: IncomingHook,
    pub owner_exists: bool,
    pub owner_is_active: bool,
    pub owner_roles: String,
    /// Whether the owner is a member of the hook's team.
    pub owner_is_in_team: bool,
    /// Whether the owner is a member of the hook's own channel.
    pub owner_is_member: bool,
    pub channel_kind: ChannelKind,
    pub channel_is_archived: bool,
}

/// How a request proves its sender before a plugin sees it. `verifier::scheme` describes each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Verifier {
    None,
    Github,
}

impl Verifier {
    pub const ALL: [Self; 2] = [Self::None, Self::Github];
}

/// One request to a bridge and its outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    pub id: ReceiptId,
    pub hook_id: HookId,
    /// The digest of the signed body. A second delivery of the same body gets a response but is not handled again.
    pub delivery_id: Option<String>,
    pub outcome: ReceiptOutcome,
    /// Why the plugin ignored the request, or why the call failed.
    pub reason: String,
    pub post_ids: Vec<PostId>,
    pub received_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum ReceiptOutcome {
    Posted,
    Ignored,
    Failed,
}

/// How many receipts of each outcome a hook has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ReceiptCounts {
    pub posted: i64,
    pub ignored: i64,
    pub failed: i64,
}
