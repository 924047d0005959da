//! `GET /system/ping`.

use axum::Json;
use axum::extract::{RawQuery, State};
use serde_json::{Value, json};

use crate::app::App;

/// Says OK; with `get_server_status=true` also whether the database answers.
pub(in crate::http) async fn ping(State(app): State<App>, RawQuery(query): RawQuery) -> Json<Value> {
    let mut answer = json!({"status": "OK", "ActiveSearchBackend": "database"});
    if query.is_some_and(|query| query.contains("get_server_status=true")) {
        let state = if app.store.ping().await.is_ok() { "OK" } else { "UNHEALTHY" };
        answer["database_status"] = json!(state);
        answer["status"] = json!(state);
    }
    Json(answer)
}
