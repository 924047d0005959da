//! Incoming webhooks and the record of what arrived.

use super::{ChannelId, ChannelKind, HookId, PluginId, PostId, ReceiptId, TeamId, Timestamp, UserId};

/// An address that turns requests into messages: plain payloads, or a plugin's bridge.
#[derive(Debug, Clone, PartialEq)]
pub struct IncomingHook {
    pub id: HookId,
    /// The account whose posts the hook's messages are.
    pub user_id: UserId,
    pub channel_id: ChannelId,
    pub team_id: TeamId,
    pub display_name: String,
    pub description: String,
    pub username: String,
    pub icon_url: String,
    pub channel_locked: bool,
    /// The plugin and the bridge in it that read this hook's requests; none for plain payloads.
    pub bridge: Option<(PluginId, String)>,
    pub verifier: Verifier,
    /// The secret shared with the sender, sealed.
    pub sealed_secret: Option<Vec<u8>>,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

/// A hook with what a request to it needs to know of its owner and its own channel.
#[derive(Debug, Clone, PartialEq)]
pub struct HookTarget {
    pub hook: IncomingHook,
    pub owner_exists: bool,
    /// The owner reads the hook's own channel.
    pub owner_is_member: bool,
    pub channel_kind: ChannelKind,
}

/// How a request proves where it came from, checked before any plugin sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Verifier {
    /// The address alone is the proof.
    None,
    /// `X-Hub-Signature-256: sha256=<hex>`, HMAC-SHA256 of the raw body.
    Github,
}

/// One request to a bridge and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    pub id: ReceiptId,
    pub hook_id: HookId,
    /// The sender's own name for this delivery: a second one with the same name is answered, not repeated.
    pub delivery_id: Option<String>,
    pub outcome: ReceiptOutcome,
    /// Why it was ignored or failed, in the plugin's words.
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

/// How often each outcome happened on one hook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct ReceiptCounts {
    pub posted: i64,
    pub ignored: i64,
    pub failed: i64,
}
