//! Mails to an account's own address: a new password, a confirmation.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use super::{Done, ok};
use crate::access::Admin;
use crate::app::App;
use crate::http::auth::NamedUser;
use crate::http::json as body;
use crate::http::problem::Problem;
use crate::model::TokenPurpose;
use crate::model::wire::UserResponse;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct MailTo {
    email: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct UseToken {
    token: String,
    new_password: String,
}

/// `POST /users/password/reset/send`: answers alike whether or not an account has the address.
pub(in crate::http) async fn send_reset(
    State(app): State<App>,
    body::Json(to): body::Json<MailTo>,
) -> Result<Json<Done>, Problem> {
    app.access.mail_token(&to.email, TokenPurpose::Password).await?;
    Ok(ok())
}

/// `POST /users/password/reset`.
pub(in crate::http) async fn reset(
    State(app): State<App>,
    body::Json(new): body::Json<UseToken>,
) -> Result<Json<Done>, Problem> {
    app.access.set_forgotten_password(&new.token, new.new_password).await?;
    Ok(ok())
}

/// `POST /users/email/verify/send`: answers alike whether or not an account has the address.
pub(in crate::http) async fn send_verification(
    State(app): State<App>,
    body::Json(to): body::Json<MailTo>,
) -> Result<Json<Done>, Problem> {
    app.access.mail_token(&to.email, TokenPurpose::Verification).await?;
    Ok(ok())
}

/// `POST /users/email/verify`.
pub(in crate::http) async fn verify(
    State(app): State<App>,
    body::Json(request): body::Json<UseToken>,
) -> Result<Json<Done>, Problem> {
    app.access.verify_email(&request.token).await?;
    Ok(ok())
}

/// `POST /users/{user_id}/email/verify/member`: an administrator confirms the address.
pub(in crate::http) async fn verify_member(
    State(app): State<App>,
    NamedUser(user): NamedUser,
    admin: Admin,
) -> Result<Json<UserResponse>, Problem> {
    Ok(Json(UserResponse::whole(app.access.confirm_email(&admin, &user).await?)))
}
