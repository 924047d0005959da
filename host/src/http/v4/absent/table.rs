//! The operations that are not offered, by feature.

use axum::http::StatusCode;

use super::Feature;

pub(super) const FEATURES: &[Feature] = &[
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "api.license_error",
        "groups of accounts from a directory are not offered; use roles and channels",
        &[
            ("GET POST", "/groups"),
            ("POST", "/groups/names"),
            ("GET DELETE", "/groups/{group}"),
            ("PUT", "/groups/{group}/patch"),
            ("POST", "/groups/{group}/restore"),
            ("GET", "/groups/{group}/stats"),
            ("GET POST DELETE", "/groups/{group}/members"),
            ("GET", "/groups/{group}/teams"),
            ("GET", "/groups/{group}/teams/{team}"),
            ("POST DELETE", "/groups/{group}/teams/{team}/link"),
            ("PUT", "/groups/{group}/teams/{team}/patch"),
            ("GET", "/groups/{group}/channels"),
            ("GET", "/groups/{group}/channels/{channel}"),
            ("POST DELETE", "/groups/{group}/channels/{channel}/link"),
            ("PUT", "/groups/{group}/channels/{channel}/patch"),
            ("GET", "/channels/{channel}/groups"),
            ("GET", "/teams/{team}/groups"),
            ("GET", "/teams/{team}/groups_by_channels"),
            ("GET", "/users/{user}/groups"),
        ],
    ),
    Feature::as_unlicensed(
        StatusCode::FORBIDDEN,
        "api.channel.channel_member_counts_by_group.license.error",
        "groups of accounts from a directory are not offered",
        &[("GET", "/channels/{channel}/member_counts_by_group")],
    ),
    Feature::as_unlicensed(
        StatusCode::FORBIDDEN,
        "api.channel.get_channel_moderations.license.error",
        "moderation of channels is not offered; the roles of members decide",
        &[("GET", "/channels/{channel}/moderations")],
    ),
    Feature::as_unlicensed(
        StatusCode::FORBIDDEN,
        "api.channel.patch_channel_moderations.license.error",
        "moderation of channels is not offered; the roles of members decide",
        &[("PUT", "/channels/{channel}/moderations/patch")],
    ),
    Feature::as_unlicensed(
        StatusCode::FORBIDDEN,
        "api.channel.update_channel_scheme.license.error",
        "schemes of permissions are not offered; the options of `[access]` decide",
        &[("PUT", "/channels/{channel}/scheme")],
    ),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "api.team.update_team_scheme.license.error",
        "schemes of permissions are not offered; the options of `[access]` decide",
        &[("PUT", "/teams/{team}/scheme")],
    ),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "api.scheme.license.error",
        "schemes of permissions are not offered; the options of `[access]` decide",
        &[
            ("POST", "/schemes"),
            ("GET DELETE", "/schemes/{scheme}"),
            ("PUT", "/schemes/{scheme}/patch"),
            ("GET", "/schemes/{scheme}/teams"),
            ("GET", "/schemes/{scheme}/channels"),
        ],
    )
    .for_admins(),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "ent.data_retention.generic.license.error",
        "retention of messages is not offered; the options of `[retention]` name what is deleted",
        &[
            ("GET", "/data_retention/policy"),
            ("GET", "/data_retention/policies_count"),
            ("GET POST", "/data_retention/policies"),
            ("GET PATCH DELETE", "/data_retention/policies/{policy}"),
            ("GET POST DELETE", "/data_retention/policies/{policy}/teams"),
            ("POST", "/data_retention/policies/{policy}/teams/search"),
            ("GET POST DELETE", "/data_retention/policies/{policy}/channels"),
            ("POST", "/data_retention/policies/{policy}/channels/search"),
            ("GET", "/users/{user}/data_retention/team_policies"),
            ("GET", "/users/{user}/data_retention/channel_policies"),
        ],
    )
    .for_admins(),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "ent.compliance.licence_disable.app_error",
        "compliance reports are not offered; the own API lists the audit",
        &[
            ("GET POST", "/compliance/reports"),
            ("GET", "/compliance/reports/{report}"),
            ("GET", "/compliance/reports/{report}/download"),
        ],
    )
    .for_admins(),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "api.ldap_groups.license_error",
        "sign-in through LDAP is not offered",
        &[("GET", "/ldap/groups"), ("POST DELETE", "/ldap/groups/{remote}/link")],
    )
    .for_admins(),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "ent.ldap.disabled.app_error",
        "sign-in through LDAP is not offered",
        &[
            ("POST", "/ldap/sync"),
            ("POST", "/ldap/test"),
            ("POST", "/ldap/test_connection"),
            ("POST", "/ldap/test_diagnostics"),
            ("POST", "/ldap/migrateid"),
            ("POST DELETE", "/ldap/certificate/public"),
            ("POST DELETE", "/ldap/certificate/private"),
            ("POST", "/ldap/users/{user}/group_sync_memberships"),
            ("POST", "/users/migrate_auth/ldap"),
        ],
    )
    .for_admins(),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "api.admin.saml.not_available.app_error",
        "sign-in through SAML is not offered",
        &[
            ("GET", "/saml/metadata"),
            ("POST", "/saml/metadatafromidp"),
            ("POST DELETE", "/saml/certificate/idp"),
            ("POST DELETE", "/saml/certificate/public"),
            ("POST DELETE", "/saml/certificate/private"),
            ("GET", "/saml/certificate/status"),
            ("POST", "/saml/reset_auth_data"),
            ("POST", "/users/migrate_auth/saml"),
        ],
    )
    .for_admins(),
    Feature::as_unlicensed(
        StatusCode::BAD_REQUEST,
        "api.server.cws.needs_enterprise_edition",
        "this server is no cloud workspace; there is nothing to buy",
        &[
            ("GET", "/cloud/limits"),
            ("GET", "/cloud/products"),
            ("GET", "/cloud/products/selfhosted"),
            ("POST", "/cloud/payment"),
            ("POST", "/cloud/payment/confirm"),
            ("GET PUT", "/cloud/customer"),
            ("PUT", "/cloud/customer/address"),
            ("GET", "/cloud/subscription"),
            ("GET", "/cloud/subscription/invoices"),
            ("GET", "/cloud/subscription/invoices/{invoice}/pdf"),
            ("POST", "/cloud/webhook"),
            ("GET", "/cloud/check-cws-connection"),
            ("GET", "/cloud/installation"),
            ("GET", "/cloud/preview/modal_data"),
            ("POST", "/cloud/validate-business-email"),
            ("POST", "/cloud/validate-workspace-business-email"),
            ("POST", "/users/login/cws"),
        ],
    ),
    Feature::as_unlicensed(
        StatusCode::FORBIDDEN,
        "api.license.upgrade_needed.app_error",
        "this server needs no licence and has no trial",
        &[("POST", "/trial-license"), ("GET", "/trial-license/prev")],
    ),
    Feature::new(
        "this server needs no licence and has no other edition",
        &[
            ("POST DELETE", "/license"),
            ("GET", "/license/renewal"),
            ("GET", "/license/load_metric"),
            ("POST", "/license/preview"),
            ("POST", "/upgrade_to_enterprise"),
            ("GET", "/upgrade_to_enterprise/allowed"),
            ("POST", "/warn_metrics/ack/{metric}"),
            ("POST", "/warn_metrics/trial-license-ack/{metric}"),
            ("POST", "/users/notify-admin"),
            ("POST", "/users/trigger-notify-admin-posts"),
        ],
    )
    .for_admins(),
    Feature::as_unlicensed(
        StatusCode::BAD_REQUEST,
        "api.file.test_connection_email_settings_nil.app_error",
        "mail is set up and tested on the command line of the server",
        &[("POST", "/email/test")],
    ),
    Feature::as_unlicensed(
        StatusCode::NOT_FOUND,
        "app.terms_of_service.get.no_rows.app_error",
        "this server has no terms of service",
        &[("GET", "/terms_of_service"), ("GET", "/users/{user}/terms_of_service")],
    ),
    Feature::as_unlicensed(
        StatusCode::BAD_REQUEST,
        "api.context.invalid_body_param.app_error",
        "`serviceTermsId`: this server has no terms of service",
        &[("POST", "/users/{user}/terms_of_service")],
    ),
    Feature::new("this server has no terms of service", &[("POST", "/terms_of_service")]),
    Feature::new(
        "this server is no provider of OAuth; use access tokens",
        &[
            ("POST", "/oauth/apps"),
            ("POST", "/oauth/apps/register"),
            ("GET PUT DELETE", "/oauth/apps/{app}"),
            ("GET", "/oauth/apps/{app}/info"),
            ("POST", "/oauth/apps/{app}/regen_secret"),
            ("GET POST", "/oauth/outgoing_connections"),
            ("POST", "/oauth/outgoing_connections/validate"),
            ("GET PUT DELETE", "/oauth/outgoing_connections/{connection}"),
        ],
    ),
    Feature::new(
        "jobs of Mattermost's kinds are not offered; the server runs its own by itself",
        &[
            ("POST", "/jobs"),
            ("GET", "/jobs/{job}"),
            ("GET", "/jobs/{job}/download"),
            ("POST", "/jobs/{job}/cancel"),
            ("PATCH", "/jobs/{job}/status"),
        ],
    )
    .for_admins(),
    Feature::new(
        "import and export of whole servers are not offered; back up the database and the data folder",
        &[
            ("GET", "/exports"),
            ("GET DELETE", "/exports/{export}"),
            ("POST", "/exports/{export}/presign-url"),
            ("GET", "/imports"),
            ("DELETE", "/imports/{import}"),
            ("POST", "/teams/{team}/import"),
        ],
    )
    .for_admins(),
    Feature::new(
        "search uses the database; there is no other index",
        &[
            ("POST", "/bleve/purge_indexes"),
            ("POST", "/elasticsearch/test"),
            ("POST", "/elasticsearch/purge_indexes"),
        ],
    )
    .for_admins(),
    Feature::new(
        "plugins of this server are installed through its own API and console",
        &[
            ("POST", "/plugins"),
            ("POST", "/plugins/install_from_url"),
            ("DELETE", "/plugins/{plugin}"),
            ("POST", "/plugins/{plugin}/enable"),
            ("POST", "/plugins/{plugin}/disable"),
            ("POST", "/plugins/{plugin}/detach"),
            ("POST", "/plugins/reattach"),
            ("GET POST", "/plugins/marketplace"),
            ("GET POST", "/plugins/marketplace/first_admin_visit"),
        ],
    )
    .for_admins(),
    Feature::new(
        "channels shared with other servers are not offered",
        &[
            ("GET", "/sharedchannels/{team}"),
            ("GET", "/sharedchannels/{team}/remotes"),
            ("GET", "/sharedchannels/remote_info/{remote}"),
            ("GET", "/sharedchannels/users/{user}/can_dm/{other}"),
            ("GET POST", "/remotecluster"),
            ("POST", "/remotecluster/accept_invite"),
            ("GET PATCH DELETE", "/remotecluster/{remote}"),
            ("POST", "/remotecluster/{remote}/generate_invite"),
            ("POST", "/remotecluster/{remote}/channels/{channel}/invite"),
            ("POST", "/remotecluster/{remote}/channels/{channel}/uninvite"),
            ("GET", "/remotecluster/{remote}/sharedchannelremotes"),
        ],
    ),
    Feature::new(
        "a brand picture is not offered",
        &[("POST DELETE", "/brand/image")],
    ),
    Feature::new(
        "the server's operation belongs to its operator: the configuration file, the command line and the own API",
        &[
            ("POST", "/database/recycle"),
            ("POST", "/caches/invalidate"),
            ("POST", "/restart"),
            ("POST", "/integrity"),
            ("GET", "/system/support_packet"),
            ("GET", "/system/schema/version"),
            ("GET POST DELETE", "/server_busy"),
            ("POST", "/site_url/test"),
            ("POST", "/file/s3_test"),
            ("POST", "/file/test"),
            ("POST", "/notifications/test"),
            ("GET", "/logs/download"),
            ("POST", "/logs/query"),
            ("GET", "/latest_version"),
            ("POST", "/config/migrate"),
            ("POST", "/reports/posts"),
            ("GET", "/reports/users"),
            ("GET", "/reports/users/count"),
            ("POST", "/reports/users/export"),
            ("POST DELETE", "/audit_logs/certificate"),
            ("GET POST", "/ip_filtering"),
            ("GET", "/ip_filtering/my_ip"),
        ],
    )
    .for_admins(),
    Feature::new(
        "accounts have one way to sign in, the password; it cannot be switched",
        &[
            ("POST", "/users/login/switch"),
            ("POST", "/users/login/desktop_token"),
            ("POST", "/users/login/one_time_link"),
            ("POST", "/users/login/type"),
        ],
    ),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "api.admin.saml.not_available.app_error",
        "accounts have one way to sign in, the password; it cannot be switched",
        &[("PUT", "/users/{user}/auth")],
    )
    .for_admins(),
    Feature::new(
        "settings are read from the configuration file at the start: change them there, and restart the server",
        &[("PUT", "/config"), ("PUT", "/config/patch"), ("POST", "/config/reload")],
    )
    .for_admins(),
    Feature::new(
        "the server keeps no log of its own: read the output of its process, for example with journalctl",
        &[("GET", "/logs")],
    )
    .for_admins(),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "api.push_notification.disabled.app_error",
        "this server sends no push notifications, so there is none to acknowledge",
        &[("POST", "/notifications/ack")],
    ),
    Feature::as_unlicensed(
        StatusCode::BAD_REQUEST,
        "<untranslated>",
        "accounts are not restricted to domains, so no address is invalid",
        &[("GET", "/users/invalid_emails")],
    ),
    Feature::as_unlicensed(
        StatusCode::NOT_IMPLEMENTED,
        "<untranslated>",
        "acknowledgements of posts are not offered",
        &[("POST DELETE", "/users/{user}/posts/{post}/ack")],
    ),
];
