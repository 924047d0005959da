//! Who takes part in a thread, on the wire.

use serde::Serialize;

use super::{Null, UserResponse};
use crate::model::{Timestamp, User, UserId};

/// An account that replied in a thread: as others see it, or its id alone in an account's form.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ParticipantResponse {
    Id(BareUserResponse),
    Whole(Box<UserResponse>),
}

/// The form of an account whose id alone is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BareUserResponse {
    id: UserId,
    delete_at: Timestamp,
    username: &'static str,
    auth_data: &'static str,
    auth_service: &'static str,
    email: &'static str,
    nickname: &'static str,
    first_name: &'static str,
    last_name: &'static str,
    position: &'static str,
    roles: &'static str,
    locale: &'static str,
    timezone: Null,
    disable_welcome_email: bool,
}

impl ParticipantResponse {
    pub fn bare(id: UserId) -> Self {
        Self::Id(BareUserResponse {
            id,
            delete_at: Timestamp::NEVER,
            username: "",
            auth_data: "",
            auth_service: "",
            email: "",
            nickname: "",
            first_name: "",
            last_name: "",
            position: "",
            roles: "",
            locale: "",
            timezone: (),
            disable_welcome_email: false,
        })
    }

    /// The account's props stay out: they may be large, and clients request them with the account.
    pub fn whole(mut user: User) -> Self {
        user.props.clear();
        Self::Whole(Box::new(UserResponse::public(user)))
    }
}
