//! Teams and channels: making, finding, joining.

use std::sync::Arc;

use serde_json::json;

use super::{Chat, ChatError};
use crate::access::{ChannelAccess, TeamAccess, rules};
use crate::model::{
    Channel, ChannelId, ChannelKind, ChannelMember, FIRST_CHANNELS, Membership, Team, TeamId, TeamMember,
    Timestamp, User, UserId, role,
};
use crate::secret::{random_bytes, random_id};
use crate::store::StoreError;

/// Longest slug of a team or channel.
const MAX_NAME: usize = 64;
pub(super) const MAX_DISPLAY_NAME: usize = 64;
pub(super) const MAX_HEADER: usize = 1024;
pub(super) const MAX_PURPOSE: usize = 250;

#[derive(Debug, Clone)]
pub struct NewTeam {
    pub name: String,
    pub display_name: String,
    pub open: bool,
}

#[derive(Debug, Clone)]
pub struct NewChannel {
    pub team_id: TeamId,
    pub name: String,
    pub display_name: String,
    pub kind: ChannelKind,
    pub header: String,
    pub purpose: String,
}

impl Chat {
    /// Makes a team with `town-square` and `off-topic`; its creator becomes its administrator.
    pub async fn create_team(&self, creator: &User, new: NewTeam) -> Result<Team, ChatError> {
        rules::make_teams(creator)?;
        check_slug(&new.name)?;
        check_length("display_name", &new.display_name, 1, MAX_DISPLAY_NAME)?;
        let now = self.clock.now();
        let team = Team {
            id: self.clock.id(),
            name: new.name,
            display_name: new.display_name,
            description: String::new(),
            open: new.open,
            invite_id: random_id(),
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        };
        let channels = FIRST_CHANNELS
            .map(|(name, display_name)| {
                self.blank_channel(
                    creator,
                    NewChannel {
                        team_id: team.id.clone(),
                        name: name.to_owned(),
                        display_name: display_name.to_owned(),
                        kind: ChannelKind::Public,
                        header: String::new(),
                        purpose: String::new(),
                    },
                )
            })
            .to_vec();
        let member = TeamMember {
            team_id: team.id.clone(),
            user_id: creator.id.clone(),
            roles: format!("{} {}", role::TEAM_USER, role::TEAM_ADMIN),
            delete_at: Timestamp::NEVER,
        };
        let created = self.store.create_team(team.clone(), channels, member);
        self.bus.change_members(created).await.map_err(|error| taken(error, "team"))?;
        Ok(team)
    }

    /// A team somebody may see.
    pub async fn visible_team(&self, user: &User, id: &TeamId) -> Result<Team, ChatError> {
        let team = self.store.team(id).await?.ok_or(ChatError::NotFound("team"))?;
        self.see_team(user, team).await
    }

    pub async fn visible_team_by_name(&self, user: &User, name: &str) -> Result<Team, ChatError> {
        if !is_slug(name) {
            return Err(ChatError::NotFound("team"));
        }
        let team = self.store.team_by_name(name).await?.ok_or(ChatError::NotFound("team"))?;
        self.see_team(user, team).await
    }

    /// Puts an account into a team and its first channels.
    pub async fn add_to_team(
        &self,
        user: &User,
        team: &TeamId,
        added: &UserId,
    ) -> Result<TeamMember, ChatError> {
        let member = self.new_team_member(user, team, added).await?;
        let joins = Some(json!({"user_id": member.user_id, "roles": member.roles}));
        let recording = self.recording(user, "team.join", ("team", member.team_id.as_str()), None, joins);
        self.bus.change_members(recording.join_team(member.clone())).await?;
        let data = json!({"team_id": member.team_id, "user_id": member.user_id});
        self.publish_to_user(&member.user_id, "added_to_team", &data).await;
        Ok(self.store.team_member(&member.team_id, &member.user_id).await?.unwrap_or(member))
    }

    /// Somebody as a member of a team, not yet put there: the account exists, and `user` may add it.
    pub(super) async fn new_team_member(
        &self,
        user: &User,
        team: &TeamId,
        added: &UserId,
    ) -> Result<TeamMember, ChatError> {
        let team = self.store.team(team).await?.ok_or(ChatError::NotFound("team"))?;
        let mine = self.store.team_member(&team.id, &user.id).await?;
        rules::add_to_team(user, &team, mine.as_ref(), added)?;
        in_use(&team)?;
        let added = self.store.user(added).await?.ok_or(ChatError::NotFound("account"))?;
        Ok(TeamMember {
            team_id: team.id,
            roles: rules::team_role(&added).to_owned(),
            user_id: added.id,
            delete_at: Timestamp::NEVER,
        })
    }

    /// Proves that the caller is inside a team.
    pub async fn team_access(&self, caller: Arc<User>, id: &TeamId) -> Result<TeamAccess, ChatError> {
        let team = self.store.team(id).await?.ok_or(ChatError::NotFound("team"))?;
        let member = self.store.team_member(id, &caller.id).await?;
        Ok(TeamAccess::prove(caller, team, member.as_ref())?)
    }

    /// Checks that a user may enter a team.
    pub async fn enter_team(&self, user: &User, team: &TeamId) -> Result<Team, ChatError> {
        let found = self.store.team(team).await?.ok_or(ChatError::NotFound("team"))?;
        let member = self.store.team_member(team, &user.id).await?;
        rules::enter_team(user, member.as_ref())?;
        Ok(found)
    }

    /// Makes a public or private channel; its creator becomes its administrator and first member.
    pub async fn create_channel(&self, creator: &User, new: NewChannel) -> Result<Channel, ChatError> {
        if !matches!(new.kind, ChannelKind::Public | ChannelKind::Private) {
            let reason = "`O` (public) or `P` (private)".to_owned();
            return Err(ChatError::Invalid { field: "type", reason });
        }
        check_channel_name(&new.name)?;
        check_length("display_name", &new.display_name, 1, MAX_DISPLAY_NAME)?;
        check_length("header", &new.header, 0, MAX_HEADER)?;
        check_length("purpose", &new.purpose, 0, MAX_PURPOSE)?;
        in_use(&self.enter_team(creator, &new.team_id).await?)?;
        rules::make_channels(creator)?;
        let channel = self.blank_channel(creator, new);
        let roles = format!("{} {}", role::CHANNEL_USER, role::CHANNEL_ADMIN);
        let member = self.member(&channel.id, &creator.id, &roles);
        let created = self.store.create_channel(channel.clone(), member);
        self.bus.change_members(created).await.map_err(|error| taken(error, "channel"))?;
        let data = json!({"channel_id": channel.id, "team_id": channel.team_id});
        self.publish_to_user(&creator.id, "channel_created", &data).await;
        Ok(channel)
    }

    /// Proves that the caller may read a channel.
    pub async fn channel_access(
        &self,
        caller: Arc<User>,
        id: &ChannelId,
    ) -> Result<ChannelAccess, ChatError> {
        let channel = self.channel(id).await?;
        let member = self.store.channel_member(id, &caller.id).await?;
        let team = self.team_membership(&channel, &caller).await?;
        Ok(ChannelAccess::prove(caller, channel, member.as_ref(), team.as_ref())?)
    }

    /// A channel that a user may read.
    pub async fn readable_channel(&self, user: &User, id: &ChannelId) -> Result<Channel, ChatError> {
        let channel = self.channel(id).await?;
        self.read_channel(user, channel).await
    }

    /// A team's channel, or one of no team, by its slug; an archived one where that is asked for.
    pub async fn readable_channel_by_name(
        &self,
        user: &User,
        team: &TeamId,
        name: &str,
        archived: bool,
    ) -> Result<Channel, ChatError> {
        let name = name.to_lowercase();
        if !is_slug(&name) {
            return Err(ChatError::NotFound("channel"));
        }
        let mut found = self.store.channel_by_name(team, &name).await?;
        if found.is_none() {
            found = self.store.teamless_channel(&name).await?;
        }
        let shown = found.filter(|c| archived || c.delete_at.is_never());
        let channel = shown.ok_or(ChatError::NotFound("channel"))?;
        self.read_channel(user, channel).await
    }

    pub async fn add_to_channel(
        &self,
        user: &User,
        id: &ChannelId,
        added: &UserId,
    ) -> Result<Membership, ChatError> {
        let channel = self.channel(id).await?;
        let mine = self.store.channel_member(id, &user.id).await?;
        let team = self.team_membership(&channel, user).await?;
        rules::add_to_channel(user, &channel, mine.as_ref(), team.as_ref(), added)?;
        if channel.team_id.is_none() {
            return Err(super::channels::unfit("nobody joins a direct or group channel: open another one"));
        }
        super::channels::in_use(&channel)?;
        let added = self.store.user(added).await?.ok_or(ChatError::NotFound("account"))?;
        if let Some(team) = &channel.team_id
            && self.store.team_member(team, &added.id).await?.is_none()
        {
            let reason = "this account is not a member of the channel's team".to_owned();
            return Err(ChatError::Invalid { field: "user_id", reason });
        }
        if !self.store.is_channel_member(id, &added.id).await? {
            let member = self.member(id, &added.id, rules::channel_role(&added));
            let joins = Some(json!({"user_id": member.user_id, "roles": member.roles}));
            let recording = self.recording(user, "channel.join", ("channel", id.as_str()), None, joins);
            self.bus.change_members(recording.join_channel(member)).await?;
        }
        let team_id = channel.team_id.as_ref().map_or("", TeamId::as_str);
        self.publish_to_channel(id, "user_added", &json!({"user_id": added.id, "team_id": team_id})).await;
        self.store.membership(id, &added.id).await?.ok_or(ChatError::NotFound("channel"))
    }

    pub(super) async fn channel(&self, id: &ChannelId) -> Result<Channel, ChatError> {
        self.store.channel(id).await?.ok_or(ChatError::NotFound("channel"))
    }

    pub(super) async fn team_membership(
        &self,
        channel: &Channel,
        user: &User,
    ) -> Result<Option<TeamMember>, ChatError> {
        match &channel.team_id {
            Some(team) => Ok(self.store.team_member(team, &user.id).await?),
            None => Ok(None),
        }
    }

    async fn see_team(&self, user: &User, mut team: Team) -> Result<Team, ChatError> {
        let member = self.store.team_member(&team.id, &user.id).await?;
        rules::see_team(user, &team, member.as_ref())?;
        if !rules::sees_link(user, member.is_some()) {
            team.invite_id.clear();
        }
        Ok(team)
    }

    async fn read_channel(&self, user: &User, channel: Channel) -> Result<Channel, ChatError> {
        let member = self.store.channel_member(&channel.id, &user.id).await?;
        let team = self.team_membership(&channel, user).await?;
        rules::read_channel(user, &channel, member.as_ref(), team.as_ref())?;
        Ok(channel)
    }

    fn blank_channel(&self, creator: &User, new: NewChannel) -> Channel {
        let now = self.clock.now();
        Channel {
            id: self.clock.id(),
            team_id: Some(new.team_id),
            gid: uuid::Builder::from_random_bytes(random_bytes()).into_uuid().to_string(),
            kind: new.kind,
            name: new.name,
            display_name: new.display_name,
            header: new.header,
            purpose: new.purpose,
            creator_id: Some(creator.id.clone()),
            total_msg_count: 0,
            last_post_at: Timestamp::NEVER,
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        }
    }

    pub(super) fn member(&self, channel: &ChannelId, user: &UserId, roles: &str) -> ChannelMember {
        ChannelMember {
            channel_id: channel.clone(),
            user_id: user.clone(),
            roles: roles.to_owned(),
            last_viewed_at: self.clock.now(),
            msg_count: 0,
            mention_count: 0,
        }
    }
}

fn in_use(team: &Team) -> Result<(), ChatError> {
    if team.delete_at.is_never() {
        return Ok(());
    }
    let reason = "the team is archived: restore it first".to_owned();
    Err(ChatError::Invalid { field: "team_id", reason })
}

/// What no team or channel is called is not looked for either.
pub(super) fn is_slug(name: &str) -> bool {
    let letters = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b));
    !name.is_empty() && name.len() <= MAX_NAME && letters
}

fn check_slug(name: &str) -> Result<(), ChatError> {
    if !is_slug(name) {
        let reason = format!("1 to {MAX_NAME} lower-case letters, digits, `-` and `_`");
        return Err(ChatError::Invalid { field: "name", reason });
    }
    Ok(())
}

/// The channel everybody in the team is in.
pub(super) fn is_first(channel: &Channel) -> bool {
    channel.team_id.is_some() && channel.name == FIRST_CHANNELS[0].0
}

/// A slug that is no direct channel's name: `#id__id` must not be somebody else's doing.
pub(super) fn check_channel_name(name: &str) -> Result<(), ChatError> {
    check_slug(name)?;
    if name.split_once("__").is_some_and(|(a, b)| a.parse::<UserId>().is_ok() && b.parse::<UserId>().is_ok())
    {
        let reason = "names of this form are those of direct channels".to_owned();
        return Err(ChatError::Invalid { field: "name", reason });
    }
    Ok(())
}

pub(super) fn check_length(
    field: &'static str,
    text: &str,
    least: usize,
    most: usize,
) -> Result<(), ChatError> {
    let length = text.chars().count();
    if length < least || length > most || text.contains('\0') {
        let reason = format!("{least} to {most} characters, none of them NUL");
        return Err(ChatError::Invalid { field, reason });
    }
    Ok(())
}

pub(super) fn taken(error: StoreError, what: &'static str) -> ChatError {
    if error.is_conflict() { ChatError::Taken(what) } else { error.into() }
}
