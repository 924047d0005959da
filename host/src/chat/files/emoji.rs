//! Custom emoji: a name and a small picture.

use serde_json::json;

use super::{FileError, Files, picture};
use crate::access::rules;
use crate::blob::{Bytes, Download, Folder};
use crate::bus::{Audience, Event, Scope};
use crate::chat::ChatError;
use crate::model::wire::{self, CustomEmojiResponse};
use crate::model::{Emoji, EmojiId, Kind, MAX_EMOJI_NAME, User, UserId, is_emoji_name};
use crate::store::{Quota, QuotaKind};

/// Largest picture of an emoji, in bytes.
pub const MAX_EMOJI_FILE: u64 = 512 * 1024;

/// Most custom emoji on one server.
const MAX_EMOJI: i64 = 10_000;

/// Most names in one request. A request for more is refused.
const MAX_EMOJI_NAMES: usize = 200;

/// Largest width and height of an emoji's picture, in pixels. Clients draw it small.
const MAX_SIDE: u32 = 1028;

/// Most emoji in the result of one search.
const MAX_FOUND: i64 = 200;

/// An emoji that a client wants to create.
#[derive(Debug, Clone)]
pub struct NewEmoji {
    pub creator_id: UserId,
    pub name: String,
    pub picture: Bytes,
}

impl Files {
    /// Creates an emoji, and publishes it to every user.
    pub async fn create_emoji(&self, caller: &User, new: NewEmoji) -> Result<Emoji, FileError> {
        rules::create_emoji(caller, &new.creator_id).map_err(ChatError::from)?;
        check_name(&new.name)?;
        let mime_type = self.check_picture(&new.picture).await?;
        let now = self.chat.clock.now();
        let emoji = Emoji {
            id: self.chat.clock.id(),
            creator_id: new.creator_id,
            name: new.name,
            mime_type: mime_type.to_owned(),
            create_at: now,
            update_at: now,
        };
        self.blobs.put(&key(&emoji.id), new.picture).await?;
        let limit =
            Quota::new(QuotaKind::EmojiOfAccount, &emoji.creator_id, self.chat.limits.emoji_per_account);
        let store = self.chat.store.with_quotas([limit]);
        let refused = match store.create_emoji(emoji.clone(), MAX_EMOJI).await {
            Ok(true) => None,
            Ok(false) => Some(FileError::TooManyEmoji(MAX_EMOJI)),
            Err(error) if error.is_conflict() => Some(ChatError::Taken(Kind::Emoji).into()),
            Err(error) => Some(ChatError::from(error).into()),
        };
        if let Some(error) = refused {
            self.delete_picture(&emoji.id).await;
            return Err(error);
        }
        let data = json!({"emoji": wire::text(&CustomEmojiResponse::from(emoji.clone()))});
        self.chat.bus.publish(Event::new("emoji_added", &data, &Scope::default()), Audience::All).await;
        Ok(emoji)
    }

    pub async fn delete_emoji(&self, caller: &User, id: &EmojiId) -> Result<(), FileError> {
        let emoji = self.emoji(id).await?;
        rules::delete_emoji(caller, &emoji).map_err(ChatError::from)?;
        if !self.chat.store.delete_emoji(id).await.map_err(ChatError::from)? {
            return Err(ChatError::NotFound(Kind::Emoji).into());
        }
        self.delete_picture(id).await;
        Ok(())
    }

    pub async fn emoji(&self, id: &EmojiId) -> Result<Emoji, FileError> {
        let found = self.chat.store.emoji(id).await.map_err(ChatError::from)?;
        Ok(found.ok_or(ChatError::NotFound(Kind::Emoji))?)
    }

    /// Returns the emoji with these names, by name.
    pub async fn emoji_named(&self, names: &[String]) -> Result<Vec<Emoji>, FileError> {
        if names.is_empty() || names.len() > MAX_EMOJI_NAMES {
            let reason = format!("send a list of 1 to {MAX_EMOJI_NAMES} names");
            return Err(ChatError::Invalid { kind: Kind::Request, field: "names", reason }.into());
        }
        let names: Vec<String> = names.iter().filter(|name| is_emoji_name(name)).cloned().collect();
        Ok(self.chat.store.emoji_named(&names).await.map_err(ChatError::from)?)
    }

    /// Returns the emoji whose names begin with a term or, with `anywhere`, contain it.
    pub async fn emoji_matching(&self, term: &str, anywhere: bool) -> Result<Vec<Emoji>, FileError> {
        let term = term.trim().trim_matches(':').to_lowercase();
        if term.is_empty() {
            let reason = "the search needs a term".to_owned();
            return Err(ChatError::Invalid { kind: Kind::Request, field: "term", reason }.into());
        }
        if !is_emoji_name(&term) {
            return Ok(Vec::new());
        }
        let found = self.chat.store.emoji_matching(&term, anywhere, MAX_FOUND).await;
        Ok(found.map_err(ChatError::from)?)
    }

    /// Opens the picture's bytes.
    pub async fn open_emoji(&self, emoji: &Emoji) -> Result<Download, FileError> {
        Ok(self.blobs.get(&key(&emoji.id), None).await?)
    }

    async fn check_picture(&self, bytes: &Bytes) -> Result<&'static str, FileError> {
        if bytes.len() as u64 > MAX_EMOJI_FILE {
            return Err(FileError::TooLarge(MAX_EMOJI_FILE));
        }
        let memory = self.memory.reserve(picture::memory(MAX_EMOJI_FILE, 0, 0)).await?;
        let _permit = self.decoders.acquire().await.map_err(|_| FileError::Stopping)?;
        let bytes = bytes.clone();
        let inspected = tokio::task::spawn_blocking(move || {
            let _memory = memory;
            picture::inspect(&bytes)
        });
        let picture = inspected.await.unwrap_or_default();
        let picture = picture.ok_or_else(|| FileError::EmojiPicture("PNG, JPEG, GIF or WebP".to_owned()))?;
        if picture.width > MAX_SIDE || picture.height > MAX_SIDE {
            let reason = format!("it may be at most {MAX_SIDE} pixels wide and high");
            return Err(FileError::EmojiPicture(reason));
        }
        Ok(picture.mime_type)
    }

    /// Deletes a picture whose row is gone. A failure only leaves unused bytes.
    async fn delete_picture(&self, id: &EmojiId) {
        if let Err(error) = self.blobs.delete(&key(id)).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(emoji = %id, error, "an emoji's picture could not be removed");
        }
    }
}

fn key(id: &EmojiId) -> String {
    Folder::Emoji.key(id.as_str())
}

fn check_name(name: &str) -> Result<(), ChatError> {
    let invalid = |kind, reason: String| Err(ChatError::Invalid { kind, field: "name", reason });
    if !is_emoji_name(name) {
        let reason =
            format!("it must have 1 to {MAX_EMOJI_NAME} lower-case letters, digits, `-`, `+` and `_`");
        return invalid(Kind::Emoji, reason);
    }
    if emojis::get_by_shortcode(name).is_some() {
        return invalid(Kind::EmojiName, format!("`{name}` is a standard emoji; choose another name"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_and_not_that_of_a_standard_emoji() {
        for name in ["party_parrot", "acme", "plus+minus-2"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "Parrot", "a b", ":a:", "ä", "a\0", "tada", "+1", &"x".repeat(65)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
