//! Accounts on the wire.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::model::{TimeZone, Timestamp, User, UserId};

/// An account. It contains nothing about its password or sign-ins.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserResponse {
    id: UserId,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    username: String,
    auth_data: &'static str,
    auth_service: &'static str,
    email: String,
    nickname: String,
    first_name: String,
    last_name: String,
    position: String,
    roles: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    props: Map<String, Value>,
    locale: String,
    timezone: TimeZone,
    is_bot: bool,
    /// Only of bots.
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_description: Option<String>,
    /// Only of accounts that have a picture of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_picture_update: Option<Timestamp>,
    mfa_active: bool,
    disable_welcome_email: bool,
    #[serde(flatten)]
    private: Option<Private>,
}

/// Fields that only the account itself and administrators see.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Private {
    email_verified: bool,
    notify_props: Map<String, Value>,
    last_password_update: Timestamp,
}

impl UserResponse {
    /// Returns the account as itself and administrators see it.
    pub fn whole(user: User) -> Self {
        let private = Private {
            email_verified: user.email_verified,
            notify_props: user.notify_props.clone(),
            last_password_update: user.last_password_update,
        };
        Self { private: Some(private), ..Self::public(user) }
    }

    /// Returns the account as others see it.
    pub fn public(user: User) -> Self {
        Self {
            id: user.id,
            create_at: user.create_at,
            update_at: user.update_at,
            delete_at: user.delete_at,
            username: user.username,
            auth_data: "",
            auth_service: "",
            email: user.email,
            nickname: user.nickname,
            first_name: user.first_name,
            last_name: user.last_name,
            position: user.position,
            roles: user.roles,
            props: user.props,
            locale: user.locale,
            timezone: user.timezone,
            is_bot: user.is_bot,
            bot_description: user.is_bot.then_some(user.bot_description),
            last_picture_update: Some(user.picture_at).filter(|at| !at.is_never()),
            mfa_active: user.mfa_active,
            disable_welcome_email: false,
            private: None,
        }
    }
}
