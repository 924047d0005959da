//! What a caller has proved, as types. Only the constructors here create them, from facts and [`super::rules`]. A verb
//! that takes a proof need not check again, and cannot be called without the check.
//!
//! Permissions that depend on a request's address alone are proved this way, before its handler runs. A rule that
//! depends on the change itself, such as who may remove whom, is checked by the verb that makes the change.

use std::sync::Arc;

use super::{AccessError, rules};
use crate::model::{Bot, Channel, ChannelMembership, Team, TeamMember, User, UserId};

/// The caller is a system administrator.
#[derive(Debug, Clone)]
pub struct Admin(Arc<User>);

/// Who makes an administrative change.
#[derive(Debug, Clone, Copy)]
pub enum Authority<'a> {
    Admin(&'a Admin),
    /// The command line on the server's machine: its user can access the database anyway.
    Operator,
}

/// The caller may act for this account: it is their own, or they are an administrator.
#[derive(Debug, Clone)]
pub struct AccountAccess {
    caller: Arc<User>,
    id: UserId,
}

/// The caller may manage this bot: they own it, or are an administrator.
#[derive(Debug, Clone)]
pub struct BotAccess {
    caller: Arc<User>,
    bot: Bot,
}

/// The caller may act in this team, as a member or as an administrator.
#[derive(Debug, Clone)]
pub struct TeamAccess {
    caller: Arc<User>,
    team: Team,
}

/// The caller may manage this team: change it and its invitation link, archive it, and set its members' roles.
#[derive(Debug, Clone)]
pub struct TeamAdmin {
    caller: Arc<User>,
    team: Team,
}

/// The caller may read what this channel contains, as a member or as an administrator.
#[derive(Debug, Clone)]
pub struct ChannelAccess {
    caller: Arc<User>,
    channel: Channel,
}

/// The caller may rename, describe and archive this channel.
#[derive(Debug, Clone)]
pub struct ChannelEditor {
    caller: Arc<User>,
    channel: Channel,
}

/// The caller may make this channel public or private, and restore it.
#[derive(Debug, Clone)]
pub struct ChannelOpener {
    caller: Arc<User>,
    channel: Channel,
}

impl Admin {
    pub fn prove(user: Arc<User>) -> Result<Self, AccessError> {
        rules::administer(&user)?;
        Ok(Self(user))
    }

    pub fn user(&self) -> &User {
        &self.0
    }
}

impl<'a> Authority<'a> {
    /// Is None for the command line, which has no signed-in user.
    pub fn user(self) -> Option<&'a User> {
        match self {
            Self::Admin(admin) => Some(admin.user()),
            Self::Operator => None,
        }
    }
}

impl AccountAccess {
    pub fn prove(caller: Arc<User>, id: UserId) -> Result<Self, AccessError> {
        rules::manage_account(&caller, &id)?;
        Ok(Self { caller, id })
    }

    pub fn caller(&self) -> &User {
        &self.caller
    }

    /// Returns the account that the caller acts for.
    pub fn id(&self) -> &UserId {
        &self.id
    }

    pub fn is_own(&self) -> bool {
        self.caller.id == self.id
    }
}

impl BotAccess {
    /// Returns None if the caller may not manage the bot. For them, it does not exist.
    pub fn prove(caller: Arc<User>, bot: Bot) -> Option<Self> {
        rules::manages_bot(&caller, &bot).then_some(Self { caller, bot })
    }

    pub fn caller(&self) -> &User {
        &self.caller
    }

    pub fn bot(&self) -> &Bot {
        &self.bot
    }

    pub fn into_bot(self) -> Bot {
        self.bot
    }
}

impl TeamAccess {
    pub fn prove(caller: Arc<User>, team: Team, member: Option<&TeamMember>) -> Result<Self, AccessError> {
        rules::enter_team(&caller, member)?;
        Ok(Self { caller, team })
    }

    pub fn caller(&self) -> &User {
        &self.caller
    }

    pub fn team(&self) -> &Team {
        &self.team
    }
}

impl TeamAdmin {
    pub fn prove(caller: Arc<User>, team: Team, member: Option<&TeamMember>) -> Result<Self, AccessError> {
        rules::manage_team(&caller, member)?;
        Ok(Self { caller, team })
    }

    pub fn caller(&self) -> &User {
        &self.caller
    }

    pub fn team(&self) -> &Team {
        &self.team
    }
}

impl ChannelAccess {
    pub fn prove(
        caller: Arc<User>,
        channel: Channel,
        member: Option<&ChannelMembership>,
    ) -> Result<Self, AccessError> {
        rules::read_channel(&caller, member)?;
        Ok(Self { caller, channel })
    }

    pub fn caller(&self) -> &User {
        &self.caller
    }

    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    pub fn into_channel(self) -> Channel {
        self.channel
    }
}

impl ChannelEditor {
    pub fn prove(
        caller: Arc<User>,
        channel: Channel,
        member: Option<&ChannelMembership>,
        team: Option<&TeamMember>,
    ) -> Result<Self, AccessError> {
        rules::change_channel(&caller, &channel, member, team)?;
        Ok(Self { caller, channel })
    }

    pub fn caller(&self) -> &User {
        &self.caller
    }

    pub fn channel(&self) -> &Channel {
        &self.channel
    }
}

impl ChannelOpener {
    pub fn prove(
        caller: Arc<User>,
        channel: Channel,
        team: Option<&TeamMember>,
    ) -> Result<Self, AccessError> {
        rules::open_channel(&caller, team)?;
        Ok(Self { caller, channel })
    }

    pub fn caller(&self) -> &User {
        &self.caller
    }

    pub fn channel(&self) -> &Channel {
        &self.channel
    }
}
