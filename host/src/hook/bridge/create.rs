//! Creating and listing bridges. The plugin must be enabled and declare the bridge; its verifier may need a secret.

use crate::hook::manage::{HookSettings, NewHook, managed_by};
use crate::hook::{HookError, Hooks};
use crate::model::{
    ChannelId, HookId, IncomingHook, PluginId, ReceiptCounts, Timestamp, User, UserId, Verifier,
};
use crate::secret::Secret;
use crate::verifier::scheme;

/// Longest shared secret, in bytes.
const MAX_SECRET: usize = 1000;

/// A bridge to create.
#[derive(Debug)]
pub struct NewBridge {
    pub plugin: String,
    pub bridge: String,
    pub channel_id: ChannelId,
    /// See [`NewHook::user_id`].
    pub user_id: Option<UserId>,
    /// None means as the plugin declares. Another verifier is allowed only if the plugin declares none.
    pub verifier: Option<Verifier>,
    pub secret: Option<Secret>,
    pub display_name: String,
}

impl Hooks {
    /// Creates an incoming webhook whose requests a plugin reads. See [`Hooks::create`] for its owner.
    pub async fn create_bridge(&self, caller: &User, new: NewBridge) -> Result<IncomingHook, HookError> {
        let plugin: PluginId = new.plugin.parse().map_err(|reason| invalid("plugin", reason))?;
        let active = self.plugins.active(&plugin).ok_or_else(|| {
            invalid("plugin", format!("the plugin {plugin} is not enabled; install and enable it first"))
        })?;
        let declared =
            active.manifest.bridges.iter().find(|bridge| bridge.name == new.bridge).ok_or_else(|| {
                let known: Vec<&str> =
                    active.manifest.bridges.iter().map(|bridge| bridge.name.as_str()).collect();
                invalid(
                    "bridge",
                    format!("the plugin {plugin} has no bridge of this name; it has: {}", known.join(", ")),
                )
            })?;
        let verifier = new.verifier.unwrap_or(declared.verifier);
        // The verifier is part of the consent. A plugin that declares none accepts any verifier, because that only
        // proves more.
        if declared.verifier != Verifier::None && verifier != declared.verifier {
            let reason =
                format!("the plugin {plugin} declares the verifier of this bridge; leave `verifier` out");
            return Err(invalid("verifier", reason));
        }
        if let (Some(signature), None) = (&scheme(verifier).signature, &new.secret) {
            return Err(invalid("secret", signature.needs_secret.to_owned()));
        }
        if new.secret.as_ref().is_some_and(|secret| secret.reveal().len() > MAX_SECRET) {
            return Err(invalid("secret", format!("it may have at most {MAX_SECRET} bytes")));
        }
        let display_name =
            if new.display_name.is_empty() { active.manifest.plugin.name.clone() } else { new.display_name };
        let settings = HookSettings {
            channel_id: new.channel_id,
            display_name,
            description: String::new(),
            username: String::new(),
            icon_url: String::new(),
            channel_locked: true,
        };
        let hook = NewHook {
            settings,
            user_id: new.user_id,
            bridge: Some((plugin, new.bridge)),
            verifier,
            sealed_secret: new.secret.as_ref().map(|secret| self.sealer.seal(secret)),
        };
        self.create(caller, hook).await
    }

    /// Returns a page of the bridges that `user` may manage, oldest first, each with counts of its outcomes.
    pub async fn bridges(
        &self,
        user: &User,
        after: Option<&(Timestamp, HookId)>,
        limit: i64,
    ) -> Result<Vec<(IncomingHook, ReceiptCounts)>, HookError> {
        let mut bridges = Vec::new();
        for hook in self.store.hooks().bridges(managed_by(user), after, limit).await? {
            let counts = self.store.hooks().receipt_counts(&hook.id).await?;
            bridges.push((hook, counts));
        }
        Ok(bridges)
    }
}

fn invalid(field: &'static str, reason: String) -> HookError {
    HookError::Invalid { field, reason }
}
