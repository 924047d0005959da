//! `config.default.toml` is complete: it lists every option that the host reads, with a comment, and the host reads
//! every option in it.

use std::collections::BTreeSet;

use syn::{Item, Visibility};

use super::tree::{Broken, Source, assert_none, source};

const REFERENCE: &str = "host/config.default.toml";
/// The structs of the sections, such as `ServerSettings` for `[server]`, and the struct that contains them all.
const SECTIONS: &str = "host/src/config/sections.rs";
const CONFIG: &str = "host/src/config.rs";

/// An option in the reference. An option without a default is written as a comment: `#key = value`.
#[derive(Debug, PartialEq, Eq)]
struct OptionEntry {
    section: String,
    key: String,
    line: usize,
    explained: bool,
}

pub(crate) fn check(reference: &Source, config: &Source, structs: &Source) -> Vec<Broken> {
    if let Err(error) = reference.text.parse::<toml::Table>() {
        let rule = format!("the reference is not TOML: {}", error.message());
        return vec![reference.broken(0, rule, "mend it; the host embeds this file")];
    }
    let listed = listed(&reference.text);
    let mut found = Vec::new();
    for option in &listed {
        if !option.explained {
            let rule = format!("option `{}.{}` has no comment", option.section, option.key);
            found.push(reference.broken(option.line, rule, "say above it what it does, in a line or two"));
        }
        if option.section.is_empty() {
            let rule = format!("option `{}` is in no section", option.key);
            found.push(reference.broken(option.line, rule, "move it below a `[section]`"));
        }
    }
    let sections: BTreeSet<&str> =
        listed.iter().map(|one| one.section.as_str()).filter(|s| !s.is_empty()).collect();
    for section in &sections {
        let options: Vec<&OptionEntry> = listed.iter().filter(|one| one.section == *section).collect();
        found.extend(compare(section, &options, reference, structs));
    }
    for (section, line) in fields(&config.text, "Config").unwrap_or_default() {
        if !sections.contains(section.as_str()) {
            let rule = format!("section `{section}` is not in {REFERENCE}");
            found.push(config.broken(line, rule, "add it there, each option with its comment and default"));
        }
    }
    found
}

/// Compares a section of the reference with the struct of its name.
fn compare(section: &str, options: &[&OptionEntry], reference: &Source, structs: &Source) -> Vec<Broken> {
    let name = struct_name(section);
    let Some(fields) = fields(&structs.text, &name) else {
        let rule = format!("there is no `pub struct {name}` for section `[{section}]` of the reference");
        return vec![structs.broken(0, rule, "write it, or remove the section")];
    };
    let keys: BTreeSet<&str> = options.iter().map(|one| one.key.as_str()).collect();
    let mut found = Vec::new();
    for option in options.iter().filter(|one| !fields.iter().any(|(field, _)| *field == one.key)) {
        let rule = format!("`{section}.{}` is no field of `{name}` in {SECTIONS}", option.key);
        found.push(reference.broken(option.line, rule, "add the field, or remove the option"));
    }
    for (field, line) in fields.iter().filter(|(field, _)| !keys.contains(field.as_str())) {
        let rule = format!("`{name}::{field}` is not in {REFERENCE}");
        let remedy = "add it there with its comment, as `#key = value` if it has no default";
        found.push(structs.broken(*line, rule, remedy));
    }
    found
}

/// Reads the options line by line, to see comments too. A table below a section counts as one option of that section,
/// without its keys.
fn listed(text: &str) -> Vec<OptionEntry> {
    let mut options: Vec<OptionEntry> = Vec::new();
    let mut section = String::new();
    let mut inside_value = 0_usize;
    let mut inside_table = false;
    let mut explained = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let mut add = |section: &str, key: &str, explained: bool| {
            let (section, key) = (section.to_owned(), key.to_owned());
            let known = options.iter().any(|one| one.section == section && one.key == key);
            if !known {
                options.push(OptionEntry { section, key, line: number + 1, explained });
            }
        };
        if inside_value > 0 {
            inside_value = open_after(line, inside_value);
            continue;
        }
        if line.starts_with('[') {
            let name = line.trim_start_matches('[').split(']').next().unwrap_or_default();
            let mut parts = name.splitn(2, '.');
            section = String::from(parts.next().unwrap_or_default().trim());
            let below = parts.next().map(|rest| rest.split('.').next().unwrap_or(rest).trim());
            inside_table = below.is_some();
            if let Some(key) = below {
                add(&section, key, explained);
            }
        } else if let Some(key) = key_of(line.strip_prefix('#').unwrap_or(line)) {
            if !line.starts_with('#') {
                inside_value = open_after(line, 0);
            }
            if !inside_table {
                add(&section, key, explained);
            }
        }
        explained = line.starts_with('#');
    }
    options
}

/// A commented-out option has no space after the `#`; prose has one.
fn key_of(line: &str) -> Option<&str> {
    let (key, _) = line.split_once('=')?;
    let key = key.strip_suffix(' ').unwrap_or(key);
    let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (!key.is_empty() && key.chars().all(part)).then_some(key)
}

/// Returns how many lists and tables are open after this line, given `open` before it. Brackets in quotes do not count.
fn open_after(line: &str, mut open: usize) -> usize {
    let mut quote = None;
    for sign in line.chars() {
        match (quote, sign) {
            (Some(mark), _) if mark == sign => quote = None,
            (None, '"' | '\'') => quote = Some(sign),
            (None, '[' | '{') => open += 1,
            (None, ']' | '}') => open = open.saturating_sub(1),
            (None, '#') => break,
            _ => {}
        }
    }
    open
}

/// Returns the names and lines of the public fields of `pub struct <name> {`, or `None` if there is no such struct.
fn fields(text: &str, name: &str) -> Option<Vec<(String, usize)>> {
    let file = syn::parse_file(text).ok()?;
    let found = file.items.iter().find_map(|item| match item {
        Item::Struct(found) if found.ident == name => Some(found),
        _ => None,
    })?;
    let public = found.fields.iter().filter(|field| !matches!(field.vis, Visibility::Inherited));
    let names = public.filter_map(|field| field.ident.as_ref());
    Some(names.map(|name| (name.to_string(), name.span().start().line)).collect())
}

/// Returns the name of a section's struct: `ServerSettings` for `[server]`.
fn struct_name(section: &str) -> String {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let words: String = section.split('_').filter(|word| !word.is_empty()).map(capital).collect();
    format!("{words}Settings")
}

#[cfg(test)]
const SERVER: &str = "pub struct ServerSettings {\n    /// Where to listen.\n    pub listen: String,\n    \
                      pub trusted_proxies: Vec<Network>,\n    pub site_url: Option<Url>,\n}\n";

#[cfg(test)]
fn found(reference: &str, sections: &[&str], structs: &str) -> Vec<String> {
    let fields: Vec<String> =
        sections.iter().map(|name| format!("    pub {name}: {},\n", struct_name(name))).collect();
    let fields = fields.concat();
    let config = Source::new(CONFIG, &format!("pub struct Config {{\n{fields}}}\n"));
    let found = check(&Source::new(REFERENCE, reference), &config, &Source::new(SECTIONS, structs));
    found.into_iter().map(|one| format!("{}: {}", one.line, one.rule)).collect()
}

#[test]
fn a_complete_reference_is_fine() {
    let reference = "# All of it.\n\n[server]\n# Where.\nlisten = \"a\"\n# Who.\n# A list = several.\n\
                     trusted_proxies = [ # two\n  \"10.0.0.0/8\",\n  \"[::1]{\",\n]\n# The address.\n#site_url = \"b\"\n";
    assert_eq!(found(reference, &["server"], &format!("{SERVER}pub struct Other {{ pub a: u8 }}")), [""; 0]);
}

#[test]
fn an_option_on_one_side_only_is_found() {
    let reference = "[server]\n# Where.\nlisten = \"a\"\n# ?\nspeed = 1\n# Who.\ntrusted_proxies = []\n";
    let expected = [
        "5: `server.speed` is no field of `ServerSettings` in host/src/config/sections.rs",
        "5: `ServerSettings::site_url` is not in host/config.default.toml",
    ];
    assert_eq!(found(reference, &["server"], SERVER), expected);
}

#[test]
fn sections_on_one_side_only_are_found() {
    let expected = [
        "0: there is no `pub struct MailSettings` for section `[mail]` of the reference",
        "2: section `server` is not in host/config.default.toml",
    ];
    assert_eq!(found("[mail]\n# Who.\nfrom = \"a\"\n", &["server"], SERVER), expected);
}

#[test]
fn an_option_without_a_comment_or_a_section_is_found() {
    let bus = "pub struct BusSettings { pub(crate) url: String, pub tls: Tls }";
    let reference = "[bus]\nurl = \"\"\n\n# Encryption.\n[bus.tls]\nca = \"x\"\n";
    assert_eq!(found(reference, &["bus"], bus), ["2: option `bus.url` has no comment"]);
    assert_eq!(found("# A stray.\nstray = 1\n", &[], ""), ["2: option `stray` is in no section"]);
    assert_eq!(found("[bus\n", &[], "").len(), 1, "a reference that is not TOML passed");
}

#[test]
fn a_comment_must_stand_right_above() {
    let reference = "[bus]\n# Where.\n\nurl = \"\"\n";
    assert_eq!(found(reference, &["bus"], "pub struct BusSettings { pub url: String }").len(), 1);
}

#[test]
fn the_reference_is_complete() {
    let read = |path: &str| source(path).unwrap_or_else(|| Source::new(path, ""));
    let reference = read(REFERENCE);
    assert!(!reference.text.is_empty(), "{REFERENCE} is missing: it is the reference for operators");
    assert_none(&check(&reference, &read(CONFIG), &read(SECTIONS)));
}
