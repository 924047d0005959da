//! The built-in roles and the permissions of each, in the wire's terms. Clients use them to show and hide controls.
//! They only describe; [`super::rules`] decides.

use std::borrow::Cow;
use std::collections::BTreeSet;

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

/// What the role `system_user_access_token` adds, and every member has if `access.token_creation` says so.
const TOKENS: [&str; 3] = ["create_user_access_token", "read_user_access_token", "revoke_user_access_token"];

/// The names of the administrator's own permissions. Its role has those of all other roles too.
const ADMIN: [&str; 90] = [
    "manage_system",
    "manage_roles",
    "assign_system_admin_role",
    "promote_guest",
    "demote_to_guest",
    "edit_other_users",
    "edit_others_posts",
    "delete_others_posts",
    "delete_others_emojis",
    "list_private_teams",
    "join_private_teams",
    "list_users_without_team",
    "read_other_users_teams",
    "invite_guest",
    "manage_jobs",
    "read_jobs",
    "manage_oauth",
    "manage_system_wide_oauth",
    "edit_brand",
    "create_bot",
    "assign_bot",
    "read_bots",
    "read_others_bots",
    "manage_bots",
    "manage_others_bots",
    "create_post_public",
    "create_post_ephemeral",
    "create_post_bleve_indexes_job",
    "use_group_mentions",
    "create_user_access_token",
    "read_user_access_token",
    "revoke_user_access_token",
    "remove_others_reactions",
    "permanent_delete_user",
    "get_saml_metadata_from_idp",
    "get_saml_cert_status",
    "add_saml_public_cert",
    "add_saml_private_cert",
    "add_saml_idp_cert",
    "remove_saml_public_cert",
    "remove_saml_private_cert",
    "remove_saml_idp_cert",
    "add_ldap_public_cert",
    "add_ldap_private_cert",
    "remove_ldap_public_cert",
    "remove_ldap_private_cert",
    "test_ldap",
    "create_ldap_sync_job",
    "read_ldap_sync_job",
    "purge_elasticsearch_indexes",
    "test_elasticsearch",
    "create_elasticsearch_post_indexing_job",
    "create_elasticsearch_post_aggregation_job",
    "read_elasticsearch_post_indexing_job",
    "read_elasticsearch_post_aggregation_job",
    "purge_bleve_indexes",
    "get_logs",
    "get_analytics",
    "read_license_information",
    "manage_license_information",
    "read_audits",
    "recycle_database_connections",
    "reload_config",
    "invalidate_caches",
    "test_email",
    "test_site_url",
    "test_s3",
    "read_public_channel_groups",
    "read_private_channel_groups",
    "manage_public_channel_banner",
    "manage_private_channel_banner",
    "create_custom_group",
    "manage_custom_group_members",
    "edit_custom_group",
    "delete_custom_group",
    "restore_custom_group",
    "manage_shared_channels",
    "manage_secure_connections",
    "create_data_retention_job",
    "read_data_retention_job",
    "manage_data_retention_job",
    "create_compliance_export_job",
    "read_compliance_export_job",
    "download_compliance_export_result",
    "playbook_public_create",
    "playbook_private_create",
    "playbook_public_view",
    "playbook_private_view",
    "run_create",
    "run_view",
];

/// The pages of Mattermost's console. An administrator may read and write each; the pages themselves are not offered.
const CONSOLE: [&str; 55] = [
    "about_edition_and_license",
    "reporting_site_statistics",
    "reporting_team_statistics",
    "reporting_server_logs",
    "user_management_users",
    "user_management_groups",
    "user_management_teams",
    "user_management_channels",
    "user_management_permissions",
    "user_management_system_roles",
    "environment_web_server",
    "environment_database",
    "environment_elasticsearch",
    "environment_file_storage",
    "environment_image_proxy",
    "environment_smtp",
    "environment_push_notification_server",
    "environment_high_availability",
    "environment_rate_limiting",
    "environment_logging",
    "environment_session_lengths",
    "environment_performance_monitoring",
    "environment_developer",
    "site_customization",
    "site_localization",
    "site_users_and_teams",
    "site_notifications",
    "site_announcement_banner",
    "site_emoji",
    "site_posts",
    "site_file_sharing_and_downloads",
    "site_public_links",
    "site_notices",
    "authentication_signup",
    "authentication_email",
    "authentication_password",
    "authentication_mfa",
    "authentication_ldap",
    "authentication_saml",
    "authentication_openid",
    "authentication_guest_access",
    "plugins",
    "integrations_integration_management",
    "integrations_bot_accounts",
    "integrations_gif",
    "integrations_cors",
    "compliance_data_retention_policy",
    "compliance_compliance_export",
    "compliance_compliance_monitoring",
    "compliance_custom_terms_of_service",
    "experimental_features",
    "experimental_feature_flags",
    "experimental_bleve",
    "products_boards",
    "billing",
];

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
