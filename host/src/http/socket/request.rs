//! Requests that clients send on the socket, and the replies, which carry no event number.

use axum::extract::ws::Message;
use serde_json::{Map, Value, json};

use crate::http::json::Json;
use crate::http::problem::Problem;
use crate::json;

/// A frame that a client sent.
pub(super) enum ClientFrame {
    Request(SocketRequest),
    /// A ping, a pong or a close, which the library handles.
    Control,
    /// Not a request. The socket is closed.
    Malformed,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct SocketRequest {
    pub(super) seq: i64,
    pub(super) action: String,
    pub(super) data: Map<String, Value>,
}

impl ClientFrame {
    pub(super) fn of(message: &Message) -> Self {
        match message {
            Message::Text(text) => {
                json::first(text.as_bytes()).map_or(Self::Malformed, |Json(request)| Self::Request(request))
            }
            Message::Binary(_) => Self::Malformed,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Self::Control,
        }
    }
}

impl SocketRequest {
    /// Replies to a request whose `seq` is not valid, which is checked before anything else.
    pub(super) fn check_seq(&self) -> Option<String> {
        (self.seq <= 0).then(|| {
            self.fail(400, "api.web_socket_router.bad_seq.app_error", "`seq` must be greater than 0")
        })
    }

    pub(super) fn fail(&self, status: u16, id: &str, message: &str) -> String {
        let error = json!({"id": id, "message": message, "detailed_error": "", "status_code": status});
        json!({"status": "FAIL", "seq_reply": self.seq, "error": error}).to_string()
    }

    /// Replies with the error that REST would return.
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
