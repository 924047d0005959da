//! The manifest: records of text known here, and of constants that only the compiler knows.

use proc_macro2::TokenStream;
use quote::quote;

use crate::handler::{Bridge, Command};
use crate::options::PluginOptions;
use crate::parameter::{Parameter, Takes};
use crate::templates::Template;

/// What cargo reports about the plugin's package.
pub(crate) struct Package {
    pub(crate) description: String,
    pub(crate) license: String,
}

/// Records under construction.
#[derive(Default)]
pub(crate) struct Manifest {
    parts: Vec<Part>,
}

enum Part {
    Text(String),
    /// An expression of type `&'static str`.
    Constant(TokenStream),
}

impl Manifest {
    /// The expressions to be joined, each a `&'static str`.
    pub(crate) fn parts(&self) -> Vec<TokenStream> {
        self.parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => quote! { #text },
                Part::Constant(constant) => constant.clone(),
            })
            .collect()
    }

    pub(crate) fn plugin(&mut self, options: &PluginOptions, docs: &str, package: &Package) {
        let id = options.id.value();
        let name = options.name.as_ref().map_or_else(|| name_of(&id), syn::LitStr::value);
        let description = if docs.is_empty() { &package.description } else { docs };
        self.text(&format!("{{\"record\":\"plugin\",\"id\":{},\"version\":\"", json(&id)));
        self.constant(quote! { env!("CARGO_PKG_VERSION") });
        self.text(&format!("\",\"name\":{},\"description\":{}", json(&name), json(description)));
        self.text(",\"sdk\":\"");
        self.constant(quote! { ::jackfield_sdk::VERSION });
        self.text("\",\"schema\":1");
        if !package.license.is_empty() {
            self.text(&format!(",\"license\":{}", json(&package.license)));
        }
        self.text("}\n");
        self.limits(options);
    }

    pub(crate) fn command(&mut self, command: &Command) {
        self.text(&format!(
            "{{\"record\":\"command\",\"trigger\":{},\"hint\":{},\"help\":{},\"arguments\":[",
            json(&command.options.trigger),
            json(&command.hint()),
            json(&command.help),
        ));
        for (index, parameter) in command.parameters.iter().enumerate() {
            if index > 0 {
                self.text(",");
            }
            self.argument(parameter);
        }
        self.text("]}\n");
    }

    pub(crate) fn bridge(&mut self, bridge: &Bridge) {
        self.text(&format!(
            "{{\"record\":\"bridge\",\"name\":{},\"verifier\":{}}}\n",
            json(&bridge.options.name),
            json(&bridge.options.verifier),
        ));
    }

    pub(crate) fn template(&mut self, template: &Template) {
        self.text(&format!(
            "{{\"record\":\"template\",\"name\":{},\"source\":{}}}\n",
            json(&template.name),
            json(&template.source),
        ));
    }

    fn limits(&mut self, options: &PluginOptions) {
        let limits = [
            ("memory_mib", options.memory_mib),
            ("command_ms", options.command_ms),
            ("bridge_ms", options.bridge_ms),
        ];
        let given: Vec<String> = limits
            .iter()
            .filter_map(|(key, value)| value.map(|value| format!(",\"{key}\":{value}")))
            .collect();
        if !given.is_empty() {
            self.text(&format!("{{\"record\":\"limits\"{}}}\n", given.concat()));
        }
    }

    fn argument(&mut self, parameter: &Parameter) {
        let value_type = &parameter.value_type;
        let argument = quote! { <#value_type as ::jackfield_sdk::Argument> };
        self.text(&format!("{{\"name\":{},\"type\":\"", json(&parameter.name)));
        self.constant(quote! { #argument::TYPE });
        let default = parameter.default().map_or_else(|| "null".to_owned(), json);
        self.text(&format!(
            "\",\"required\":{},\"variadic\":{},\"default\":{default},\"choices\":",
            !parameter.may_be_missing(),
            matches!(parameter.takes, Takes::All),
        ));
        self.constant(quote! { #argument::CHOICES_JSON });
        self.text("}");
    }

    fn text(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    fn constant(&mut self, constant: TokenStream) {
        self.parts.push(Part::Constant(constant));
    }
}

/// The last part of the id, capitalised: `Dice` for `org.example.dice`.
fn name_of(id: &str) -> String {
    let last = id.rsplit('.').next().unwrap_or(id);
    let mut chars = last.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

/// The text as a JSON string.
fn json(text: &str) -> String {
    use core::fmt::Write as _;

    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // Some readers treat these separators as line ends.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') => {
                // Writing to a `String` cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_stays_on_one_line() {
        assert_eq!(json("a\r\n\t\"b\\\u{0}ü"), r#""a\u000d\n\t\"b\\\u0000ü""#);
    }

    #[test]
    fn the_name_is_the_last_part_of_the_id() {
        assert_eq!(name_of("dev.jackfield.dice"), "Dice");
        assert_eq!(name_of("org.example.2048-game"), "2048-game");
    }
}
