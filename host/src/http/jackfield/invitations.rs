//! Single invitations to the server, or to a team on it. The server does not mail them: the inviter passes the link on.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::{Admin, NewInvitation};
use crate::app::App;
use crate::http::json;
use crate::http::problem::Problem;
use crate::model::Invitation;

#[derive(Default, Deserialize, ToSchema)]
#[serde(default)]
pub(super) struct CreateInvitation {
    /// The team that the new account joins; empty for none.
    team_id: String,
    /// The only e-mail address that may use the invitation; empty for any.
    email: String,
    /// How long the invitation is valid, in hours.
    expires_h: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct InvitationResponse {
    #[serde(flatten)]
    invitation: Invitation,
    /// Shown in this response only.
    token: String,
    /// Where the new account is posted to.
    link: String,
}

/// Creates an invitation. Only this response shows its token.
#[utoipa::path(
    post, path = "/invitations", operation_id = "create_invitation", tag = "invitations",
    request_body = CreateInvitation,
    responses((status = CREATED, description = "The invitation", body = InvitationResponse)),
)]
pub(super) async fn create(
    State(app): State<App>,
    admin: Admin,
    json::Json(create): json::Json<CreateInvitation>,
) -> Result<(StatusCode, Json<InvitationResponse>), Problem> {
    let new = NewInvitation {
        team_id: json::optional_id("team_id", &create.team_id)?,
        email: create.email,
        hours: create.expires_h,
    };
    let (invitation, token) = app.access.invite(&admin, new).await?;
    let link = format!("{}/api/v4/users?t={}", app.site_url, token.reveal());
    let response = InvitationResponse { invitation, token: token.reveal().to_owned(), link };
    Ok((StatusCode::CREATED, Json(response)))
}
