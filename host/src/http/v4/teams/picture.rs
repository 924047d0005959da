//! Pictures of teams.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::access::{Prohibition, TeamAdmin};
use crate::app::App;
use crate::chat::MAX_TEAM_PICTURE;
use crate::http::auth::Session;
use crate::http::etag;
use crate::http::form::Form;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::v4::files::bytes;
use crate::http::v4::{Done, ok};
use crate::model::TeamId;

/// Largest other part of the form, in bytes. A larger one is refused.
const MAX_OTHER_PART: usize = 1024;

/// How long clients keep a picture: they ask for a new one when the team's `last_team_icon_update` changes.
const CACHED: &str = "private, max-age=86400";

/// `GET /teams/{team_id}/image`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(team): PathId<TeamId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (team, download) = app.files.open_team_picture(session.user(), &team).await?;
    let tag = format!("{}.{}", team.id, team.picture_at.as_millis());
    if etag::is_known(&headers, &tag) {
        return Ok(etag::respond(&headers, &tag, CACHED, Default::default));
    }
    Ok(etag::tagged(bytes::picture(download, "image/png", "picture.png"), &tag, CACHED))
}

/// `POST /teams/{team_id}/image`: a form with `image`. Other parts are left out.
pub(in crate::http) async fn set(
    State(app): State<App>,
    admin: TeamAdmin,
    mut form: Form,
) -> Result<Json<Done>, Problem> {
    let limit = usize::try_from(MAX_TEAM_PICTURE).unwrap_or(usize::MAX);
    let _memory = app.budgets.bodies.reserve(limit).await?;
    let mut picture = None;
    while let Some(mut part) = form.next().await? {
        if part.disposition.name == "image" {
            picture = Some(part.whole(limit).await?);
        } else {
            part.whole(MAX_OTHER_PART).await?;
        }
    }
    let picture = picture.ok_or(Prohibition::TeamPictureMissing)?;
    app.files.set_team_picture(&admin, picture.into()).await?;
    Ok(ok())
}

/// `DELETE /teams/{team_id}/image`.
pub(in crate::http) async fn remove(State(app): State<App>, admin: TeamAdmin) -> Result<Json<Done>, Problem> {
    app.files.remove_team_picture(&admin).await?;
    Ok(ok())
}
