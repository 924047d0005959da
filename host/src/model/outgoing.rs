//! Outgoing webhooks: which posts are sent to which addresses.

use super::{ChannelId, EndpointId, OutgoingHookId, TeamId, Timestamp, UserId};

/// A rule that sends posts of public channels to other servers.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct OutgoingHook {
    pub id: OutgoingHookId,
    /// The author of the messages that receivers respond with.
    pub creator_id: UserId,
    pub team_id: TeamId,
    /// None for all public channels of the team.
    pub channel_id: Option<ChannelId>,
    pub display_name: String,
    pub description: String,
    /// The name under which responses are posted; empty for the default.
    pub username: String,
    pub icon_url: String,
    /// Bodies are JSON if this is `application/json`, else a form.
    pub content_type: String,
    /// Empty for every post of the channel.
    #[sqlx(json)]
    pub trigger_words: Vec<String>,
    pub trigger_when: TriggerWhen,
    #[sqlx(json)]
    pub callback_urls: Vec<String>,
    /// The text that the body proves its sender with, sealed.
    pub sealed_token: Vec<u8>,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub delete_at: Timestamp,
}

/// How a message is compared with trigger words. The numbers are the wire's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type)]
#[repr(i64)]
pub enum TriggerWhen {
    /// Its first word is a trigger word.
    #[default]
    Equals = 0,
    /// Its first word begins with a trigger word.
    StartsWith = 1,
}

/// One address of a hook.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct HookEndpoint {
    pub id: EndpointId,
    pub hook_id: OutgoingHookId,
    pub url: String,
    /// The secret that signs requests, sealed.
    pub sealed_secret: Vec<u8>,
    /// The secret before the last rotation. It signs too until `previous_until`.
    pub sealed_previous: Option<Vec<u8>>,
    pub previous_until: Timestamp,
    /// Since when every attempt has failed; never while the last one succeeded.
    pub failing_since: Timestamp,
    /// While it is disabled, its deliveries are held.
    pub disabled_at: Timestamp,
    pub disabled_reason: String,
    pub create_at: Timestamp,
    /// When the address was taken off its hook.
    pub delete_at: Timestamp,
}

/// What posting needs to know of a team's hooks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TeamTriggers {
    pub hooks: Vec<HookTrigger>,
}

/// When one hook fires, and where to.
#[derive(Debug, Clone, PartialEq)]
pub struct HookTrigger {
    pub hook_id: OutgoingHookId,
    pub channel_id: Option<ChannelId>,
    pub trigger_words: Vec<String>,
    pub trigger_when: TriggerWhen,
    /// The addresses, and whether each is disabled.
    pub endpoints: Vec<(EndpointId, bool)>,
}

impl TriggerWhen {
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Equals, Self::StartsWith].into_iter().find(|when| when.number() == number)
    }

    pub fn number(self) -> i64 {
        self as i64
    }
}

impl HookTrigger {
    /// Returns the trigger word with which a message in a channel fires the hook; empty if the hook has none. None if
    /// the hook does not fire.
    pub fn fired_by(&self, channel: &ChannelId, message: &str) -> Option<&str> {
        if self.channel_id.as_ref().is_some_and(|own| own != channel) {
            return None;
        }
        if self.trigger_words.is_empty() {
            return self.channel_id.is_some().then_some("");
        }
        let first = message.split_whitespace().next()?;
        let fires = |word: &&String| match self.trigger_when {
            TriggerWhen::Equals => first == word.as_str(),
            TriggerWhen::StartsWith => first.starts_with(word.as_str()),
        };
        self.trigger_words.iter().find(fires).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T: TryFrom<String, Error: std::fmt::Debug>>(letter: &str) -> T {
        T::try_from(letter.repeat(26)).unwrap()
    }

    fn trigger(words: &[&str], trigger_when: TriggerWhen, channel: Option<&str>) -> HookTrigger {
        HookTrigger {
            hook_id: id("h"),
            channel_id: channel.map(id),
            trigger_words: words.iter().map(|word| (*word).to_owned()).collect(),
            trigger_when,
            endpoints: Vec::new(),
        }
    }

    #[test]
    fn only_the_first_word_fires_and_its_case_counts() {
        let build = trigger(&["#build", "two words"], TriggerWhen::Equals, None);
        for (message, word) in [
            ("#build now", Some("#build")),
            (" \t\n#build\u{a0}now", Some("#build")),
            ("please #build", None),
            ("#Build", None),
            ("#builds", None),
            ("two words", None),
            ("", None),
        ] {
            assert_eq!(build.fired_by(&id("c"), message), word, "{message:?}");
        }
    }

    #[test]
    fn the_first_word_of_the_list_that_matches_is_reported() {
        let gif = trigger(&["gi", "gif"], TriggerWhen::StartsWith, None);
        assert_eq!(gif.fired_by(&id("c"), "gifs cat"), Some("gi"));
        assert_eq!(gif.fired_by(&id("c"), "agif"), None);
    }

    #[test]
    fn a_hook_of_a_channel_fires_there_alone() {
        let all = trigger(&[], TriggerWhen::Equals, Some("c"));
        assert_eq!(all.fired_by(&id("c"), ""), Some(""));
        assert_eq!(all.fired_by(&id("d"), "x"), None);
        assert_eq!(trigger(&[], TriggerWhen::Equals, None).fired_by(&id("c"), "x"), None);
    }

    #[test]
    fn only_two_numbers_say_when_a_word_fires() {
        let found: Vec<Option<i64>> =
            (-1..3).map(|number| TriggerWhen::from_number(number).map(TriggerWhen::number)).collect();
        assert_eq!(found, [None, Some(0), Some(1), None]);
    }
}
