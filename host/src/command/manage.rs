//! Managing the commands of teams that are run by a request to a URL. Each change is audited.

use serde_json::{Value, json};

use super::{CommandError, Commands};
use crate::access::{AccessError, Prohibition, audit_row, rules};
use crate::model::{
    Command, CommandId, CommandMethod, Kind, MAX_ICON_URL, TeamId, TeamMember, Timestamp, User, is_web_link,
    plain_name,
};
use crate::plugin::RESERVED_TRIGGERS;
use crate::secret::Secret;
use crate::store::{Quota, QuotaKind, Store, StoreError};

/// Most commands of one team. Past it, further ones are refused.
const MAX_OF_TEAM: i64 = 1000;

/// Longest trigger, name and description of a command, in characters, and longest URL, in bytes. Longer ones are refused.
const MAX_TRIGGER: usize = 128;
const MAX_NAME: usize = 64;
const MAX_DESCRIPTION: usize = 128;
const MAX_COMPLETION: usize = 1024;
const MAX_URL: usize = 1024;

/// What the managers of a command set.
#[derive(Debug, Clone)]
pub struct CommandSettings {
    pub trigger: String,
    /// `G` or `P`.
    pub method: String,
    pub url: String,
    pub username: String,
    pub icon_url: String,
    pub auto_complete: bool,
    pub auto_complete_desc: String,
    pub auto_complete_hint: String,
    pub display_name: String,
    pub description: String,
}

/// A command with its token, for those who manage it.
#[derive(Debug, Clone)]
pub struct ManagedCommand {
    pub command: Command,
    pub token: Secret,
}

impl Commands {
    /// Creates a command of a team.
    pub async fn create(
        &self,
        caller: &User,
        team: Option<&TeamId>,
        settings: CommandSettings,
    ) -> Result<ManagedCommand, CommandError> {
        let team = team.ok_or_else(rules::no_commands)?;
        self.store.team(team).await?.ok_or_else(rules::no_commands)?;
        self.check_has_commands(caller, team).await?;
        let method = self.check(&settings)?;
        let (token, now) = (Secret::random(), self.clock.now());
        let command = Command {
            id: self.clock.id(),
            sealed_token: self.sealer.seal(&token),
            creator_id: caller.id.clone(),
            team_id: team.clone(),
            trigger: settings.trigger.to_lowercase(),
            method,
            url: settings.url,
            username: settings.username,
            icon_url: settings.icon_url,
            auto_complete: settings.auto_complete,
            auto_complete_desc: settings.auto_complete_desc,
            auto_complete_hint: settings.auto_complete_hint,
            display_name: plain_name(&settings.display_name),
            description: settings.description,
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
        };
        let store = self.recording(caller, "command.create", &command.id, None, Some(audit_value(&command)));
        let of_account =
            Quota::new(QuotaKind::CommandsOfAccount, &caller.id, self.policy.commands_per_account);
        let of_team = Quota::new(QuotaKind::CommandsOfTeam, team, MAX_OF_TEAM);
        let created = store.with_quotas([of_account, of_team]).commands().create(command.clone()).await;
        created.map_err(trigger_conflict)?;
        Ok(ManagedCommand { command, token })
    }

    /// Returns a command that the caller may manage. For others, it does not exist.
    pub async fn managed(&self, caller: &User, id: &CommandId) -> Result<ManagedCommand, CommandError> {
        let command = self.store.commands().get(id).await?.ok_or(CommandError::Missing(Kind::Command))?;
        if self.manages(caller, &command).await? {
            Ok(self.with_token(command))
        } else {
            Err(CommandError::Missing(Kind::Command))
        }
    }

    /// Returns the commands of a team that the caller may manage.
    pub async fn all_managed(
        &self,
        caller: &User,
        team: &TeamId,
    ) -> Result<Vec<ManagedCommand>, CommandError> {
        self.check_has_commands(caller, team).await?;
        let mut commands = self.store.commands().of_team(team, MAX_OF_TEAM).await?;
        let member = self.store.team_member(team, &caller.id).await?;
        commands.retain(|command| self.may_manage(caller, command, member.as_ref()));
        Ok(commands.into_iter().map(|command| self.with_token(command)).collect())
    }

    /// Returns the commands of a team that the caller may know of: those that clients suggest, and those that the caller
    /// may manage.
    pub async fn visible(&self, caller: &User, team: &TeamId) -> Result<Vec<Command>, CommandError> {
        let mut commands = self.store.commands().of_team(team, MAX_OF_TEAM).await?;
        let member = self.store.team_member(team, &caller.id).await?;
        commands.retain(|command| command.auto_complete || self.may_manage(caller, command, member.as_ref()));
        Ok(commands)
    }

    /// Returns the commands of a team that clients suggest.
    pub async fn suggested(&self, team: &TeamId) -> Result<Vec<Command>, StoreError> {
        let mut commands = self.store.commands().of_team(team, MAX_OF_TEAM).await?;
        commands.retain(|command| command.auto_complete);
        Ok(commands)
    }

    /// Replaces the settings of a command. Its team stays; `team`, if given, must be that one.
    pub async fn update(
        &self,
        caller: &User,
        id: &CommandId,
        team: Option<&TeamId>,
        settings: CommandSettings,
    ) -> Result<ManagedCommand, CommandError> {
        let ManagedCommand { command: before, token } = self.managed(caller, id).await?;
        if team.is_some_and(|team| *team != before.team_id) {
            return Err(AccessError::from(Prohibition::MoveCommand).into());
        }
        let method = self.check(&settings)?;
        let command = Command {
            trigger: settings.trigger.to_lowercase(),
            method,
            url: settings.url,
            username: settings.username,
            icon_url: settings.icon_url,
            auto_complete: settings.auto_complete,
            auto_complete_desc: settings.auto_complete_desc,
            auto_complete_hint: settings.auto_complete_hint,
            display_name: plain_name(&settings.display_name),
            description: settings.description,
            update_at: self.clock.now(),
            ..before.clone()
        };
        self.write(caller, "command.update", &before, command.clone()).await?;
        Ok(ManagedCommand { command, token })
    }

    /// Gives a command a new token. Its target knows the server by it from then on.
    pub async fn renew_token(&self, caller: &User, id: &CommandId) -> Result<Secret, CommandError> {
        let before = self.managed(caller, id).await?.command;
        let token = Secret::random();
        let sealed_token = self.sealer.seal(&token);
        let command = Command { sealed_token, update_at: self.clock.now(), ..before.clone() };
        self.write(caller, "command.token", &before, command).await?;
        Ok(token)
    }

    /// Moves a command to another team whose commands the caller may manage, too.
    pub async fn move_to(
        &self,
        caller: &User,
        id: &CommandId,
        team: Option<&TeamId>,
    ) -> Result<(), CommandError> {
        let team = match team {
            Some(team) => self.store.team(team).await?,
            None => None,
        };
        let team = team.ok_or(CommandError::Missing(Kind::Team))?.id;
        self.check_has_commands(caller, &team).await?;
        let before = self.managed(caller, id).await?.command;
        let command = Command { team_id: team, update_at: self.clock.now(), ..before.clone() };
        self.write(caller, "command.move", &before, command).await
    }

    /// Deletes a command. Its late responses are refused from then on.
    pub async fn delete(&self, caller: &User, id: &CommandId) -> Result<(), CommandError> {
        let command = self.managed(caller, id).await?.command;
        let store = self.recording(caller, "command.delete", id, Some(audit_value(&command)), None);
        Ok(store.commands().delete(id, self.clock.now()).await?)
    }

    /// Whether the user may manage a command.
    pub(super) async fn manages(&self, user: &User, command: &Command) -> Result<bool, CommandError> {
        let member = self.store.team_member(&command.team_id, &user.id).await?;
        Ok(self.may_manage(user, command, member.as_ref()))
    }

    /// Returns a command with its token. After the loss of the server's key, the token is empty until it is renewed.
    pub(super) fn with_token(&self, command: Command) -> ManagedCommand {
        let token = self.sealer.open(&command.sealed_token).unwrap_or_else(|_| {
            tracing::warn!(command = %command.id, "the token of a command cannot be unsealed: renew it");
            Secret::new("")
        });
        ManagedCommand { command, token }
    }

    fn may_manage(&self, user: &User, command: &Command, member: Option<&TeamMember>) -> bool {
        rules::manages_command(user, command, member, self.policy.member_commands)
    }

    async fn check_has_commands(&self, caller: &User, team: &TeamId) -> Result<(), CommandError> {
        let member = self.store.team_member(team, &caller.id).await?;
        if rules::has_hooks(caller, member.as_ref(), self.policy.member_commands) {
            return Ok(());
        }
        Err(rules::no_commands().into())
    }

    /// Checks settings, and returns their method.
    fn check(&self, settings: &CommandSettings) -> Result<CommandMethod, CommandError> {
        let invalid = |field, reason: String| Err(CommandError::Invalid { field, reason });
        let trigger = settings.trigger.to_lowercase();
        let is_word = !trigger.starts_with('/') && !trigger.contains(char::is_whitespace);
        if !is_word || !(1..=MAX_TRIGGER).contains(&trigger.chars().count()) {
            let reason =
                format!("1 to {MAX_TRIGGER} characters without blanks, and without the slash before it");
            return invalid("trigger", reason);
        }
        if RESERVED_TRIGGERS.contains(&trigger.as_str()) || self.plugins.command(&trigger).is_some() {
            return Err(CommandError::Taken(Kind::Command));
        }
        if settings.url.is_empty() || settings.url.len() > MAX_URL {
            return invalid("url", format!("1 to {MAX_URL} bytes"));
        }
        if !is_web_link(&settings.url) {
            return invalid("url_http", "the URL must begin with `http://` or `https://`".to_owned());
        }
        let Some(method) = CommandMethod::of_letter(&settings.method) else {
            return invalid("method", "`G` (GET) or `P` (POST)".to_owned());
        };
        for (field, text, limit) in [
            ("display_name", &settings.display_name, MAX_NAME),
            ("description", &settings.description, MAX_DESCRIPTION),
            ("username", &settings.username, MAX_NAME),
            ("icon_url", &settings.icon_url, MAX_ICON_URL),
            ("auto_complete_desc", &settings.auto_complete_desc, MAX_COMPLETION),
            ("auto_complete_hint", &settings.auto_complete_hint, MAX_COMPLETION),
        ] {
            if text.chars().count() > limit {
                return invalid(field, format!("at most {limit} characters"));
            }
        }
        if !settings.icon_url.is_empty() && !is_web_link(&settings.icon_url) {
            return invalid("icon_url", "it must begin with `http://` or `https://`".to_owned());
        }
        Ok(method)
    }

    async fn write(
        &self,
        caller: &User,
        action: &str,
        before: &Command,
        command: Command,
    ) -> Result<(), CommandError> {
        let (was, becomes) = (Some(audit_value(before)), Some(audit_value(&command)));
        let store = self.recording(caller, action, &command.id, was, becomes);
        if store.commands().update(command).await.map_err(trigger_conflict)? {
            Ok(())
        } else {
            Err(CommandError::Missing(Kind::Command))
        }
    }

    fn recording(
        &self,
        caller: &User,
        action: &str,
        id: &CommandId,
        was: Option<Value>,
        becomes: Option<Value>,
    ) -> Store {
        let thing = ("command", id.as_str());
        self.store.with_audit(audit_row(&self.clock, Some(caller), action, thing, was, becomes))
    }
}

fn trigger_conflict(error: StoreError) -> CommandError {
    if error.is_conflict() { CommandError::Taken(Kind::Command) } else { error.into() }
}

/// Returns what an audit row says about a command. Its URL may contain a credential.
fn audit_value(command: &Command) -> Value {
    json!({
        "team_id": command.team_id, "trigger": command.trigger, "method": command.method.letter(),
        "display_name": command.display_name, "auto_complete": command.auto_complete,
    })
}
