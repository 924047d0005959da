//! What a connection may ask to hear of besides the events that every client of the wire knows. Clients that do not
//! ask never see those.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};

/// Something to watch. A new one needs its name here, and a rule for who may watch it where clients ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// One's own notices.
    Notice,
}

const ALL: [(&str, Topic); 1] = [("notice", Topic::Notice)];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no topic `{0}`; there is `notice`")]
pub struct UnknownTopic(String);

/// The topics one connection watches. They outlive its socket, as the connection does.
#[derive(Debug, Default)]
pub(super) struct Watched(AtomicU32);

// === impl Topic ===

impl Topic {
    fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(text: &str) -> Result<Self, UnknownTopic> {
        let found = ALL.iter().find(|(name, _)| *name == text).map(|(_, topic)| *topic);
        found.ok_or_else(|| UnknownTopic(text.chars().take(64).collect()))
    }
}

// === impl Watched ===

impl Watched {
    pub(super) fn set(&self, topic: Topic, watched: bool) {
        if watched {
            self.0.fetch_or(topic.bit(), Ordering::Relaxed);
        } else {
            self.0.fetch_and(!topic.bit(), Ordering::Relaxed);
        }
    }

    pub(super) fn has(&self, topic: Topic) -> bool {
        self.0.load(Ordering::Relaxed) & topic.bit() != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_watched_until_it_is_not() {
        let watched = Watched::default();
        assert!(!watched.has(Topic::Notice));
        watched.set(Topic::Notice, true);
        watched.set(Topic::Notice, true);
        assert!(watched.has(Topic::Notice));
        watched.set(Topic::Notice, false);
        assert!(!watched.has(Topic::Notice));
    }

    #[test]
    fn an_unknown_topic_is_named_and_so_is_what_there_is() {
        for (name, topic) in ALL {
            assert_eq!(name.parse(), Ok(topic));
        }
        let error = "weather".parse::<Topic>().unwrap_err().to_string();
        assert_eq!(error, "there is no topic `weather`; there is `notice`");
    }
}
