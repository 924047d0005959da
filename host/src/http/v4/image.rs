//! Pictures of accounts: the one everybody has from the start.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::http::auth::Session;
use crate::http::identicon;
use crate::http::problem::Problem;

/// `GET /users/{user_id}/image` and `/image/default`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    headers: HeaderMap,
    Path(user): Path<String>,
) -> Result<Response, Problem> {
    let id = session.user_in_path(&user)?;
    let user = app.access.visible_user(session.user(), &id).await?;
    // It depends on nothing but the account's id, and so never changes.
    let tag = format!("\"{}\"", user.id);
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let common = [(header::ETAG, tag), (header::CACHE_CONTROL, "private, max-age=86400".to_owned())];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let png = identicon::png(user.id.as_str());
    Ok((common, [(header::CONTENT_TYPE, "image/png")], png).into_response())
}
