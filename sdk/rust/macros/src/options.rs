//! The keys inside `#[plugin(..)]`, `#[command(..)]` and `#[bridge(..)]`.

use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::{Error, Ident, Lit, LitStr, Result, Token};

/// The options in `#[plugin(..)]`.
pub(crate) struct PluginOptions {
    pub(crate) id: LitStr,
    pub(crate) name: Option<LitStr>,
    pub(crate) templates: Option<LitStr>,
    pub(crate) memory_mib: Option<u64>,
    pub(crate) command_ms: Option<u64>,
    pub(crate) bridge_ms: Option<u64>,
}

/// The options in `#[command(..)]`.
pub(crate) struct CommandOptions {
    /// Without its slash.
    pub(crate) trigger: String,
    pub(crate) span: Span,
    pub(crate) hint: Option<LitStr>,
}

/// The options in `#[bridge(..)]`.
pub(crate) struct BridgeOptions {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) verifier: String,
}

struct Setting {
    key: Ident,
    value: Lit,
}

impl Parse for PluginOptions {
    fn parse(input: ParseStream) -> Result<Self> {
        const KNOWN: &[&str] = &["id", "name", "templates", "memory_mib", "command_ms", "bridge_ms"];
        let (mut id, mut name, mut templates) = (None, None, None);
        let (mut memory_mib, mut command_ms, mut bridge_ms) = (None, None, None);
        for setting in settings(input, "plugin", KNOWN)? {
            match setting.key.to_string().as_str() {
                "id" => id = Some(setting.text()?),
                "name" => name = Some(setting.text()?),
                "templates" => templates = Some(setting.text()?),
                "memory_mib" => memory_mib = Some(setting.positive()?),
                "command_ms" => command_ms = Some(setting.positive()?),
                _ => bridge_ms = Some(setting.positive()?),
            }
        }
        let id = id.ok_or_else(|| {
            Error::new(Span::call_site(), "a plugin needs an id: `#[plugin(id = \"org.example.name\")]`")
        })?;
        check_id(&id)?;
        Ok(Self { id, name, templates, memory_mib, command_ms, bridge_ms })
    }
}

impl Parse for CommandOptions {
    fn parse(input: ParseStream) -> Result<Self> {
        let trigger = name_first(input, "a command needs its trigger: `#[command(\"/name\")]`")?;
        let text = trigger.value();
        let bare = text.strip_prefix('/').ok_or_else(|| {
            Error::new(trigger.span(), format!("a trigger begins with a slash: `\"/{text}\"`"))
        })?;
        check_name(bare, trigger.span(), "trigger")?;
        let mut hint = None;
        for setting in settings(input, "command", &["hint"])? {
            hint = Some(setting.text()?);
        }
        Ok(Self { trigger: bare.to_owned(), span: trigger.span(), hint })
    }
}

/// The verifiers the server has: the names of `model::Verifier`.
const VERIFIERS: [&str; 2] = ["github", "none"];

impl Parse for BridgeOptions {
    fn parse(input: ParseStream) -> Result<Self> {
        let name = name_first(input, "a bridge needs its name: `#[bridge(\"name\", verifier = \"none\")]`")?;
        check_name(&name.value(), name.span(), "bridge name")?;
        let mut verifier = None;
        for setting in settings(input, "bridge", &["verifier"])? {
            verifier = Some(setting.text()?);
        }
        let verifier = verifier.ok_or_else(|| {
            Error::new(
                name.span(),
                "say who proves the sender: `verifier = \"github\"`, or `verifier = \"none\"` for no proof",
            )
        })?;
        if !VERIFIERS.contains(&verifier.value().as_str()) {
            let known = VERIFIERS.map(|verifier| format!("{verifier:?}")).join(" and ");
            return Err(Error::new(verifier.span(), format!("unknown verifier; there are {known}")));
        }
        Ok(Self { name: name.value(), span: name.span(), verifier: verifier.value() })
    }
}

impl Setting {
    fn text(&self) -> Result<LitStr> {
        match &self.value {
            Lit::Str(text) => Ok(text.clone()),
            other => Err(Error::new(other.span(), format!("`{}` is a text: `\"..\"`", self.key))),
        }
    }

    fn positive(&self) -> Result<u64> {
        let number = match &self.value {
            Lit::Int(number) => number.base10_parse().ok().filter(|number| *number > 0),
            _ => None,
        };
        number
            .ok_or_else(|| Error::new(self.value.span(), format!("`{}` is a whole number above 0", self.key)))
    }
}

/// Parses `key = literal` pairs, separated by commas. Each key must be known and appear at most once.
fn settings(input: ParseStream, attribute: &str, known: &[&str]) -> Result<Vec<Setting>> {
    let mut settings: Vec<Setting> = Vec::new();
    while !input.is_empty() {
        let key: Ident = input.parse()?;
        if !known.iter().any(|name| key == name) {
            let known = known.join("`, `");
            return Err(Error::new(
                key.span(),
                format!("unknown key `{key}`; `#[{attribute}]` takes `{known}`"),
            ));
        }
        if settings.iter().any(|setting| setting.key == key) {
            return Err(Error::new(key.span(), format!("`{key}` is given twice")));
        }
        input.parse::<Token![=]>()?;
        settings.push(Setting { key, value: input.parse()? });
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(settings)
}

/// Parses the text before the keys, and the comma after it.
fn name_first(input: ParseStream, missing: &str) -> Result<LitStr> {
    if !input.peek(LitStr) {
        return Err(Error::new(input.span(), missing));
    }
    let name = input.parse()?;
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(name)
}

fn check_id(id: &LitStr) -> Result<()> {
    let text = id.value();
    let well_formed = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if text.len() <= 100 && text.contains('.') && text.split('.').all(well_formed) {
        return Ok(());
    }
    Err(Error::new(
        id.span(),
        "an id is a domain name of yours in reverse, such as \"org.example.dice\": \
         at least two parts of a-z, 0-9 and -, separated by dots, at most 100 characters",
    ))
}

fn check_name(name: &str, span: Span, what: &str) -> Result<()> {
    let allowed =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b'/' | b'-');
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(Error::new(span, format!("a {what} has 1 to 64 characters of a-z, 0-9, _, ., / and -")))
}

/// Returns the literal as a user would type it, for `#[default = ..]`.
pub(crate) fn as_typed(literal: &Lit, negative: bool) -> Result<String> {
    let sign = if negative { "-" } else { "" };
    match literal {
        Lit::Str(text) if !negative => Ok(text.value()),
        Lit::Bool(value) if !negative => Ok(value.value.to_string()),
        Lit::Int(number) => Ok(format!("{sign}{}", number.base10_digits())),
        Lit::Float(number) => Ok(format!("{sign}{}", number.base10_digits())),
        other => Err(Error::new(other.span(), "a default is a text, a number or a boolean")),
    }
}
