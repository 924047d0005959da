//! Uploads in pieces, for files that are large or come over a bad connection.

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::files::is_form;
use super::list as list_of;
use crate::access::AccountAccess;
use crate::app::App;
use crate::blob::UPLOAD;
use crate::chat::{ChatError, FileError, NewUpload, Receiving};
use crate::http::auth::Session;
use crate::http::form::Form;
use crate::http::json as body;
use crate::http::path_id::{PathId, UploadId};
use crate::http::problem::Problem;
use crate::http::request_body::Pieces;
use crate::model::wire::FileResponse;
use crate::model::{ChannelId, FileId, Timestamp, UploadSession, UserId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct CreateUpload {
    channel_id: String,
    filename: String,
    file_size: i64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Serialize)]
pub(in crate::http) struct UploadSessionResponse {
    id: FileId,
    #[serde(rename = "type")]
    kind: &'static str,
    create_at: Timestamp,
    user_id: UserId,
    channel_id: ChannelId,
    filename: String,
    file_size: i64,
    file_offset: i64,
    remote_id: &'static str,
    req_file_id: &'static str,
}

/// The only type of uploads here.
const ATTACHMENT: &str = "attachment";

/// `POST /uploads`: announces a file.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    body::Json(new): body::Json<CreateUpload>,
) -> Result<(StatusCode, Json<UploadSessionResponse>), Problem> {
    if !(new.kind.is_empty() || new.kind == ATTACHMENT) {
        let id = "model.upload_session.is_valid.type.app_error";
        return Err(Problem::body("type", format!("`type` must be `{ATTACHMENT}`, or absent")).called(id));
    }
    let new = NewUpload {
        channel_id: new.channel_id.parse().map_err(|_| ChatError::unknown_channel())?,
        name: new.filename,
        size: new.file_size,
    };
    let upload = app.files.announce(session.user(), new).await?;
    Ok((StatusCode::CREATED, Json(upload.into())))
}

/// `GET /uploads/{upload_id}`: says where the client continues.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(UploadId(upload)): PathId<UploadId>,
) -> Result<Json<UploadSessionResponse>, Problem> {
    Ok(Json(app.files.upload_session(session.user(), &upload).await?.into()))
}

/// `GET /users/{user_id}/uploads`.
pub(in crate::http) async fn of_user(
    State(app): State<App>,
    account: Result<AccountAccess, Problem>,
) -> Result<Json<Vec<UploadSessionResponse>>, Problem> {
    let id = "api.user.get_uploads_for_user.forbidden.app_error";
    let account = account.map_err(|problem| problem.renamed(id))?;
    Ok(list_of(app.files.upload_sessions(&account).await?))
}

/// `POST /uploads/{upload_id}`: the next bytes, as the body or as the first part of a form. 204 while more must follow,
/// then the file.
pub(in crate::http) async fn send(
    State(app): State<App>,
    session: Session,
    PathId(UploadId(upload)): PathId<UploadId>,
    request: Request,
) -> Result<Response, Problem> {
    let receiving = if is_form(request.headers()) {
        let receiving = app.files.receive(session.user(), &upload, None).await?;
        read_form(receiving, Form::from_request(request, &app).await?).await?
    } else {
        let length = request.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let receiving = app.files.receive(session.user(), &upload, length).await?;
        read_body(&app, receiving, request).await?
    };
    Ok(match receiving.end().await? {
        Some(file) => Json(FileResponse::from(file)).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

async fn read_form(mut receiving: Receiving, mut form: Form) -> Result<Receiving, Problem> {
    let missing = || Problem::body("data", "the form has no part; send the bytes as its first");
    let mut part = form.next().await?.ok_or_else(missing)?;
    while let Some(piece) = part.piece().await? {
        receiving.write(piece).await.map_err(too_many)?;
    }
    Ok(receiving)
}

async fn read_body(app: &App, mut receiving: Receiving, request: Request) -> Result<Receiving, Problem> {
    let memory = app.budgets.bodies.reserve(UPLOAD).await?;
    let mut pieces = Pieces::of(request.into_body(), memory.budget());
    while let Some(piece) = pieces.next().await? {
        receiving.write(piece).await.map_err(too_many)?;
    }
    Ok(receiving)
}

/// Reports more bytes than were announced as such, not as a file that is too large for the server.
fn too_many(error: FileError) -> FileError {
    match error {
        FileError::TooLarge(left) => FileError::UnexpectedLength(left),
        error => error,
    }
}

impl From<UploadSession> for UploadSessionResponse {
    fn from(upload: UploadSession) -> Self {
        Self {
            file_offset: upload.offset(),
            id: upload.id,
            kind: ATTACHMENT,
            create_at: upload.create_at,
            user_id: upload.user_id,
            channel_id: upload.channel_id,
            filename: upload.name,
            file_size: upload.size,
            remote_id: "",
            req_file_id: "",
        }
    }
}
