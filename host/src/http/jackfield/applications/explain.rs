//! Explaining to an administrator how a signed request would be judged.

use std::collections::HashMap;
use std::net::IpAddr;

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::Admin;
use crate::app::App;
use crate::http::json;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::ApplicationId;
use crate::signed::{Explanation, Sample, SignatureHeaders};

/// A request that failed.
#[derive(Deserialize, ToSchema)]
pub(in crate::http::jackfield) struct ExplainRequest {
    /// Its address, with or without scheme and host.
    url: String,
    /// Its body, if that is known.
    #[serde(default)]
    body: Option<String>,
    /// Where it came from, if that is known.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
    /// Its headers by name; those of a signature are used.
    #[serde(default)]
    headers: HashMap<String, String>,
}

/// Explains how a signed request would be judged, stage by stage, and what its sender has to change.
#[utoipa::path(
    post, path = "/applications/{application}/explain", operation_id = "explain_request", tag = "applications",
    request_body = ExplainRequest,
    params(("application" = ApplicationId, Path, description = "The application's id")),
    responses((status = OK, description = "The explanation", body = Explanation)),
)]
pub(in crate::http::jackfield) async fn explain(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<String>,
    json::Json(request): json::Json<ExplainRequest>,
) -> Result<Json<Explanation>, Problem> {
    let application = app.signed.applications.find(&params::id("application_id", &id)?).await?;
    let header = |wanted: &str| {
        let named = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.map(|(_, value)| value.clone())
    };
    let sample = Sample {
        signature: SignatureHeaders::of(header),
        url: request.url,
        body: request.body.map(String::into_bytes),
        address: request.address,
    };
    let raw_query = app.config.signed.raw_query;
    Ok(Json(app.signed.applications.explain(&application, &sample, raw_query)))
}
