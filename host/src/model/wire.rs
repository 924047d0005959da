//! The objects of the Mattermost wire (REST v4, 11.x), with every key that Mattermost's own objects have. They are
//! plain data here, not in `http`, because responses and WebSocket events carry the same objects.

mod channel;
mod draft;
mod file;
mod participant;
mod post;
mod post_info;
mod team;
mod thread;
mod user;

pub use channel::{ChannelMemberResponse, ChannelResponse, ChannelWithTeamResponse, notify_props};
pub use draft::DraftResponse;
pub use file::{CustomEmojiResponse, FileResponse};
pub use participant::ParticipantResponse;
pub use post::{PostResponse, PreviewResponse, ReactionResponse};
pub use post_info::PostInfoResponse;
pub use team::{TeamMemberResponse, TeamResponse};
pub use thread::ThreadResponse;
pub use user::UserResponse;

use serde::{Serialize, Serializer};

/// `null`: the value of a key whose feature this server does not have.
type Null = ();

/// Writes an absent value as the empty text, as the wire does for ids.
#[expect(clippy::ref_option, reason = "`serialize_with` passes a reference to the field")]
fn or_empty<T: Serialize, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => value.serialize(serializer),
        None => serializer.serialize_str(""),
    }
}

/// Returns an object as JSON text, which is how WebSocket events embed it.
pub fn text(object: &impl Serialize) -> String {
    // Plain data with text keys never fails to serialise.
    serde_json::to_string(object).unwrap_or_default()
}
