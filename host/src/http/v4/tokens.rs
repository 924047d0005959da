//! Personal access tokens.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::{Done, ok};
use crate::access::{AccessError, Admin};
use crate::app::App;
use crate::http::auth::{NamedUser, Session};
use crate::http::json as body;
use crate::http::page::PageRange;
use crate::http::path_id::PathId;
use crate::http::problem::Problem;
use crate::model::{AccessToken, Kind, TokenId};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct CreateToken {
    description: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct TokenRequest {
    token_id: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct SearchTokens {
    term: String,
}

/// A new token. Only this response contains the token itself.
#[derive(Serialize)]
pub(in crate::http) struct NewTokenResponse {
    #[serde(flatten)]
    access_token: AccessToken,
    token: String,
}

/// `POST /users/{user_id}/tokens`.
pub(in crate::http) async fn create(
    State(app): State<App>,
    session: Session,
    NamedUser(owner): NamedUser,
    body::Json(new): body::Json<CreateToken>,
) -> Result<Json<NewTokenResponse>, Problem> {
    let new = app.access.create_token(session.user(), &owner, &new.description).await?;
    Ok(Json(NewTokenResponse { access_token: new.token, token: new.secret.reveal().to_owned() }))
}

/// `GET /users/{user_id}/tokens`.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    NamedUser(owner): NamedUser,
    page: PageRange,
) -> Result<Json<Vec<AccessToken>>, Problem> {
    Ok(Json(app.access.tokens_of(session.user(), &owner, page.offset, page.limit).await?))
}

/// `GET /users/tokens`: lists the tokens of all accounts, for administrators.
pub(in crate::http) async fn list_all(
    State(app): State<App>,
    admin: Admin,
    page: PageRange,
) -> Result<Json<Vec<AccessToken>>, Problem> {
    Ok(Json(app.access.all_tokens(&admin, "", page.offset, page.limit).await?))
}

/// `POST /users/tokens/search`: finds tokens whose id, owner's id or owner's name equals the term.
pub(in crate::http) async fn search(
    State(app): State<App>,
    admin: Admin,
    body::Json(search): body::Json<SearchTokens>,
) -> Result<Json<Vec<AccessToken>>, Problem> {
    if search.term.is_empty() {
        return Err(Problem::body("term", "`term` must be a token's id, or its owner's id or username"));
    }
    let page = PageRange::first();
    Ok(Json(app.access.all_tokens(&admin, &search.term, page.offset, page.limit).await?))
}

/// `GET /users/tokens/{token_id}`.
pub(in crate::http) async fn get(
    State(app): State<App>,
    session: Session,
    PathId(token): PathId<TokenId>,
) -> Result<Json<AccessToken>, Problem> {
    Ok(Json(app.access.own_token(session.user(), &token).await?))
}

/// `POST /users/tokens/disable`.
pub(in crate::http) async fn disable(
    State(app): State<App>,
    session: Session,
    body::Json(request): body::Json<TokenRequest>,
) -> Result<Json<Done>, Problem> {
    app.access.set_token_active(session.user(), &request.id()?, false).await?;
    Ok(ok())
}

/// `POST /users/tokens/enable`.
pub(in crate::http) async fn enable(
    State(app): State<App>,
    session: Session,
    body::Json(request): body::Json<TokenRequest>,
) -> Result<Json<Done>, Problem> {
    app.access.set_token_active(session.user(), &request.id()?, true).await?;
    Ok(ok())
}

/// `POST /users/tokens/revoke`.
pub(in crate::http) async fn revoke(
    State(app): State<App>,
    session: Session,
    body::Json(request): body::Json<TokenRequest>,
) -> Result<Json<Done>, Problem> {
    app.access.revoke_token(session.user(), &request.id()?).await?;
    Ok(ok())
}

impl TokenRequest {
    fn id(&self) -> Result<TokenId, Problem> {
        // No token has an id of another form.
        self.token_id.parse().map_err(|_| AccessError::NotFound(Kind::AccessToken).into())
    }
}
