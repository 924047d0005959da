//! Who is there: lists, searches and lookups, each within what the asker may see.

use super::account::invalid;
use super::{Access, AccessError, rules};
use crate::model::{ChannelId, TeamId, User, UserId};
use crate::store::UserFilter;

/// People found for a channel: those in it, and those in its team who are not.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub inside: Vec<User>,
    pub outside: Vec<User>,
}

/// Most accounts answered as ids that somebody knows.
const MAX_KNOWN: i64 = 10_000;

/// Longest name sought.
const MAX_TERM: usize = 128;

impl Access {
    /// A page of accounts, by username.
    pub async fn people(
        &self,
        by: &User,
        who: UserFilter,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<User>, AccessError> {
        let who = self.within_sight(by, who).await?;
        Ok(self.store.users(&who, offset, limit).await?)
    }

    pub async fn people_count(&self, by: &User, who: UserFilter) -> Result<i64, AccessError> {
        let who = self.within_sight(by, who).await?;
        Ok(self.store.user_count(&who).await?)
    }

    /// What to offer while a name is typed.
    pub async fn complete(
        &self,
        by: &User,
        name: &str,
        team: Option<TeamId>,
        channel: Option<ChannelId>,
        limit: i64,
    ) -> Result<Found, AccessError> {
        let named = UserFilter { named: Some(name.to_owned()), active: Some(true), ..UserFilter::default() };
        let Some(channel) = channel else {
            let inside = self.people(by, UserFilter { in_team: team, ..named }, 0, limit).await?;
            return Ok(Found { inside, outside: Vec::new() });
        };
        let inside = UserFilter { in_channel: Some(channel.clone()), ..named.clone() };
        let inside = self.people(by, inside, 0, limit).await?;
        let outside = match team {
            Some(_) => {
                let outside = UserFilter { in_team: team, not_in_channel: Some(channel), ..named };
                self.people(by, outside, 0, limit).await?
            }
            None => Vec::new(),
        };
        Ok(Found { inside, outside })
    }

    /// An account that somebody may see.
    pub async fn visible_user(&self, by: &User, id: &UserId) -> Result<User, AccessError> {
        let user = self.user(id).await?;
        self.see(by, user).await
    }

    pub async fn visible_user_by_username(&self, by: &User, username: &str) -> Result<User, AccessError> {
        if username.contains('\0') {
            return Err(AccessError::NotFound("account"));
        }
        let user = self.user_by_username(username).await?;
        self.see(by, user).await
    }

    pub async fn visible_user_by_email(&self, by: &User, email: &str) -> Result<User, AccessError> {
        if email.contains('\0') {
            return Err(AccessError::NotFound("account"));
        }
        let user = self.store.user_by_email(email).await?.ok_or(AccessError::NotFound("account"))?;
        self.see(by, user).await
    }

    /// Who shares a channel with somebody.
    pub async fn known_users(&self, user: &User) -> Result<Vec<UserId>, AccessError> {
        Ok(self.store.known_users(&user.id, MAX_KNOWN).await?)
    }

    async fn see(&self, by: &User, user: User) -> Result<User, AccessError> {
        if rules::accounts::is_guest(by) {
            let known = self.store.knows(&by.id, &user.id).await?;
            rules::accounts::see_account(by, &user.id, known)?;
        }
        Ok(user)
    }

    /// Asks only within teams and channels the asker may look into, and for a guest only among those it knows.
    async fn within_sight(&self, by: &User, mut who: UserFilter) -> Result<UserFilter, AccessError> {
        // No name has the character NUL, and PostgreSQL takes no text with it.
        if who.named.as_ref().is_some_and(|name| name.contains('\0') || name.chars().count() > MAX_TERM) {
            return Err(invalid("term", format!("at most {MAX_TERM} characters, none of them NUL")));
        }
        if let Some(names) = &mut who.usernames {
            names.retain(|name| !name.contains('\0'));
        }
        for team in who.in_team.iter().chain(&who.not_in_team) {
            self.store.team(team).await?.ok_or(AccessError::NotFound("team"))?;
            let member = self.store.team_member(team, &by.id).await?;
            rules::enter_team(by, member.as_ref())?;
        }
        for channel in who.in_channel.iter().chain(&who.not_in_channel) {
            let channel = self.store.channel(channel).await?.ok_or(AccessError::NotFound("channel"))?;
            let member = self.store.channel_member(&channel.id, &by.id).await?;
            let in_team = match &channel.team_id {
                Some(team) => self.store.team_member(team, &by.id).await?,
                None => None,
            };
            rules::read_channel(by, &channel, member.as_ref(), in_team.as_ref())?;
        }
        if rules::accounts::is_guest(by) {
            who.known_to = Some(by.id.clone());
        }
        Ok(who)
    }
}
