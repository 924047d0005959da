//! `log`: bounded, and passed on to the server's own log at once, so that it is there however the call ends.

use tracing::field::debug;

use crate::runtime::bindings::jackfield::plugin::log::{Host, Level, Pair};
use crate::runtime::call::State;
use crate::runtime::fault::cut;
use crate::runtime::limits::{MAX_LOG_FIELDS, MAX_LOG_LINE, MAX_LOG_LINES};

/// What the server's log calls the lines of plugins, so that an operator can choose their levels.
pub(in crate::runtime) const TARGET: &str = "jackfield::plugin";

impl Host for State {
    async fn log(&mut self, level: Level, message: String, fields: Vec<Pair>) -> wasmtime::Result<()> {
        let (plugin, call) = (&self.call.plugin, &self.call.id);
        self.logged = self.logged.saturating_add(1);
        if self.logged > MAX_LOG_LINES {
            // Said once.
            if self.logged == MAX_LOG_LINES + 1 {
                tracing::warn!(target: TARGET, %plugin, call, most = MAX_LOG_LINES, "further lines of this call are dropped");
            }
            return Ok(());
        }
        let text = cut(&message, MAX_LOG_LINE);
        let fields = kept(&fields, MAX_LOG_LINE.saturating_sub(text.len()));
        let fields = (!fields.is_empty()).then(|| debug(&fields));
        // Its words are quoted values: they cannot pass for a line of the server's own.
        macro_rules! say {
            ($level:ident) => {
                tracing::$level!(target: TARGET, %plugin, call, text, fields, "a plugin says")
            };
        }
        match level {
            Level::Trace => say!(trace),
            Level::Debug => say!(debug),
            Level::Info => say!(info),
            Level::Warn => say!(warn),
            Level::Error => say!(error),
        }
        Ok(())
    }
}

/// The first fields, as far as they fit into so many bytes.
fn kept(fields: &[Pair], mut room: usize) -> Vec<(&str, &str)> {
    let fits = |pair: &&Pair| {
        let left = room.checked_sub(pair.key.len() + pair.value.len());
        room = left.unwrap_or_default();
        left.is_some()
    };
    let fields = fields.iter().take(MAX_LOG_FIELDS).take_while(fits);
    fields.map(|pair| (pair.key.as_str(), pair.value.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_kept_while_there_is_room() {
        let pair = |key: &str, size: usize| Pair { key: key.to_owned(), value: "x".repeat(size) };
        assert_eq!(kept(&[pair("a", 3), pair("b", 7)], 11), [("a", "xxx")]);
        assert_eq!(kept(&[pair("a", 3), pair("b", 6)], 11), [("a", "xxx"), ("b", "xxxxxx")]);
        assert_eq!(kept(&vec![pair("", 0); MAX_LOG_FIELDS + 1], 11).len(), MAX_LOG_FIELDS);
    }
}
