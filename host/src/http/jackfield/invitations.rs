//! Single invitations to the server, or to a team on it. Sending them by mail is not this address's business: whoever
//! invites passes the link on.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::{Admin, NewInvitation};
use crate::app::App;
use crate::http::json;
use crate::http::problem::Problem;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::http) struct Asked {
    team_id: String,
    email: String,
    expires_h: Option<u32>,
}

/// `POST /invitations`: the only answer that ever shows the token. An account is made by posting it to `link`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    admin: Admin,
    json::Json(asked): json::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let new = NewInvitation {
        team_id: json::optional_id("team_id", &asked.team_id)?,
        email: asked.email,
        hours: asked.expires_h,
    };
    let (invitation, token) = app.access.invite(&admin, new).await?;
    let mut answer = json!(invitation);
    answer["token"] = json!(token.reveal());
    answer["link"] = json!(format!("{}/api/v4/users?t={}", app.site_url, token.reveal()));
    Ok((StatusCode::CREATED, Json(answer)))
}
