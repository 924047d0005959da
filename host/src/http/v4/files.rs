//! Uploaded files.

pub(super) mod bytes;
pub(super) mod search;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::list;
use super::posts::WithDeleted;
use crate::app::App;
use crate::blob::UPLOAD;
use crate::chat::{FileError, Rendition, Uploading};
use crate::http::auth::Session;
use crate::http::form::Form;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::http::request_body::Pieces;
use crate::model::wire::FileResponse;
use crate::model::{FileId, PostId};

#[derive(Serialize)]
pub(in crate::http) struct UploadResponse {
    file_infos: Vec<FileResponse>,
    client_ids: Vec<String>,
}

#[derive(Serialize)]
pub(in crate::http) struct LinkResponse {
    link: String,
}

/// Longest text part of an upload's form, in bytes.
const MAX_TEXT: usize = 256;

/// Most `client_ids` in one upload.
const MAX_CLIENT_IDS: usize = 10;

/// `POST /files`: a form with `channel_id`, `files` and `client_ids`, or one file as the body.
pub(in crate::http) async fn upload(
    State(app): State<App>,
    session: Session,
    query: Query,
    request: Request,
) -> Result<(StatusCode, Json<UploadResponse>), Problem> {
    let mut uploading = app.files.begin(session.user());
    if let Some(channel) = query.id("channel_id")? {
        uploading.choose_channel(&channel).await?;
    }
    let client_ids = if is_form(request.headers()) {
        read_form(&mut uploading, Form::from_request(request, &app).await?).await?
    } else {
        read_body(&app, &mut uploading, &query, request).await?;
        query.get("client_id").into_iter().collect()
    };
    let files = uploading.count();
    if files == 0 {
        return Err(Problem::body("files", "the upload holds no file; send it as `files`"));
    }
    if !client_ids.is_empty() && client_ids.len() != files {
        return Err(FileError::ClientIds { client_ids: client_ids.len(), files }.into());
    }
    let infos = uploading.keep().await?;
    let file_infos = infos.into_iter().map(FileResponse::from).collect();
    Ok((StatusCode::CREATED, Json(UploadResponse { file_infos, client_ids })))
}

async fn read_form(uploading: &mut Uploading, mut form: Form) -> Result<Vec<String>, Problem> {
    let mut client_ids = Vec::new();
    while let Some(mut part) = form.next().await? {
        match part.disposition.name.as_str() {
            "channel_id" => {
                let channel = part.text(MAX_TEXT).await?;
                to_channel(uploading, &channel).await?;
            }
            "client_ids" if client_ids.len() < MAX_CLIENT_IDS => {
                client_ids.push(part.text(MAX_TEXT).await?);
            }
            "files" => {
                uploading.file(part.disposition.file_name.as_deref().unwrap_or_default()).await?;
                while let Some(piece) = part.piece().await? {
                    uploading.write(piece).await?;
                }
                uploading.end().await?;
            }
            _ => {
                let known = format!("`channel_id`, `files` and at most {MAX_CLIENT_IDS} `client_ids`");
                return Err(part.unknown(&known));
            }
        }
    }
    Ok(client_ids)
}

async fn read_body(
    app: &App,
    uploading: &mut Uploading,
    query: &Query,
    request: Request,
) -> Result<(), Problem> {
    if query.get("channel_id").is_none() {
        return Err(Problem::parameter("channel_id", "name the channel of the file that is the body"));
    }
    let name = query
        .get("filename")
        .ok_or_else(|| Problem::parameter("filename", "name the file that is the body"))?;
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if length.is_some_and(|length: u64| length > app.files.max_file()) {
        return Err(FileError::TooLarge(app.files.max_file()).into());
    }
    let memory = app.budgets.bodies.reserve(UPLOAD).await?;
    uploading.file(&name).await?;
    let mut pieces = Pieces::of(request.into_body(), memory.budget());
    let mut is_empty = true;
    while let Some(piece) = pieces.next().await? {
        is_empty &= piece.is_empty();
        uploading.write(piece).await?;
    }
    if is_empty {
        return Err(FileError::Empty.into());
    }
    uploading.end().await?;
    Ok(())
}

/// `GET /files/{file_id}`: with `download=true` the browser saves it, whatever its type.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(file): PathId<FileId>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = app.files.readable(session.user(), &file).await?;
    bytes::file(&app, &file, &headers, query.flag("download")).await
}

/// `GET /files/{file_id}/public?h=`: for clients with the link.
pub(in crate::http) async fn public(
    State(app): State<App>,
    PathId(file): PathId<FileId>,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = app.files.linked_file(&file, &query.text("h")).await?;
    bytes::file(&app, &file, &headers, false).await
}

/// `GET /files/{file_id}/info`.
pub(in crate::http) async fn info(
    State(app): State<App>,
    session: Session,
    PathId(file): PathId<FileId>,
) -> Result<Json<FileResponse>, Problem> {
    Ok(Json(app.files.readable(session.user(), &file).await?.into()))
}

/// `GET /files/{file_id}/link`: an address that a client without an account can open.
pub(in crate::http) async fn link(
    State(app): State<App>,
    session: Session,
    PathId(file): PathId<FileId>,
) -> Result<Json<LinkResponse>, Problem> {
    let proof = app.files.link(session.user(), &file).await?;
    Ok(Json(LinkResponse { link: format!("{}/files/{file}/public?h={proof}", app.site_url) }))
}

/// `GET /files/{file_id}/thumbnail`.
pub(in crate::http) async fn thumbnail(
    State(app): State<App>,
    session: Session,
    PathId(file): PathId<FileId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    rendition(&app, &session, &headers, &file, Rendition::Thumbnail).await
}

/// `GET /files/{file_id}/preview`.
pub(in crate::http) async fn preview(
    State(app): State<App>,
    session: Session,
    PathId(file): PathId<FileId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    rendition(&app, &session, &headers, &file, Rendition::Preview).await
}

/// `GET /posts/{post_id}/files/info`. Files are deleted with their post, so `include_deleted`, which only
/// administrators may ask for, adds none.
pub(in crate::http) async fn of_post(
    State(app): State<App>,
    session: Session,
    _: WithDeleted,
    PathId(post): PathId<PostId>,
) -> Result<Json<Vec<FileResponse>>, Problem> {
    Ok(list(app.files.of_post(session.user(), &post).await?))
}

async fn rendition(
    app: &App,
    session: &Session,
    request: &HeaderMap,
    file: &FileId,
    rendition: Rendition,
) -> Result<Response, Problem> {
    let file = app.files.readable(session.user(), file).await?;
    let tag = match rendition {
        Rendition::Thumbnail => format!("{}.thumbnail", file.id),
        Rendition::Preview => format!("{}.preview", file.id),
    };
    Ok(bytes::rendition(request, &tag, app.files.rendition(&file, rendition).await?))
}

async fn to_channel(uploading: &mut Uploading, channel: &str) -> Result<(), Problem> {
    let channel = channel
        .parse()
        .map_err(|error| Problem::body("channel_id", format!("`channel_id` is not valid: {error}")))?;
    Ok(uploading.choose_channel(&channel).await?)
}

pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}
