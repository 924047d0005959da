//! What changes with the server or a plugin only, and is fetched once: the standard emoji, and what commands take.
//!
//! The tag is the content's digest. Whoever names it in the address (`?digest=`) may keep the answer for ever; without
//! it, a client asks again and is told when nothing changed.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::command::CommandError;
use crate::http::auth::Session;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::secret::sha256_hex;

/// Longest trigger named back in an error, in characters.
const MAX_NAMED: usize = 128;

/// A JSON text and its digest.
struct Fixed {
    body: Bytes,
    digest: String,
}

/// A constant, only too long to write down: the same for every server of this version.
static EMOJI: LazyLock<Fixed> = LazyLock::new(|| Fixed::new(&standard_emoji()));

/// `GET /emoji.json`: the standard emoji with their names, in the order people expect.
pub(in crate::http) async fn emoji(_: Session, headers: HeaderMap, query: Query) -> Response {
    EMOJI.answer(&headers, &query)
}

/// `GET /commands/{trigger}/signature`: what a command takes.
pub(in crate::http) async fn signature(
    State(app): State<App>,
    _: Session,
    Path(trigger): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response, Problem> {
    let mut offered = app.commands.offered().into_iter();
    let found = offered.find(|one| one.record.trigger == trigger);
    let found = found.ok_or_else(|| CommandError::NotFound(trigger.chars().take(MAX_NAMED).collect()))?;
    let mut signature = json!(found.record);
    signature["plugin"] = json!(found.plugin);
    signature["package"] = json!(found.digest);
    Ok(Fixed::new(&signature).answer(&headers, &query))
}

fn standard_emoji() -> Value {
    let named = emojis::iter().filter_map(|emoji| {
        let names: Vec<&str> = emoji.shortcodes().collect();
        let name = *names.first()?;
        let group = format!("{:?}", emoji.group()).to_lowercase();
        Some(json!({
            "name": name, "names": names, "unicode": emoji.as_str(), "title": emoji.name(), "group": group,
        }))
    });
    json!({"emoji": named.collect::<Vec<Value>>()})
}

impl Fixed {
    fn new(value: &Value) -> Self {
        let body = value.to_string();
        Self { digest: sha256_hex(body.as_bytes()), body: body.into() }
    }

    fn answer(&self, headers: &HeaderMap, query: &Query) -> Response {
        let tag = format!("\"{}\"", self.digest);
        let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        let is_known =
            known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
        let mut response = if is_known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let json = HeaderValue::from_static("application/json");
            ([(CONTENT_TYPE, json)], self.body.clone()).into_response()
        };
        let keep = if query.text("digest") == self.digest {
            "private, max-age=31536000, immutable"
        } else {
            "private, no-cache"
        };
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(keep));
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            response.headers_mut().insert(ETAG, tag);
        }
        response
    }
}
