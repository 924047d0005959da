//! Pictures of accounts.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::{Done, files, ok};
use crate::access::AccountAccess;
use crate::app::App;
use crate::chat::{FileError, MAX_AVATAR_FILE};
use crate::http::auth::{NamedUser, Session};
use crate::http::form::Form;
use crate::http::problem::Problem;
use crate::http::{etag, identicon};
use crate::model::UserId;

/// How long clients keep a picture: they ask for a new one when the account's `last_picture_update` changes.
const CACHED: &str = "private, max-age=86400";

/// `GET /users/{user_id}/image`: the account's own picture, or the drawn one.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let user = app.access.visible_user(session.user(), &user).await?.into_user();
    let tag = format!("{}.{}", user.id, user.picture_at.as_millis());
    if etag::is_known(&headers, &tag) {
        return Ok(etag::respond(&headers, &tag, CACHED, Default::default));
    }
    match app.files.open_avatar(&user).await? {
        None => Ok(identicon_response(&headers, &tag, &user.id)),
        Some(download) => {
            let response = files::bytes::picture(download, "image/jpeg", "picture.jpg");
            Ok(etag::tagged(response, &tag, CACHED))
        }
    }
}

/// `GET /users/{user_id}/image/default`: the drawn picture.
pub(in crate::http) async fn default(
    State(app): State<App>,
    session: Session,
    NamedUser(user): NamedUser,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.access.visible_user(session.user(), &user).await?;
    // It depends only on the account's id, so it never changes.
    Ok(identicon_response(&headers, user.as_str(), &user))
}

/// `POST /users/{user_id}/image`: a form with `image`.
pub(in crate::http) async fn set(
    State(app): State<App>,
    account: AccountAccess,
    mut form: Form,
) -> Result<Json<Done>, Problem> {
    let limit = usize::try_from(MAX_AVATAR_FILE).unwrap_or(usize::MAX);
    let _memory = app.budgets.bodies.reserve(limit).await?;
    let mut picture = None;
    while let Some(mut part) = form.next().await? {
        match part.disposition.name.as_str() {
            "image" => picture = Some(part.whole(limit).await.map_err(|problem| too_large(problem, limit))?),
            _ => return Err(part.unknown("`image`")),
        }
    }
    let picture =
        picture.ok_or_else(|| Problem::body("image", "the form has no `image`; send the picture in it"))?;
    let user = app.files.set_avatar(&account, picture.into()).await?;
    app.access.publish_user_updated(&user).await;
    Ok(ok())
}

/// `DELETE /users/{user_id}/image`.
pub(in crate::http) async fn remove(
    State(app): State<App>,
    account: AccountAccess,
) -> Result<Json<Done>, Problem> {
    let user = app.files.remove_avatar(&account).await?;
    app.access.publish_user_updated(&user).await;
    Ok(ok())
}

fn identicon_response(headers: &HeaderMap, tag: &str, user: &UserId) -> Response {
    etag::respond(headers, tag, CACHED, || {
        ([(header::CONTENT_TYPE, "image/png")], identicon::png(user.as_str())).into_response()
    })
}

/// Makes the error name the limit of a picture's file, not that of a request's body.
fn too_large(problem: Problem, limit: usize) -> Problem {
    if problem.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return FileError::TooLarge(limit as u64).into();
    }
    problem
}
