//! Identifiers: 26 characters `[a-z0-9]`, as every Mattermost client expects.
//!
//! Entity ids are a UUIDv7 in lower-case base32hex, so they also sort by time. A [`HookId`] is a credential
//! instead and holds 130 random bits. `clock::Clock::id` and `secret::random_id` create ids.

use std::fmt;
use std::str::FromStr;

use super::Timestamp;

/// The length of every id, in characters.
const ID_LENGTH: usize = 26;

/// A text that is not an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id; ids have 26 letters and digits")]
pub struct InvalidId(pub String);

/// An id that `clock::Clock::id` can create.
pub trait Sortable: Sized {
    fn from_uuid(uuid: uuid::Uuid) -> Self;
}

fn encode(bytes: &[u8]) -> String {
    let mut text = data_encoding::BASE32HEX_NOPAD.encode(bytes);
    text.make_ascii_lowercase();
    text
}

/// Returns when an id was created, or `None` if it holds no time.
fn created_at(text: &str) -> Option<Timestamp> {
    let bytes = data_encoding::BASE32HEX_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
    let uuid = uuid::Uuid::from_slice(&bytes).ok()?;
    let (seconds, nanos) = uuid.get_timestamp()?.to_unix();
    (uuid.get_version_num() == 7)
        .then(|| i64::try_from(seconds * 1000 + u64::from(nanos / 1_000_000)).ok())
        .flatten()
        .map(Timestamp::from_millis)
}

fn check(text: &str) -> Result<(), InvalidId> {
    if text.len() == ID_LENGTH && text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(())
    } else {
        Err(InvalidId(text.chars().take(64).collect()))
    }
}

/// Returns the moment at which `clock::Clock::id` made an id; None for a text that is not such an id.
pub fn id_time(id: &str) -> Option<Timestamp> {
    let bytes = data_encoding::BASE32HEX_NOPAD.decode(id.to_ascii_uppercase().as_bytes()).ok()?;
    let uuid = uuid::Uuid::from_slice(&bytes).ok()?;
    let (seconds, nanos) = uuid.get_timestamp()?.to_unix();
    let millis = i64::try_from(seconds).ok()?.checked_mul(1000)?.checked_add(i64::from(nanos) / 1_000_000)?;
    Some(Timestamp::from_millis(millis))
}

impl PostId {
    /// Returns the id under which clients know an earlier text of the post.
    #[must_use]
    pub fn of_version(&self, number: i64) -> Self {
        let number = data_encoding::BASE32HEX_NOPAD.encode(&number.to_be_bytes()[3..]).to_ascii_lowercase();
        Self(format!("{}{number}", &self.0[..ID_LENGTH - number.len()]))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, sqlx::Type,
            utoipa::ToSchema,
        )]
        #[serde(try_from = "String", into = "String")]
        #[sqlx(transparent)]
        #[schema(value_type = String, min_length = 26, max_length = 26)]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns when the id was created, or `None` if it holds no time.
            pub fn created_at(&self) -> Option<Timestamp> {
                created_at(&self.0)
            }
        }

        impl Sortable for $name {
            fn from_uuid(uuid: uuid::Uuid) -> Self {
                Self(encode(uuid.as_bytes()))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                check(&text)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    UserId,
    TeamId,
    ChannelId,
    PostId,
    SessionId,
    /// Identifies a personal access token. The token itself is a credential and is never stored.
    TokenId,
    EmojiId,
    FileId,
    ReceiptId,
    AuditId,
    InvitationId,
    NoticeId,
    JobId,
    CommandId,
    /// Identifies an outgoing webhook. Unlike [`HookId`] it is no credential.
    OutgoingHookId,
    /// Identifies one address of an outgoing webhook.
    EndpointId,
    /// Identifies an event that outgoing webhooks deliver.
    EventId,
    /// Identifies an application of the signed API, which itself signs with its code.
    ApplicationId,
    /// The last part of a webhook's address, and its only credential: random, never time-sorted.
    HookId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_26_letters_and_digits_that_sort_by_time() {
        let early = PostId::from_uuid(uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000));
        let late = PostId::from_uuid(uuid::Uuid::from_u128(0x0192_0000_0001_7000_8000_0000_0000_0000));
        assert_eq!(early.as_str().len(), ID_LENGTH);
        assert!(early < late);
        assert_eq!(early.as_str().parse::<PostId>().unwrap(), early);
    }

    #[test]
    fn an_id_tells_when_it_was_made() {
        let id = PostId::from_uuid(uuid::Uuid::from_u128(0x0192_0000_0001_7000_8000_0000_0000_0000));
        assert_eq!(id_time(id.as_str()), Some(Timestamp::from_millis(0x0192_0000_0001)));
        for text in ["", "check", "kkkkkkkkkkkkkkkkkkkkkkkkkk", "zzzzzzzzzzzzzzzzzzzzzzzzzz"] {
            assert_eq!(id_time(text), None, "{text}");
        }
    }

    #[test]
    fn an_error_names_the_text_that_is_no_id() {
        for text in ["", "short", "kkkkkkkkkkkkkkkkkkkkkkkkk-", "kkkkkkkkkkkkkkkkkkkkkkkkkkk"] {
            assert_eq!(text.parse::<UserId>(), Err(InvalidId(text.to_owned())));
        }
    }
}
