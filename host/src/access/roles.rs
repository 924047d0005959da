//! The built-in roles and the permissions of each, in the wire's terms. Clients use them to show and hide controls.
//! They only describe; [`super::rules`] decides.

use super::Access;
use crate::model::role;
use crate::secret::sha256_hex;

/// The length of an id, in characters.
const ID_LENGTH: usize = 26;

/// A built-in role. It cannot be changed, and there are no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    pub name: &'static str,
    pub display_name: &'static str,
    pub permissions: &'static [&'static str],
}

/// What the role `system_user_access_token` adds, and every member has if `access.token_creation` says so.
const TOKENS: [&str; 3] = ["create_user_access_token", "read_user_access_token", "revoke_user_access_token"];

const ROLES: [Role; 10] = [
    Role {
        name: role::SYSTEM_ADMIN,
        display_name: "System administrator",
        permissions: &[
            "manage_system",
            "create_team",
            "list_public_teams",
            "list_private_teams",
            "join_public_teams",
            "join_private_teams",
            "view_team",
            "manage_team",
            "add_user_to_team",
            "list_team_channels",
            "join_public_channels",
            "create_public_channel",
            "create_private_channel",
            "create_direct_channel",
            "create_group_channel",
            "manage_public_channel_properties",
            "manage_private_channel_properties",
            "manage_public_channel_members",
            "manage_private_channel_members",
            "manage_channel_roles",
            "delete_public_channel",
            "delete_private_channel",
            "convert_public_channel_to_private",
            "convert_private_channel_to_public",
            "read_channel",
            "read_public_channel",
            "create_post",
            "edit_post",
            "edit_others_posts",
            "delete_post",
            "delete_others_posts",
            "add_reaction",
            "remove_reaction",
            "upload_file",
            "use_slash_commands",
            "manage_incoming_webhooks",
            "manage_others_incoming_webhooks",
            "edit_other_users",
            "create_user_access_token",
            "read_user_access_token",
            "revoke_user_access_token",
            "create_emojis",
            "delete_emojis",
            "delete_others_emojis",
            "view_members",
        ],
    },
    Role {
        name: role::SYSTEM_USER,
        display_name: "Member of the server",
        permissions: &[
            "create_team",
            "list_public_teams",
            "join_public_teams",
            "create_direct_channel",
            "create_group_channel",
            "create_emojis",
            "delete_emojis",
            "view_members",
        ],
    },
    Role {
        name: role::SYSTEM_USER_ACCESS_TOKEN,
        display_name: "Maker of personal access tokens",
        permissions: &TOKENS,
    },
    Role { name: role::SYSTEM_GUEST, display_name: "Guest of the server", permissions: &[] },
    Role {
        name: role::TEAM_ADMIN,
        display_name: "Team administrator",
        permissions: &[
            "manage_team",
            "convert_public_channel_to_private",
            "convert_private_channel_to_public",
            "manage_incoming_webhooks",
            "manage_others_incoming_webhooks",
        ],
    },
    Role {
        name: role::TEAM_USER,
        display_name: "Member of a team",
        permissions: &[
            "view_team",
            "list_team_channels",
            "join_public_channels",
            "read_public_channel",
            "create_public_channel",
            "create_private_channel",
            "add_user_to_team",
        ],
    },
    Role { name: role::TEAM_GUEST, display_name: "Guest of a team", permissions: &["view_team"] },
    Role {
        name: role::CHANNEL_ADMIN,
        display_name: "Channel administrator",
        permissions: &["manage_channel_roles"],
    },
    Role {
        name: role::CHANNEL_USER,
        display_name: "Member of a channel",
        permissions: &[
            "read_channel",
            "create_post",
            "edit_post",
            "delete_post",
            "add_reaction",
            "remove_reaction",
            "upload_file",
            "use_slash_commands",
            "manage_public_channel_properties",
            "manage_private_channel_properties",
            "manage_public_channel_members",
            "manage_private_channel_members",
            "delete_public_channel",
            "delete_private_channel",
        ],
    },
    Role {
        name: role::CHANNEL_GUEST,
        display_name: "Guest of a channel",
        permissions: &[
            "read_channel",
            "create_post",
            "edit_post",
            "delete_post",
            "add_reaction",
            "remove_reaction",
            "upload_file",
            "use_slash_commands",
        ],
    },
];

/// Returns the role with this name.
pub fn by_name(name: &str) -> Option<Role> {
    ROLES.into_iter().find(|role| role.name == name)
}

/// Returns the role with this id.
pub fn by_id(id: &str) -> Option<Role> {
    ROLES.into_iter().find(|role| role.id() == id)
}

impl Access {
    /// Returns the permissions of a role, with those that the settings give to members.
    pub fn permissions(&self, of: Role) -> Vec<&'static str> {
        let mut permissions = of.permissions.to_vec();
        if of.name == role::SYSTEM_USER && self.member_tokens {
            permissions.extend(TOKENS);
        }
        if of.name == role::TEAM_USER && self.member_hooks {
            permissions.push("manage_incoming_webhooks");
        }
        permissions
    }
}

impl Role {
    /// Returns the role's id, which is derived from the name and therefore the same on every server.
    pub fn id(&self) -> String {
        sha256_hex(format!("role {}", self.name).as_bytes()).chars().take(ID_LENGTH).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_found_by_its_id_and_by_its_name() {
        for role in ROLES {
            assert_eq!(by_name(role.name), Some(role));
            assert_eq!(by_id(&role.id()), Some(role));
            assert_eq!(role.id().len(), ID_LENGTH);
        }
        assert_eq!((by_name("emperor"), by_id("emperor")), (None, None));
    }
}
