//! Searching channels, as far as the user may know of them, and counting the members of several. Guests find only
//! channels that they are in.

use std::collections::BTreeSet;

use crate::access::{Admin, TeamAccess, rules};
use crate::chat::{Chat, ChatError};
use crate::model::{
    ChannelFilter, ChannelId, ChannelKind, ChannelWithCounts, ChannelWithTeam, Kind, TeamId, User,
};

/// Most channels that a search returns, and a completion.
const MAX_FOUND: i64 = 100;
const MAX_COMPLETIONS: i64 = 50;

/// Words of a search for groups. Further ones are left out.
const GROUP_WORDS: usize = 3;

impl Chat {
    /// Completes the name of a channel of a team: public ones and the caller's own.
    pub async fn complete_channels(
        &self,
        team: &TeamAccess,
        text: &str,
    ) -> Result<Vec<ChannelWithCounts>, ChatError> {
        let (user, id) = (team.caller(), &team.team().id);
        let public = !rules::is_guest(user);
        Ok(self.store.search_channels(id, &user.id, public, bare(text), MAX_COMPLETIONS).await?)
    }

    /// Completes the name of a channel to search in: the caller's own, archived ones too, direct and group channels by
    /// their members. A caller outside the team finds none.
    pub async fn complete_searched_channels(
        &self,
        user: &User,
        team: &TeamId,
        text: &str,
    ) -> Result<Vec<ChannelWithCounts>, ChatError> {
        if self.store.team_member(team, &user.id).await?.is_none() && !rules::is_admin(user) {
            return Ok(Vec::new());
        }
        Ok(self.store.search_own_channels(team, &user.id, bare(text), MAX_COMPLETIONS).await?)
    }

    /// Searches the public channels of a team. Private ones are completed by name, not searched.
    pub async fn search_channels(
        &self,
        user: &User,
        team: &TeamId,
        text: &str,
    ) -> Result<Vec<ChannelWithCounts>, ChatError> {
        self.check_searchable(user, team).await?;
        let text = bare(text);
        if rules::is_guest(user) {
            let mut own = self.store.search_channels(team, &user.id, false, text, MAX_FOUND).await?;
            own.retain(|channel| channel.kind == ChannelKind::Public);
            return Ok(own);
        }
        Ok(self.store.search_public_channels(team, text, MAX_FOUND).await?)
    }

    /// Searches the archived channels of a team: public ones and the caller's own.
    pub async fn search_archived_channels(
        &self,
        user: &User,
        team: &TeamId,
        text: &str,
    ) -> Result<Vec<ChannelWithCounts>, ChatError> {
        self.check_searchable(user, team).await?;
        let public = !rules::is_guest(user);
        Ok(self.store.search_archived_channels(team, &user.id, public, bare(text), MAX_FOUND).await?)
    }

    /// Searches the channels of all teams that the user is in: public ones and their own.
    pub async fn search_channels_of_teams(
        &self,
        user: &User,
        text: &str,
    ) -> Result<Vec<ChannelWithTeam>, ChatError> {
        let public = !rules::is_guest(user);
        Ok(self.store.search_channels_of_teams(&user.id, public, bare(text), MAX_FOUND).await?)
    }

    /// Returns a page of the channels of all teams that match a filter, and the number of all.
    pub async fn filter_channels(
        &self,
        _: &Admin,
        filter: &ChannelFilter,
        (offset, limit): (i64, i64),
    ) -> Result<(Vec<ChannelWithTeam>, i64), ChatError> {
        let found = self.store.filter_channels(filter, offset, limit).await?;
        Ok((found, self.store.filtered_channel_count(filter).await?))
    }

    /// Searches the user's group channels by the names of their members.
    pub async fn search_groups(&self, user: &User, text: &str) -> Result<Vec<ChannelWithCounts>, ChatError> {
        let mut words = text.split_whitespace().map(bare).filter(|word| !word.is_empty());
        let mut wanted = [""; GROUP_WORDS];
        for place in &mut wanted {
            *place = words.next().unwrap_or_default();
        }
        if wanted[0].is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.store.search_groups(&user.id, wanted, MAX_FOUND).await?)
    }

    /// Returns how many members each of these channels has. The user must see all of them.
    pub async fn member_counts(
        &self,
        user: &User,
        channels: &[ChannelId],
    ) -> Result<Vec<(ChannelId, i64)>, ChatError> {
        let counts = self.store.member_counts(&user.id, rules::sight(user), channels).await?;
        if counts.len() < channels.iter().collect::<BTreeSet<_>>().len() {
            return Err(rules::no_channel(user).into());
        }
        Ok(counts)
    }

    /// Checks that the user is in the team. For others it has no member of this id, whether it exists or not.
    async fn check_searchable(&self, user: &User, team: &TeamId) -> Result<(), ChatError> {
        if self.store.team_member(team, &user.id).await?.is_some() || rules::is_admin(user) {
            return Ok(());
        }
        Err(ChatError::NotFound(Kind::TeamMember))
    }
}

/// Returns a text as it is searched: clients put `~` before a channel's name and `@` before a user's.
fn bare(text: &str) -> &str {
    text.trim().trim_start_matches(['~', '@'])
}
