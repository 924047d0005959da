//! Operations of Mattermost's API that this server does not offer. Clients that call them get the status and the id
//! that a Mattermost server without a licence sends, or 501, with the reason; so a client can tell a feature that is
//! not here from an address that never was.

mod recent;
mod table;

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;

use crate::access::{Admin, roles};
use crate::http::auth::Session;
use crate::http::problem::{Code, Problem};
use crate::http::routes::Routes;

/// Why roles are not changed.
const FIXED_ROLES: &str = "roles cannot be changed; the options of `[access]` decide what they may do";

/// A feature that is not offered, and the operations that belong to it.
struct Feature {
    status: StatusCode,
    /// The error's id in v4.
    id: &'static str,
    /// Why the operations are refused.
    reason: &'static str,
    /// Whether only administrators learn the reason; other accounts lack the permission.
    is_for_admins: bool,
    /// The methods of each path, separated by spaces.
    operations: &'static [(&'static str, &'static str)],
}

/// One operation of a feature.
struct AbsentOperation {
    method: &'static str,
    path: &'static str,
    feature: &'static Feature,
}

/// Adds the operations that are not offered to the routes that are. Only a signed-in client learns the reason.
pub(super) fn add_to(offered: Routes) -> Routes {
    let lists = offered
        .get("/cluster/status", empty_for_admins)
        .get("/jobs", null_for_admins)
        .get("/jobs/type/{type}", null_for_admins)
        .get("/oauth/apps", applications)
        .get("/schemes", empty_for_admins)
        .get("/users/{user}/oauth/apps/authorized", empty)
        .refuse("PUT", "/roles/{role}/patch", change_role);
    absent_operations().fold(lists, |routes, AbsentOperation { method, path, feature }| {
        // The test of operations finds a row whose operation is offered meanwhile.
        if routes.has(method, path) {
            return routes;
        }
        if feature.is_for_admins {
            return routes.refuse(method, path, move |_: Admin| async move { feature.refuse() });
        }
        routes.refuse(method, path, move |_: Session| async move { feature.refuse() })
    })
}

fn absent_operations() -> impl Iterator<Item = AbsentOperation> {
    table::FEATURES.iter().chain(recent::FEATURES).flat_map(|feature| {
        feature.operations.iter().flat_map(move |(methods, path)| {
            methods.split(' ').map(move |method| AbsentOperation { method, path, feature })
        })
    })
}

impl Feature {
    /// Returns a feature whose operations are refused with 501 and an id of this server's own.
    const fn new(reason: &'static str, operations: &'static [(&'static str, &'static str)]) -> Self {
        Self::as_unlicensed(StatusCode::NOT_IMPLEMENTED, "api.not_offered.app_error", reason, operations)
    }

    /// Returns a feature whose operations Mattermost refuses with this status and id if it has no licence for it.
    const fn as_unlicensed(
        status: StatusCode,
        id: &'static str,
        reason: &'static str,
        operations: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { status, id, reason, is_for_admins: false, operations }
    }

    const fn for_admins(self) -> Self {
        Self { is_for_admins: true, ..self }
    }

    fn refuse(&self) -> Problem {
        Problem::new(self.status, Code::NotOffered, self.id, self.reason)
    }
}

/// The empty list of a kind of things that this server never has.
async fn empty(_: Session) -> Json<[(); 0]> {
    Json([])
}

/// As [`empty`], for lists that only administrators read.
async fn empty_for_admins(_: Admin) -> Json<[(); 0]> {
    Json([])
}

/// As [`empty_for_admins`], where Mattermost sends null for no entries.
async fn null_for_admins(_: Admin) -> Json<()> {
    Json(())
}

/// `GET /oauth/apps`: none, for administrators.
async fn applications(session: Session) -> Result<Json<[(); 0]>, Problem> {
    if Admin::prove(session.caller()).is_ok() {
        return Ok(Json([]));
    }
    let reason = "only administrators list the applications";
    Err(Problem::new(StatusCode::FORBIDDEN, Code::AuthForbidden, "api.command.admin_only.app_error", reason))
}

/// `PUT /roles/{role_id}/patch`: refused for every role, with another status for one that does not exist.
async fn change_role(_: Session, Path(id): Path<String>) -> Problem {
    if roles::by_id(&id).is_none() {
        return Problem::new(
            StatusCode::NOT_FOUND,
            Code::RoleNotFound,
            "app.role.get.app_error",
            FIXED_ROLES,
        );
    }
    let id = "api.role.patch_roles.license.error";
    Problem::new(StatusCode::NOT_IMPLEMENTED, Code::NotOffered, id, FIXED_ROLES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_refused_once_and_with_a_reason() {
        let mut seen = std::collections::BTreeSet::new();
        for AbsentOperation { method, path, feature } in absent_operations() {
            assert!(seen.insert((method, path)), "{method} {path} is listed twice");
            assert!(!feature.reason.is_empty() && feature.status.as_u16() >= 400, "{method} {path}");
        }
    }
}
