//! The enabled plugins, and which of them handles which command.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use super::Active;
use super::manifest::CommandRecord;
use crate::model::PluginId;

/// Triggers of Mattermost's own commands. Clients treat them specially, so no plugin may have one.
pub const RESERVED_TRIGGERS: [&str; 34] = [
    "away",
    "code",
    "collapse",
    "dnd",
    "echo",
    "expand",
    "exportlink",
    "groupmsg",
    "header",
    "help",
    "invite",
    "invite_people",
    "join",
    "kick",
    "leave",
    "logout",
    "marketplace",
    "me",
    "msg",
    "mute",
    "offline",
    "online",
    "open",
    "purpose",
    "remove",
    "rename",
    "search",
    "secure-connection",
    "settings",
    "share-channel",
    "shortcuts",
    "shrug",
    "status",
    "test",
];

#[derive(Debug, Default)]
pub(super) struct Registry {
    plugins: BTreeMap<PluginId, Arc<Active>>,
    /// Keyed by trigger, because it is looked up at every keystroke of a user who types a command.
    commands: BTreeMap<String, ActiveCommand>,
}

/// A command of an enabled plugin.
#[derive(Debug, Clone)]
pub struct ActiveCommand {
    pub plugin: Arc<Active>,
    /// Its index among the manifest's commands.
    index: usize,
}

impl ActiveCommand {
    pub fn record(&self) -> &CommandRecord {
        &self.plugin.manifest.commands[self.index]
    }
}

impl Registry {
    /// Adds a plugin and replaces its previous version.
    pub(super) fn insert(&mut self, plugin: Active) {
        self.remove(&plugin.installed.id);
        let plugin = Arc::new(plugin);
        for (index, record) in plugin.manifest.commands.iter().enumerate() {
            let command = ActiveCommand { plugin: plugin.clone(), index };
            self.commands.insert(record.trigger.clone(), command);
        }
        self.plugins.insert(plugin.installed.id.clone(), plugin);
    }

    pub(super) fn remove(&mut self, id: &PluginId) {
        if self.plugins.remove(id).is_some() {
            self.commands.retain(|_, command| &command.plugin.installed.id != id);
        }
    }

    pub(super) fn plugin(&self, id: &PluginId) -> Option<&Arc<Active>> {
        self.plugins.get(id)
    }

    pub(super) fn plugins(&self) -> impl Iterator<Item = &Arc<Active>> {
        self.plugins.values()
    }

    pub(super) fn command(&self, trigger: &str) -> Option<&ActiveCommand> {
        self.commands.get(trigger)
    }

    /// Returns the commands whose trigger starts with `prefix`, in order.
    pub(super) fn commands<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a ActiveCommand> {
        let range = self.commands.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
        range.take_while(move |(trigger, _)| trigger.starts_with(prefix)).map(|(_, command)| command)
    }
}
