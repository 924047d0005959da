//! Pictures of accounts: the one everybody has from the start.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::http::auth::Session;
use crate::http::etag;
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
    Ok(etag::respond(&headers, user.id.as_str(), "private, max-age=86400", || {
        ([(header::CONTENT_TYPE, "image/png")], identicon::png(user.id.as_str())).into_response()
    }))
}
