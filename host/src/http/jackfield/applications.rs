//! Applications of the signed API: created, changed, given new keys. Administrators only; a key is shown once.

pub(super) mod explain;
pub(super) mod keys;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::paging::{Cursor, Page, Paging};
use crate::access::{Admin, Authority};
use crate::app::App;
use crate::http::json;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::{Application, ApplicationId, Dialect, Strength, Timestamp};
use crate::signed::{ApplicationEdit, IssuedKey, NewApplication};

#[derive(Deserialize, Default, ToSchema)]
#[serde(default)]
pub(super) struct CreateApplication {
    #[schema(required = true)]
    name: String,
    /// What the application calls itself in its requests: letters, digits and underscores. It cannot be changed.
    #[schema(required = true)]
    code: String,
    /// The username of the account that its messages are by. Unless `free` is set, or the account belongs to a system
    /// administrator, the application lists and uses only the groups that this account is in.
    account: Option<String>,
    /// Whether it may call without such an account, and use every group.
    free: bool,
    /// Where it may call from: addresses, ranges, wildcards and networks, separated by commas. Absent: anywhere.
    addresses: Option<String>,
    /// Absent: all.
    dialects: Option<Vec<Dialect>>,
    /// How strongly it may sign. Absent: all.
    #[serde(rename = "rungs")]
    strengths: Option<Vec<Strength>>,
}

/// What is absent stays as it is.
#[derive(Deserialize, Default, ToSchema)]
#[serde(default)]
pub(super) struct UpdateApplication {
    name: Option<String>,
    /// Refused: a code cannot be changed.
    #[schema(deprecated)]
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

#[derive(Serialize, ToSchema)]
pub(super) struct ApplicationResponse {
    id: ApplicationId,
    name: String,
    code: String,
    /// The account it is bound to.
    account: Option<String>,
    /// The account its messages are by: the bound one, or a bot.
    posts_as: Option<String>,
    free: bool,
    addresses: String,
    dialects: Vec<Dialect>,
    #[serde(rename = "rungs")]
    strengths: Vec<Strength>,
    /// Those of its strengths with which a third party that reads a request can replay it.
    weak: Vec<Strength>,
    enabled: bool,
    last_used: LastUsed,
    /// Until when the key before the last rotation is valid.
    previous_key_until: Timestamp,
    create_at: Timestamp,
    update_at: Timestamp,
}

/// When each strength was last used.
#[derive(Serialize, ToSchema)]
struct LastUsed {
    legacy: Timestamp,
    body: Timestamp,
    nonce: Timestamp,
    hmac: Timestamp,
}

#[derive(Serialize, ToSchema)]
pub(super) struct IssuedResponse {
    #[serde(flatten)]
    application: ApplicationResponse,
    /// Shown in this response only.
    key: String,
}

/// Creates an application. Only this response shows its key.
#[utoipa::path(
    post, path = "/applications", operation_id = "create_application", tag = "applications",
    request_body = CreateApplication,
    responses((status = CREATED, description = "The application with its key", body = IssuedResponse)),
)]
pub(super) async fn create(
    State(app): State<App>,
    admin: Admin,
    json::Json(create): json::Json<CreateApplication>,
) -> Result<(StatusCode, Json<IssuedResponse>), Problem> {
    let default = NewApplication::default();
    let new = NewApplication {
        name: create.name,
        code: create.code,
        account: create.account,
        free: create.free,
        addresses: create.addresses.unwrap_or(default.addresses),
        dialects: create.dialects.unwrap_or(default.dialects),
        strengths: create.strengths.unwrap_or(default.strengths),
    };
    let issued = app.signed.applications.create(Authority::Admin(&admin), new).await?;
    Ok((StatusCode::CREATED, Json(IssuedResponse::new(&app, issued).await?)))
}

/// Lists applications, oldest first.
#[utoipa::path(
    get, path = "/applications", operation_id = "list_applications", tag = "applications", params(Paging),
    responses((status = OK, description = "A page of applications", body = Page<ApplicationResponse>)),
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Admin,
    paging: Paging,
) -> Result<Json<Page<ApplicationResponse>>, Problem> {
    let rows = app.signed.applications.list(paging.after_moment()?.as_ref(), paging.rows()).await?;
    let Page { items: applications, next_cursor } =
        paging.page(rows, |row| Cursor::at_moment(row.create_at, &row.id), |row| row);
    let mut items = Vec::with_capacity(applications.len());
    for application in applications {
        items.push(ApplicationResponse::new(&app, application).await?);
    }
    Ok(Json(Page { items, next_cursor }))
}

/// Shows an application.
#[utoipa::path(
    get, path = "/applications/{application}", operation_id = "get_application", tag = "applications",
    params(("application" = ApplicationId, Path, description = "The application's id")),
    responses((status = OK, description = "The application", body = ApplicationResponse)),
)]
pub(super) async fn get(
    State(app): State<App>,
    _: Admin,
    Path(id): Path<String>,
) -> Result<Json<ApplicationResponse>, Problem> {
    let application = app.signed.applications.find(&params::id("application_id", &id)?).await?;
    Ok(Json(ApplicationResponse::new(&app, application).await?))
}

/// Changes an application. What the body leaves out stays as it is.
#[utoipa::path(
    method(put, patch), path = "/applications/{application}", operation_id = "update_application",
    tag = "applications", request_body = UpdateApplication,
    params(("application" = ApplicationId, Path, description = "The application's id")),
    responses((status = OK, description = "The application", body = ApplicationResponse)),
)]
pub(super) async fn update(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    json::Json(update): json::Json<UpdateApplication>,
) -> Result<Json<ApplicationResponse>, Problem> {
    if update.code.is_some() {
        return Err(Problem::body("code", "`code` cannot be changed; create another application"));
    }
    let edit = ApplicationEdit {
        name: update.name,
        account: update.account,
        free: update.free,
        addresses: update.addresses,
        dialects: update.dialects,
        strengths: update.strengths,
        enabled: update.enabled,
    };
    change(&app, &admin, &id, edit).await
}

/// Enables an application.
#[utoipa::path(
    post, path = "/applications/{application}/enable", operation_id = "enable_application", tag = "applications",
    params(("application" = ApplicationId, Path, description = "The application's id")),
    responses((status = OK, description = "The application", body = ApplicationResponse)),
)]
pub(super) async fn enable(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Json<ApplicationResponse>, Problem> {
    change(&app, &admin, &id, ApplicationEdit { enabled: Some(true), ..ApplicationEdit::default() }).await
}

/// Disables an application: its code is unknown until it is enabled again.
#[utoipa::path(
    post, path = "/applications/{application}/disable", operation_id = "disable_application",
    tag = "applications",
    params(("application" = ApplicationId, Path, description = "The application's id")),
    responses((status = OK, description = "The application", body = ApplicationResponse)),
)]
pub(super) async fn disable(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<Json<ApplicationResponse>, Problem> {
    change(&app, &admin, &id, ApplicationEdit { enabled: Some(false), ..ApplicationEdit::default() }).await
}

/// Deletes an application. Another one may then have its code.
#[utoipa::path(
    delete, path = "/applications/{application}", operation_id = "delete_application", tag = "applications",
    params(("application" = ApplicationId, Path, description = "The application's id")),
    responses((status = NO_CONTENT, description = "The application is deleted")),
)]
pub(super) async fn delete(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.signed.applications.delete(Authority::Admin(&admin), &params::id("application_id", &id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn change(
    app: &App,
    admin: &Admin,
    id: &str,
    edit: ApplicationEdit,
) -> Result<Json<ApplicationResponse>, Problem> {
    let id = params::id("application_id", id)?;
    let application = app.signed.applications.change(Authority::Admin(admin), &id, edit).await?;
    Ok(Json(ApplicationResponse::new(app, application).await?))
}

impl IssuedResponse {
    async fn new(app: &App, issued: IssuedKey) -> Result<Self, Problem> {
        let key = issued.key.reveal().to_owned();
        Ok(Self { application: ApplicationResponse::new(app, issued.application).await?, key })
    }
}

impl ApplicationResponse {
    async fn new(app: &App, application: Application) -> Result<Self, Problem> {
        let author = app.signed.applications.account(&application).await?.map(|user| user.username);
        let overlaps = application.previous_key.is_some() && app.clock.now() < application.previous_until;
        let weak = application.strengths.iter().copied().filter(|strength| *strength < Strength::Nonce);
        Ok(Self {
            account: application.account_id.and(author.clone()),
            posts_as: author,
            weak: weak.collect(),
            previous_key_until: if overlaps { application.previous_until } else { Timestamp::NEVER },
            last_used: LastUsed {
                legacy: application.used.of(Strength::Legacy),
                body: application.used.of(Strength::Body),
                nonce: application.used.of(Strength::Nonce),
                hmac: application.used.of(Strength::Hmac),
            },
            id: application.id,
            name: application.name,
            code: application.code,
            free: application.free,
            addresses: application.addresses,
            dialects: application.dialects,
            strengths: application.strengths,
            enabled: application.enabled,
            create_at: application.create_at,
            update_at: application.update_at,
        })
    }
}
