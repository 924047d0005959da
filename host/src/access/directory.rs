//! Finding accounts: lists, searches and lookups, each within what the caller may see.

use std::collections::{BTreeMap, HashMap};

use super::checks::check_text;
use super::{Access, AccessError, TeamAccess, rules};
use crate::model::{ChannelId, Kind, TeamId, TeamMember, User, UserId};
use crate::store::UserFilter;

/// An account, as far as a caller may see it.
#[derive(Debug, Clone, PartialEq)]
pub enum VisibleUser {
    /// Includes the preferences and the password's age.
    Whole(User),
    Public(User),
}

/// Users to suggest in a channel: its members, and the members of its team who are not in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    pub inside: Vec<VisibleUser>,
    pub outside: Vec<VisibleUser>,
}

/// Most ids in the list of users who share a channel with an account.
const MAX_KNOWN: i64 = 10_000;

/// Longest name to search for.
const MAX_TERM: usize = 128;

impl Access {
    /// Returns the error for a filter by a team or channel that cannot exist: the same as for one that is hidden.
    pub fn no_such_place(&self, caller: &User) -> AccessError {
        rules::no_team(caller)
    }

    /// Returns a page of accounts, in the filter's order.
    pub async fn users(
        &self,
        caller: &User,
        filter: UserFilter,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<VisibleUser>, AccessError> {
        let filter = self.within_sight(caller, filter).await?;
        let users = self.store.users(&filter, offset, limit).await?;
        Ok(users.into_iter().map(|user| self.as_seen_by(caller, user)).collect())
    }

    pub async fn user_count(&self, caller: &User, filter: UserFilter) -> Result<i64, AccessError> {
        let filter = self.within_sight(caller, filter).await?;
        Ok(self.store.user_count(&filter).await?)
    }

    /// Returns suggestions for a name that is being typed.
    pub async fn complete(
        &self,
        caller: &User,
        name: &str,
        team: Option<TeamId>,
        channel: Option<ChannelId>,
        limit: i64,
    ) -> Result<Completion, AccessError> {
        let named = UserFilter { named: Some(name.to_owned()), active: Some(true), ..UserFilter::default() };
        let Some(channel) = channel else {
            let inside = self.users(caller, UserFilter { in_team: team, ..named }, 0, limit).await?;
            return Ok(Completion { inside, outside: Vec::new() });
        };
        let inside = UserFilter { in_channel: Some(channel.clone()), ..named.clone() };
        let inside = self.users(caller, inside, 0, limit).await?;
        let outside = match team {
            Some(_) => {
                let outside = UserFilter { in_team: team, not_in_channel: Some(channel), ..named };
                self.users(caller, outside, 0, limit).await?
            }
            None => Vec::new(),
        };
        Ok(Completion { inside, outside })
    }

    /// Returns an account that the caller may see.
    pub async fn visible_user(&self, caller: &User, id: &UserId) -> Result<VisibleUser, AccessError> {
        if caller.id == *id {
            // The request read it when it was signed in.
            return Ok(self.as_seen_by(caller, caller.clone()));
        }
        let user = self.user(id).await?;
        self.see(caller, user).await
    }

    pub async fn visible_user_by_username(
        &self,
        caller: &User,
        username: &str,
    ) -> Result<VisibleUser, AccessError> {
        let user = self.user_by_username(username).await?;
        self.see(caller, user).await.map_err(|error| match error {
            // A hidden account is answered as an unknown username.
            AccessError::NotFound(Kind::Account) => AccessError::NotFound(Kind::Username),
            error => error,
        })
    }

    pub async fn visible_user_by_email(
        &self,
        caller: &User,
        email: &str,
    ) -> Result<VisibleUser, AccessError> {
        rules::look_up_by_email(caller, self.show_email_addresses)?;
        let user = self.store.user_by_email(email).await?.ok_or(AccessError::NotFound(Kind::EmailAddress))?;
        self.see(caller, user).await
    }

    /// Returns the members of those of these group channels that the caller is in.
    pub async fn members_of_groups(
        &self,
        caller: &User,
        channels: &[ChannelId],
    ) -> Result<BTreeMap<ChannelId, Vec<VisibleUser>>, AccessError> {
        let mut groups: BTreeMap<ChannelId, Vec<VisibleUser>> = BTreeMap::new();
        for member in self.store.members_of_groups(&caller.id, channels).await? {
            groups.entry(member.channel_id).or_default().push(self.as_seen_by(caller, member.user));
        }
        Ok(groups)
    }

    /// Returns the users who share a channel with this one.
    pub async fn known_users(&self, user: &User) -> Result<Vec<UserId>, AccessError> {
        Ok(self.store.known_users(&user.id, MAX_KNOWN).await?)
    }

    /// Returns a page of a team's members, by username if `by_name`, without deactivated ones if `active`; for a guest,
    /// only those they may see.
    pub async fn team_members(
        &self,
        team: &TeamAccess,
        (by_name, active): (bool, bool),
        offset: i64,
        limit: i64,
    ) -> Result<Vec<TeamMember>, AccessError> {
        let id = &team.team().id;
        if !rules::is_guest(team.caller()) && !by_name && !active {
            return Ok(self.store.team_members(id, offset, limit).await?);
        }
        let active = active.then_some(true);
        let inside = UserFilter { in_team: Some(id.clone()), active, ..UserFilter::default() };
        let users = self.users(team.caller(), inside, offset, limit).await?;
        let ids: Vec<UserId> = users.into_iter().map(|user| user.into_user().id).collect();
        let mut members = self.store.team_members_by_ids(id, &ids).await?;
        if by_name {
            let position: HashMap<&UserId, usize> = ids.iter().zip(0..).collect();
            members.sort_by_key(|member| position.get(&member.user_id).copied());
        }
        Ok(members)
    }

    /// Returns a member of a team, also one who left it; for a guest, only one they may see.
    pub async fn team_member(
        &self,
        team: &TeamAccess,
        user: &UserId,
    ) -> Result<Option<TeamMember>, AccessError> {
        if rules::is_guest(team.caller()) {
            self.visible_user(team.caller(), user).await?;
        }
        Ok(self.store.past_team_member(&team.team().id, user).await?)
    }

    /// Returns the members of a team among these accounts; for a guest, only those they may see.
    pub async fn team_members_by_ids(
        &self,
        team: &TeamAccess,
        ids: Vec<UserId>,
    ) -> Result<Vec<TeamMember>, AccessError> {
        let id = &team.team().id;
        if !rules::is_guest(team.caller()) {
            return Ok(self.store.team_members_by_ids(id, &ids).await?);
        }
        let most = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let named = UserFilter { ids: Some(ids), ..UserFilter::default() };
        let users = self.users(team.caller(), named, 0, most).await?;
        self.members_among(id, users).await
    }

    /// Returns how many members a team has, and how many of them are active; for a guest, of those they may see.
    pub async fn team_member_counts(&self, team: &TeamAccess) -> Result<(i64, i64), AccessError> {
        let (caller, id) = (team.caller(), team.team().id.clone());
        if !rules::is_guest(caller) {
            return Ok(self.store.team_member_counts(&id).await?);
        }
        let inside = UserFilter { in_team: Some(id), ..UserFilter::default() };
        let active = UserFilter { active: Some(true), ..inside.clone() };
        Ok((self.user_count(caller, inside).await?, self.user_count(caller, active).await?))
    }

    async fn members_among(
        &self,
        team: &TeamId,
        users: Vec<VisibleUser>,
    ) -> Result<Vec<TeamMember>, AccessError> {
        let ids: Vec<UserId> = users.into_iter().map(|user| user.into_user().id).collect();
        Ok(self.store.team_members_by_ids(team, &ids).await?)
    }

    async fn see(&self, caller: &User, user: User) -> Result<VisibleUser, AccessError> {
        if rules::is_guest(caller) {
            let known = self.store.knows(&caller.id, &user.id).await?;
            rules::see_account(caller, &user.id, known)?;
        }
        Ok(self.as_seen_by(caller, user))
    }

    /// Returns an account as far as the caller may see it.
    fn as_seen_by(&self, caller: &User, user: User) -> VisibleUser {
        if rules::sees_all_of(caller, &user.id) {
            VisibleUser::Whole(user)
        } else {
            VisibleUser::Public(self.public_part(user))
        }
    }

    /// Removes from an account what the settings hide from others.
    pub(super) fn public_part(&self, mut user: User) -> User {
        if !self.show_email_addresses {
            user.email.clear();
        }
        if !self.show_full_names {
            user.last_name.clear();
            // The first name of a bot is its display name.
            if !user.is_bot {
                user.first_name.clear();
            }
        }
        user
    }

    /// Limits a filter to teams and channels that the caller may look into, and for a guest to users they know.
    async fn within_sight(&self, caller: &User, mut filter: UserFilter) -> Result<UserFilter, AccessError> {
        check_text(Kind::Request, "term", filter.named.as_deref().unwrap_or_default(), MAX_TERM)?;
        for team in filter.in_team.iter().chain(&filter.not_in_team) {
            self.store.team(team).await?.ok_or_else(|| rules::no_team(caller))?;
            let member = self.store.team_member(team, &caller.id).await?;
            rules::enter_team(caller, member.as_ref())?;
        }
        for channel in filter.in_channel.iter().chain(&filter.not_in_channel) {
            self.store.channel(channel).await?.ok_or_else(|| rules::no_channel(caller))?;
            let member = self.store.channel_membership(channel, &caller.id).await?;
            rules::read_channel(caller, member.as_deref())?;
        }
        if filter.without_team {
            rules::list_accounts_without_team(caller)?;
        }
        if rules::is_guest(caller) {
            filter.known_to = Some(caller.id.clone());
        }
        filter.named_by_email &= self.show_email_addresses || rules::is_admin(caller);
        filter.ignore_full_names = !self.show_full_names && !rules::is_admin(caller);
        Ok(filter)
    }
}

impl VisibleUser {
    pub fn into_user(self) -> User {
        match self {
            Self::Whole(user) | Self::Public(user) => user,
        }
    }
}
