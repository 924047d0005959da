//! The built-in roles.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde::Serialize;

use super::list;
use crate::access::roles::{self, Role};
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
    permissions: &'static [&'static str],
    scheme_managed: bool,
    built_in: bool,
}

impl From<Role> for RoleResponse {
    fn from(role: Role) -> Self {
        Self {
            id: role.id(),
            name: role.name,
            display_name: role.display_name,
            description: "",
            create_at: Timestamp::NEVER,
            update_at: Timestamp::NEVER,
            delete_at: Timestamp::NEVER,
            permissions: role.permissions,
            scheme_managed: true,
            built_in: true,
        }
    }
}

/// `GET /roles/{role_id}`.
pub(in crate::http) async fn get(_: Session, Path(id): Path<String>) -> Result<Json<RoleResponse>, Problem> {
    Ok(Json(roles::by_id(&id).ok_or_else(unknown)?.into()))
}

/// `GET /roles/name/{name}`.
pub(in crate::http) async fn by_name(
    _: Session,
    Path(name): Path<String>,
) -> Result<Json<RoleResponse>, Problem> {
    Ok(Json(roles::by_name(&name).ok_or_else(unknown)?.into()))
}

/// `POST /roles/names`: returns the roles that exist, for a list of names.
pub(in crate::http) async fn by_names(
    _: Session,
    body::List(names): body::List<String>,
) -> Result<Json<Vec<RoleResponse>>, Problem> {
    if names.is_empty() || names.len() > MAX_NAMES {
        return Err(Problem::body("rolenames", format!("send a list of 1 to {MAX_NAMES} names of roles")));
    }
    Ok(list(names.iter().filter_map(|name| roles::by_name(name.trim())).collect::<Vec<_>>()))
}

fn unknown() -> Problem {
    let message = "there is no such role: the server has its built-in ones only";
    Problem::new(StatusCode::NOT_FOUND, Code::RoleNotFound, "app.role.get.app_error", message)
}
