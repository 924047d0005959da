//! Lists of teams and channels, each within what the caller may see: an administrator sees all, a guest only what they
//! are in.

use super::{Chat, ChatError};
use crate::access::{AccountAccess, TeamAccess, rules};
use crate::model::{Channel, ChannelId, ChannelKind, Team, TeamId, User};

impl Chat {
    /// A page of the open teams; for guests of their own, for administrators of all.
    pub async fn teams(&self, user: &User, offset: i64, limit: i64) -> Result<Vec<Team>, ChatError> {
        if rules::is_guest(user) {
            let own = self.store.teams_of(&user.id).await?;
            return Ok(hide_links(user, true, page(own, offset, limit)));
        }
        let teams = self.store.teams(!rules::is_admin(user), offset, limit).await?;
        Ok(hide_links(user, false, teams))
    }

    /// Teams by name: open ones and the caller's own; for guests only their own, for administrators all.
    pub async fn search_teams(
        &self,
        user: &User,
        term: &str,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Team>, ChatError> {
        let of = (!rules::is_admin(user)).then_some(&user.id);
        let open = !rules::is_guest(user);
        let teams = self.store.search_teams(term.trim(), of, open, offset, limit).await?;
        Ok(hide_links(user, false, teams))
    }

    /// The teams of an account.
    pub async fn teams_of(&self, account: &AccountAccess) -> Result<Vec<Team>, ChatError> {
        let teams = self.store.teams_of(account.id()).await?;
        Ok(hide_links(account.caller(), true, teams))
    }

    /// A page of a team's public channels; for guests of those they are in.
    pub async fn public_channels(
        &self,
        team: &TeamAccess,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Channel>, ChatError> {
        let id = &team.team().id;
        if rules::is_guest(team.caller()) {
            let mut own = self.store.channels_of(&team.caller().id, id).await?;
            own.retain(|channel| channel.kind == ChannelKind::Public);
            return Ok(page(own, offset, limit));
        }
        Ok(self.store.public_channels(id, offset, limit).await?)
    }

    /// The public ones among these channels of a team; for guests only those they are in.
    pub async fn public_channels_by_ids(
        &self,
        team: &TeamAccess,
        ids: &[ChannelId],
    ) -> Result<Vec<Channel>, ChatError> {
        let id = &team.team().id;
        let mut channels = self.store.public_channels_by_ids(id, ids).await?;
        if rules::is_guest(team.caller()) {
            let own = self.store.channels_of(&team.caller().id, id).await?;
            channels.retain(|channel| own.iter().any(|mine| mine.id == channel.id));
        }
        Ok(channels)
    }

    /// A page of a team's archived channels: public ones and the caller's own; for guests only their own.
    pub async fn archived_channels(
        &self,
        team: &TeamAccess,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Channel>, ChatError> {
        let user = team.caller();
        let of = (!rules::is_admin(user)).then_some(&user.id);
        let public = !rules::is_guest(user);
        Ok(self.store.archived_channels(&team.team().id, of, public, offset, limit).await?)
    }

    /// A page of a team's private channels, for its administrators.
    pub async fn private_channels(
        &self,
        user: &User,
        team: &TeamId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Channel>, ChatError> {
        let team = self.managed_team(user, team).await?;
        Ok(self.store.private_channels(&team.id, offset, limit).await?)
    }

    /// A team's channels by name: public ones and the caller's own; for guests only their own.
    pub async fn search_channels(
        &self,
        team: &TeamAccess,
        text: &str,
        limit: i64,
    ) -> Result<Vec<Channel>, ChatError> {
        let text = text.trim().trim_start_matches('~');
        let public = !rules::is_guest(team.caller());
        Ok(self.store.search_channels(&team.team().id, &team.caller().id, public, text, limit).await?)
    }
}

/// An invitation link is shown to those who may pass it on.
fn hide_links(user: &User, members: bool, mut teams: Vec<Team>) -> Vec<Team> {
    if !rules::sees_link(user, members) {
        for team in &mut teams {
            team.invite_id.clear();
        }
    }
    teams
}

fn page<T>(list: Vec<T>, offset: i64, limit: i64) -> Vec<T> {
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    list.into_iter().skip(count(offset)).take(count(limit)).collect()
}
