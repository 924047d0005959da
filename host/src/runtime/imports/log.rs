//! `log`: bounded, kept with the call whether it ends well or not.

use crate::model::{LogLevel, LogLine};
use crate::runtime::bindings::jackfield::plugin::log::{Host, Level, Pair};
use crate::runtime::call::State;
use crate::runtime::fault::cut;
use crate::runtime::limits::{MAX_LOG_LINE, MAX_LOG_LINES};

/// What a call logged so far.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Logs {
    lines: Vec<LogLine>,
    dropped: usize,
}

impl Logs {
    pub(in crate::runtime) fn into_lines(mut self) -> Vec<LogLine> {
        if self.dropped > 0 {
            let message = format!("{} more lines were dropped: a call may log {MAX_LOG_LINES}", self.dropped);
            self.lines.push(LogLine { level: LogLevel::Warn, message, fields: Vec::new() });
        }
        self.lines
    }

    fn push(&mut self, line: LogLine) {
        if self.lines.len() < MAX_LOG_LINES {
            self.lines.push(bounded(line));
        } else {
            self.dropped += 1;
        }
    }
}

impl Host for State {
    async fn log(&mut self, level: Level, message: String, fields: Vec<Pair>) -> wasmtime::Result<()> {
        let level = match level {
            Level::Trace => LogLevel::Trace,
            Level::Debug => LogLevel::Debug,
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        let fields = fields.into_iter().map(|pair| (pair.key, pair.value)).collect();
        self.logs.push(LogLine { level, message, fields });
        Ok(())
    }
}

/// At most [`MAX_LOG_LINE`] bytes: the message first, then fields while there is room.
fn bounded(line: LogLine) -> LogLine {
    let message = cut(&line.message, MAX_LOG_LINE);
    let mut room = MAX_LOG_LINE.saturating_sub(message.len());
    let mut fields = Vec::new();
    for (key, value) in line.fields {
        let size = key.len() + value.len();
        if size > room {
            break;
        }
        room -= size;
        fields.push((key, value));
    }
    LogLine { level: line.level, message, fields }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &str, fields: &[(&str, usize)]) -> LogLine {
        let fields = fields.iter().map(|(key, size)| ((*key).to_owned(), "x".repeat(*size))).collect();
        LogLine { level: LogLevel::Info, message: message.to_owned(), fields }
    }

    #[test]
    fn a_line_is_cut_to_its_bound() {
        let kept = bounded(line("hi", &[("a", 10), ("b", MAX_LOG_LINE)]));
        assert_eq!(kept, line("hi", &[("a", 10)]));
        let kept = bounded(line(&"x".repeat(MAX_LOG_LINE + 1), &[("a", 1)]));
        assert_eq!(kept.message, format!("{}…", "x".repeat(MAX_LOG_LINE)));
        assert_eq!(kept.fields, []);
    }

    #[test]
    fn lines_past_the_bound_are_counted() {
        let mut logs = Logs::default();
        for _ in 0..MAX_LOG_LINES + 3 {
            logs.push(line("hi", &[]));
        }
        let lines = logs.into_lines();
        assert_eq!(lines.len(), MAX_LOG_LINES + 1);
        assert_eq!(
            lines[MAX_LOG_LINES].message,
            format!("3 more lines were dropped: a call may log {MAX_LOG_LINES}")
        );
    }
}
