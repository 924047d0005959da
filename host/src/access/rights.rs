//! What an account may do, by name, so that clients can hide buttons that would be refused.

use super::{Access, AccessError, rules};
use crate::model::{Team, TeamMember, User};
use crate::secret::sha256_hex;

/// What an account may do on the server, and in each of its teams.
#[derive(Debug, Clone, PartialEq)]
pub struct Rights {
    pub system: Vec<&'static str>,
    pub teams: Vec<TeamRights>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TeamRights {
    pub team: Team,
    pub roles: String,
    pub rights: Vec<&'static str>,
}

impl Access {
    pub async fn rights(&self, user: &User) -> Result<Rights, AccessError> {
        let mut teams = Vec::new();
        for team in self.store.teams_of(&user.id).await? {
            let member = self.store.team_member(&team.id, &user.id).await?;
            let rights = in_team(user, member.as_ref());
            teams.push(TeamRights {
                team,
                roles: member.map_or(String::new(), |member| member.roles),
                rights,
            });
        }
        Ok(Rights { system: self.on_server(user), teams })
    }

    /// Returns a digest of an account's roles on the server and in its teams. It changes whenever they do.
    pub async fn roles_digest(&self, user: &User) -> Result<String, AccessError> {
        let mut roles = user.roles.clone();
        for member in self.store.team_memberships_of(&user.id).await? {
            roles = format!("{roles}\n{} {}", member.team_id, member.roles);
        }
        Ok(sha256_hex(roles.as_bytes()))
    }

    fn on_server(&self, user: &User) -> Vec<&'static str> {
        let admin = rules::is_admin(user);
        granted_names(&[
            ("administer", admin),
            ("read_audit", admin),
            ("manage_accounts", admin),
            ("invite", admin),
            ("manage_plugins", admin),
            ("make_bots", rules::make_bots(user, self.member_bots).is_ok()),
            ("make_teams", rules::make_teams(user).is_ok()),
            ("make_tokens", rules::make_tokens(user, self.member_tokens).is_ok()),
        ])
    }
}

fn in_team(user: &User, member: Option<&TeamMember>) -> Vec<&'static str> {
    let inside = rules::enter_team(user, member).is_ok();
    let leads = rules::manage_team(user, member).is_ok();
    granted_names(&[
        ("enter", inside),
        ("make_channels", inside && rules::make_channels(user).is_ok()),
        ("join_public_channels", inside && !rules::is_guest(user)),
        ("manage", leads),
        ("add_members", inside && !rules::is_guest(user)),
    ])
}

/// Returns the names of the rights that are granted.
fn granted_names(rights: &[(&'static str, bool)]) -> Vec<&'static str> {
    rights.iter().filter(|(_, held)| *held).map(|(name, _)| *name).collect()
}
