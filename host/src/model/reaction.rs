//! Reactions: a user's emoji on a post.

use std::str::FromStr;

use super::{PostId, Timestamp, UserId};

/// Most different emoji on one post. A reaction with another one is refused.
pub const MAX_EMOJI_PER_POST: i64 = 50;

/// The longest name of an emoji, in bytes.
pub const MAX_EMOJI_NAME: usize = 64;

/// The name of an emoji, without colons: `+1`, `white_check_mark`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct EmojiName(String);

/// The text is not the name of an emoji.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "an emoji's name has 1 to {MAX_EMOJI_NAME} of the characters a-z, 0-9, `_`, `+` and `-`, and no colons"
)]
pub struct InvalidEmoji;

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Reaction {
    pub post_id: PostId,
    pub user_id: UserId,
    pub emoji_name: EmojiName,
    pub create_at: Timestamp,
}

/// A reaction that is added to a post, or taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReactionChange {
    /// `limit` is the number of different emoji that the post may have.
    Add {
        reaction: Reaction,
        limit: i64,
    },
    Remove {
        post_id: PostId,
        user_id: UserId,
        emoji_name: EmojiName,
        at: Timestamp,
    },
}

impl ReactionChange {
    pub fn post_id(&self) -> &PostId {
        match self {
            Self::Add { reaction, .. } => &reaction.post_id,
            Self::Remove { post_id, .. } => post_id,
        }
    }
}

impl EmojiName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmojiName {
    type Err = InvalidEmoji;

    fn from_str(text: &str) -> Result<Self, InvalidEmoji> {
        if is_emoji_name(text) { Ok(Self(text.to_owned())) } else { Err(InvalidEmoji) }
    }
}

/// Whether a text can be the name of an emoji, without colons.
pub fn is_emoji_name(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_+-".contains(&b);
    (1..=MAX_EMOJI_NAME).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_colons_blanks_or_capitals() {
        for name in ["+1", "-1", "white_check_mark", "100", &"a".repeat(64)] {
            assert_eq!(name.parse::<EmojiName>().unwrap().as_str(), name);
        }
        for name in ["", ":+1:", "Smile", "a b", "👍", &"a".repeat(65)] {
            assert_eq!(name.parse::<EmojiName>(), Err(InvalidEmoji), "{name}");
        }
    }
}
