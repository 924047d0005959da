//! Replies and refusals as bytes. Pure.

use serde_json::Value;

use super::php::{BadQuery, json_text};
use super::refusal::{Language, Refusal};
use super::rejection::Rejection;

/// The reply of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Names by gid or number.
    Data(Vec<(String, String)>),
    /// The message was sent; these recipients were unknown.
    Done {
        ignored: Vec<Value>,
    },
    Failed {
        rejection: Rejection,
        ignored: Vec<Value>,
    },
}

impl Reply {
    pub(super) fn failed(rejection: Rejection) -> Self {
        Self::failed_for(rejection, Vec::new())
    }

    pub(super) fn failed_for(rejection: Rejection, ignored: Vec<Value>) -> Self {
        Self::Failed { rejection, ignored }
    }

    /// Writes the reply as JSON. The PHP addresses send it as PHP would write it.
    pub fn render(&self, is_direct: bool, language: Language) -> String {
        let text = if is_direct { plain_text } else { json_text };
        match self {
            // PHP writes an empty map as an empty list.
            Self::Data(data) if data.is_empty() && !is_direct => {
                r#"{"result":"success","data":[]}"#.to_owned()
            }
            Self::Data(data) => {
                let pairs: Vec<String> =
                    data.iter().map(|(key, name)| format!("{}:{}", text(key), text(name))).collect();
                format!(r#"{{"result":"success","data":{{{}}}}}"#, pairs.join(","))
            }
            Self::Done { ignored } => with_ignored(r#"{"result":"success","message":"""#, ignored, text),
            Self::Failed { rejection, ignored } => {
                let head = format!(r#"{{"result":"fail","message":{}"#, text(&rejection.text(language)));
                with_ignored(&head, ignored, text)
            }
        }
    }
}

impl Refusal {
    /// Writes the refusal as JSON. Early refusals contain only their name, others their number and text. A malformed
    /// query gets plain text.
    pub fn render(&self, is_direct: bool, language: Language) -> String {
        if is_direct {
            return format!(r#"{{"result":"fail","message":{}}}"#, plain_text(&self.text(language)));
        }
        if matches!(self, Self::Query(BadQuery::NotText | BadQuery::TooMany)) {
            return "Bad Request!".to_owned();
        }
        if self.is_early() {
            return format!(r#"{{"error":"{}"}}"#, self.reason());
        }
        format!(r#"{{"errcode":{},"errmsg":{}}}"#, self.number(), plain_text(&self.text(language)))
    }
}

/// Closes a reply. Names the recipients that were left out, if any.
fn with_ignored(head: &str, ignored: &[Value], text: fn(&str) -> String) -> String {
    if ignored.is_empty() {
        return format!("{head}}}");
    }
    let list: Vec<String> = ignored
        .iter()
        .map(|value| match value {
            Value::String(name) => text(name),
            Value::Number(number) => number.to_string(),
            other => text(&other.to_string()),
        })
        .collect();
    format!(r#"{head},"ignored":[{}]}}"#, list.join(","))
}

fn plain_text(text: &str) -> String {
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn replies_match_the_original_byte_for_byte() {
        let data = Reply::Data(vec![("1".to_owned(), "张/三".to_owned())]);
        let (php, direct) = (
            |reply: &Reply| reply.render(false, Language::English),
            |reply: &Reply| reply.render(true, Language::English),
        );
        assert_eq!(php(&data), r#"{"result":"success","data":{"1":"\u5f20\/\u4e09"}}"#);
        assert_eq!(direct(&data), r#"{"result":"success","data":{"1":"张/三"}}"#);
        let none = Reply::Data(vec![]);
        assert_eq!(php(&none), r#"{"result":"success","data":[]}"#);
        assert_eq!(direct(&none), r#"{"result":"success","data":{}}"#);
        let done = Reply::Done { ignored: vec![] };
        assert_eq!(php(&done), r#"{"result":"success","message":""}"#);
        let some = Reply::Done { ignored: vec![json!(7), json!("tom"), json!([1])] };
        assert_eq!(php(&some), r#"{"result":"success","message":"","ignored":[7,"tom","[1]"]}"#);
        let failed = Reply::failed(Rejection::NoTitle);
        assert_eq!(php(&failed), r#"{"result":"fail","message":"Notification title not set."}"#);
    }

    #[test]
    fn refusals_match_the_original_byte_for_byte() {
        let php = |refusal: Refusal, language| refusal.render(false, language);
        assert_eq!(php(Refusal::NoToken, Language::Chinese), r#"{"error":"PARAM_TOKEN_MISSING"}"#);
        let english = php(Refusal::WrongToken, Language::English);
        assert_eq!(english, r#"{"errcode":401,"errmsg":"Invalid token."}"#);
        let chinese = php(Refusal::UnknownCode, Language::Chinese);
        assert_eq!(chinese, r#"{"errcode":404,"errmsg":"应用不存在"}"#);
        let direct = Refusal::WrongToken.render(true, Language::English);
        assert_eq!(direct, r#"{"result":"fail","message":"Invalid token."}"#);
    }
}
