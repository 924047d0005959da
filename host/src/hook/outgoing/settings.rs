//! What the managers of an outgoing webhook set, and the limits of it.

use super::OutgoingError;
use crate::model::{ChannelId, MAX_ICON_URL, TriggerWhen, is_web_link};

/// Longest list of words or URLs, in bytes of its texts with a space after each and brackets around them.
const MAX_LIST: usize = 1024;

/// What the managers of a hook set.
#[derive(Debug, Clone, Default)]
pub struct OutgoingSettings {
    /// None for all public channels of the team.
    pub channel_id: Option<ChannelId>,
    pub display_name: String,
    pub description: String,
    /// The name under which responses are posted; empty for the default.
    pub username: String,
    pub icon_url: String,
    pub content_type: String,
    pub trigger_words: Vec<String>,
    pub trigger_when: i64,
    pub callback_urls: Vec<String>,
}

impl OutgoingSettings {
    /// Checks everything that needs no other row, and returns when the words fire.
    pub(super) fn check(&self) -> Result<TriggerWhen, OutgoingError> {
        if self.channel_id.is_none() && self.trigger_words.is_empty() {
            return Err(OutgoingError::NoTriggers);
        }
        for (field, text, limit) in [
            ("display_name", &self.display_name, 64),
            ("description", &self.description, 500),
            ("username", &self.username, 64),
            ("icon_url", &self.icon_url, MAX_ICON_URL),
            ("content_type", &self.content_type, 128),
        ] {
            if text.len() > limit {
                return Err(invalid(field, format!("at most {limit} bytes")));
            }
        }
        if !self.icon_url.is_empty() && !is_web_link(&self.icon_url) {
            return Err(invalid("icon_url", "it must begin with `http://` or `https://`"));
        }
        if self.trigger_words.iter().any(String::is_empty) {
            return Err(invalid("trigger_words", "a trigger word must not be empty"));
        }
        if printed_length(&self.trigger_words) > MAX_LIST {
            return Err(invalid("words", format!("at most {MAX_LIST} bytes of trigger words")));
        }
        if self.callback_urls.is_empty() || printed_length(&self.callback_urls) > MAX_LIST {
            return Err(invalid("callback_urls", format!("1 or more addresses, at most {MAX_LIST} bytes")));
        }
        if let Some(url) = self.callback_urls.iter().find(|url| !is_web_link(url)) {
            let reason = format!("`{url}` must begin with `http://` or `https://` and name a host");
            return Err(invalid("url", reason));
        }
        TriggerWhen::from_number(self.trigger_when)
            .ok_or_else(|| invalid("trigger_when", "0 (the first word) or 1 (how the first word begins)"))
    }

    /// Whether another hook of the same channel has one of these words and one of these addresses.
    pub(super) fn overlaps(&self, words: &[String], urls: &[String]) -> bool {
        self.trigger_words.iter().any(|word| words.contains(word))
            && self.callback_urls.iter().any(|url| urls.contains(url))
    }
}

fn invalid(field: &'static str, reason: impl Into<String>) -> OutgoingError {
    OutgoingError::Invalid { field, reason: reason.into() }
}

/// Returns how long a list is in Mattermost's count: its texts between brackets, separated by spaces.
fn printed_length(list: &[String]) -> usize {
    list.iter().map(|text| text.len() + 1).sum::<usize>() + 1
}
