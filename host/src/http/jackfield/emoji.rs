//! The standard emoji.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::query::TypedQuery;
use super::static_json::{DigestQuery, StaticJson};
use crate::http::auth::Session;

/// What the emoji are in this version.
static EMOJI: LazyLock<StaticJson> = LazyLock::new(|| StaticJson::new(&standard()));

#[derive(Serialize, ToSchema)]
pub(super) struct EmojiResponse {
    emoji: Vec<StandardEmoji>,
}

#[derive(Serialize, ToSchema)]
struct StandardEmoji {
    /// The first of its names.
    name: &'static str,
    names: Vec<&'static str>,
    /// The characters themselves.
    unicode: &'static str,
    title: &'static str,
    group: String,
}

/// Lists the standard emoji with their names, in the order of pickers.
#[utoipa::path(
    get, path = "/emoji.json", operation_id = "list_emoji", tag = "emoji", params(DigestQuery),
    responses((status = OK, description = "The emoji", body = EmojiResponse)),
)]
pub(super) async fn list(
    _: Session,
    headers: HeaderMap,
    TypedQuery(pinned): TypedQuery<DigestQuery>,
) -> Response {
    EMOJI.respond(&headers, pinned.digest.as_deref())
}

fn standard() -> EmojiResponse {
    let named = emojis::iter().filter_map(|emoji| {
        let names: Vec<&str> = emoji.shortcodes().collect();
        let name = *names.first()?;
        let group = format!("{:?}", emoji.group()).to_lowercase();
        Some(StandardEmoji { name, names, unicode: emoji.as_str(), title: emoji.name(), group })
    });
    EmojiResponse { emoji: named.collect() }
}
