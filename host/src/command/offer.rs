//! Which commands there are, and what may come next in a line somebody is typing.

use super::Commands;
use crate::model::{PluginId, Timestamp};
use crate::plugin::manifest::{ArgumentKind, ArgumentRecord, CommandRecord};

/// Suggestions one answer holds at most.
const MAX_SUGGESTIONS: usize = 50;

/// A command that can be run now.
#[derive(Debug, Clone, PartialEq)]
pub struct AvailableCommand {
    pub plugin: PluginId,
    /// Of the plugin's package.
    pub digest: String,
    pub record: CommandRecord,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
}

/// One way to go on with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The whole line with it, without the slash.
    pub complete: String,
    /// What it adds; empty when only the hint is of use.
    pub suggestion: String,
    pub hint: String,
    pub description: String,
}

impl Commands {
    /// Every command of an enabled plugin, by trigger.
    pub fn available(&self) -> Vec<AvailableCommand> {
        let mut offered: Vec<AvailableCommand> = Vec::new();
        for plugin in self.plugins.all_active() {
            offered.extend(plugin.manifest.commands.iter().map(|record| AvailableCommand {
                plugin: plugin.installed.id.clone(),
                digest: plugin.installed.digest.clone(),
                record: record.clone(),
                create_at: plugin.installed.create_at,
                update_at: plugin.installed.update_at,
            }));
        }
        offered.sort_by(|a, b| a.record.trigger.cmp(&b.record.trigger));
        offered
    }

    /// What may come next after what somebody typed.
    pub fn suggestions(&self, typed: &str) -> Vec<Suggestion> {
        let commands: Vec<CommandRecord> = self.available().into_iter().map(|one| one.record).collect();
        suggest(&commands, typed)
    }
}

fn suggest(commands: &[CommandRecord], typed: &str) -> Vec<Suggestion> {
    let line = typed.strip_prefix('/').unwrap_or(typed);
    let mut found = match line.split_once(char::is_whitespace) {
        None => triggers(commands, &line.to_lowercase()),
        Some((trigger, rest)) => {
            let trigger = trigger.to_lowercase();
            let command = commands.iter().find(|command| command.trigger == trigger);
            command.map(|command| arguments(command, line, rest)).unwrap_or_default()
        }
    };
    found.truncate(MAX_SUGGESTIONS);
    found
}

fn triggers(commands: &[CommandRecord], begun: &str) -> Vec<Suggestion> {
    let fitting = commands.iter().filter(|command| command.trigger.starts_with(begun));
    fitting
        .map(|command| Suggestion {
            complete: command.trigger.clone(),
            suggestion: command.trigger.clone(),
            hint: command.hint.clone(),
            description: command.help.clone(),
        })
        .collect()
}

fn arguments(command: &CommandRecord, line: &str, rest: &str) -> Vec<Suggestion> {
    // The word being typed: empty after a blank.
    let word = rest.rsplit(char::is_whitespace).next().unwrap_or_default();
    let before = &rest[..rest.len() - word.len()];
    let position = before.split_whitespace().count();
    let variadic = command.arguments.last().filter(|argument| argument.variadic);
    let Some(argument) = command.arguments.get(position).or(variadic) else { return Vec::new() };
    let choices = match argument.kind {
        ArgumentKind::Choice => argument.choices.clone(),
        ArgumentKind::Boolean => vec!["true".to_owned(), "false".to_owned()],
        _ => {
            return vec![Suggestion {
                complete: line.to_owned(),
                suggestion: String::new(),
                hint: hint(argument),
                description: kind(argument.kind).to_owned(),
            }];
        }
    };
    let begun = &line[..line.len() - word.len()];
    let fitting = choices.into_iter().filter(|choice| choice.starts_with(word));
    fitting
        .map(|choice| Suggestion {
            complete: format!("{begun}{choice}"),
            suggestion: choice,
            hint: hint(argument),
            description: String::new(),
        })
        .collect()
}

/// How usage texts name an argument.
pub fn hint(argument: &ArgumentRecord) -> String {
    let dots = if argument.variadic { "…" } else { "" };
    if argument.required {
        format!("<{}>{dots}", argument.name)
    } else {
        format!("[{}]{dots}", argument.name)
    }
}

fn kind(kind: ArgumentKind) -> &'static str {
    match kind {
        ArgumentKind::String => "text",
        ArgumentKind::Integer => "whole number",
        ArgumentKind::Number => "number",
        ArgumentKind::Boolean => "true or false",
        ArgumentKind::User => "somebody's name",
        ArgumentKind::Channel => "a channel's name",
        ArgumentKind::Choice => "one of a list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argument(name: &str, kind: ArgumentKind, choices: &[&str]) -> ArgumentRecord {
        let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
        let (required, variadic) = (kind == ArgumentKind::Choice, false);
        ArgumentRecord { name: name.to_owned(), kind, required, variadic, default: None, choices }
    }

    fn commands() -> Vec<CommandRecord> {
        let command = |trigger: &str, arguments| CommandRecord {
            trigger: trigger.to_owned(),
            hint: format!("hint of {trigger}"),
            help: format!("help of {trigger}"),
            arguments,
        };
        let mut rest = argument("rest", ArgumentKind::String, &[]);
        rest.variadic = true;
        let size = argument("size", ArgumentKind::Choice, &["small", "smaller", "large"]);
        vec![command("draw", vec![size, rest]), command("drop", Vec::new()), command("roll", Vec::new())]
    }

    fn texts(typed: &str) -> Vec<(String, String, String)> {
        let found = suggest(&commands(), typed);
        found.into_iter().map(|one| (one.complete, one.suggestion, one.hint)).collect()
    }

    fn text(complete: &str, suggestion: &str, hint: &str) -> (String, String, String) {
        (complete.to_owned(), suggestion.to_owned(), hint.to_owned())
    }

    #[test]
    fn a_begun_trigger_is_completed() {
        assert_eq!(
            texts("/dr"),
            [text("draw", "draw", "hint of draw"), text("drop", "drop", "hint of drop")]
        );
        assert_eq!(texts("/R"), [text("roll", "roll", "hint of roll")]);
        assert_eq!(texts("/").len(), 3);
        assert_eq!(texts("/x"), []);
    }

    #[test]
    fn choices_are_completed_and_other_arguments_named() {
        assert_eq!(
            texts("/draw sm"),
            [text("draw small", "small", "<size>"), text("draw smaller", "smaller", "<size>")]
        );
        assert_eq!(texts("/draw ").len(), 3);
        assert_eq!(texts("/draw small a b"), [text("draw small a b", "", "[rest]…")]);
        assert_eq!(texts("/drop x"), []);
        assert_eq!(texts("/nothing x"), []);
    }
}
