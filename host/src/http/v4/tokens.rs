//! Personal access tokens.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{list as list_of, ok};
use crate::app::App;
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::page::Page;
use crate::http::params;
use crate::http::problem::Problem;
use crate::model::{AccessToken, TokenId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct NewToken {
    description: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Chosen {
    token_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Sought {
    term: String,
}

/// `POST /users/{user_id}/tokens`: the only answer that ever shows the token.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    body::Json(new): body::Json<NewToken>,
) -> Result<Json<Value>, Problem> {
    let owner = session.user_in_path(&user)?;
    let made = app.access.create_token(session.user(), &owner, &new.description).await?;
    let mut answer = wire(&made.token);
    answer["token"] = json!(made.secret.reveal());
    Ok(Json(answer))
}

/// `GET /users/{user_id}/tokens`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    Path(user): Path<String>,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let owner = session.user_in_path(&user)?;
    let tokens = app.access.tokens_of(session.user(), &owner, page.offset, page.limit).await?;
    Ok(list_of(&tokens, wire))
}

/// `GET /users/tokens`: everybody's, for administrators.
pub(in crate::http) async fn list_all(
    State(app): State<App>,
    session: Session,
    page: Page,
) -> Result<Json<Value>, Problem> {
    let tokens = app.access.all_tokens(session.user(), "", page.offset, page.limit).await?;
    Ok(list_of(&tokens, wire))
}

/// `POST /users/tokens/search`: those whose id, owner's id or owner's name the term is.
pub(in crate::http) async fn search(
    State(app): State<App>,
    session: Session,
    body::Json(sought): body::Json<Sought>,
) -> Result<Json<Value>, Problem> {
    if sought.term.is_empty() || sought.term.contains('\0') {
        return Err(Problem::body("term", "`term` must be a token's id, or its owner's id or username"));
    }
    let page = Page::first();
    let tokens = app.access.all_tokens(session.user(), &sought.term, page.offset, page.limit).await?;
    Ok(list_of(&tokens, wire))
}

/// `GET /users/tokens/{token_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    Path(token): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = params::id("token_id", &token)?;
    Ok(Json(wire(&app.access.own_token(session.user(), &id).await?)))
}

/// `POST /users/tokens/disable`.
pub(in crate::http) async fn disable(
    State(app): State<App>,
    session: Session,
    body::Json(chosen): body::Json<Chosen>,
) -> Result<Json<Value>, Problem> {
    app.access.set_token_active(session.user(), &chosen.id()?, false).await?;
    Ok(ok())
}

/// `POST /users/tokens/enable`.
pub(in crate::http) async fn enable(
    State(app): State<App>,
    session: Session,
    body::Json(chosen): body::Json<Chosen>,
) -> Result<Json<Value>, Problem> {
    app.access.set_token_active(session.user(), &chosen.id()?, true).await?;
    Ok(ok())
}

/// `POST /users/tokens/revoke`.
pub(in crate::http) async fn revoke(
    State(app): State<App>,
    session: Session,
    body::Json(chosen): body::Json<Chosen>,
) -> Result<Json<Value>, Problem> {
    app.access.revoke_token(session.user(), &chosen.id()?).await?;
    Ok(ok())
}

impl Chosen {
    fn id(&self) -> Result<TokenId, Problem> {
        body::id("token_id", &self.token_id)
    }
}

fn wire(token: &AccessToken) -> Value {
    json!(token)
}
