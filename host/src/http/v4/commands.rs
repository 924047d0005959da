//! `POST /commands/execute`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::command::{Answer, Typed};
use crate::http::auth::Session;
use crate::http::json::{self as body, nullable};
use crate::http::problem::Problem;
use crate::model::Visibility;
use crate::secret::random_id;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::http) struct Asked {
    #[serde(deserialize_with = "nullable")]
    channel_id: String,
    #[serde(deserialize_with = "nullable")]
    root_id: String,
    #[serde(deserialize_with = "nullable")]
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
