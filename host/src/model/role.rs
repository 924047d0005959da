//! Roles, by their names on the wire. An account, and a member of a team or channel, has several: their names,
//! separated by blanks.

pub const SYSTEM_ADMIN: &str = "system_admin";
pub const SYSTEM_USER: &str = "system_user";
/// An additional role of an account: it may create personal access tokens.
pub const SYSTEM_USER_ACCESS_TOKEN: &str = "system_user_access_token";
/// Additional roles of an account: it may post where it is not a member, everywhere or in public channels. For
/// programs.
pub const SYSTEM_POST_ALL: &str = "system_post_all";
pub const SYSTEM_POST_ALL_PUBLIC: &str = "system_post_all_public";
pub const SYSTEM_GUEST: &str = "system_guest";
pub const TEAM_ADMIN: &str = "team_admin";
pub const TEAM_USER: &str = "team_user";
pub const TEAM_GUEST: &str = "team_guest";
pub const CHANNEL_ADMIN: &str = "channel_admin";
pub const CHANNEL_USER: &str = "channel_user";
pub const CHANNEL_GUEST: &str = "channel_guest";

/// The roles that accounts, members of teams and members of channels may have.
pub const OF_ACCOUNTS: [&str; 6] = [
    SYSTEM_ADMIN,
    SYSTEM_USER,
    SYSTEM_GUEST,
    SYSTEM_USER_ACCESS_TOKEN,
    SYSTEM_POST_ALL,
    SYSTEM_POST_ALL_PUBLIC,
];
pub const OF_TEAMS: [&str; 3] = [TEAM_ADMIN, TEAM_USER, TEAM_GUEST];
pub const OF_CHANNELS: [&str; 3] = [CHANNEL_ADMIN, CHANNEL_USER, CHANNEL_GUEST];

/// Whether a list of roles contains this one.
pub fn has_role(roles: &str, role: &str) -> bool {
    roles.split_ascii_whitespace().any(|held| held == role)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_matches_by_its_whole_name() {
        assert!(has_role("system_user system_admin", SYSTEM_ADMIN));
        assert!(!has_role("system_administrator", SYSTEM_ADMIN));
        assert!(!has_role("", SYSTEM_USER));
    }
}
