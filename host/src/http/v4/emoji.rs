//! Custom emoji.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Done, files, list as list_of, ok};
use crate::app::App;
use crate::chat::{ChatError, FileError, MAX_EMOJI_FILE, NewEmoji};
use crate::http::auth::Session;
use crate::http::form::Form;
use crate::http::json as body;
use crate::http::page::PageRange;
use crate::http::params::Query;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::json;
use crate::model::wire::CustomEmojiResponse;
use crate::model::{EmojiId, Kind};

/// Largest description of an emoji in a form, in bytes.
const MAX_DESCRIPTION: usize = 4096;

#[derive(Deserialize, Default)]
#[serde(default)]
struct CreateEmoji {
    creator_id: String,
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SearchEmoji {
    term: String,
    prefix_only: bool,
}

/// `POST /emoji`: a form with `emoji`, which is JSON, and `image`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    mut form: Form,
) -> Result<Json<CustomEmojiResponse>, Problem> {
    let (mut new_emoji, mut picture) = (None, None);
    while let Some(mut part) = form.next().await? {
        match part.disposition.name.as_str() {
            "emoji" => {
                let text = part.whole(MAX_DESCRIPTION).await?;
                let read: Result<body::Json<CreateEmoji>, _> = json::first(&text);
                let read = read.map_err(|error| {
                    Problem::body("emoji", format!("`emoji` is not the expected JSON: {error}"))
                })?;
                new_emoji = Some(read.0);
            }
            "image" => {
                let limit = usize::try_from(MAX_EMOJI_FILE).unwrap_or(usize::MAX);
                let bytes = part.whole(limit).await;
                picture = Some(bytes.map_err(|problem| too_large(problem, limit))?);
            }
            _ => return Err(part.unknown("`emoji` and `image`")),
        }
    }
    let new_emoji = new_emoji
        .ok_or_else(|| Problem::body("emoji", "the form has no `emoji`; send its name in it as JSON"))?;
    let picture =
        picture.ok_or_else(|| Problem::body("image", "the form has no `image`; send the picture in it"))?;
    let creator_id = body::optional_id("creator_id", &new_emoji.creator_id)?;
    let new = NewEmoji {
        creator_id: creator_id.unwrap_or_else(|| session.user().id.clone()),
        name: new_emoji.name,
        picture: picture.into(),
    };
    Ok(Json(app.files.create_emoji(session.user(), new).await?.into()))
}

/// `GET /emoji`: returns a page, oldest first, or sorted by name with `sort=name`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    _: Session,
    query: Query,
    page: PageRange,
) -> Result<Json<Vec<CustomEmojiResponse>>, Problem> {
    let by_name = match query.text("sort").as_str() {
        "" => false,
        "name" => true,
        _ => return Err(Problem::parameter("sort", "it must be `name`, or absent")),
    };
    Ok(list_of(app.store.emoji_page(by_name, page.offset, page.limit).await?))
}

/// `GET /emoji/{emoji_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    _: Session,
    PathId(emoji): PathId<EmojiId>,
) -> Result<Json<CustomEmojiResponse>, Problem> {
    Ok(Json(app.files.emoji(&emoji).await?.into()))
}

/// `GET /emoji/name/{name}`.
pub(in crate::http) async fn by_name(
    State(app): State<App>,
    _: Session,
    Path(name): Path<String>,
) -> Result<Json<CustomEmojiResponse>, Problem> {
    let mut found = app.files.emoji_named(&[name]).await?;
    let emoji = found.pop().ok_or(FileError::Chat(ChatError::NotFound(Kind::EmojiName)))?;
    Ok(Json(emoji.into()))
}

/// `POST /emoji/names`.
pub(in crate::http) async fn by_names(
    State(app): State<App>,
    _: Session,
    body::List(names): body::List<String>,
) -> Result<Json<Vec<CustomEmojiResponse>>, Problem> {
    Ok(list_of(app.files.emoji_named(&names).await?))
}

/// `GET /emoji/{emoji_id}/image`.
pub(in crate::http) async fn image(
    State(app): State<App>,
    _: Session,
    PathId(emoji): PathId<EmojiId>,
) -> Result<Response, Problem> {
    let emoji = app.files.emoji(&emoji).await?;
    Ok(files::bytes::picture(app.files.open_emoji(&emoji).await?, &emoji.mime_type, &emoji.name))
}

/// `DELETE /emoji/{emoji_id}`.
pub(in crate::http) async fn delete(
    State(app): State<App>,
    session: Session,
    PathId(emoji): PathId<EmojiId>,
) -> Result<Json<Done>, Problem> {
    app.files.delete_emoji(session.user(), &emoji).await?;
    Ok(ok())
}

/// `POST /emoji/search`.
pub(in crate::http) async fn search(
    State(app): State<App>,
    _: Session,
    body::Json(search): body::Json<SearchEmoji>,
) -> Result<Json<Vec<CustomEmojiResponse>>, Problem> {
    Ok(list_of(app.files.emoji_matching(&search.term, !search.prefix_only).await?))
}

/// `GET /emoji/autocomplete?name=`.
pub(in crate::http) async fn autocomplete(
    State(app): State<App>,
    _: Session,
    query: Query,
) -> Result<Json<Vec<CustomEmojiResponse>>, Problem> {
    let missing = || Problem::parameter("name", "send the beginning of the emoji's name");
    let name = query.get("name").ok_or_else(missing)?;
    Ok(list_of(app.files.emoji_matching(&name, false).await?))
}

/// Makes the error name the limit of an emoji's file, not that of a request's body.
fn too_large(problem: Problem, limit: usize) -> Problem {
    if problem.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return FileError::TooLarge(limit as u64).into();
    }
    problem
}
