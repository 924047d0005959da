//! Bridges: a web request that another service sent, and the messages it becomes.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::failure::Result;
use crate::message::Message;

/// A web request that another service sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The bridge it was sent to.
    pub bridge: String,
    /// `POST`, in most cases.
    pub method: String,
    /// The part of the address after the `?`, still encoded.
    pub query: String,
    /// The headers, in order; names keep the case they arrived in.
    pub headers: Vec<(String, String)>,
    /// The body as it arrived.
    pub body: Vec<u8>,
    /// The verifier that proved the sender, if one did.
    pub verified_by: Option<String>,
}

/// The outcome of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Posted to the hook's channel, in order.
    pub messages: Vec<Message>,
    /// Why nothing is posted; this is counted and is not a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignored: Option<String>,
    /// The status of the response; 200 if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The body of the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Request {
    /// Returns the first header with this name, ignoring case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Outcome {
    /// Posts these messages, in order.
    pub fn messages<M: Into<Message>>(messages: impl IntoIterator<Item = M>) -> Self {
        Self { messages: messages.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    /// Posts this message.
    pub fn message(message: impl Into<Message>) -> Self {
        Self { messages: vec![message.into()], ..Self::default() }
    }

    /// Posts nothing, for this reason.
    pub fn ignored(reason: impl Into<String>) -> Self {
        Self { ignored: Some(reason.into()), ..Self::default() }
    }

    /// Responds with this status instead of 200.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Responds with this body instead of none.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[test]
    fn headers_are_found_in_any_case() {
        let request =
            Request { headers: vec![("x-github-event".into(), "push".into())], ..Request::default() };
        assert_eq!(request.header("X-GitHub-Event"), Some("push"));
        assert_eq!(request.header("X-Other"), None);
    }

    #[test]
    fn a_body_that_does_not_fit_is_fatal() {
        let request = Request { body: b"[]".to_vec(), ..Request::default() };
        let fault = request.json::<u8>().unwrap_err();
        assert!(
            matches!(&fault, Failure::Fatal(text) if text.contains("invalid type: sequence")),
            "{fault:?}"
        );
    }
}
