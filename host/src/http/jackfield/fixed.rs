//! What only another version of the server or a plugin changes: the standard emoji, and the parameters of commands.
//!
//! The tag is the content's digest. Whoever names it in the address (`?digest=`) may keep the answer for ever; without
//! it, a client asks again and is told when nothing changed.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::app::App;
use crate::command::CommandError;
use crate::http::auth::Session;
use crate::http::etag;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::secret::sha256_hex;

/// Longest trigger named back in an error, in characters.
const MAX_NAMED: usize = 128;

/// A JSON text and its digest.
struct Fixed {
    body: Bytes,
    digest: String,
}

/// The same for every server of this version; computed, because it is too long to write down.
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
    let command = app.plugins.command(&trigger);
    let command = command.ok_or_else(|| CommandError::NotFound(trigger.chars().take(MAX_NAMED).collect()))?;
    let mut signature = json!(command.record());
    signature["plugin"] = json!(command.plugin.installed.id);
    signature["package"] = json!(command.plugin.installed.digest);
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
        let keep = if query.text("digest") == self.digest {
            "private, max-age=31536000, immutable"
        } else {
            "private, no-cache"
        };
        let json = [(CONTENT_TYPE, "application/json")];
        etag::respond(headers, &self.digest, keep, || (json, self.body.clone()).into_response())
    }
}
