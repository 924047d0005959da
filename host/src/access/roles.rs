//! The built-in roles and the permissions of each, in the wire's terms. Clients use them to show and hide controls.
//! They only describe; [`super::rules`] decides.

mod permissions;

use std::borrow::Cow;
use std::collections::BTreeSet;

use self::permissions::{ADMIN, CONSOLE, TOKENS};
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
    /// Those of the administrator are more: see [`Access::permissions`].
    pub permissions: &'static [&'static str],
    /// Whether clients show it as a role that a scheme of permissions could change.
    pub is_of_scheme: bool,
}

/// The last four belong to Mattermost's console, which looks them up before it draws anything. No account can have
/// them.
const ROLES: [Role; 16] = [
    Role {
        name: role::SYSTEM_ADMIN,
        display_name: "System administrator",
        permissions: &[],
        is_of_scheme: true,
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
        is_of_scheme: true,
    },
    Role {
        name: role::SYSTEM_USER_ACCESS_TOKEN,
        display_name: "Maker of personal access tokens",
        permissions: &TOKENS,
        is_of_scheme: false,
    },
    Role {
        name: role::SYSTEM_POST_ALL,
        display_name: "Poster to every channel",
        permissions: &["create_post", "use_channel_mentions"],
        is_of_scheme: false,
    },
    Role {
        name: role::SYSTEM_POST_ALL_PUBLIC,
        display_name: "Poster to every public channel",
        permissions: &["create_post_public", "use_channel_mentions"],
        is_of_scheme: false,
    },
    Role {
        name: role::SYSTEM_GUEST,
        display_name: "Guest of the server",
        permissions: &[],
        is_of_scheme: true,
    },
    Role {
        name: role::TEAM_ADMIN,
        display_name: "Team administrator",
        permissions: &[
            "manage_team",
            "manage_team_roles",
            "remove_user_from_team",
            "import_team",
            "manage_channel_roles",
            "convert_public_channel_to_private",
            "convert_private_channel_to_public",
            "delete_post",
            "delete_others_posts",
            "manage_incoming_webhooks",
            "manage_others_incoming_webhooks",
            "manage_outgoing_webhooks",
            "manage_others_outgoing_webhooks",
            "manage_slash_commands",
            "manage_others_slash_commands",
        ],
        is_of_scheme: true,
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
            "invite_user",
            "add_user_to_team",
        ],
        is_of_scheme: true,
    },
    Role {
        name: role::TEAM_GUEST,
        display_name: "Guest of a team",
        permissions: &["view_team"],
        is_of_scheme: true,
    },
    Role {
        name: role::CHANNEL_ADMIN,
        display_name: "Channel administrator",
        permissions: &["manage_channel_roles"],
        is_of_scheme: true,
    },
    Role {
        name: role::CHANNEL_USER,
        display_name: "Member of a channel",
        permissions: &[
            "read_channel",
            "read_channel_content",
            "create_post",
            "edit_post",
            "delete_post",
            "add_reaction",
            "remove_reaction",
            "upload_file",
            "get_public_link",
            "use_slash_commands",
            "use_channel_mentions",
            "manage_public_channel_properties",
            "manage_private_channel_properties",
            "manage_public_channel_members",
            "manage_private_channel_members",
            "delete_public_channel",
            "delete_private_channel",
        ],
        is_of_scheme: true,
    },
    Role {
        name: role::CHANNEL_GUEST,
        display_name: "Guest of a channel",
        permissions: &[
            "read_channel",
            "read_channel_content",
            "create_post",
            "edit_post",
            "delete_post",
            "add_reaction",
            "remove_reaction",
            "upload_file",
            "use_slash_commands",
            "use_channel_mentions",
        ],
        is_of_scheme: true,
    },
    Role {
        name: "system_manager",
        display_name: "Manager of the console",
        permissions: &[],
        is_of_scheme: false,
    },
    Role {
        name: "system_user_manager",
        display_name: "Manager of accounts in the console",
        permissions: &[],
        is_of_scheme: false,
    },
    Role {
        name: "system_read_only_admin",
        display_name: "Reader of the console",
        permissions: &[],
        is_of_scheme: false,
    },
    Role {
        name: "system_custom_group_admin",
        display_name: "Manager of groups",
        permissions: &[],
        is_of_scheme: false,
    },
];

/// Returns all roles.
pub fn all() -> &'static [Role] {
    &ROLES
}

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
    pub fn permissions(&self, of: Role) -> Vec<Cow<'static, str>> {
        let mut permissions: Vec<&'static str> = of.permissions.to_vec();
        if of.name == role::SYSTEM_USER && self.member_tokens {
            permissions.extend(TOKENS);
        }
        if of.name == role::TEAM_USER && self.member_hooks {
            permissions.push("manage_incoming_webhooks");
        }
        if of.name == role::SYSTEM_USER && self.member_bots {
            permissions.extend(["create_bot", "read_bots", "manage_bots"]);
        }
        let mut names: Vec<Cow<'static, str>> = permissions.into_iter().map(Cow::Borrowed).collect();
        if of.name == role::SYSTEM_ADMIN {
            let all = ROLES.iter().flat_map(|role| role.permissions).chain(&ADMIN);
            names = all.copied().collect::<BTreeSet<_>>().into_iter().map(Cow::Borrowed).collect();
            let pages = CONSOLE.iter().flat_map(|page| {
                [format!("sysconsole_read_{page}"), format!("sysconsole_write_{page}")].map(Cow::Owned)
            });
            names.extend(pages);
        }
        names
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
