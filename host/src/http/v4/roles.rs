//! The built-in roles.

use std::borrow::Cow;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Serialize;

use crate::access::Admin;
use crate::access::roles::{self, Role};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::problem::{Code, Problem};
use crate::model::Timestamp;

/// Most names in one request.
const MAX_NAMES: usize = 100;

#[derive(Serialize)]
pub(in crate::http) struct RoleResponse {
    id: String,
    name: &'static str,
    display_name: &'static str,
    description: &'static str,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    permissions: Vec<Cow<'static, str>>,
    scheme_managed: bool,
    built_in: bool,
}

impl RoleResponse {
    fn new(app: &App, role: Role) -> Self {
        Self {
            id: role.id(),
            name: role.name,
            display_name: role.display_name,
            description: "",
            create_at: Timestamp::NEVER,
            update_at: Timestamp::NEVER,
            delete_at: Timestamp::NEVER,
            permissions: app.access.permissions(role),
            scheme_managed: role.is_of_scheme,
            built_in: true,
        }
    }
}

/// `GET /roles`, for administrators.
pub(in crate::http) async fn all(State(app): State<App>, _: Admin) -> Json<Vec<RoleResponse>> {
    Json(roles::all().iter().map(|role| RoleResponse::new(&app, *role)).collect())
}

/// `GET /roles/{role_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    _: Session,
    Path(id): Path<String>,
) -> Result<Json<RoleResponse>, Problem> {
    Ok(Json(RoleResponse::new(&app, roles::by_id(&id).ok_or_else(|| unknown("app.role.get.app_error"))?)))
}

/// `GET /roles/name/{name}`.
pub(in crate::http) async fn by_name(
    State(app): State<App>,
    _: Session,
    Path(name): Path<String>,
) -> Result<Json<RoleResponse>, Problem> {
    let role = roles::by_name(&name).ok_or_else(|| unknown("app.role.get_by_name.app_error"))?;
    Ok(Json(RoleResponse::new(&app, role)))
}

/// `POST /roles/names`: returns the roles that exist, for a list of names.
pub(in crate::http) async fn by_names(
    State(app): State<App>,
    _: Session,
    body::List(names): body::List<String>,
) -> Result<Json<Vec<RoleResponse>>, Problem> {
    if names.is_empty() || names.len() > MAX_NAMES {
        return Err(Problem::body("rolenames", format!("send a list of 1 to {MAX_NAMES} names of roles")));
    }
    let known = names.iter().filter_map(|name| roles::by_name(name.trim()));
    Ok(Json(known.map(|role| RoleResponse::new(&app, role)).collect()))
}

fn unknown(id: &'static str) -> Problem {
    let message = "there is no such role; the server has only its built-in ones";
    Problem::new(StatusCode::NOT_FOUND, Code::RoleNotFound, id, message)
}
