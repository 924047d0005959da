//! Proofs as extractors: whatever a handler's signature names is checked before the handler runs. The rules are in
//! `access`; this file only finds their subjects in the request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Session;
use crate::access::{
    AccountAccess, Admin, BotAccess, ChannelAccess, ChannelEditor, ChannelOpener, TeamAccess, TeamAdmin,
};
use crate::app::App;
use crate::http::params;
use crate::http::path_id::{PathId, id_segment};
use crate::http::problem::Problem;
use crate::model::{ChannelId, TeamId, UserId};

/// The account that `{user}` in the path names: an id, or `me` for the caller's own. Proves that the caller is signed
/// in, but not what the caller may do with the account.
pub(in crate::http) struct NamedUser(pub(in crate::http) UserId);

impl FromRequestParts<App> for NamedUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::require(parts, app).await?;
        match id_segment(parts, "user").await?.as_str() {
            "me" => Ok(Self(session.user().id.clone())),
            text => Ok(Self(params::id("user_id", text)?)),
        }
    }
}

impl FromRequestParts<App> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self::prove(Session::require(parts, app).await?.caller())?)
    }
}

/// Proves access to the account that `{user}` in the path names.
impl FromRequestParts<App> for AccountAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::require(parts, app).await?;
        let NamedUser(id) = NamedUser::from_request_parts(parts, app).await?;
        Ok(Self::prove(session.caller(), id)?)
    }
}

/// Proves access to the bot that `{bot}` in the path names.
impl FromRequestParts<App> for BotAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::require(parts, app).await?;
        let id = params::id("bot_user_id", &id_segment(parts, "bot").await?)?;
        Ok(app.access.bot_access(session.caller(), &id).await?)
    }
}

/// Proves access to the team that `{team}` in the path names.
impl FromRequestParts<App> for TeamAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::require(parts, app).await?;
        let PathId(id) = PathId::<TeamId>::from_request_parts(parts, app).await?;
        Ok(app.chat.team_access(session.caller(), &id).await?)
    }
}

/// Proves that the caller manages the team that `{team}` in the path names.
impl FromRequestParts<App> for TeamAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::require(parts, app).await?;
        let PathId(id) = PathId::<TeamId>::from_request_parts(parts, app).await?;
        Ok(app.chat.team_admin(session.caller(), &id).await?)
    }
}

/// Proves access to the channel that `{channel}` in the path names.
impl FromRequestParts<App> for ChannelAccess {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::require(parts, app).await?;
        let PathId(id) = PathId::<ChannelId>::from_request_parts(parts, app).await?;
        Ok(app.chat.channel_access(session.caller(), &id).await?)
    }
}

/// Proves that the caller may change the channel that `{channel}` in the path names.
impl FromRequestParts<App> for ChannelEditor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::require(parts, app).await?;
        let PathId(id) = PathId::<ChannelId>::from_request_parts(parts, app).await?;
        Ok(app.chat.channel_editor(session.caller(), &id).await?)
    }
}

/// Proves that the caller may open, close and restore the channel that `{channel}` in the path names.
impl FromRequestParts<App> for ChannelOpener {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let session = Session::require(parts, app).await?;
        let PathId(id) = PathId::<ChannelId>::from_request_parts(parts, app).await?;
        Ok(app.chat.channel_opener(session.caller(), &id).await?)
    }
}
