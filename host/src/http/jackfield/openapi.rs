//! The API's own description, `openapi.json`: generated from the routes and their structs, completed by what all
//! operations share.

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::Response;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, Ref,
    Required, ResponseBuilder, ServerBuilder, Type,
};
use utoipa::{PartialSchema, ToSchema};

use super::static_json::StaticJson;
use crate::http::auth::TOKEN_COOKIE;
use crate::http::problem::{Code, ProblemDetails};

/// The serialised document. It changes only with the program.
static DOCUMENT: LazyLock<StaticJson> = LazyLock::new(|| StaticJson::new(&document()));

const DESCRIPTION: &str = "What operators, integrators and the console use beside the Mattermost-compatible API.

Lists are read by cursor: send `next_cursor` of one page as `cursor` to get the next; it is null on the last page. \
Errors are problem details (RFC 9457) whose `code` keeps its meaning. A `POST` with an `Idempotency-Key` is done once. \
Moments are Unix milliseconds; 0 is never.";

/// Describes this API.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "get_openapi", tag = "openapi", security(()),
    responses((status = OK, description = "This document", body = serde_json::Value)),
)]
pub(super) async fn get(headers: HeaderMap) -> Response {
    DOCUMENT.respond(&headers, None)
}

/// Builds the document without operations, which the routes add.
pub(super) fn head() -> OpenApi {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("A personal access token, or the token of a session"))
        .build();
    let cookie = ApiKeyValue::with_description(
        TOKEN_COOKIE,
        "A browser's session; changes also send its CSRF token in `X-CSRF-Token`",
    );
    let components = ComponentsBuilder::new()
        .schema(ProblemDetails::name(), ProblemDetails::schema())
        .schema(Code::name(), Code::schema())
        .security_scheme("token", SecurityScheme::Http(token))
        .security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))
        .build();
    let info = InfoBuilder::new().title("Jackfield").version("1").description(Some(DESCRIPTION)).build();
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/api/jackfield/v1").build()]))
        .components(Some(components))
        .security(Some(["token", "cookie"].map(|name| SecurityRequirement::new::<_, [&str; 0], _>(name, []))))
        .build()
}

/// Builds the complete document.
fn document() -> OpenApi {
    let mut document = super::documented_routes().into_openapi();
    for PathItem { get, put, post, delete, patch, .. } in document.paths.paths.values_mut() {
        if let Some(post) = post {
            post.parameters.get_or_insert_default().push(idempotency_key().into());
        }
        // One handler serves both methods, but operation ids must be unique.
        if let Some(id) = patch.as_mut().and_then(|patch| patch.operation_id.as_mut()) {
            *id = id.replacen("update", "patch", 1);
        }
        for operation in [get, put, post, delete, patch].into_iter().flatten() {
            add_failures(operation);
        }
    }
    document
}

fn idempotency_key() -> utoipa::openapi::path::Parameter {
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Chosen by the client, 1 to 255 visible ASCII characters: within a day, the same request with the same \
             key is done once, and its first response is sent again",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).max_length(Some(255))))
        .build()
}

/// Adds the errors that any operation may return.
fn add_failures(operation: &mut Operation) {
    let details = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemDetails::name()))).build();
    let problem = ResponseBuilder::new()
        .description("The request failed")
        .content("application/problem+json", details)
        .build();
    let text = ContentBuilder::new().schema(Some(ObjectBuilder::new().schema_type(Type::String))).build();
    let seconds = HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::Integer)))
        .description(Some("Seconds to wait"))
        .build();
    let too_many = ResponseBuilder::new()
        .description("More requests than `server.rate_per_second` allows")
        .content("text/plain", text)
        .header("Retry-After", seconds)
        .build();
    let responses = &mut operation.responses.responses;
    responses.insert("429".to_owned(), too_many.into());
    responses.insert("default".to_owned(), problem.into());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_changes_only_on_purpose() {
        insta::assert_json_snapshot!(document());
    }

    #[test]
    fn the_document_lists_every_route() {
        let (router, document) = super::super::documented_routes().split_for_parts();
        // An axum router lists its paths in its `Debug` output only.
        let text = format!("{router:?}");
        let quoted = text.split('"').skip(1).step_by(2).filter(|part| part.starts_with('/'));
        // The router's own fallback has these two paths.
        let is_fallback = |path: &&str| *path == "/" || path.contains("__private__axum_fallback");
        let paths: BTreeSet<&str> = quoted.filter(|path| !is_fallback(path)).collect();
        assert_eq!(paths, document.paths.paths.keys().map(String::as_str).collect());
    }

    #[test]
    fn every_schema_that_is_referred_to_is_defined() {
        let document = serde_json::to_value(document()).unwrap();
        let text = document.to_string();
        for reference in text.split("#/components/schemas/").skip(1) {
            let name = reference.split('"').next().unwrap();
            assert!(document["components"]["schemas"].get(name).is_some(), "{name}");
        }
    }

    #[test]
    fn an_operation_has_an_id_of_its_own() {
        let mut ids = BTreeSet::new();
        for PathItem { get, put, post, delete, patch, .. } in document().paths.paths.into_values() {
            for operation in [get, put, post, delete, patch].into_iter().flatten() {
                let id = operation.operation_id.unwrap();
                assert!(ids.insert(id.clone()), "{id}");
            }
        }
    }
}
