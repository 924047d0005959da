//! Notices: an administrator sends them; each recipient reads, acknowledges and removes their own, and chooses mails.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::paging::{Cursor, Page, Paging};
use super::query::TypedQuery;
use crate::access::Admin;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json;
use crate::http::list_room::ListRoom;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::{
    ContentType, MailChoice, NoticeAction, NoticeDraft, NoticeId, NoticeResponse, NoticeSender, UserId,
    size_of,
};

/// The source of notices that are sent here.
const SOURCE: &str = "api";

#[derive(Deserialize, ToSchema)]
pub(super) struct CreateNotice {
    /// The accounts that receive it.
    #[serde(default)]
    #[schema(required = true, value_type = Vec<UserId>)]
    users: Vec<String>,
    #[serde(default)]
    #[schema(required = true)]
    title: String,
    #[serde(default)]
    subtitle: String,
    #[serde(default)]
    content: String,
    #[serde(default)]
    content_type: ContentType,
    /// The page it points to; empty for none.
    #[serde(default)]
    url: String,
    #[serde(default)]
    #[schema(value_type = Vec<CreateNoticeAction>)]
    actions: Vec<json::Json<CreateNoticeAction>>,
    #[serde(default)]
    #[schema(value_type = CreateNoticeSender)]
    sender: json::Json<CreateNoticeSender>,
}

/// A button below a notice that opens an address.
#[derive(Deserialize, Default, ToSchema)]
#[serde(default)]
struct CreateNoticeAction {
    label: String,
    icon: String,
    url: String,
    /// How the button looks: `primary`, `success`, `danger`, `warning`, `info`, `important` or `special`; any other
    /// text means the default look.
    #[serde(rename = "type")]
    kind: String,
}

/// Who a notice is shown to be from; no account needs to have the id.
#[derive(Deserialize, Default, ToSchema)]
#[serde(default)]
struct CreateNoticeSender {
    id: String,
    name: String,
    avatar: String,
}

#[derive(Serialize, ToSchema)]
pub(super) struct NoticeCreated {
    id: NoticeId,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListNotices {
    /// Whether to leave out notices that were read.
    #[serde(default)]
    unread: bool,
}

#[derive(Serialize, ToSchema)]
pub(super) struct NoticePage {
    items: Vec<NoticeResponse>,
    /// Where the next page begins; null when this is the last.
    next_cursor: Option<Cursor>,
    /// How many of the caller's notices are unread.
    unread: i64,
    /// How many of them wait to be acknowledged.
    pending: i64,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ReadAllResponse {
    /// How many notices were unread.
    read: u64,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct AcknowledgeNotices {
    /// 1 to 200 ids.
    #[schema(value_type = Vec<NoticeId>)]
    ids: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct AcknowledgedResponse {
    /// How many of the notices had waited.
    acknowledged: u64,
    /// How many notices still wait.
    pending: i64,
}

#[derive(Deserialize, ToSchema)]
pub(super) struct UpdateNoticeSettings {
    mail: MailChoice,
}

#[derive(Serialize, ToSchema)]
pub(super) struct NoticeSettingsResponse {
    /// When the caller's notices are mailed too.
    mail: MailChoice,
    /// Whether the server sends mails at all.
    mail_available: bool,
}

/// Sends a notice. For administrators.
#[utoipa::path(
    post, path = "/notices", operation_id = "send_notice", tag = "notices", request_body = CreateNotice,
    responses((status = CREATED, description = "The notice's id", body = NoticeCreated)),
)]
pub(super) async fn send(
    State(app): State<App>,
    admin: Admin,
    json::Json(create): json::Json<CreateNotice>,
) -> Result<(StatusCode, Json<NoticeCreated>), Problem> {
    let users: Vec<UserId> =
        create.users.iter().map(|id| json::id("users", id)).collect::<Result<_, Problem>>()?;
    let id = app.notices.send_as(&admin, &users, create.draft()).await?;
    Ok((StatusCode::CREATED, Json(NoticeCreated { id })))
}

/// Lists the caller's notices, newest first.
#[utoipa::path(
    get, path = "/notices", operation_id = "list_notices", tag = "notices", params(ListNotices, Paging),
    responses((status = OK, description = "A page of notices", body = NoticePage)),
)]
pub(super) async fn list(
    State(app): State<App>,
    session: Session,
    TypedQuery(query): TypedQuery<ListNotices>,
    paging: Paging,
) -> Result<Response, Problem> {
    let (user, before) = (&session.user().id, paging.after_id()?);
    let room = ListRoom::reserve(&app).await?;
    let (notices, more) = app.notices.list(user, before.as_ref(), query.unread, paging.limit()).await?;
    let bytes = size_of(&notices);
    let Page { items, next_cursor } =
        Page::new(notices, more, |notice| Cursor::new(&notice.id), |notice| notice.response());
    let (unread, pending) = app.notices.counts(user).await?;
    room.respond(&NoticePage { items, next_cursor, unread, pending }, bytes)
}

/// Shows one of the caller's notices.
#[utoipa::path(
    get, path = "/notices/{notice}", operation_id = "get_notice", tag = "notices",
    params(("notice" = NoticeId, Path, description = "The notice's id")),
    responses((status = OK, description = "The notice", body = NoticeResponse)),
)]
pub(super) async fn get(
    State(app): State<App>,
    session: Session,
    Path(notice): Path<String>,
) -> Result<Json<NoticeResponse>, Problem> {
    let id = params::id("notice_id", &notice)?;
    Ok(Json(app.notices.get(&session.user().id, &id).await?.response()))
}

/// Marks one of the caller's notices as read.
#[utoipa::path(
    post, path = "/notices/{notice}/read", operation_id = "read_notice", tag = "notices",
    params(("notice" = NoticeId, Path, description = "The notice's id")),
    responses((status = OK, description = "The notice", body = NoticeResponse)),
)]
pub(super) async fn read(
    State(app): State<App>,
    session: Session,
    Path(notice): Path<String>,
) -> Result<Json<NoticeResponse>, Problem> {
    let id = params::id("notice_id", &notice)?;
    Ok(Json(app.notices.read(&session.user().id, &id).await?.response()))
}

/// Marks all of the caller's notices as read.
#[utoipa::path(
    post, path = "/notices/read_all", operation_id = "read_all_notices", tag = "notices",
    responses((status = OK, description = "How many notices were unread", body = ReadAllResponse)),
)]
pub(super) async fn read_all(
    State(app): State<App>,
    session: Session,
) -> Result<Json<ReadAllResponse>, Problem> {
    let read = app.notices.read_all(&session.user().id).await?;
    Ok(Json(ReadAllResponse { read }))
}

/// Acknowledges notices: the caller's client has them, and they are not delivered again.
#[utoipa::path(
    post, path = "/notices/ack", operation_id = "acknowledge_notices", tag = "notices",
    request_body = AcknowledgeNotices,
    responses((status = OK, description = "What was acknowledged and what waits", body = AcknowledgedResponse)),
)]
pub(super) async fn acknowledge(
    State(app): State<App>,
    session: Session,
    json::Json(AcknowledgeNotices { ids }): json::Json<AcknowledgeNotices>,
) -> Result<Json<AcknowledgedResponse>, Problem> {
    let ids: Vec<NoticeId> = ids.iter().map(|id| json::id("ids", id)).collect::<Result<_, Problem>>()?;
    let user = &session.user().id;
    let acknowledged = app.notices.acknowledge(user, ids).await?;
    let (_, pending) = app.notices.counts(user).await?;
    Ok(Json(AcknowledgedResponse { acknowledged, pending }))
}

/// Removes a notice from the caller's list; other recipients keep theirs.
#[utoipa::path(
    delete, path = "/notices/{notice}", operation_id = "delete_notice", tag = "notices",
    params(("notice" = NoticeId, Path, description = "The notice's id")),
    responses((status = NO_CONTENT, description = "The notice is removed")),
)]
pub(super) async fn delete(
    State(app): State<App>,
    session: Session,
    Path(notice): Path<String>,
) -> Result<StatusCode, Problem> {
    app.notices.delete(&session.user().id, &params::id("notice_id", &notice)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Shows when the caller's notices are mailed.
#[utoipa::path(
    get, path = "/notices/settings", operation_id = "get_notice_settings", tag = "notices",
    responses((status = OK, description = "The settings", body = NoticeSettingsResponse)),
)]
pub(super) async fn settings(
    State(app): State<App>,
    session: Session,
) -> Result<Json<NoticeSettingsResponse>, Problem> {
    let (mail, mail_available) = app.notices.mail_choice(&session.user().id).await?;
    Ok(Json(NoticeSettingsResponse { mail, mail_available }))
}

/// Chooses when the caller's notices are mailed.
#[utoipa::path(
    put, path = "/notices/settings", operation_id = "update_notice_settings", tag = "notices",
    request_body = UpdateNoticeSettings,
    responses((status = OK, description = "The settings", body = NoticeSettingsResponse)),
)]
pub(super) async fn update_settings(
    State(app): State<App>,
    session: Session,
    json::Json(update): json::Json<UpdateNoticeSettings>,
) -> Result<Json<NoticeSettingsResponse>, Problem> {
    app.notices.choose_mail(&session.user().id, update.mail).await?;
    settings(State(app), session).await
}

impl CreateNotice {
    fn draft(self) -> NoticeDraft {
        let action = |json::Json(CreateNoticeAction { label, icon, url, kind })| NoticeAction {
            label,
            icon,
            url,
            kind,
        };
        let CreateNoticeSender { id, name, avatar } = self.sender.0;
        NoticeDraft {
            title: self.title,
            subtitle: self.subtitle,
            content: self.content,
            content_type: self.content_type,
            url: self.url,
            actions: self.actions.into_iter().map(action).collect(),
            sender: NoticeSender { id, name, avatar },
            source: SOURCE.to_owned(),
        }
    }
}
