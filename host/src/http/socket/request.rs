//! A client's requests on the socket, and the replies; replies carry no event number.

use axum::extract::ws::Message;
use serde_json::{Map, Value, json};

use crate::http::json::Json;
use crate::http::problem::Problem;

/// What a frame was.
pub(super) enum Heard {
    Request(Request),
    /// Pings, pongs and the like, which the protocol answers by itself.
    Nothing,
    /// No request at all: the socket is closed.
    Nonsense,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Request {
    pub(super) seq: i64,
    pub(super) action: String,
    pub(super) data: Map<String, Value>,
}

impl Heard {
    pub(super) fn of(message: &Message) -> Self {
        match message {
            Message::Text(text) => {
                serde_json::from_str(text).map_or(Self::Nonsense, |Json(request)| Self::Request(request))
            }
            Message::Binary(_) => Self::Nonsense,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Self::Nothing,
        }
    }
}

impl Request {
    /// The reply to a request whose `seq` is not valid; this is checked before anything else.
    pub(super) fn misnumbered(&self) -> Option<String> {
        (self.seq <= 0).then(|| {
            self.fail(400, "api.web_socket_router.bad_seq.app_error", "`seq` must be greater than 0")
        })
    }

    pub(super) fn fail(&self, status: u16, id: &str, message: &str) -> String {
        let error = json!({"id": id, "message": message, "detailed_error": "", "status_code": status});
        json!({"status": "FAIL", "seq_reply": self.seq, "error": error}).to_string()
    }

    /// What the same mistake would be answered over REST.
    pub(super) fn refuse(&self, problem: &Problem) -> String {
        problem.log(&self.action, &axum::http::Method::GET, "/api/v4/websocket");
        json!({"status": "FAIL", "seq_reply": self.seq, "error": problem.object()}).to_string()
    }
}

pub(super) fn ok(seq: i64, data: Option<Value>) -> String {
    let mut reply = json!({"status": "OK", "seq_reply": seq});
    if let Some(data) = data {
        reply["data"] = data;
    }
    reply.to_string()
}
