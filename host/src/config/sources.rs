//! Where settings come from: the reference, overridden by a TOML file, environment variables and flags, in that order.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Config, REFERENCE};

/// The sources besides the reference. A later field overrides an earlier one.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub file: Option<PathBuf>,
    /// `JACKFIELD__SECTION__KEY` and its value.
    pub environment: Vec<(String, String)>,
    /// `section.key` and its value.
    pub flags: Vec<(&'static str, String)>,
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the settings in {path}; name another file with --config: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("{origin} is not valid TOML; correct the place that follows: {source}")]
    Syntax { origin: String, source: toml::de::Error },
    #[error("{origin}: there is no option `{key}`{nearest}")]
    Unknown { origin: String, key: String, nearest: String },
    #[error("{origin}: `{key}` must be {expected}, not `{value}`")]
    WrongType { origin: String, key: String, expected: &'static str, value: String },
    #[error("`{key}`: {reason}")]
    Invalid { key: String, reason: String },
}

/// The prefix of environment variables that hold settings.
const PREFIX: &str = "JACKFIELD__";

impl Sources {
    /// Returns this process's `JACKFIELD__*` variables.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_environment() -> Self {
        let environment = std::env::vars().filter(|(name, _)| name.starts_with(PREFIX)).collect();
        Self { environment, ..Self::default() }
    }

    pub fn resolve(&self) -> Result<Config, ConfigError> {
        let mut settings = parse(REFERENCE, "the built-in reference")?;
        if let Some(path) = &self.file {
            override_from_file(&mut settings, path)?;
        }
        for (name, value) in &self.environment {
            let key = name.trim_start_matches(PREFIX).to_ascii_lowercase().replacen("__", ".", 1);
            override_from_text(&mut settings, &key, value, &format!("environment variable {name}"))?;
        }
        for (key, value) in &self.flags {
            override_from_text(&mut settings, key, value, "command line")?;
        }
        serde_path_to_error::deserialize(Value::Table(settings)).map_err(|error| ConfigError::Invalid {
            key: error.path().to_string(),
            reason: error.inner().message().to_owned(),
        })
    }
}

fn parse(text: &str, origin: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|source| ConfigError::Syntax { origin: origin.to_owned(), source })
}

fn override_from_file(settings: &mut Table, path: &Path) -> Result<(), ConfigError> {
    let origin = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: origin.clone(), source })?;
    for (section, options) in parse(&text, &origin)? {
        let Value::Table(options) = options else {
            return Err(unknown(settings, &section, &origin));
        };
        for (name, value) in options {
            let key = format!("{section}.{name}");
            let place = find(settings, &key)
                .ok_or(())
                .or_else(|()| Err(unknown(&parse(REFERENCE, "the built-in reference")?, &key, &origin)))?;
            if place.same_type(&value) {
                *place = value;
            } else {
                return Err(wrong_type(&key, place, &value.to_string(), &origin));
            }
        }
    }
    Ok(())
}

/// Overrides an option with a text, which is parsed as the option's type in the reference.
fn override_from_text(settings: &mut Table, key: &str, text: &str, origin: &str) -> Result<(), ConfigError> {
    if find(settings, key).is_none() {
        return Err(unknown(settings, key, origin));
    }
    if let Some(place) = find(settings, key) {
        let value = match place {
            Value::String(_) => Some(Value::String(text.to_owned())),
            Value::Integer(_) => text.replace('_', "").parse().ok().map(Value::Integer),
            Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
            Value::Array(_) => Some(Value::Array(
                text.split(',')
                    .map(str::trim)
                    .filter(|t| !t.is_empty())
                    .map(|t| Value::String(t.to_owned()))
                    .collect(),
            )),
            _ => None,
        };
        *place = value.ok_or_else(|| wrong_type(key, place, text, origin))?;
    }
    Ok(())
}

fn find<'t>(settings: &'t mut Table, key: &str) -> Option<&'t mut Value> {
    let (section, name) = key.split_once('.')?;
    settings.get_mut(section)?.as_table_mut()?.get_mut(name)
}

fn unknown(settings: &Table, key: &str, origin: &str) -> ConfigError {
    let known = settings.iter().flat_map(|(section, options)| {
        options
            .as_table()
            .into_iter()
            .flat_map(move |t| t.keys().map(move |name| format!("{section}.{name}")))
    });
    let nearest = known
        .map(|candidate| (strsim::jaro_winkler(&candidate, key), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| format!("; did you mean `{candidate}`?"))
        .unwrap_or_default();
    ConfigError::Unknown { origin: origin.to_owned(), key: key.to_owned(), nearest }
}

fn wrong_type(key: &str, place: &Value, value: &str, origin: &str) -> ConfigError {
    let expected = match place {
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list",
        _ => "a string",
    };
    ConfigError::WrongType {
        origin: origin.to_owned(),
        key: key.to_owned(),
        expected,
        value: value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(name: &str, value: &str) -> Sources {
        Sources { environment: vec![(name.to_owned(), value.to_owned())], ..Sources::default() }
    }

    #[test]
    fn the_reference_alone_is_a_configuration() {
        let config = Sources::default().resolve().unwrap();
        assert_eq!(config.server.listen.port(), 8065);
        assert_eq!(config.database_url(), "sqlite://./data/jackfield.db");
        assert!(!config.access.open_signup);
    }

    #[test]
    fn the_environment_overrides_and_flags_override_it() {
        let mut sources = env("JACKFIELD__SERVER__LISTEN", "127.0.0.1:1");
        assert_eq!(sources.resolve().unwrap().server.listen.port(), 1);
        sources.flags.push(("server.listen", "127.0.0.1:2".to_owned()));
        assert_eq!(sources.resolve().unwrap().server.listen.port(), 2);
    }

    #[test]
    fn an_unknown_option_names_the_nearest() {
        let error = env("JACKFIELD__SERVER__LISTN", "x").resolve().unwrap_err().to_string();
        assert_eq!(
            error,
            "environment variable JACKFIELD__SERVER__LISTN: there is no option `server.listn`; did you mean `server.listen`?"
        );
    }

    #[test]
    fn a_wrong_type_says_what_is_expected() {
        let error = env("JACKFIELD__ACCESS__OPEN_SIGNUP", "maybe").resolve().unwrap_err().to_string();
        assert_eq!(
            error,
            "environment variable JACKFIELD__ACCESS__OPEN_SIGNUP: `access.open_signup` must be true or false, not `maybe`"
        );
    }

    #[test]
    fn an_invalid_value_names_its_option() {
        let error = env("JACKFIELD__SERVER__LISTEN", "8065").resolve().unwrap_err().to_string();
        assert_eq!(
            error,
            "`server.listen`: `8065` is not an address; write an IP address and a port, such as `127.0.0.1:8065`"
        );
        let error = env("JACKFIELD__TELEMETRY__FORMAT", "xml").resolve().unwrap_err().to_string();
        assert_eq!(error, "`telemetry.format`: unknown variant `xml`, expected `text` or `json`");
    }

    #[test]
    fn an_unknown_option_in_a_file_names_the_nearest() {
        let dir = std::env::temp_dir().join(format!("jackfield-config-{}", crate::secret::random_id()));
        std::fs::write(&dir, "[server]\nmax_body = 5\n[acess]\nopen_signup = true\n").unwrap();
        let error =
            Sources { file: Some(dir.clone()), ..Sources::default() }.resolve().unwrap_err().to_string();
        assert!(
            error.ends_with("there is no option `acess.open_signup`; did you mean `access.open_signup`?"),
            "{error}"
        );
        std::fs::remove_file(dir).unwrap();
    }
}
