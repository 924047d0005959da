//! Extractors for ids in the path, so that a handler's signature says what its path names.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use super::params;
use super::problem::Problem;
use crate::app::App;
use crate::model::{
    ApplicationId, CategoryId, ChannelId, CommandId, EmojiId, FileId, HookId, InvalidId, NoticeId,
    OutgoingHookId, PostId, TeamId, TokenId,
};

/// The id of this kind in the request's path.
pub(super) struct PathId<T>(pub(super) T);

/// An id that a path can hold.
pub(super) trait InPath: FromStr<Err = InvalidId> {
    /// The name of its path parameter in the route table.
    const SEGMENT: &'static str;
    /// The name that errors give it.
    const NAME: &'static str;
    /// Whether the id may have underscores: that of a category which the server makes is built of other ids.
    const IS_BUILT: bool = false;
}

/// The id of an upload in pieces.
pub(super) struct UploadId(pub(super) FileId);

impl FromStr for UploadId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.parse().map(Self)
    }
}

macro_rules! in_path {
    ($($id:ty: $segment:literal, $name:literal;)+) => {$(
        impl InPath for $id {
            const SEGMENT: &'static str = $segment;
            const NAME: &'static str = $name;
        }
    )+};
}

impl InPath for CategoryId {
    const SEGMENT: &'static str = "category";
    const NAME: &'static str = "category_id";
    const IS_BUILT: bool = true;
}

in_path! {
    ApplicationId: "application", "application_id";
    ChannelId: "channel", "channel_id";
    CommandId: "command", "command_id";
    EmojiId: "emoji", "emoji_id";
    FileId: "file", "file_id";
    HookId: "hook", "hook_id";
    NoticeId: "notice", "notice_id";
    OutgoingHookId: "hook", "hook_id";
    PostId: "post", "post_id";
    TeamId: "team", "team_id";
    TokenId: "token", "token_id";
    UploadId: "upload", "upload_id";
}

impl<T: InPath> FromRequestParts<App> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let text = if T::IS_BUILT {
            segment(parts, T::SEGMENT).await?
        } else {
            id_segment(parts, T::SEGMENT).await?
        };
        Ok(Self(params::id(T::NAME, &text)?))
    }
}

/// Returns the path parameter with this name, which is an id. One with other signs than letters and digits makes an
/// address that does not exist, as in v4's own route table.
pub(super) async fn id_segment(parts: &mut Parts, name: &str) -> Result<String, Problem> {
    let text = segment(parts, name).await?;
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(text);
    }
    Err(Problem::no_such_address(parts.uri.path()))
}

/// Returns the path parameter with this name.
pub(super) async fn segment(parts: &mut Parts, name: &str) -> Result<String, Problem> {
    let segments = RawPathParams::from_request_parts(parts, &()).await;
    let segments = segments.map_err(|error| Problem::parameter(name, error.body_text()))?;
    let found = segments.iter().find(|(key, _)| *key == name).map(|(_, text)| text.to_owned());
    found.ok_or_else(|| Problem::parameter(name, "the address has no such part"))
}
