//! The rules for a well-formed record. Each refusal is one sentence for the author.

use serde::de::Error as _;
use serde_json::Value;

use super::{
    ArgumentKind, ArgumentRecord, BridgeRecord, CommandRecord, LimitsRecord, MAX_ARGUMENTS, PluginRecord,
    SCHEMA, TemplateRecord,
};
use crate::model::PluginId;

/// The longest name of a plugin, in characters, and of a trigger, bridge, template or argument, in bytes.
pub const MAX_NAME: usize = 64;

/// The longest text that users see, in characters.
const MAX_TEXT: usize = 2000;

type Rule = Result<(), String>;

pub(super) fn plugin_id<'de, D: serde::Deserializer<'de>>(input: D) -> Result<PluginId, D::Error> {
    let text: String = serde::Deserialize::deserialize(input)?;
    text.parse().map_err(D::Error::custom)
}

pub(super) fn plugin(plugin: &PluginRecord) -> Rule {
    if plugin.schema != SCHEMA {
        return Err(format!("schema {} is not known; this server reads schema {SCHEMA}", plugin.schema));
    }
    version("version", &plugin.version)?;
    version("sdk", &plugin.sdk)?;
    if plugin.name.trim().is_empty() || plugin.name.chars().count() > MAX_NAME {
        return Err(format!("`name` must have 1 to {MAX_NAME} characters"));
    }
    text("name", &plugin.name)?;
    text("description", &plugin.description)?;
    text("license", plugin.license.as_deref().unwrap_or_default())
}

pub(super) fn command(command: &CommandRecord) -> Rule {
    let trigger = &command.trigger;
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_./-".contains(&b);
    if !named(trigger, allowed) || trigger.starts_with('/') {
        return Err(format!(
            "`{}` is not a trigger: 1 to {MAX_NAME} of a-z 0-9 _ . / -, without the leading slash",
            shortened(trigger)
        ));
    }
    text("hint", &command.hint)?;
    text("help", &command.help)?;
    count(command.arguments.len().saturating_sub(1), MAX_ARGUMENTS)?;
    let mut optional: Option<&str> = None;
    for (index, one) in command.arguments.iter().enumerate() {
        argument(one)
            .map_err(|reason| format!("argument `{}` of `/{trigger}`: {reason}", shortened(&one.name)))?;
        if command.arguments[..index].iter().any(|earlier| earlier.name == one.name) {
            return Err(format!("argument `{}` of `/{trigger}` is declared twice", one.name));
        }
        match optional {
            Some(earlier) if one.required => {
                return Err(format!(
                    "required argument `{}` of `/{trigger}` stands after optional `{earlier}`; put required ones first",
                    one.name
                ));
            }
            _ if !one.required => optional = Some(&one.name),
            _ => {}
        }
        if one.variadic && index + 1 != command.arguments.len() {
            return Err(format!(
                "argument `{}` of `/{trigger}` takes all words left, so it must be the last",
                one.name
            ));
        }
    }
    Ok(())
}

pub(super) fn bridge(bridge: &BridgeRecord) -> Rule {
    if named(&bridge.name, |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b)) {
        return Ok(());
    }
    Err(format!("`{}` is not a bridge name: 1 to {MAX_NAME} of a-z 0-9 _ -", shortened(&bridge.name)))
}

pub(super) fn template(template: &TemplateRecord) -> Rule {
    let name = &template.name;
    if named(name, |b| b.is_ascii_alphanumeric() || b"_./-".contains(&b)) && !name.contains("..") {
        return Ok(());
    }
    Err(format!("`{}` is not a template name: 1 to {MAX_NAME} of a-z A-Z 0-9 _ . / -", shortened(name)))
}

pub(super) fn limits(limits: &LimitsRecord) -> Rule {
    if limits.memory_mib == Some(0) {
        return Err("`memory_mib` must be at least 1".to_owned());
    }
    match limits.time_ms.iter().find(|(_, ms)| **ms == 0) {
        Some((record, _)) => Err(format!("`{record}_ms` must be at least 1")),
        None => Ok(()),
    }
}

/// Checks that one more is allowed.
pub(super) fn count(already: usize, most: usize) -> Rule {
    if already < most { Ok(()) } else { Err(format!("at most {most} are allowed")) }
}

fn argument(argument: &ArgumentRecord) -> Rule {
    if !named(&argument.name, |b| b.is_ascii_alphanumeric() || b"_-".contains(&b)) {
        return Err(format!("its name must be 1 to {MAX_NAME} of a-z A-Z 0-9 _ -"));
    }
    if argument.required && argument.default.is_some() {
        return Err("a required argument has no default".to_owned());
    }
    if !matches!(argument.default, None | Some(Value::String(_) | Value::Number(_) | Value::Bool(_))) {
        return Err("its default must be a text, a number or a boolean".to_owned());
    }
    match (argument.kind, argument.choices.is_empty()) {
        (ArgumentKind::Choice, true) => Err("a choice needs `choices`".to_owned()),
        (ArgumentKind::Choice, false) | (_, true) => Ok(()),
        (_, false) => Err("only the type `choice` has `choices`".to_owned()),
    }
}

fn named(name: &str, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

fn version(field: &str, text: &str) -> Rule {
    match semver::Version::parse(text) {
        Ok(_) if text.len() <= MAX_NAME => Ok(()),
        _ => Err(format!("`{field}` is `{}`, not a semantic version such as 1.2.3", shortened(text))),
    }
}

fn text(field: &str, text: &str) -> Rule {
    if text.chars().count() > MAX_TEXT {
        return Err(format!("`{field}` is longer than {MAX_TEXT} characters"));
    }
    if text.contains('\0') { Err(format!("`{field}` has a NUL character")) } else { Ok(()) }
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}
