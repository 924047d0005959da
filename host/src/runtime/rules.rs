//! The server's rules, as far as calls need them. They are in `access`, which lies above this module, so they are
//! passed in: a call that a user caused must not do what the user may not do without a plugin.

use crate::model::{Channel, ChannelMembership, TeamMember, User, UserId};

/// Decides what the user who caused a call may do. Each rule is a pure function of facts that the call reads.
#[derive(Clone, Copy)]
pub struct Rules {
    /// Whether a user may read a channel, with the user's memberships in it and in its team.
    pub read_channel: fn(&User, &Channel, Option<&ChannelMembership>, Option<&TeamMember>) -> bool,
    /// Whether a user may post in a channel, with the user's membership in it.
    pub post_in: fn(&User, &Channel, Option<&ChannelMembership>) -> bool,
    /// Whether a user may see an account, with whether they share a channel.
    pub see_account: fn(&User, &UserId, bool) -> bool,
}

#[cfg(test)]
impl Rules {
    /// Rules for tests of the runtime: members of a channel read it and post in it, members of a team read its public
    /// channels, and all accounts are visible.
    pub(super) fn for_members() -> Self {
        Self {
            read_channel: |_, channel, member, team| {
                member.is_some() || (team.is_some() && channel.kind == crate::model::ChannelKind::Public)
            },
            post_in: |_, _, member| member.is_some(),
            see_account: |_, _, _| true,
        }
    }
}
