//! Reads a delivery: which event it is, and its payload. GitHub sends JSON, or a form that contains the JSON, depending
//! on how the hook is set up.

use jackfield_sdk::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::lean::Lean;
use crate::outcome::not_shown;
use crate::{issue_comment, issues, ping, pull_request, push, release, workflow_run};

/// GitHub's default content type.
const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn answer(ctx: &Ctx, request: &Request) -> Result<Outcome> {
    let Some(event) = request.header("X-GitHub-Event") else {
        bail_user!("the request has no X-GitHub-Event header: only GitHub webhooks belong here");
    };
    let payload = payload(request)?;
    match event {
        "push" => push::outcome(ctx, &read(event, payload)?),
        "pull_request" => pull_request::outcome(ctx, &read(event, payload)?),
        "issues" => issues::outcome(ctx, &read(event, payload)?),
        "issue_comment" => issue_comment::outcome(ctx, &read(event, payload)?),
        "release" => release::outcome(ctx, &read(event, payload)?),
        "workflow_run" => workflow_run::outcome(ctx, &read(event, payload)?),
        "ping" => ping::outcome(ctx, &read(event, payload)?),
        _ => Ok(not_shown(event, payload["action"].as_str().unwrap_or_default())),
    }
}

fn payload(request: &Request) -> Result<Value> {
    let form = request.header("Content-Type").is_some_and(|kind| kind.trim().starts_with(FORM));
    let parsed = if form {
        let Some(json) = form_field(&request.body, b"payload=") else {
            bail_user!(
                "the form has no field `payload`: set the content type of the hook to application/json"
            );
        };
        serde_json::from_slice(&json)
    } else {
        serde_json::from_slice(&request.body)
    };
    match parsed {
        Ok(Lean(payload @ Value::Object(_))) => Ok(payload),
        Ok(_) => Err(Failure::User("the payload is JSON, but not an object".into())),
        Err(fault) => Err(Failure::User(format!("the payload is not JSON: {fault}"))),
    }
}

fn read<T: DeserializeOwned>(event: &str, payload: Value) -> Result<T> {
    T::deserialize(payload)
        .map_err(|fault| Failure::User(format!("this is not the payload of a {event} event: {fault}")))
}

/// Returns the decoded value of the field that starts with these bytes.
fn form_field(body: &[u8], start: &[u8]) -> Option<Vec<u8>> {
    let value = body.split(|byte| *byte == b'&').find_map(|field| field.strip_prefix(start))?;
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [byte, tail @ ..] = rest {
        rest = tail;
        decoded.push(match (byte, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                rest = after;
                hex(*high) << 4 | hex(*low)
            }
            _ => *byte,
        });
    }
    Some(decoded)
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_fields_are_decoded_byte_by_byte() {
        let field = |body: &str| form_field(body.as_bytes(), b"payload=").map(String::from_utf8);
        assert_eq!(
            field("a=1&payload=%7B%22x%22%3A+%22%C3%BC%2b%22%7D&b=2"),
            Some(Ok("{\"x\": \"ü+\"}".into()))
        );
        assert_eq!(field("payload=100%&b"), Some(Ok("100%".into())));
        assert_eq!(field("payload=%zz%4"), Some(Ok("%zz%4".into())));
        assert_eq!(field("payloads=1"), None);
    }
}
