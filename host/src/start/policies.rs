//! The settings of hooks, commands, signed requests and plugins, as these take them.

use std::time::Duration;

use crate::command::CommandPolicy;
use crate::config::{Config, Creators, PluginCompiler, PluginsSettings, SignedSettings};
use crate::egress::http::ExchangeLimits;
use crate::hook::{HookPolicy, OutgoingPolicy};
use crate::notice::MAX_RECIPIENTS;
use crate::rate::Rate;
use crate::runtime::{CompileLimits, RuntimeLimits};
use crate::signed::Policy as SignedPolicy;

/// How long a command's target may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);

/// Largest response of a command's target, in bytes. The rest of a larger one is not read.
const MAX_COMMAND_RESPONSE: usize = 1 << 20;

pub(super) fn hook_policy(config: &Config) -> HookPolicy {
    HookPolicy {
        enabled: config.hooks.incoming,
        username_override: config.hooks.username_override,
        icon_override: config.hooks.icon_override,
        hooks_per_account: config.limits.hooks_per_account,
        bridge_timeout: Duration::from_millis(config.plugins.bridge_timeout_ms.into()),
        bridge_max_body: config.hooks.bridge_max_body,
        member_hooks: config.access.hook_creation == Creators::Members,
    }
}

pub(super) fn outgoing_policy(config: &Config) -> OutgoingPolicy {
    OutgoingPolicy {
        enabled: config.hooks.outgoing,
        member_hooks: config.access.hook_creation == Creators::Members,
        hooks_per_account: config.limits.hooks_per_account,
        username_override: config.hooks.username_override,
        icon_override: config.hooks.icon_override,
    }
}

pub(super) fn command_policy(config: &Config) -> CommandPolicy {
    CommandPolicy {
        plugin_timeout: Duration::from_millis(config.commands.timeout_ms.into()),
        enabled: config.commands.enabled,
        username_override: config.hooks.username_override,
        icon_override: config.hooks.icon_override,
        member_commands: config.access.hook_creation == Creators::Members,
        commands_per_account: config.limits.hooks_per_account,
    }
}

/// Returns the limits of requests to the targets of commands.
pub(super) fn command_limits(config: &Config) -> ExchangeLimits {
    let total = Duration::from_millis(config.commands.request_timeout_ms.into());
    ExchangeLimits {
        connect: CONNECT.min(total),
        total,
        request_body: config.server.max_body,
        response_body: MAX_COMMAND_RESPONSE,
    }
}

pub(super) fn signed_policy(settings: &SignedSettings) -> SignedPolicy {
    let rate = Rate { per_second: settings.rate_per_second, burst: settings.rate_burst };
    SignedPolicy {
        raw_query: settings.raw_query,
        max_users: settings.max_users.min(MAX_RECIPIENTS),
        rate: (rate.per_second > 0).then_some(rate),
    }
}

pub(super) fn limits(settings: &PluginsSettings) -> RuntimeLimits {
    RuntimeLimits {
        memory: settings.max_memory,
        values: settings.max_values,
        calls_per_plugin: settings.calls_per_plugin,
        calls: settings.calls,
        compile: CompileLimits {
            in_process: settings.compiler == PluginCompiler::Process,
            time: Duration::from_millis(settings.compile_ms.into()),
            memory: settings.compile_memory,
        },
    }
}
