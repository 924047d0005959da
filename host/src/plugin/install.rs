//! Upload, enable, disable, and loading the enabled plugins at start.

use super::package::Package;
use super::sheet::Sheet;
use super::{Active, PluginError, Plugins};
use crate::access::{AccessError, Admin};
use crate::effect::Grants;
use crate::model::{InstalledPlugin, PluginId, PluginState};
use crate::runtime::{LoadError, Program, Source};

/// Triggers of Mattermost's own commands. Clients treat them specially, so no plugin may have one.
const RESERVED_TRIGGERS: [&str; 34] = [
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

/// An installed plugin with its permission sheet.
#[derive(Debug)]
pub struct PluginDetails {
    pub plugin: InstalledPlugin,
    pub sheet: Sheet,
}

impl Plugins {
    /// Stores a package and returns its permission sheet; the plugin does not run until an administrator consents to
    /// the sheet.
    ///
    /// A new version of an enabled plugin takes over at once if the earlier consent covers it; otherwise the plugin
    /// stops until there is consent to the new sheet. Uploading the same package again changes nothing.
    pub async fn upload(&self, _: &Admin, component: Vec<u8>) -> Result<PluginDetails, PluginError> {
        let (package, component) = read(component).await?;
        for command in &package.manifest.commands {
            if RESERVED_TRIGGERS.contains(&command.trigger.as_str()) {
                return Err(PluginError::TriggerReserved(command.trigger.clone()));
            }
        }
        let sheet = Sheet::of(&package);
        let id = package.manifest.plugin.id.clone();
        let _changing = self.changing.lock().await;
        let existing = self.store.plugin(&id).await?;
        if let Some(plugin) = existing.clone().filter(|plugin| plugin.digest == package.digest) {
            return Ok(PluginDetails { plugin, sheet });
        }
        self.check_triggers(&package)?;
        let program = self.compile(&package, component.clone()).await?;
        let plugin = self.new_row(&package, existing.as_ref(), &sheet);
        match existing {
            Some(_) => self.store.save_plugin(plugin.clone(), component).await?,
            None => self.install(&package, &plugin, component).await?,
        }
        if plugin.state == PluginState::Enabled {
            self.activate(Active::new(plugin.clone(), package, sheet.clone(), program));
        } else {
            self.deactivate(&id);
        }
        tracing::info!(plugin = %id, version = plugin.version, state = ?plugin.state, "a plugin was uploaded");
        Ok(PluginDetails { plugin, sheet })
    }

    /// Lets a plugin run. `consent` is the digest of the permission sheet that the administrator agreed to.
    pub async fn enable(&self, by: &Admin, id: &str, consent: &str) -> Result<PluginDetails, PluginError> {
        let _changing = self.changing.lock().await;
        let mut plugin = self.find(id).await?;
        let (package, component) = self.package(&plugin).await?;
        let sheet = Sheet::of(&package);
        if sheet.digest() != consent {
            return Err(PluginError::OtherSheet { present: sheet.digest() });
        }
        self.check_triggers(&package)?;
        let program = self.compile(&package, component).await?;
        plugin.state = PluginState::Enabled;
        plugin.consented_sheet = Some(consent.to_owned());
        self.save_state(&mut plugin).await?;
        self.activate(Active::new(plugin.clone(), package, sheet.clone(), program));
        tracing::info!(plugin = %plugin.id, version = plugin.version, by = by.user().username, "a plugin was enabled");
        Ok(PluginDetails { plugin, sheet })
    }

    /// Stops a plugin; its values and hooks stay. Running calls finish.
    pub async fn disable(&self, by: &Admin, id: &str) -> Result<PluginDetails, PluginError> {
        let _changing = self.changing.lock().await;
        let mut plugin = self.find(id).await?;
        plugin.state = PluginState::Disabled;
        self.save_state(&mut plugin).await?;
        self.deactivate(&plugin.id);
        tracing::info!(plugin = %plugin.id, by = by.user().username, "a plugin was disabled");
        self.details(plugin).await
    }

    /// Returns one installed plugin with its sheet.
    pub async fn get(&self, _: &Admin, id: &str) -> Result<PluginDetails, PluginError> {
        let plugin = self.find(id).await?;
        self.details(plugin).await
    }

    pub async fn list(&self, _: &Admin) -> Result<Vec<InstalledPlugin>, PluginError> {
        Ok(self.store.plugins().await?)
    }

    /// Loads the enabled plugins. A plugin that fails to load is logged and skipped.
    pub async fn start(&self) -> Result<(), PluginError> {
        for plugin in self.store.plugins().await? {
            if plugin.state != PluginState::Enabled {
                continue;
            }
            if let Err(error) = self.load(plugin.clone()).await {
                tracing::error!(plugin = %plugin.id, error = &error as &dyn std::error::Error, "an enabled plugin does not load");
            }
        }
        Ok(())
    }

    async fn load(&self, plugin: InstalledPlugin) -> Result<(), PluginError> {
        let (package, component) = self.package(&plugin).await?;
        let program = self.compile(&package, component).await?;
        let sheet = Sheet::of(&package);
        self.activate(Active::new(plugin, package, sheet, program));
        Ok(())
    }

    async fn details(&self, plugin: InstalledPlugin) -> Result<PluginDetails, PluginError> {
        let (package, _) = self.package(&plugin).await?;
        Ok(PluginDetails { plugin, sheet: Sheet::of(&package) })
    }

    async fn find(&self, id: &str) -> Result<InstalledPlugin, PluginError> {
        let missing = || PluginError::NotFound(id.chars().take(120).collect());
        let id: PluginId = id.parse().map_err(|_| missing())?;
        self.store.plugin(&id).await?.ok_or_else(missing)
    }

    async fn package(&self, plugin: &InstalledPlugin) -> Result<(Package, Vec<u8>), PluginError> {
        let component = self.store.plugin_package(&plugin.digest).await?.ok_or(PluginError::Replaced)?;
        read(component).await
    }

    async fn compile(&self, package: &Package, component: Vec<u8>) -> Result<Program, PluginError> {
        let templates =
            package.manifest.compile_templates().map_err(|error| LoadError::Contract(error.to_string()))?;
        let source = Source {
            plugin: package.manifest.plugin.id.clone(),
            digest: package.digest.clone(),
            component,
            triggers: package.exports.clone(),
            limits: package.manifest.call_limits(),
            templates,
        };
        Ok(self.runtime.load(source).await?)
    }

    /// Builds the row of a new package, with its account and whether it may run at once.
    fn new_row(
        &self,
        package: &Package,
        existing: Option<&InstalledPlugin>,
        sheet: &Sheet,
    ) -> InstalledPlugin {
        let record = &package.manifest.plugin;
        let now = self.clock.now();
        let is_covered = self.active(&record.id).is_some_and(|running| sheet.is_within(&running.sheet));
        let state = if is_covered { PluginState::Enabled } else { PluginState::Pending };
        let (bot_user_id, create_at) = match existing {
            Some(plugin) => (plugin.bot_user_id.clone(), plugin.create_at),
            None => (self.clock.id(), now),
        };
        InstalledPlugin {
            id: record.id.clone(),
            version: record.version.clone(),
            digest: package.digest.clone(),
            state,
            consented_sheet: is_covered.then(|| sheet.digest()),
            bot_user_id,
            create_at,
            update_at: now,
        }
    }

    /// Stores a new plugin with its account, which is named after the last part of the plugin's id, or the whole id if
    /// that name is taken.
    async fn install(
        &self,
        package: &Package,
        plugin: &InstalledPlugin,
        component: Vec<u8>,
    ) -> Result<(), PluginError> {
        let record = &package.manifest.plugin;
        let id = record.id.as_str();
        let short = id.rsplit('.').next().unwrap_or(id);
        for name in [short, id] {
            let name: String = name.chars().take(64).collect();
            match self.access.create_plugin(&name, &record.name, plugin.clone(), component.clone()).await {
                Ok(_) => return Ok(()),
                Err(AccessError::Taken) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccessError::Taken.into())
    }

    fn check_triggers(&self, package: &Package) -> Result<(), PluginError> {
        let id = &package.manifest.plugin.id;
        for command in &package.manifest.commands {
            let owner = self.command(&command.trigger).map(|taken| taken.plugin.installed.id.clone());
            if let Some(owner) = owner.filter(|owner| owner != id) {
                return Err(PluginError::TriggerTaken { trigger: command.trigger.clone(), owner });
            }
        }
        Ok(())
    }

    async fn save_state(&self, plugin: &mut InstalledPlugin) -> Result<(), PluginError> {
        plugin.update_at = self.clock.now();
        let InstalledPlugin { id, digest, state, consented_sheet, update_at, .. } = &*plugin;
        let saved =
            self.store.set_plugin_state(id, digest, *state, consented_sheet.clone(), *update_at).await?;
        if saved { Ok(()) } else { Err(PluginError::Replaced) }
    }
}

impl Active {
    fn new(installed: InstalledPlugin, package: Package, sheet: Sheet, program: Program) -> Self {
        let grants = Grants { functions: sheet.functions() };
        Self { installed, manifest: package.manifest, sheet, program, grants }
    }
}

/// Reads a package off the async executor, because large ones are slow.
async fn read(component: Vec<u8>) -> Result<(Package, Vec<u8>), PluginError> {
    let read =
        tokio::task::spawn_blocking(move || Package::read(&component).map(|package| (package, component)));
    Ok(read.await.map_err(|_| LoadError::Interrupted)??)
}
