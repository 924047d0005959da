//! Events that a connection receives only on request. Clients that do not know them never receive them.

use std::str::FromStr;

/// A topic that connections can watch. A new one needs its name here, and a rule for who may watch it in the socket's
/// request handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The user's own notices.
    Notice,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no topic `{0}`; the only topic is `notice`")]
pub struct UnknownTopic(String);

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(text: &str) -> Result<Self, UnknownTopic> {
        match text {
            "notice" => Ok(Self::Notice),
            _ => Err(UnknownTopic(text.chars().take(64).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_topic_is_named_with_the_known_ones() {
        assert_eq!("notice".parse(), Ok(Topic::Notice));
        let error = "weather".parse::<Topic>().unwrap_err().to_string();
        assert_eq!(error, "there is no topic `weather`; the only topic is `notice`");
    }
}
