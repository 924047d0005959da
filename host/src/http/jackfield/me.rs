//! What somebody may do: so that a page never shows a button that would be refused.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::app::App;
use crate::http::auth::Session;
use crate::http::problem::Problem;
use crate::model::wire::UserResponse;

/// `GET /me`.
pub(in crate::http) async fn get(State(app): State<App>, session: Session) -> Result<Json<Value>, Problem> {
    let user = session.user();
    let rights = app.access.rights(user).await?;
    let mut teams = Vec::new();
    for own in &rights.teams {
        teams.push(json!({
            "id": own.team.id, "name": own.team.name, "display_name": own.team.display_name, "roles": own.roles,
            "rights": own.rights,
        }));
    }
    Ok(Json(json!({"user": UserResponse::whole(user.clone()), "rights": rights.system, "teams": teams})))
}
