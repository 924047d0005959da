//! `/me`, `/shrug`, `/code` and `/echo`.

use std::time::Duration;

use serde_json::Map;

use super::Misuse;
use crate::command::posting::new_post;
use crate::command::{Commands, ExecuteResponse, Invocation};

/// What `/shrug` adds. Markdown needs the backslashes.
const SHRUG: &str = r"¯\\\_(ツ)\_/¯";

/// The longest time after which `/echo` posts, in seconds.
const MAX_DELAY: u64 = 10_000;

/// What the caller does, in the third person. Clients draw it from the kind.
pub(super) fn me(text: &str) -> ExecuteResponse {
    let props = Map::from_iter([("message".to_owned(), text.into())]);
    ExecuteResponse {
        kind: "me".to_owned(),
        props: Some(props),
        ..ExecuteResponse::in_channel(format!("*{text}*"))
    }
}

pub(super) fn shrug(text: &str) -> ExecuteResponse {
    ExecuteResponse::in_channel(if text.is_empty() { SHRUG.to_owned() } else { format!("{text} {SHRUG}") })
}

/// Indents each line as code of Markdown.
pub(super) fn code(text: &str) -> Result<ExecuteResponse, Misuse> {
    if text.is_empty() {
        return Err(Misuse::text("write the text after the command"));
    }
    let text = format!("    {}", text.replace('\n', "\n    "));
    Ok(ExecuteResponse { skip_slack_parsing: true, ..ExecuteResponse::in_channel(text) })
}

impl Commands {
    /// Posts a text for the caller, at once or after some seconds.
    pub(super) async fn echo(&self, call: &Invocation<'_>) -> Result<ExecuteResponse, Misuse> {
        let (text, delay) = delayed(call.text.trim());
        if text.is_empty() {
            return Err(Misuse::text("write the text after the command, and the seconds after it"));
        }
        if delay > MAX_DELAY {
            return Err(Misuse::text(format!("the delay is at most {MAX_DELAY} seconds")));
        }
        if delay == 0 {
            self.chat.post(call.caller, new_post(call.place, text)).await?;
        } else {
            self.chat.echo_later(call.caller, call.place, text, Duration::from_secs(delay)).await?;
        }
        Ok(ExecuteResponse::default())
    }
}

/// Splits the text of `/echo` into what it posts, without quotation marks around it, and the seconds at its end.
fn delayed(text: &str) -> (&str, u64) {
    let quoted = text.strip_prefix('"').and_then(|rest| rest.rsplit_once('"'));
    let Some((content, seconds)) = quoted.or_else(|| text.rsplit_once(' ')) else { return (text, 0) };
    match seconds.trim().parse() {
        Ok(seconds) => (content.trim(), seconds),
        Err(_) if quoted.is_some() && seconds.trim().is_empty() => (content, 0),
        Err(_) => (text, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_at_the_end_is_the_delay() {
        for (line, expected) in [
            ("hello there", ("hello there", 0)),
            ("hello 5", ("hello", 5)),
            ("\"quoted text\" 1", ("quoted text", 1)),
            ("\"quoted 7\"", ("quoted 7", 0)),
            ("x 99999", ("x", 99_999)),
            ("5", ("5", 0)),
            ("", ("", 0)),
        ] {
            assert_eq!(delayed(line), expected, "{line}");
        }
    }

    #[test]
    fn every_line_of_code_is_indented() {
        assert_eq!(code("a\nb").unwrap().text, "    a\n    b");
    }
}
