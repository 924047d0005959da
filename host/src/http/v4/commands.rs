//! Slash commands: which there are, what may come next in a line, and running one.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::list as list_of;
use crate::access::TeamAccess;
use crate::app::App;
use crate::command::{Answer, AvailableCommand, Suggestion, Typed, hint};
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{PluginId, TeamId, Timestamp, Visibility};
use crate::plugin::manifest::{ArgumentKind, ArgumentRecord};
use crate::secret::random_id;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct ExecuteCommand {
    channel_id: String,
    root_id: String,
    command: String,
}

/// A plugin's command as the wire has commands: what only its owner may know is empty.
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

/// What clients complete a line by. The keys of this object and below are capitalised on the wire.
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

/// What the caller's client acts on. The visible message travels by WebSocket.
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
    let typed = Typed {
        channel_id: body::id("channel_id", &request.channel_id)?,
        root_id: body::optional_id("root_id", &request.root_id)?,
        line: request.command,
    };
    Ok(Json(app.commands.execute(session.user(), &typed).await?.into()))
}

/// `GET /commands?team_id=`: plugins' commands, which are every team's. There are no others, so `custom_only` is empty.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<Json<Vec<CommandResponse>>, Problem> {
    let team: TeamId = query.text("team_id").parse().map_err(|error| Problem::parameter("team_id", error))?;
    app.chat.enter_team(session.user(), &team).await?;
    let available = if query.flag("custom_only") { Vec::new() } else { app.commands.available() };
    Ok(list_of(available))
}

/// `GET /teams/{team_id}/commands/autocomplete`.
pub(in crate::http) async fn autocomplete(
    State(app): State<App>,
    _: TeamAccess,
) -> Json<Vec<CommandResponse>> {
    Json(app.commands.available().into_iter().map(CommandResponse::with_autocompletion).collect())
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
    fn with_autocompletion(command: AvailableCommand) -> Self {
        let record = &command.record;
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

impl From<AvailableCommand> for CommandResponse {
    fn from(command: AvailableCommand) -> Self {
        let record = command.record;
        Self {
            id: "",
            token: "",
            create_at: command.create_at,
            update_at: command.update_at,
            delete_at: Timestamp::NEVER,
            creator_id: "",
            team_id: "",
            trigger: record.trigger.clone(),
            method: "",
            username: "",
            icon_url: "",
            auto_complete: true,
            auto_complete_desc: record.help.clone(),
            auto_complete_hint: record.hint,
            display_name: record.trigger,
            description: record.help,
            url: "",
            plugin_id: command.plugin,
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

impl From<Answer> for ExecuteResponse {
    fn from(answer: Answer) -> Self {
        Self {
            response_type: match answer.visibility {
                Some(Visibility::InChannel) => "in_channel",
                Some(Visibility::Ephemeral) => "ephemeral",
                None => "",
            },
            text: answer.text,
            username: "",
            channel_id: "",
            icon_url: "",
            kind: "",
            props: Map::new(),
            goto_location: answer.goto_url.unwrap_or_default(),
            trigger_id: random_id(),
            skip_slack_parsing: false,
            attachments: (),
            extra_responses: (),
        }
    }
}
