//! New keys of applications. An application signs its requests with its key.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::IssuedResponse;
use crate::access::{Admin, Authority};
use crate::app::App;
use crate::http::json;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::ApplicationId;

/// How long an old key is valid beside the new one by default: a day.
const OVERLAP_S: u32 = 86_400;

#[derive(Deserialize, Default, ToSchema)]
#[serde(default)]
pub(in crate::http::jackfield) struct RotateKey {
    /// How long the old key stays valid, in seconds. Absent: a day.
    overlap_s: Option<u32>,
}

/// Gives an application a new key. Only this response shows it; the old key stays valid for `overlap_s`.
#[utoipa::path(
    post, path = "/applications/{application}/rotate", operation_id = "rotate_application_key",
    tag = "applications", request_body = RotateKey,
    params(("application" = ApplicationId, Path, description = "The application's id")),
    responses((status = OK, description = "The application with its new key", body = IssuedResponse)),
)]
pub(in crate::http::jackfield) async fn rotate(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    json::Json(rotate): json::Json<RotateKey>,
) -> Result<Json<IssuedResponse>, Problem> {
    let (id, caller) = (params::id("application_id", &id)?, Authority::Admin(&admin));
    let overlap = Duration::from_secs(rotate.overlap_s.unwrap_or(OVERLAP_S).into());
    let issued = app.signed.applications.rotate(caller, &id, overlap).await?;
    Ok(Json(IssuedResponse::new(&app, issued).await?))
}
