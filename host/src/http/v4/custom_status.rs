//! Custom statuses.

use axum::Json;
use axum::extract::State;

use super::{Done, ok};
use crate::access::AccountAccess;
use crate::app::App;
use crate::http::json as body;
use crate::http::problem::Problem;
use crate::model::CustomStatus;

/// `PUT /users/{user_id}/status/custom`.
pub(in crate::http) async fn set(
    State(app): State<App>,
    account: AccountAccess,
    body::Json(status): body::Json<CustomStatus>,
) -> Result<Json<Done>, Problem> {
    app.access.set_custom_status(&account, status).await?;
    Ok(ok())
}

/// `DELETE /users/{user_id}/status/custom`.
pub(in crate::http) async fn clear(
    State(app): State<App>,
    account: AccountAccess,
) -> Result<Json<Done>, Problem> {
    app.access.clear_custom_status(&account).await?;
    Ok(ok())
}

/// `DELETE /users/{user_id}/status/custom/recent`, also `POST …/recent/delete`: removes one of the latest statuses.
pub(in crate::http) async fn forget(
    State(app): State<App>,
    account: AccountAccess,
    body::Json(status): body::Json<CustomStatus>,
) -> Result<Json<Done>, Problem> {
    app.access.forget_custom_status(&account, status).await?;
    Ok(ok())
}
