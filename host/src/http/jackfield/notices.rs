//! Notices: sending them as an administrator, and one's own: read, acknowledge, remove, have them mailed.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::Admin;
use crate::app::App;
use crate::http::auth::Session;
use crate::http::cursor::Cursor;
use crate::http::json;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{
    ContentType, MailChoice, Notice, NoticeAction, NoticeDraft, NoticeId, NoticeSender, UserId,
};

/// What notices that come in by this door name as their source.
const SOURCE: &str = "api";

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    users: Vec<String>,
    title: String,
    subtitle: String,
    content: String,
    content_type: ContentType,
    url: String,
    actions: Vec<json::Json<Action>>,
    sender: json::Json<Sender>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Action {
    label: String,
    icon: String,
    url: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Sender {
    id: String,
    name: String,
    avatar: String,
}

#[derive(Deserialize)]
pub(in crate::http) struct Ids {
    ids: Vec<String>,
}

#[derive(Deserialize)]
pub(in crate::http) struct Settings {
    mail: MailChoice,
}

/// `POST /notices`, for administrators: 201 with the notice's id.
pub(in crate::http) async fn send(
    State(app): State<App>,
    admin: Admin,
    json::Json(asked): json::Json<Asked>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let users: Vec<UserId> =
        asked.users.iter().map(|id| json::id("users", id)).collect::<Result<_, Problem>>()?;
    let id = app.notices.send_as(&admin, &users, asked.draft()).await?;
    Ok((StatusCode::CREATED, Json(json!({"id": id}))))
}

/// `GET /notices?unread=&cursor=&limit=`: one's own, newest first.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
    cursor: Cursor,
) -> Result<Json<Value>, Problem> {
    let (user, before) = (&session.user().id, cursor.id()?);
    let (found, more) = app.notices.list(user, before.as_ref(), query.flag("unread"), cursor.limit).await?;
    let next = found.last().filter(|_| more).map(|notice| notice.id.clone());
    let notices: Vec<Value> = found.iter().map(Notice::wire).collect();
    let (unread, pending) = app.notices.counts(user).await?;
    Ok(Json(json!({"notices": notices, "next_cursor": next, "unread": unread, "pending": pending})))
}

/// `GET /notices/{id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(notice): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.notices.get(&session.user().id, &params::id("notice_id", &notice)?).await?.wire()))
}

/// `POST /notices/{id}/read`.
pub(in crate::http) async fn read(
    State(app): State<App>,
    session: Session,
    Path(notice): Path<String>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(app.notices.read(&session.user().id, &params::id("notice_id", &notice)?).await?.wire()))
}

/// `POST /notices/read_all`.
pub(in crate::http) async fn read_all(
    State(app): State<App>,
    session: Session,
) -> Result<Json<Value>, Problem> {
    let read = app.notices.read_all(&session.user().id).await?;
    Ok(Json(json!({"read": read})))
}

/// `POST /notices/ack`: a client has these, and shows each id once.
pub(in crate::http) async fn acknowledge(
    State(app): State<App>,
    session: Session,
    json::Json(Ids { ids }): json::Json<Ids>,
) -> Result<Json<Value>, Problem> {
    let ids: Vec<NoticeId> = ids.iter().map(|id| json::id("ids", id)).collect::<Result<_, Problem>>()?;
    let user = &session.user().id;
    let acknowledged = app.notices.acknowledge(user, ids).await?;
    let (_, pending) = app.notices.counts(user).await?;
    Ok(Json(json!({"acknowledged": acknowledged, "pending": pending})))
}

/// `DELETE /notices/{id}`: from one's own list; other recipients keep theirs.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    Path(notice): Path<String>,
) -> Result<StatusCode, Problem> {
    app.notices.delete(&session.user().id, &params::id("notice_id", &notice)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /notices/settings`.
pub(in crate::http) async fn settings(
    State(app): State<App>,
    session: Session,
) -> Result<Json<Value>, Problem> {
    let (mail, available) = app.notices.mail_choice(&session.user().id).await?;
    Ok(Json(json!({"mail": mail, "mail_available": available})))
}

/// `PUT /notices/settings`.
pub(in crate::http) async fn choose(
    State(app): State<App>,
    session: Session,
    json::Json(asked): json::Json<Settings>,
) -> Result<Json<Value>, Problem> {
    app.notices.choose_mail(&session.user().id, asked.mail).await?;
    settings(State(app), session).await
}

impl Asked {
    fn draft(self) -> NoticeDraft {
        let action = |json::Json(Action { label, icon, url, kind })| NoticeAction { label, icon, url, kind };
        let Sender { id, name, avatar } = self.sender.0;
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
