//! What all calls of one plugin share, whatever its version: how many run at once, and how much they log.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Semaphore;

use super::limits::MAX_LOG_RATE;
use crate::model::{PluginId, Timestamp};

pub(super) struct Share {
    plugin: PluginId,
    /// A permit for each call that may run at once.
    pub(super) calls: Semaphore,
    /// A std mutex, because it is held briefly and never across an await.
    logged: Mutex<LogSecond>,
}

/// The shares of the plugins that are loaded, by id, so that an upgraded plugin keeps its share.
#[derive(Default)]
pub(super) struct Shares(Mutex<HashMap<PluginId, Weak<Share>>>);

/// The log target of plugins' lines, so that an operator can set their level.
pub(super) const TARGET: &str = "jackfield::plugin";

/// Bytes of a line beside its texts: the time, the level, and the ids of plugin and call.
const LINE: usize = 200;

/// Whether a line may be logged now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Admission {
    Granted,
    /// Not before the next second. The first refusal in a second is logged.
    FirstRefused,
    Refused,
}

/// What was logged in one second.
#[derive(Debug, Default)]
struct LogSecond {
    second: i64,
    bytes: usize,
    has_refused: bool,
}

impl Share {
    /// Whether a line with these texts may be logged now. Every line that a call of the plugin can cause is counted,
    /// because a plugin may fail or crash at each call.
    pub(super) fn may_log<'a>(&self, texts: impl IntoIterator<Item = &'a str>, now: Timestamp) -> bool {
        let bytes = LINE + texts.into_iter().map(escaped).sum::<usize>();
        let admission = self.admit(bytes, now);
        if admission == Admission::FirstRefused {
            let plugin = &self.plugin;
            tracing::warn!(target: TARGET, %plugin, most = MAX_LOG_RATE, "further lines of this second are dropped");
        }
        admission == Admission::Granted
    }

    fn admit(&self, bytes: usize, now: Timestamp) -> Admission {
        let second = now.as_millis() / 1000;
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.second != second {
            *logged = LogSecond { second, ..LogSecond::default() };
        }
        if logged.bytes + bytes <= MAX_LOG_RATE {
            logged.bytes += bytes;
            return Admission::Granted;
        }
        if std::mem::replace(&mut logged.has_refused, true) {
            Admission::Refused
        } else {
            Admission::FirstRefused
        }
    }
}

/// Returns how many bytes a text has when control characters and quotation marks are escaped, as the log does.
fn escaped(text: &str) -> usize {
    text.escape_debug().map(char::len_utf8).sum()
}

impl Shares {
    /// Returns the plugin's share, which allows this many calls at once if it is new.
    pub(super) fn of(&self, plugin: &PluginId, calls: usize) -> Arc<Share> {
        let mut shares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(plugin).and_then(Weak::upgrade) {
            return share;
        }
        shares.retain(|_, share| share.strong_count() > 0);
        let (calls, logged) = (Semaphore::new(calls), Mutex::default());
        let share = Arc::new(Share { plugin: plugin.clone(), calls, logged });
        shares.insert(plugin.clone(), Arc::downgrade(&share));
        share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plugin_logs_is_limited_per_second() {
        let (shares, at) = (Shares::default(), Timestamp::from_millis);
        let share = shares.of(&"com.acme.a".parse().unwrap(), 1);
        assert_eq!(share.admit(MAX_LOG_RATE, at(1000)), Admission::Granted);
        assert_eq!(share.admit(1, at(1500)), Admission::FirstRefused);
        assert_eq!(share.admit(1, at(1999)), Admission::Refused);
        assert_eq!(share.admit(1, at(2000)), Admission::Granted);
        let other = shares.of(&"com.acme.b".parse().unwrap(), 1);
        assert_eq!(other.admit(1, at(1999)), Admission::Granted);
    }
}
