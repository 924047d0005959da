//! `log`: lines are bounded and written to the server's own log at once, so that they survive however the call ends.

use tracing::field::debug;
use wasmtime::component::HasData;

use crate::clock::Clock;
use crate::model::Call;
use crate::runtime::bindings::jackfield::plugin::log::{Host, Level, Pair};
use crate::runtime::fault::cut;
use crate::runtime::limits::{MAX_LOG_FIELDS, MAX_LOG_LINE, MAX_LOG_LINES};
use crate::runtime::share::{Share, TARGET};
use crate::runtime::state::State;

pub(super) struct Log<'a> {
    call: &'a Call,
    clock: &'a Clock,
    share: &'a Share,
    /// Lines logged so far.
    logged: &'a mut usize,
}

pub(super) fn view(state: &mut State) -> Log<'_> {
    Log { call: &state.call, clock: &state.clock, share: &state.share, logged: &mut state.logged }
}

impl HasData for Log<'static> {
    type Data<'a> = Log<'a>;
}

impl Host for Log<'_> {
    async fn log(&mut self, level: Level, message: String, fields: Vec<Pair>) -> wasmtime::Result<()> {
        let (plugin, call) = (&self.call.plugin, &self.call.id);
        *self.logged = self.logged.saturating_add(1);
        if *self.logged > MAX_LOG_LINES {
            // This notice is logged once.
            if *self.logged == MAX_LOG_LINES + 1 && self.share.may_log([], self.clock.now()) {
                tracing::warn!(target: TARGET, %plugin, call, most = MAX_LOG_LINES, "further lines of this call are dropped");
            }
            return Ok(());
        }
        let text = cut(&message, MAX_LOG_LINE);
        let fields = fitting(&fields, MAX_LOG_LINE.saturating_sub(text.len()));
        let texts = fields.iter().flat_map(|(key, value)| [*key, *value]).chain([text.as_str()]);
        if !self.share.may_log(texts, self.clock.now()) {
            return Ok(());
        }
        let fields = (!fields.is_empty()).then(|| debug(&fields));
        // The guest's text is a quoted value: it cannot be mistaken for one of the server's own lines.
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(target: TARGET, %plugin, call, text, fields, "a plugin says")
            };
        }
        match level {
            Level::Trace => line!(trace),
            Level::Debug => line!(debug),
            Level::Info => line!(info),
            Level::Warn => line!(warn),
            Level::Error => line!(error),
        }
        Ok(())
    }
}

/// Returns the first fields that fit into `room` bytes.
fn fitting(fields: &[Pair], mut room: usize) -> Vec<(&str, &str)> {
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
        assert_eq!(fitting(&[pair("a", 3), pair("b", 7)], 11), [("a", "xxx")]);
        assert_eq!(fitting(&[pair("a", 3), pair("b", 6)], 11), [("a", "xxx"), ("b", "xxxxxx")]);
        assert_eq!(fitting(&vec![pair("", 0); MAX_LOG_FIELDS + 1], 11).len(), MAX_LOG_FIELDS);
    }
}
