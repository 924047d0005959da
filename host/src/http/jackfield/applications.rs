//! Applications of the signed API: made, changed, given new keys. Administrators only; a key is shown once.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::access::{Admin, Authority};
use crate::app::App;
use crate::http::json;
use crate::http::page::Page;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::{Application, Dialect, Strength, Timestamp};
use crate::signed::{ApplicationEdit, Issued, NewApplication, Sample, SignatureHeaders};

/// How long an old key is good beside a new one unless said otherwise: a day.
const OVERLAP_S: u32 = 86_400;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    name: Option<String>,
    /// Cannot be changed later.
    code: Option<String>,
    /// A username; empty for none.
    account: Option<String>,
    free: Option<bool>,
    addresses: Option<String>,
    dialects: Option<Vec<Dialect>>,
    #[serde(rename = "rungs")]
    strengths: Option<Vec<Strength>>,
    enabled: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Rotation {
    overlap_s: Option<u32>,
}

#[derive(Deserialize)]
pub(in crate::http) struct Failed {
    url: String,
    /// None when it is not known.
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    address: Option<IpAddr>,
    /// By name; those of a signature count.
    #[serde(default)]
    headers: HashMap<String, String>,
}

/// `POST /applications`: 201 with the key, this once.
pub(in crate::http) async fn create(
    State(app): State<App>,
    admin: Admin,
    json::Json(asked): json::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let default = NewApplication::default();
    let new = NewApplication {
        name: asked.name.unwrap_or_default(),
        code: asked.code.unwrap_or_default(),
        account: asked.account,
        free: asked.free.unwrap_or_default(),
        addresses: asked.addresses.unwrap_or(default.addresses),
        dialects: asked.dialects.unwrap_or(default.dialects),
        strengths: asked.strengths.unwrap_or(default.strengths),
    };
    let issued = app.signed.applications.create(Authority::Admin(&admin), new).await?;
    Ok((StatusCode::CREATED, Json(with_key(&app, &issued).await?)))
}

/// `GET /applications`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    _: Admin,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let mut shown = Vec::new();
    for application in app.signed.applications.list(page.offset, page.limit).await? {
        shown.push(wire(&app, &application).await?);
    }
    Ok(Json(Value::Array(shown)))
}

/// `GET /applications/{id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let application = app.signed.applications.find(&params::id("application_id", &id)?).await?;
    Ok(Json(wire(&app, &application).await?))
}

/// `PUT` and `PATCH /applications/{id}`: what is not named stays.
pub(in crate::http) async fn change(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    json::Json(asked): json::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    if asked.code.is_some() {
        return Err(Problem::body("code", "`code` cannot be changed: make another application"));
    }
    let edit = ApplicationEdit {
        name: asked.name,
        account: asked.account,
        free: asked.free,
        addresses: asked.addresses,
        dialects: asked.dialects,
        strengths: asked.strengths,
        enabled: asked.enabled,
    };
    let application = app
        .signed
        .applications
        .change(Authority::Admin(&admin), &params::id("application_id", &id)?, edit)
        .await?;
    Ok(Json(wire(&app, &application).await?))
}

/// `POST /applications/{id}/enable`.
pub(in crate::http) async fn enable(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    switch(&app, &admin, &id, true).await
}

/// `POST /applications/{id}/disable`: its code is unknown from then on.
pub(in crate::http) async fn disable(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    switch(&app, &admin, &id, false).await
}

/// `POST /applications/{id}/rotate`: a new key, shown this once; the old one stays good for `overlap_s`.
pub(in crate::http) async fn rotate(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    json::Json(asked): json::Json<Rotation>,
) -> Result<Json<Value>, Problem> {
    let overlap = Duration::from_secs(asked.overlap_s.unwrap_or(OVERLAP_S).into());
    let issued = app
        .signed
        .applications
        .rotate(Authority::Admin(&admin), &params::id("application_id", &id)?, overlap)
        .await?;
    Ok(Json(with_key(&app, &issued).await?))
}

/// `DELETE /applications/{id}`: its code may be given again.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.signed.applications.delete(Authority::Admin(&admin), &params::id("application_id", &id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /applications/{id}/explain`: what would become of a request, and what its sender has to change.
pub(in crate::http) async fn explain(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<String>,
    json::Json(failed): json::Json<Failed>,
) -> Result<Json<Value>, Problem> {
    let application = app.signed.applications.find(&params::id("application_id", &id)?).await?;
    let header = |wanted: &str| {
        let named = failed.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        named.map(|(_, value)| value.clone())
    };
    let sample = Sample {
        signature: SignatureHeaders::of(header),
        url: failed.url,
        body: failed.body.map(String::into_bytes),
        address: failed.address,
    };
    let raw_query = app.config.signed.raw_query;
    Ok(Json(json!(app.signed.applications.explain(&application, &sample, raw_query))))
}

async fn switch(app: &App, admin: &Admin, id: &str, enabled: bool) -> Result<Json<Value>, Problem> {
    let edit = ApplicationEdit { enabled: Some(enabled), ..ApplicationEdit::default() };
    let application = app
        .signed
        .applications
        .change(Authority::Admin(admin), &params::id("application_id", id)?, edit)
        .await?;
    Ok(Json(wire(app, &application).await?))
}

async fn with_key(app: &App, issued: &Issued) -> Result<Value, Problem> {
    let mut shown = wire(app, &issued.application).await?;
    shown["key"] = json!(issued.key.reveal());
    Ok(shown)
}

async fn wire(app: &App, application: &Application) -> Result<Value, Problem> {
    let author = app.signed.applications.account(application).await?;
    let overlaps = application.previous_key.is_some() && app.clock.now() < application.previous_until;
    let previous = if overlaps { application.previous_until } else { Timestamp::NEVER };
    let used = |rung: &Strength| (rung.name().to_owned(), json!(application.used.of(*rung)));
    // The weak rungs are those on which a request that somebody read can be sent again.
    let weak: Vec<&Strength> = application.strengths.iter().filter(|rung| **rung < Strength::Nonce).collect();
    Ok(json!({
        "id": application.id, "name": application.name, "code": application.code,
        "account": application.account_id.as_ref().and(author.as_ref()).map(|user| &user.username),
        "posts_as": author.as_ref().map(|user| &user.username), "free": application.free,
        "addresses": application.addresses, "dialects": application.dialects, "rungs": application.strengths,
        "weak": weak, "enabled": application.enabled,
        "last_used": Strength::ALL.iter().map(used).collect::<Map<_, _>>(),
        "previous_key_until": previous, "create_at": application.create_at, "update_at": application.update_at,
    }))
}
