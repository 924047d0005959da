//! The built-in roles.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use serde_json::Value;

use super::list;
use crate::access::roles::{self, Role};
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::problem::{Code, Problem};

/// Names one request may ask for.
const MAX_NAMES: usize = 100;

/// `GET /roles/{role_id}`.
pub(in crate::http) async fn get(_: Session, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(roles::by_id(&id).ok_or_else(unknown)?.wire()))
}

/// `GET /roles/name/{name}`.
pub(in crate::http) async fn by_name(_: Session, Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(roles::by_name(&name).ok_or_else(unknown)?.wire()))
}

/// `POST /roles/names`: those of a list of names that exist.
pub(in crate::http) async fn by_names(
    _: Session,
    body::List(names): body::List<String>,
) -> Result<Json<Value>, Problem> {
    if names.is_empty() || names.len() > MAX_NAMES {
        return Err(Problem::body("rolenames", format!("send a list of 1 to {MAX_NAMES} names of roles")));
    }
    let found: Vec<Role> = names.iter().filter_map(|name| roles::by_name(name.trim())).collect();
    Ok(list(&found, Role::wire))
}

fn unknown() -> Problem {
    let message = "there is no such role: the server has its built-in ones only";
    Problem::new(StatusCode::NOT_FOUND, Code::RoleNotFound, "app.role.get.app_error", message)
}
