//! The kinds of posts.

/// Longest kind of a post, in bytes: the same limit as Mattermost's.
pub const MAX_KIND: usize = 26;

/// A post's kind: the wire's `type`. The empty text is an ordinary message.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct PostKind(String);

impl PostKind {
    pub fn attachment() -> Self {
        Self("slack_attachment".to_owned())
    }

    pub fn ephemeral() -> Self {
        Self("system_ephemeral".to_owned())
    }

    /// A message that reminds of another post. Clients draw their own text from its props.
    pub fn reminder() -> Self {
        Self("reminder".to_owned())
    }

    /// A new bot's message to its maker. Clients draw links to where the maker adds the bot.
    pub fn greeting() -> Self {
        Self("add_bot_teams_channels".to_owned())
    }

    /// One of the server's own kinds, whose names begin with `system_`.
    pub fn system(name: &'static str) -> Self {
        Self(name.to_owned())
    }

    pub fn custom(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Whether clients and integrations may set this kind.
    pub fn is_allowed(&self) -> bool {
        (matches!(self.as_str(), "" | "me" | "slack_attachment") || self.0.starts_with("custom_"))
            && self.0.len() <= MAX_KIND
    }

    /// Whether only the host sets this kind.
    pub fn is_system(&self) -> bool {
        self.0.starts_with("system_")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
