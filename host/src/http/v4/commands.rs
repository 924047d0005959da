//! Slash commands: list, complete and run them.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::list as list_of;
use crate::access::TeamAccess;
use crate::app::App;
use crate::command::{CommandPlace, Suggestion, hint};
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{ChannelId, CommandReply, PluginId, PostId, TeamId, Timestamp, Visibility};
use crate::plugin::ActiveCommand;
use crate::plugin::manifest::{ArgumentKind, ArgumentRecord};
use crate::secret::random_id;

/// The id of the error for a request that is none for a command.
const NOT_STARTED: &str = "api.command.execute_command.start.app_error";

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct ExecuteCommand {
    channel_id: String,
    /// The team that the client shows. It counts in a channel of no team only.
    team_id: String,
    root_id: String,
    command: String,
}

/// A plugin's command in Mattermost's form. Fields that only its owner may see are empty.
#[derive(Serialize)]
pub(in crate::http) struct CommandResponse {
    id: &'static str,
    token: &'static str,
    create_at: Timestamp,
    update_at: Timestamp,
    delete_at: Timestamp,
    creator_id: &'static str,
    team_id: &'static str,
    trigger: String,
    method: &'static str,
    username: &'static str,
    icon_url: &'static str,
    auto_complete: bool,
    auto_complete_desc: String,
    auto_complete_hint: String,
    display_name: String,
    description: String,
    url: &'static str,
    plugin_id: PluginId,
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

/// The response that the caller's client acts on. The visible message arrives by WebSocket.
#[derive(Serialize)]
pub(in crate::http) struct ExecuteResponse {
    response_type: &'static str,
    text: String,
    username: &'static str,
    channel_id: &'static str,
    icon_url: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    props: Map<String, Value>,
    goto_location: String,
    trigger_id: String,
    skip_slack_parsing: bool,
    attachments: (),
    extra_responses: (),
}

/// `POST /commands/execute`.
pub(in crate::http) async fn execute(
    State(app): State<App>,
    session: Session,
    body::Json(request): body::Json<ExecuteCommand>,
) -> Result<Json<ExecuteResponse>, Problem> {
    let channel: ChannelId =
        body::id("channel_id", &request.channel_id).map_err(|problem| problem.called(NOT_STARTED))?;
    let root: Option<PostId> = body::optional_id("root_id", &request.root_id)?;
    // A caller is in no team of another form.
    let team: Option<TeamId> = request.team_id.parse().ok();
    let place = CommandPlace { channel: &channel, team: team.as_ref(), root: root.as_ref() };
    let reply = app.commands.execute(session.user(), place, &request.command).await?;
    Ok(Json(reply.into()))
}

/// `GET /commands?team_id=`: lists the commands of plugins, which every team has. There are no others, so `custom_only`
/// returns none.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<Json<Vec<CommandResponse>>, Problem> {
    let team: TeamId = query.text("team_id").parse().map_err(|error| Problem::parameter("team_id", error))?;
    app.chat.enter_team(session.user(), &team).await?;
    let commands = if query.flag("custom_only") { Vec::new() } else { app.plugins.commands("", usize::MAX) };
    Ok(list_of(commands))
}

/// `GET /teams/{team_id}/commands/autocomplete`.
pub(in crate::http) async fn autocomplete(
    State(app): State<App>,
    _: TeamAccess,
) -> Json<Vec<CommandResponse>> {
    Json(app.plugins.commands("", usize::MAX).into_iter().map(CommandResponse::with_autocompletion).collect())
}

/// `GET /teams/{team_id}/commands/autocomplete_suggestions?user_input=`.
pub(in crate::http) async fn suggestions(
    State(app): State<App>,
    _: TeamAccess,
    query: Query,
) -> Result<Json<Vec<SuggestionResponse>>, Problem> {
    let missing = || Problem::parameter("user_input", "send the line as typed so far");
    let line = query.get("user_input").ok_or_else(missing)?;
    Ok(list_of(app.commands.suggestions(&line)))
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
            id: "",
            token: "",
            create_at: plugin.create_at,
            update_at: plugin.update_at,
            delete_at: Timestamp::NEVER,
            creator_id: "",
            team_id: "",
            trigger: record.trigger.clone(),
            method: "",
            username: "",
            icon_url: "",
            auto_complete: true,
            auto_complete_desc: record.help.clone(),
            auto_complete_hint: record.hint.clone(),
            display_name: record.trigger.clone(),
            description: record.help.clone(),
            url: "",
            plugin_id: plugin.id.clone(),
            autocomplete_data: None,
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

impl From<Option<CommandReply>> for ExecuteResponse {
    fn from(reply: Option<CommandReply>) -> Self {
        let (response_type, text, goto_url) = match reply {
            Some(CommandReply { visibility: Visibility::InChannel, message, goto_url }) => {
                ("in_channel", message.text, goto_url)
            }
            Some(CommandReply { visibility: Visibility::Ephemeral, message, goto_url }) => {
                ("ephemeral", message.text, goto_url)
            }
            None => Default::default(),
        };
        Self {
            response_type,
            text,
            username: "",
            channel_id: "",
            icon_url: "",
            kind: "",
            props: Map::new(),
            goto_location: goto_url.unwrap_or_default(),
            trigger_id: random_id(),
            skip_slack_parsing: false,
            attachments: (),
            extra_responses: (),
        }
    }
}
