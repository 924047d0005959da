//! A user's custom status: an emoji and a short text, possibly until a moment. It is a text of JSON in the account's
//! `props`, as clients read it there, and the latest ones are a preference.

use serde::{Deserialize, Serialize};

/// The key of the status in an account's `props`.
pub const CUSTOM_STATUS: &str = "customStatus";

/// Category and name of the preference with the latest statuses.
pub const RECENT_STATUSES: (&str, &str) = ("custom_status", "recent_custom_statuses");

/// Most statuses that are kept as the latest ones. The oldest is dropped.
const MAX_RECENT: usize = 5;

/// The moment of a status without an end, as clients expect it.
pub const NO_END: &str = "0001-01-01T00:00:00Z";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CustomStatus {
    pub emoji: String,
    pub text: String,
    /// How the user chose the end, such as `one_hour`; empty for a status without an end.
    pub duration: String,
    /// When it ends, in RFC 3339; [`NO_END`] if it does not.
    pub expires_at: String,
}

impl Default for CustomStatus {
    fn default() -> Self {
        Self {
            emoji: String::new(),
            text: String::new(),
            duration: String::new(),
            expires_at: NO_END.to_owned(),
        }
    }
}

/// The latest statuses of a user, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecentStatuses(Vec<CustomStatus>);

impl RecentStatuses {
    /// Reads the value of the preference. A value that a client spoiled counts as empty.
    pub fn read(value: &str) -> Self {
        Self(serde_json::from_str(value).unwrap_or_default())
    }

    /// Adds a status in front, and removes an earlier one with the same emoji and text.
    pub fn add(&mut self, status: CustomStatus) {
        self.remove(&status.emoji, &status.text);
        self.0.insert(0, status);
        self.0.truncate(MAX_RECENT);
    }

    /// Removes a status. Returns whether it was there.
    pub fn remove(&mut self, emoji: &str, text: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|one| one.emoji != emoji || one.text != text);
        self.0.len() < before
    }

    /// Returns the value of the preference. At most [`MAX_RECENT`] short statuses fit into any preference.
    pub fn to_value(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> CustomStatus {
        CustomStatus { emoji: "tea".to_owned(), text: text.to_owned(), ..CustomStatus::default() }
    }

    #[test]
    fn the_latest_statuses_are_few_and_each_is_there_once() {
        let mut recent = RecentStatuses::read("no list");
        for text in ["1", "2", "3", "4", "5", "6", "4"] {
            recent.add(status(text));
        }
        let texts: Vec<&str> = recent.0.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["4", "6", "5", "3", "2"]);
        assert!(recent.remove("tea", "5") && !recent.remove("tea", "5"));
        assert_eq!(RecentStatuses::read(&recent.to_value()), recent);
    }
}
