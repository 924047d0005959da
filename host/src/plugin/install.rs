//! Upload, enable, disable, and loading the enabled plugins at start.

use serde_json::json;

use super::package::Package;
use super::registry::RESERVED_TRIGGERS;
use super::sheet::Sheet;
use super::{Active, PluginError, Plugins};
use crate::access::{AccessError, Admin, audit_row};
use crate::effect::Grants;
use crate::model::{Audit, InstalledPlugin, Kind, PluginId, PluginState};
use crate::runtime::{LoadError, Program, ProgramSource};
use crate::template::Templates;

/// An installed plugin with its permission sheet.
#[derive(Debug)]
pub struct PluginDetails {
    pub plugin: InstalledPlugin,
    pub sheet: Sheet,
}

impl Plugins {
    /// Stores a package and returns its permission sheet; the plugin does not run until an administrator consents to
    /// the sheet. Nothing is compiled until then.
    ///
    /// A new version of an enabled plugin takes over at once if the earlier consent covers it; otherwise the plugin
    /// stops until there is consent to the new sheet. Uploading the same package again changes nothing.
    pub async fn upload(&self, caller: &Admin, component: Vec<u8>) -> Result<PluginDetails, PluginError> {
        let (package, component) = read(component).await?;
        for command in &package.manifest.commands {
            if RESERVED_TRIGGERS.contains(&command.trigger.as_str()) {
                return Err(PluginError::TriggerReserved(command.trigger.clone()));
            }
        }
        let templates = compile_templates(&package)?;
        let sheet = Sheet::of(&package);
        let id = package.manifest.plugin.id.clone();
        let existing = self.store.plugin(&id).await?;
        if let Some(plugin) = existing.clone().filter(|plugin| plugin.digest == package.digest) {
            return Ok(PluginDetails { plugin, sheet });
        }
        self.check_triggers(&package)?;
        let takes_over = self.active(&id).is_some_and(|running| sheet.is_within(&running.sheet));
        let program =
            if takes_over { Some(self.compile(&package, component.clone(), templates).await?) } else { None };
        // Compiling takes long, so the lock is taken only after it, and what changed meanwhile is checked again.
        let _changing = self.changing.lock().await;
        self.check_triggers(&package)?;
        match self.store.plugin(&id).await? {
            Some(plugin) if plugin.digest == package.digest => return Ok(PluginDetails { plugin, sheet }),
            present if present != existing => return Err(PluginError::Replaced),
            _ => {}
        }
        let plugin = self.new_row(&package, existing.as_ref(), &sheet, program.is_some());
        let row = self.audit(caller, "plugin.upload", existing.as_ref(), &plugin);
        match existing {
            Some(_) => self.store.with_audit(row).save_plugin(plugin.clone(), component).await?,
            None => self.install(row, &package, &plugin, component).await?,
        }
        match program {
            Some(program) => self.activate(Active::new(plugin.clone(), package, sheet.clone(), program)),
            None => self.deactivate(&id),
        }
        tracing::info!(plugin = %id, version = plugin.version, state = ?plugin.state, "a plugin was uploaded");
        Ok(PluginDetails { plugin, sheet })
    }

    /// Lets a plugin run. `consent` is the digest of the permission sheet that the administrator agreed to.
    pub async fn enable(
        &self,
        caller: &Admin,
        id: &str,
        consent: &str,
    ) -> Result<PluginDetails, PluginError> {
        let found = self.find(id).await?;
        let (package, component) = self.package(&found).await?;
        let sheet = Sheet::of(&package);
        if sheet.digest() != consent {
            return Err(PluginError::OtherSheet { present: sheet.digest() });
        }
        self.check_triggers(&package)?;
        let templates = compile_templates(&package)?;
        let program = self.compile(&package, component, templates).await?;
        // Compiling takes long, so the lock is taken only after it: no other change waits for it.
        let _changing = self.changing.lock().await;
        self.check_triggers(&package)?;
        let was = self.find(id).await?;
        if was.digest != package.digest {
            return Err(PluginError::Replaced);
        }
        let (state, consent) = (PluginState::Enabled, Some(consent.to_owned()));
        let plugin = InstalledPlugin { state, consented_sheet: consent, ..was.clone() };
        let plugin = self.save_state(caller, "plugin.enable", &was, plugin).await?;
        self.activate(Active::new(plugin.clone(), package, sheet.clone(), program));
        tracing::info!(plugin = %plugin.id, version = plugin.version, caller = caller.user().username, "a plugin was enabled");
        Ok(PluginDetails { plugin, sheet })
    }

    /// Stops a plugin; its values and hooks stay. Running calls finish.
    pub async fn disable(&self, caller: &Admin, id: &str) -> Result<PluginDetails, PluginError> {
        let changing = self.changing.lock().await;
        let was = self.find(id).await?;
        let plugin = InstalledPlugin { state: PluginState::Disabled, ..was.clone() };
        let plugin = self.save_state(caller, "plugin.disable", &was, plugin).await?;
        self.deactivate(&plugin.id);
        drop(changing);
        tracing::info!(plugin = %plugin.id, caller = caller.user().username, "a plugin was disabled");
        self.details(plugin).await
    }

    /// Returns one installed plugin with its sheet.
    pub async fn get(&self, _: &Admin, id: &str) -> Result<PluginDetails, PluginError> {
        let plugin = self.find(id).await?;
        self.details(plugin).await
    }

    /// Returns a page of installed plugins, by id, that begins after the one with this id.
    pub async fn list(
        &self,
        _: &Admin,
        after: Option<&PluginId>,
        limit: i64,
    ) -> Result<Vec<InstalledPlugin>, PluginError> {
        Ok(self.store.plugins_page(after, limit).await?)
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
        let templates = compile_templates(&package)?;
        let program = self.compile(&package, component, templates).await?;
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

    async fn compile(
        &self,
        package: &Package,
        component: Vec<u8>,
        templates: Templates,
    ) -> Result<Program, PluginError> {
        let source = ProgramSource {
            plugin: package.manifest.plugin.id.clone(),
            digest: package.digest.clone(),
            component,
            triggers: package.exports.clone(),
            limits: package.manifest.call_limits(),
            templates,
        };
        // The server does not wait for a compile when it stops.
        tokio::select! {
            loaded = self.runtime.load(source) => Ok(loaded?),
            () = self.tasks.stopping() => Err(LoadError::Interrupted.into()),
        }
    }

    /// Builds the row of a new package, with its account and whether it runs at once.
    fn new_row(
        &self,
        package: &Package,
        existing: Option<&InstalledPlugin>,
        sheet: &Sheet,
        runs: bool,
    ) -> InstalledPlugin {
        let record = &package.manifest.plugin;
        let now = self.clock.now();
        let state = if runs { PluginState::Enabled } else { PluginState::Pending };
        let (bot_user_id, create_at) = match existing {
            Some(plugin) => (plugin.bot_user_id.clone(), plugin.create_at),
            None => (self.clock.id(), now),
        };
        InstalledPlugin {
            id: record.id.clone(),
            version: record.version.clone(),
            digest: package.digest.clone(),
            state,
            consented_sheet: runs.then(|| sheet.digest()),
            bot_user_id,
            create_at,
            update_at: now,
        }
    }

    /// Stores a new plugin with its account, which is named after the last part of the plugin's id, or the whole id if
    /// that name is taken.
    async fn install(
        &self,
        row: Audit,
        package: &Package,
        plugin: &InstalledPlugin,
        component: Vec<u8>,
    ) -> Result<(), PluginError> {
        let record = &package.manifest.plugin;
        let id = record.id.as_str();
        let short = id.rsplit('.').next().unwrap_or(id);
        for name in [short, id] {
            let name: String = name.chars().take(64).collect();
            let (row, plugin) = (row.clone(), plugin.clone());
            match self.access.create_plugin(row, &name, &record.name, plugin, component.clone()).await {
                Ok(_) => return Ok(()),
                Err(AccessError::Taken(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(AccessError::Taken(Kind::Username).into())
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

    /// Saves a state, unless the package was replaced in the meantime.
    async fn save_state(
        &self,
        caller: &Admin,
        action: &str,
        was: &InstalledPlugin,
        plugin: InstalledPlugin,
    ) -> Result<InstalledPlugin, PluginError> {
        let plugin = InstalledPlugin { update_at: self.clock.now(), ..plugin };
        let InstalledPlugin { id, digest, state, consented_sheet, update_at, .. } = &plugin;
        let audited = self.store.with_audit(self.audit(caller, action, Some(was), &plugin));
        let saved = audited.set_plugin_state(id, digest, *state, consented_sheet.clone(), *update_at).await?;
        if saved { Ok(plugin) } else { Err(PluginError::Replaced) }
    }

    /// Returns the row that records who changed the plugin, and its state before and after.
    fn audit(
        &self,
        caller: &Admin,
        action: &str,
        was: Option<&InstalledPlugin>,
        plugin: &InstalledPlugin,
    ) -> Audit {
        let facts = |plugin: &InstalledPlugin| {
            let InstalledPlugin { version, digest, state, consented_sheet, bot_user_id, .. } = plugin;
            json!({
                "version": version, "digest": digest, "state": state, "consented_sheet": consented_sheet,
                "bot_user_id": bot_user_id,
            })
        };
        let (thing, user) = (("plugin", plugin.id.as_str()), Some(caller.user()));
        let row = audit_row(&self.clock, user, action, thing, was.map(facts), Some(facts(plugin)));
        row.only_differences()
    }
}

impl Active {
    fn new(installed: InstalledPlugin, package: Package, sheet: Sheet, program: Program) -> Self {
        let grants = Grants { functions: sheet.functions() };
        Self { installed, manifest: package.manifest, sheet, program, grants }
    }
}

fn compile_templates(package: &Package) -> Result<Templates, LoadError> {
    package.manifest.compile_templates().map_err(|error| LoadError::Contract(error.to_string()))
}

/// Reads a package off the async executor, because large ones are slow.
async fn read(component: Vec<u8>) -> Result<(Package, Vec<u8>), PluginError> {
    let read =
        tokio::task::spawn_blocking(move || Package::read(&component).map(|package| (package, component)));
    Ok(read.await.map_err(|_| LoadError::Interrupted)??)
}
