//! Routes, and the list of them. An axum router cannot list its routes, so both are built together.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, any, on};
use utoipa::openapi::PathItem;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// One method of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// None if the address accepts every method.
    pub method: Option<&'static str>,
    /// The path, with parameters in braces.
    pub path: String,
    /// Whether the server offers the operation. Otherwise it refuses it with the reason.
    pub offered: bool,
}

/// A router under construction. Methods of one path may be added one by one.
#[derive(Default)]
pub(super) struct Routes {
    router: Router<App>,
    list: Vec<Route>,
}

impl Routes {
    pub(super) fn new() -> Self {
        Self::default()
    }

    pub(super) fn get<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Some("GET"), path, on(MethodFilter::GET, handler))
    }

    pub(super) fn post<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Some("POST"), path, on(MethodFilter::POST, handler))
    }

    pub(super) fn put<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Some("PUT"), path, on(MethodFilter::PUT, handler))
    }

    pub(super) fn delete<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(Some("DELETE"), path, on(MethodFilter::DELETE, handler))
    }

    pub(super) fn any<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Self {
        self.add(None, path, any(handler))
    }

    /// Adds a route that refuses an operation. Panics if HTTP has no such method.
    pub(super) fn refuse<H: Handler<T, App>, T: 'static>(
        mut self,
        method: &'static str,
        path: &str,
        refusal: H,
    ) -> Self {
        let filter = match method {
            "GET" => MethodFilter::GET,
            "POST" => MethodFilter::POST,
            "PUT" => MethodFilter::PUT,
            "PATCH" => MethodFilter::PATCH,
            "DELETE" => MethodFilter::DELETE,
            other => panic!("{other} {path}: no such method"),
        };
        self.list.push(Route { method: Some(method), path: path.to_owned(), offered: false });
        Self { router: self.router.route(path, on(filter, refusal)), list: self.list }
    }

    /// Returns whether this method of this path has a route. The names of parameters mean nothing.
    pub(super) fn has(&self, method: &str, path: &str) -> bool {
        self.list
            .iter()
            .any(|route| route.method.is_none_or(|own| own == method) && shape(&route.path).eq(shape(path)))
    }

    /// Adds the routes of `other`.
    pub(super) fn merge(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        Self { router: self.router.merge(other.router), list: self.list }
    }

    /// Adds the routes of `other`, each below `prefix`.
    pub(super) fn nest(mut self, prefix: &str, other: Self) -> Self {
        let below = |route: Route| Route { path: format!("{prefix}{}", route.path), ..route };
        self.list.extend(other.list.into_iter().map(below));
        Self { router: self.router.nest(prefix, other.router), list: self.list }
    }

    /// Changes the router without adding routes, for example by a layer around the routes added so far.
    pub(super) fn map(self, change: impl FnOnce(Router<App>) -> Router<App>) -> Self {
        Self { router: change(self.router), list: self.list }
    }

    pub(super) fn into_router(self) -> Router<App> {
        self.router
    }

    pub(super) fn into_list(self) -> Vec<Route> {
        self.list
    }

    fn add(mut self, method: Option<&'static str>, path: &str, routes: MethodRouter<App>) -> Self {
        self.list.push(Route { method, path: path.to_owned(), offered: true });
        Self { router: self.router.route(path, routes), list: self.list }
    }
}

/// Returns the parts of a path, with all parameters alike.
fn shape(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part })
}

/// Lists the routes from the OpenAPI document, because each was added together with its operation.
impl From<OpenApiRouter<App>> for Routes {
    fn from(described: OpenApiRouter<App>) -> Self {
        let (router, document) = described.split_for_parts();
        let mut list = Vec::new();
        for (path, PathItem { get, put, post, delete, patch, .. }) in document.paths.paths {
            let operations =
                [("GET", get), ("PUT", put), ("POST", post), ("DELETE", delete), ("PATCH", patch)];
            let methods = operations.into_iter().filter_map(|(method, operation)| operation.map(|_| method));
            list.extend(methods.map(|method| Route {
                method: Some(method),
                path: path.clone(),
                offered: true,
            }));
        }
        Self { router, list }
    }
}
