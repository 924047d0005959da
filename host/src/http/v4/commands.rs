//! Slash commands: which there are, what may come next in a line, and running one.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::list as list_of;
use crate::app::App;
use crate::command::{Answer, AvailableCommand, Suggestion, Typed, hint};
use crate::http::auth::Session;
use crate::http::json as body;
use crate::http::params;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::{TeamId, Visibility};
use crate::plugin::manifest::{ArgumentKind, ArgumentRecord};
use crate::secret::random_id;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    channel_id: String,
    root_id: String,
    command: String,
}

/// Runs a slash command. The visible message travels by WebSocket; this answers what the caller may act on.
pub(in crate::http) async fn execute(
    State(app): State<App>,
    session: Session,
    body::Json(asked): body::Json<Asked>,
) -> Result<Json<Value>, Problem> {
    let typed = Typed {
        channel_id: body::id("channel_id", &asked.channel_id)?,
        root_id: body::optional_id("root_id", &asked.root_id)?,
        line: asked.command,
    };
    let answer = app.commands.execute(session.user(), &typed).await?;
    Ok(Json(wire(&answer)))
}

/// `GET /commands?team_id=`: plugins' commands, which are every team's. There are no others, so `custom_only` is empty.
pub(in crate::http) async fn list(
    State(app): State<App>,
    session: Session,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let team: TeamId = query.text("team_id").parse().map_err(|error| Problem::parameter("team_id", error))?;
    app.chat.enter_team(session.user(), &team).await?;
    let offered = if query.flag("custom_only") { Vec::new() } else { app.commands.available() };
    Ok(list_of(&offered, command))
}

/// `GET /teams/{team_id}/commands/autocomplete`.
pub(in crate::http) async fn autocomplete(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
) -> Result<Json<Value>, Problem> {
    let team: TeamId = params::id("team_id", &team)?;
    app.chat.enter_team(session.user(), &team).await?;
    let with_data = |offered: &AvailableCommand| {
        let mut shown = command(offered);
        let record = &offered.record;
        let arguments: Vec<Value> = record.arguments.iter().map(argument).collect();
        shown["autocomplete_data"] = json!({
            "Trigger": record.trigger, "Hint": record.hint, "HelpText": record.help, "RoleID": "",
            "Arguments": arguments, "SubCommands": [],
        });
        shown
    };
    Ok(list_of(&app.commands.available(), with_data))
}

/// `GET /teams/{team_id}/commands/autocomplete_suggestions?user_input=`.
pub(in crate::http) async fn suggestions(
    State(app): State<App>,
    session: Session,
    Path(team): Path<String>,
    query: Query,
) -> Result<Json<Value>, Problem> {
    let team: TeamId = params::id("team_id", &team)?;
    app.chat.enter_team(session.user(), &team).await?;
    let missing = || Problem::parameter("user_input", "send the line as it was typed so far");
    let typed = query.get("user_input").ok_or_else(missing)?;
    let shown = |one: &Suggestion| {
        json!({
            "Complete": one.complete, "Suggestion": one.suggestion, "Hint": one.hint,
            "Description": one.description, "IconData": "",
        })
    };
    Ok(list_of(&app.commands.suggestions(&typed), shown))
}

/// A plugin's command as the wire has commands: what only its owner may know is empty.
fn command(offered: &AvailableCommand) -> Value {
    let record = &offered.record;
    json!({
        "id": "", "token": "", "create_at": offered.create_at, "update_at": offered.update_at, "delete_at": 0,
        "creator_id": "", "team_id": "", "trigger": record.trigger, "method": "", "username": "",
        "icon_url": "", "auto_complete": true, "auto_complete_desc": record.help,
        "auto_complete_hint": record.hint, "display_name": record.trigger, "description": record.help,
        "url": "", "plugin_id": offered.plugin,
    })
}

fn argument(argument: &ArgumentRecord) -> Value {
    let items = |texts: &[String]| -> Vec<Value> {
        texts.iter().map(|text| json!({"Item": text, "Hint": "", "HelpText": ""})).collect()
    };
    let (kind, data) = match argument.kind {
        ArgumentKind::Choice => ("StaticList", json!({"PossibleArguments": items(&argument.choices)})),
        ArgumentKind::Boolean => {
            let both = ["true".to_owned(), "false".to_owned()];
            ("StaticList", json!({"PossibleArguments": items(&both)}))
        }
        _ => ("TextInput", json!({"Hint": hint(argument), "Pattern": ""})),
    };
    json!({"Name": "", "HelpText": argument.name, "Type": kind, "Required": argument.required, "Data": data})
}

fn wire(answer: &Answer) -> Value {
    let response_type = match answer.visibility {
        Some(Visibility::InChannel) => "in_channel",
        Some(Visibility::Ephemeral) => "ephemeral",
        None => "",
    };
    json!({
        "response_type": response_type, "text": answer.text, "username": "", "channel_id": "", "icon_url": "",
        "type": "", "props": {}, "goto_location": answer.goto_url.as_deref().unwrap_or_default(),
        "trigger_id": random_id(), "skip_slack_parsing": false, "attachments": null, "extra_responses": null,
    })
}
