//! Who is in a channel: leaving, removing, roles, and what members want to hear.

use serde_json::{Map, Value, json};

use super::channels::{Standing, unfit};
use super::places::is_first;
use super::{Chat, ChatError};
use crate::access::{AccountAccess, rules};
use crate::model::wire::{self, ChannelMemberResponse};
use crate::model::{ChannelId, Membership, User, UserId, role};

/// Accounts one request may add to a channel.
const MAX_ADDED: usize = 200;
/// What one member may say about what they want to hear: how many things, and how long each name and value.
const MAX_NOTIFY: usize = 32;
const MAX_NOTIFY_TEXT: usize = 128;

impl Chat {
    /// Puts several accounts into a channel.
    pub async fn add_all_to_channel(
        &self,
        user: &User,
        id: &ChannelId,
        added: &[UserId],
    ) -> Result<Vec<Membership>, ChatError> {
        if added.is_empty() || added.len() > MAX_ADDED {
            let reason = format!("1 to {MAX_ADDED} accounts at once");
            return Err(ChatError::Invalid { field: "user_ids", reason });
        }
        let mut members = Vec::with_capacity(added.len());
        for one in added {
            members.push(self.add_to_channel(user, id, one).await?);
        }
        Ok(members)
    }

    /// Takes somebody out of a channel: oneself, or others as its administrator.
    pub async fn remove_from_channel(
        &self,
        user: &User,
        id: &ChannelId,
        removed: &UserId,
    ) -> Result<(), ChatError> {
        let Standing { channel, mine, team } = self.standing(user, id).await?;
        if channel.team_id.is_none() {
            return Err(unfit("nobody leaves a direct or group channel"));
        }
        rules::remove_from_channel(user, &channel, mine.as_ref(), team.as_ref(), removed)?;
        if is_first(&channel) {
            return Err(unfit("everybody in the team is in `town-square`"));
        }
        self.store.membership(id, removed).await?.ok_or(ChatError::NotFound("member"))?;
        let left = Some(json!({"user_id": removed}));
        let recording = self.recording(user, "channel.leave", ("channel", id.as_str()), left, None);
        if !self.bus.change_members(recording.leave_channel(id, removed)).await? {
            return Err(ChatError::NotFound("member"));
        }
        let data = json!({"user_id": removed, "remover_id": user.id});
        self.publish_to_channel(id, "user_removed", &data).await;
        self.publish_to_user(removed, "user_removed", &json!({"channel_id": id, "remover_id": user.id}))
            .await;
        Ok(())
    }

    /// Gives a member of a channel these roles.
    pub async fn set_channel_roles(
        &self,
        user: &User,
        id: &ChannelId,
        member: &UserId,
        roles: &str,
    ) -> Result<(), ChatError> {
        self.standing(user, id).await?.manage(user)?;
        let roles = checked_roles(roles, role::CHANNEL_USER, role::CHANNEL_ADMIN)?;
        let before = self.store.membership(id, member).await?.ok_or(ChatError::NotFound("member"))?;
        self.check_no_guest(member).await?;
        let with = |roles: &str| Some(json!({"user_id": member, "roles": roles}));
        let thing = ("channel", id.as_str());
        let recording =
            self.recording(user, "channel.roles", thing, with(&before.member.roles), with(&roles));
        if !recording.set_channel_roles(id, member, roles, self.clock.now()).await? {
            return Err(ChatError::NotFound("member"));
        }
        self.publish_membership(id, member).await
    }

    /// Says what a member wants to hear of a channel.
    pub async fn set_channel_notify(
        &self,
        account: &AccountAccess,
        id: &ChannelId,
        said: Map<String, Value>,
    ) -> Result<(), ChatError> {
        let fits = |text: &str| text.len() <= MAX_NOTIFY_TEXT && !text.contains('\0');
        let fit = |(name, value): (&String, &Value)| fits(name) && value.as_str().is_some_and(fits);
        if said.len() > MAX_NOTIFY || !said.iter().all(fit) {
            let reason = format!("at most {MAX_NOTIFY} texts of at most {MAX_NOTIFY_TEXT} bytes");
            return Err(ChatError::Invalid { field: "notify_props", reason });
        }
        if !self.store.set_channel_notify(id, account.id(), said, self.clock.now()).await? {
            return Err(ChatError::NotFound("member"));
        }
        self.publish_membership(id, account.id()).await
    }

    /// A guest is a guest everywhere: no role of one place makes it more.
    pub(super) async fn check_no_guest(&self, member: &UserId) -> Result<(), ChatError> {
        if self.store.user(member).await?.as_ref().is_some_and(rules::is_guest) {
            let reason =
                "this account is a guest: a system administrator makes it a member first, by `promote`";
            return Err(ChatError::Invalid { field: "roles", reason: reason.to_owned() });
        }
        Ok(())
    }

    /// Tells a member how their membership is now.
    async fn publish_membership(&self, id: &ChannelId, member: &UserId) -> Result<(), ChatError> {
        if let Some(membership) = self.store.membership(id, member).await? {
            let data = json!({"channelMember": wire::text(&ChannelMemberResponse::from(membership))});
            self.publish_to_user(member, "channel_member_updated", &data).await;
        }
        Ok(())
    }
}

/// Roles as stored: every member has the first, some the second, and there are no others.
pub(super) fn checked_roles(roles: &str, member: &str, admin: &str) -> Result<String, ChatError> {
    let known = |role: &str| role == member || role == admin;
    if !roles.split_ascii_whitespace().all(known) {
        let reason = format!("the roles here are `{member}` and `{admin}`");
        return Err(ChatError::Invalid { field: "roles", reason });
    }
    Ok(if role::has_role(roles, admin) { format!("{member} {admin}") } else { member.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_those_of_a_member_and_of_an_administrator() {
        let checked = |roles| checked_roles(roles, "channel_user", "channel_admin").ok();
        assert_eq!(checked("channel_admin channel_user").as_deref(), Some("channel_user channel_admin"));
        assert_eq!(checked("").as_deref(), Some("channel_user"));
        assert_eq!(checked("channel_user channel_guest"), None);
    }
}
