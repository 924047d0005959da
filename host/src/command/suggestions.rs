//! What may come next in a command line that a user is typing.

use super::{BUILTINS, Commands};
use crate::model::TeamId;
use crate::plugin::manifest::{ArgumentKind, ArgumentRecord, CommandRecord};
use crate::store::StoreError;

/// The most suggestions for one line. Further ones are dropped.
const MAX_SUGGESTIONS: usize = 50;

/// One way to continue a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The whole line with this suggestion, without the slash.
    pub complete: String,
    /// The text it adds; empty if there is only a hint.
    pub suggestion: String,
    pub hint: String,
    pub description: String,
}

impl Commands {
    /// Returns what may come next in this line, in a team.
    pub async fn suggestions(&self, team: &TeamId, line: &str) -> Result<Vec<Suggestion>, StoreError> {
        let line = line.strip_prefix('/').unwrap_or(line);
        let Some((trigger, rest)) = line.split_once(char::is_whitespace) else {
            return self.triggers(team, &line.to_lowercase()).await;
        };
        let command = self.plugins.command(&trigger.to_lowercase());
        let suggestions = command.map(|command| argument_suggestions(command.record(), line, rest));
        Ok(suggestions.unwrap_or_default())
    }

    /// Returns the commands whose trigger begins with `prefix`, in the order of triggers.
    async fn triggers(&self, team: &TeamId, prefix: &str) -> Result<Vec<Suggestion>, StoreError> {
        let plugins = self.plugins.commands(prefix, MAX_SUGGESTIONS);
        let plugins = plugins.iter().map(|command| trigger_suggestion(command.record()));
        let builtins = BUILTINS.iter().filter(|builtin| builtin.trigger.starts_with(prefix));
        let builtins = builtins.map(|builtin| of_trigger(builtin.trigger, builtin.hint, builtin.help));
        let of_team = self.suggested(team).await?;
        let of_team = of_team.iter().filter(|command| command.trigger.starts_with(prefix)).map(|command| {
            of_trigger(&command.trigger, &command.auto_complete_hint, &command.auto_complete_desc)
        });
        let mut suggestions: Vec<Suggestion> = plugins.chain(builtins).chain(of_team).collect();
        suggestions.sort_by(|one, other| one.complete.cmp(&other.complete));
        suggestions.truncate(MAX_SUGGESTIONS);
        Ok(suggestions)
    }
}

fn of_trigger(trigger: &str, hint: &str, help: &str) -> Suggestion {
    Suggestion {
        complete: trigger.to_owned(),
        suggestion: trigger.to_owned(),
        hint: hint.to_owned(),
        description: help.to_owned(),
    }
}

fn trigger_suggestion(command: &CommandRecord) -> Suggestion {
    of_trigger(&command.trigger, &command.hint, &command.help)
}

fn argument_suggestions(command: &CommandRecord, line: &str, rest: &str) -> Vec<Suggestion> {
    // The word being typed: empty after white space.
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
    let before_word = &line[..line.len() - word.len()];
    let matching = choices.into_iter().filter(|choice| choice.starts_with(word));
    matching
        .take(MAX_SUGGESTIONS)
        .map(|choice| Suggestion {
            complete: format!("{before_word}{choice}"),
            suggestion: choice,
            hint: hint(argument),
            description: String::new(),
        })
        .collect()
}

/// Returns an argument as usage texts show it.
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
        ArgumentKind::User => "a user's name",
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

    fn draw() -> CommandRecord {
        let mut rest = argument("rest", ArgumentKind::String, &[]);
        rest.variadic = true;
        let size = argument("size", ArgumentKind::Choice, &["small", "smaller", "large"]);
        let (hint, help) = ("hint of draw".to_owned(), "help of draw".to_owned());
        CommandRecord { trigger: "draw".to_owned(), hint, help, arguments: vec![size, rest] }
    }

    fn suggested(command: &CommandRecord, rest: &str) -> Vec<(String, String, String)> {
        let line = format!("draw {rest}");
        let suggestions = argument_suggestions(command, &line, rest);
        suggestions.into_iter().map(|one| (one.complete, one.suggestion, one.hint)).collect()
    }

    fn texts(complete: &str, suggestion: &str, hint: &str) -> (String, String, String) {
        (complete.to_owned(), suggestion.to_owned(), hint.to_owned())
    }

    #[test]
    fn choices_are_completed_and_other_arguments_named() {
        let draw = draw();
        assert_eq!(
            suggested(&draw, "sm"),
            [texts("draw small", "small", "<size>"), texts("draw smaller", "smaller", "<size>")]
        );
        assert_eq!(suggested(&draw, "").len(), 3);
        assert_eq!(suggested(&draw, "small a b"), [texts("draw small a b", "", "[rest]…")]);
        assert_eq!(suggested(&CommandRecord { arguments: Vec::new(), ..draw }, "x"), []);
    }

    #[test]
    fn a_trigger_is_suggested_with_its_hint_and_help() {
        let suggestion = trigger_suggestion(&draw());
        assert_eq!((suggestion.complete.as_str(), suggestion.suggestion.as_str()), ("draw", "draw"));
        assert_eq!(
            (suggestion.hint.as_str(), suggestion.description.as_str()),
            ("hint of draw", "help of draw")
        );
    }
}
