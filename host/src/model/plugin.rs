//! Installed plugins as rows; `plugin` derives the manifest and the sheet from the package.

use std::fmt;
use std::str::FromStr;

use super::{Timestamp, UserId};

/// A plugin's name: reverse DNS, e.g. `com.acme.deploy`.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct PluginId(String);

/// Whether a plugin's code may run.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum PluginState {
    /// Uploaded; no administrator has agreed to its permission sheet yet.
    Pending,
    Enabled,
    Disabled,
}

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct InstalledPlugin {
    pub id: PluginId,
    pub version: String,
    /// SHA-256 of the package, lower-case hex.
    pub digest: String,
    pub state: PluginState,
    /// The digest of the permission sheet that an administrator agreed to.
    pub consented_sheet: Option<String>,
    /// The plugin's account, which authors its posts.
    pub bot_user_id: UserId,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
}

/// The longest plugin id, in characters.
const MAX_PLUGIN_ID: usize = 100;

impl PluginId {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PluginId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('.').collect();
        let well_formed = parts.len() >= 2
            && text.len() <= MAX_PLUGIN_ID
            && parts.iter().all(|part| {
                !part.is_empty()
                    && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            });
        if well_formed {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!(
                "`{}` is not a plugin id: expected reverse DNS in lower case, such as `com.acme.deploy`, at most {MAX_PLUGIN_ID} characters",
                text.chars().take(120).collect::<String>()
            ))
        }
    }
}

impl fmt::Display for PluginId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
