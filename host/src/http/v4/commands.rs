//! Slash commands: list, complete and run them.

pub(super) mod manage;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::list as list_of;
use crate::access::TeamAccess;
use crate::app::App;
use crate::command::{BUILTINS, Builtin, CommandLine, ExecuteResponse, ManagedCommand, Suggestion, hint};
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{Command, TeamId, Timestamp};
use crate::plugin::ActiveCommand;
use crate::plugin::manifest::{ArgumentKind, ArgumentRecord};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct ExecuteCommand {
    channel_id: String,
    /// For a channel of no team.
    team_id: String,
    root_id: String,
    command: String,
}

/// A command in Mattermost's form. Fields that only those who manage it may see are empty for others.
#[derive(Serialize, Default)]
pub(in crate::http) struct CommandResponse {
    id: String,
    token: String,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    creator_id: String,
    team_id: String,
    trigger: String,
    method: &'static str,
    username: String,
    icon_url: String,
    auto_complete: bool,
    auto_complete_desc: String,
    auto_complete_hint: String,
    display_name: String,
    description: String,
    url: String,
    plugin_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    autocomplete_data: Option<AutocompleteData>,
}

/// The data from which clients complete a line. The keys of this object and its descendants are capitalised on the
/// wire.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AutocompleteData {
    trigger: String,
    hint: String,
    help_text: String,
    #[serde(rename = "RoleID")]
    role_id: &'static str,
    arguments: Vec<ArgumentResponse>,
    sub_commands: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ArgumentResponse {
    name: &'static str,
    help_text: String,
    #[serde(rename = "Type")]
    kind: &'static str,
    required: bool,
    data: ArgumentData,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ArgumentData {
    #[serde(rename_all = "PascalCase")]
    Choices { possible_arguments: Vec<ChoiceResponse> },
    #[serde(rename_all = "PascalCase")]
    Text { hint: String, pattern: &'static str },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ChoiceResponse {
    item: String,
    hint: &'static str,
    help_text: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::http) struct SuggestionResponse {
    complete: String,
    suggestion: String,
    hint: String,
    description: String,
    icon_data: &'static str,
}

/// `POST /commands/execute`.
pub(in crate::http) async fn execute(
    State(app): State<App>,
    session: Session,
    body::Json(request): body::Json<ExecuteCommand>,
) -> Result<Json<ExecuteResponse>, Problem> {
    let line = CommandLine {
        channel_id: request.channel_id,
        // A caller is in no team of another form.
        team_id: request.team_id.parse().ok(),
        root_id: body::optional_id("root_id", &request.root_id)?,
        text: request.command,
    };
    Ok(Json(app.commands.execute(&session.caller(), line).await?))
}

/// `GET /commands?team_id=`: lists the commands of plugins and the built-in ones, which every team has, and those of the
/// team that the caller may know of; with `custom_only`, only those of the team, for users who manage them.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<Json<Vec<CommandResponse>>, Problem> {
    let team: TeamId = query.text("team_id").parse().map_err(|_| Problem::body("team_id", "name a team"))?;
    app.chat.enter_team(session.user(), &team).await?;
    if query.flag("custom_only") {
        return Ok(list_of(app.commands.all_managed(session.user(), &team).await?));
    }
    let plugins = app.plugins.commands("", usize::MAX).into_iter().map(CommandResponse::from);
    let of_team = app.commands.visible(session.user(), &team).await?;
    let others =
        of_team.into_iter().map(CommandResponse::from).chain(BUILTINS.iter().map(CommandResponse::from));
    Ok(Json(plugins.chain(others).collect()))
}

/// `GET /teams/{team_id}/commands/autocomplete`.
pub(in crate::http) async fn autocomplete(
    State(app): State<App>,
    team: TeamAccess,
) -> Result<Json<Vec<CommandResponse>>, Problem> {
    let plugins = app.plugins.commands("", usize::MAX).into_iter().map(CommandResponse::with_autocompletion);
    let of_team = app.commands.suggested(&team.team().id).await?;
    let others =
        of_team.into_iter().map(CommandResponse::from).chain(BUILTINS.iter().map(CommandResponse::from));
    Ok(Json(plugins.chain(others).collect()))
}

/// `GET /teams/{team_id}/commands/autocomplete_suggestions?user_input=`.
pub(in crate::http) async fn suggestions(
    State(app): State<App>,
    team: TeamAccess,
    query: Query,
) -> Result<Json<Vec<SuggestionResponse>>, Problem> {
    let missing = || Problem::body("user_input", "send the line as typed so far");
    let line = query.get("user_input").filter(|line| !line.is_empty()).ok_or_else(missing)?;
    Ok(list_of(app.commands.suggestions(&team.team().id, &line).await?))
}

impl CommandResponse {
    fn with_autocompletion(command: ActiveCommand) -> Self {
        let record = command.record();
        let data = AutocompleteData {
            trigger: record.trigger.clone(),
            hint: record.hint.clone(),
            help_text: record.help.clone(),
            role_id: "",
            arguments: record.arguments.iter().map(ArgumentResponse::from).collect(),
            sub_commands: [],
        };
        Self { autocomplete_data: Some(data), ..Self::from(command) }
    }
}

impl From<ActiveCommand> for CommandResponse {
    fn from(command: ActiveCommand) -> Self {
        let (record, plugin) = (command.record(), &command.plugin.installed);
        Self {
            create_at: plugin.create_at,
            update_at: plugin.update_at,
            trigger: record.trigger.clone(),
            auto_complete: true,
            auto_complete_desc: record.help.clone(),
            auto_complete_hint: record.hint.clone(),
            display_name: record.trigger.clone(),
            description: record.help.clone(),
            plugin_id: plugin.id.to_string(),
            ..Self::default()
        }
    }
}

/// The command as users see it who do not manage it.
impl From<Command> for CommandResponse {
    fn from(command: Command) -> Self {
        Self {
            id: command.id.into(),
            create_at: command.create_at,
            update_at: command.update_at,
            delete_at: command.delete_at,
            team_id: command.team_id.into(),
            trigger: command.trigger,
            auto_complete: command.auto_complete,
            auto_complete_desc: command.auto_complete_desc,
            auto_complete_hint: command.auto_complete_hint,
            display_name: command.display_name,
            description: command.description,
            ..Self::default()
        }
    }
}

impl From<ManagedCommand> for CommandResponse {
    fn from(ManagedCommand { command, token }: ManagedCommand) -> Self {
        Self {
            token: token.reveal().to_owned(),
            creator_id: command.creator_id.to_string(),
            method: command.method.letter(),
            username: command.username.clone(),
            icon_url: command.icon_url.clone(),
            url: command.url.clone(),
            ..Self::from(command)
        }
    }
}

impl From<&Builtin> for CommandResponse {
    fn from(builtin: &Builtin) -> Self {
        Self {
            trigger: builtin.trigger.to_owned(),
            auto_complete: true,
            auto_complete_desc: builtin.help.to_owned(),
            auto_complete_hint: builtin.hint.to_owned(),
            display_name: builtin.trigger.to_owned(),
            ..Self::default()
        }
    }
}

impl From<&ArgumentRecord> for ArgumentResponse {
    fn from(argument: &ArgumentRecord) -> Self {
        let choices = |texts: &[String]| {
            let choice = |text: &String| ChoiceResponse { item: text.clone(), hint: "", help_text: "" };
            ArgumentData::Choices { possible_arguments: texts.iter().map(choice).collect() }
        };
        let (kind, data) = match argument.kind {
            ArgumentKind::Choice => ("StaticList", choices(&argument.choices)),
            ArgumentKind::Boolean => ("StaticList", choices(&["true".to_owned(), "false".to_owned()])),
            _ => ("TextInput", ArgumentData::Text { hint: hint(argument), pattern: "" }),
        };
        Self { name: "", help_text: argument.name.clone(), kind, required: argument.required, data }
    }
}

impl From<Suggestion> for SuggestionResponse {
    fn from(suggestion: Suggestion) -> Self {
        Self {
            complete: suggestion.complete,
            suggestion: suggestion.suggestion,
            hint: suggestion.hint,
            description: suggestion.description,
            icon_data: "",
        }
    }
}
