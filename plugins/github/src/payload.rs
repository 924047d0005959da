//! What the payloads share, as GitHub documents it. Every field has a default, so that a delivery that lacks some of
//! them is still shown.

use serde::{Deserialize, Serialize};

use crate::foreign;

/// A user, an organisation or a bot.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    pub(crate) login: String,
    /// Push payloads have this field instead.
    pub(crate) name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Repository {
    name: String,
    full_name: String,
    html_url: String,
}

/// A field of `changes`: the value before an edit.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Was {
    pub(crate) from: String,
}

/// Something with an address, as templates show it.
#[derive(Serialize)]
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) url: String,
}

impl Account {
    pub(crate) fn shown(&self) -> String {
        foreign::name(&[&self.login, &self.name], "someone")
    }

    pub(crate) fn is_known(&self) -> bool {
        !(self.login.is_empty() && self.name.is_empty())
    }
}

impl Repository {
    pub(crate) fn shown(&self) -> Link {
        let name = foreign::name(&[&self.full_name, &self.name], "a repository");
        let url = foreign::url(&self.html_url, &format!("https://github.com/{}", self.full_name));
        Link { name, url }
    }
}
