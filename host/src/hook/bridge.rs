//! A bridge: a plugin reads the request after its signature was checked.

mod create;

use super::identity::{apply_overrides, check_owner, own_place};
use super::{HookError, HookRequest, HookResponse, Hooks};
use crate::chat::{ChatError, Origin, compose};
use crate::effect;
use crate::model::{
    BridgeOutcome, BridgeRequest, Changes, HookTarget, IncomingHook, Place, PluginId, Post, Receipt,
    ReceiptOutcome,
};
use crate::plugin::Active;
use crate::runtime::Finished;
use crate::store::StoreError;
use crate::verifier::{self, Evidence, SignatureError, scheme};

pub use create::NewBridge;

/// Credentials, which no plugin sees; nor does it see what [`verifier::is_private`] names.
const PRIVATE_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// A response with this status or a higher one asks the sender to retry: nothing of such a call is kept.
const FIRST_FAILURE: u16 = 500;

/// Longest id of a delivery, in characters. The rest is cut off.
const MAX_DELIVERY_ID: usize = 100;

/// Longest reason kept in a receipt, in characters. The rest is cut off.
const MAX_REASON: usize = 500;

pub(super) async fn accept(
    hooks: &Hooks,
    target: &HookTarget,
    plugin: &PluginId,
    bridge: &str,
    request: HookRequest,
) -> Result<HookResponse, HookError> {
    let hook = &target.hook;
    let verified_by = verify(hooks, hook, &request)?;
    check_owner(target.channel_kind, target.owner_is_member)?;
    let delivery_id = delivery_id(hook, &request);
    let active =
        hooks.plugins.active(plugin).ok_or_else(|| HookError::PluginNotEnabled(plugin.to_string()))?;
    let handed = BridgeRequest {
        bridge: bridge.to_owned(),
        method: request.method,
        query: request.query,
        headers: request
            .headers
            .into_iter()
            .filter(|(name, _)| !PRIVATE_HEADERS.contains(&name.as_str()) && !verifier::is_private(name))
            .collect(),
        body: request.body,
        verified_by,
    };
    let place = own_place(hook);
    for _ in 0..effect::ATTEMPTS {
        if let Some(id) = &delivery_id
            && hooks.store.was_delivered(&hook.id, id).await?
        {
            return Ok(HookResponse::ok());
        }
        let (outcome, changes) =
            match read(hooks, hook, &active, &place, &handed, delivery_id.as_deref()).await {
                Ok(read) => read,
                Err(error) => return Err(record_failure(hooks, hook, delivery_id.as_deref(), error).await),
            };
        if let Some(status) = outcome.status.filter(|status| *status >= FIRST_FAILURE) {
            tracing::warn!(
                hook = hook.display_name,
                delivery = delivery_id,
                status,
                "a bridge answered a failure"
            );
            let said = outcome.ignored.clone().or_else(|| outcome.body.clone());
            keep_failure(hooks, hook, &said.unwrap_or_else(|| format!("answered {status}"))).await?;
            return Ok(answer(outcome));
        }
        match hooks.chat.publish(changes).await {
            Ok(()) => return Ok(answer(outcome)),
            // A value changed during the call, or the same delivery was committed first. Nothing of this call was
            // written, so try again.
            Err(ChatError::Store(error)) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let error = HookError::Contended { plugin: plugin.to_string() };
    Err(record_failure(hooks, hook, delivery_id.as_deref(), error).await)
}

/// Calls the plugin. Nothing is written: the caller commits the outcome and its changes.
async fn read(
    hooks: &Hooks,
    hook: &IncomingHook,
    active: &Active,
    place: &Place,
    handed: &BridgeRequest,
    delivery_id: Option<&str>,
) -> Result<(BridgeOutcome, Changes), HookError> {
    let call = hooks.plugins.begin(active, None, Some(place.clone()));
    let plugin = call.plugin.to_string();
    let runtime = hooks.plugins.runtime();
    let finished = runtime.bridge(&active.program, &call, handed, hooks.policy.bridge_timeout).await;
    let Finished { value: outcome, effects, .. } = match finished {
        Ok(finished) => finished,
        Err(failed) => return Err(HookError::Plugin { plugin, call: call.id, failed: Box::new(failed) }),
    };
    let mut changes = match effect::plan(effects, &active.grants, &call, hooks.clock.now()) {
        Ok(changes) => changes,
        Err(denied) => return Err(HookError::Denied { plugin, call: call.id, denied }),
    };
    let posts = posts(hooks, hook, place, &outcome, active);
    settle(hooks, hook, delivery_id.map(str::to_owned), &outcome, posts, &mut changes);
    Ok((outcome, changes))
}

/// Checks the signature and returns the verifier's name, or None if the address alone is the proof.
fn verify(hooks: &Hooks, hook: &IncomingHook, request: &HookRequest) -> Result<Option<String>, HookError> {
    let scheme = scheme(hook.verifier);
    let Some(signature) = &scheme.signature else { return Ok(None) };
    let sealed = hook.sealed_secret.as_ref().ok_or(SignatureError::NoSecret)?;
    let secret = hooks.sealer.open(sealed)?;
    let evidence = Evidence { headers: &request.headers, body: &request.body };
    signature.verify(secret.reveal().as_bytes(), evidence, hooks.clock.now())?;
    Ok(Some(scheme.name.to_owned()))
}

/// Returns the sender's own id of a delivery, if its kind of sender gives one.
fn delivery_id(hook: &IncomingHook, request: &HookRequest) -> Option<String> {
    let id = request.header(scheme(hook.verifier).delivery_header?)?;
    Some(id.chars().take(MAX_DELIVERY_ID).collect())
}

fn posts(
    hooks: &Hooks,
    hook: &IncomingHook,
    place: &Place,
    outcome: &BridgeOutcome,
    plugin: &Active,
) -> Vec<Post> {
    let mut posts = Vec::new();
    for message in &outcome.messages {
        let mut message = message.clone();
        if message.username.is_none() && hook.username.is_empty() {
            message.username = Some(plugin.manifest.plugin.name.clone());
        }
        apply_overrides(&hooks.policy, hook, &mut message);
        posts.extend(compose(
            &hooks.clock,
            &hook.user_id,
            place,
            &message,
            &Origin::Hook { display_name: &hook.display_name },
        ));
    }
    posts
}

/// Adds the messages, their jobs and the receipt to the plugin's own changes.
fn settle(
    hooks: &Hooks,
    hook: &IncomingHook,
    delivery_id: Option<String>,
    outcome: &BridgeOutcome,
    posts: Vec<Post>,
    changes: &mut Changes,
) {
    let posted = if posts.is_empty() { ReceiptOutcome::Ignored } else { ReceiptOutcome::Posted };
    let reason = outcome.ignored.clone().unwrap_or_default();
    let mut receipt = receipt(hooks, hook, delivery_id, posted, &reason);
    receipt.post_ids = posts.iter().map(|post| post.id.clone()).collect();
    let said = hooks.chat.changes(posts);
    changes.posts.extend(said.posts);
    changes.jobs.extend(said.jobs);
    changes.receipt = Some(receipt);
}

/// Logs an error and keeps it in a receipt.
async fn record_failure(
    hooks: &Hooks,
    hook: &IncomingHook,
    delivery: Option<&str>,
    error: HookError,
) -> HookError {
    tracing::warn!(
        hook = hook.display_name,
        delivery,
        error = &error as &dyn std::error::Error,
        "a bridge did not accept a request"
    );
    match keep_failure(hooks, hook, &error.to_string()).await {
        Ok(()) => error,
        Err(store) => store.into(),
    }
}

/// Writes the receipt of a failure. It has no delivery id, so that a later delivery of the same id is not a repetition.
async fn keep_failure(hooks: &Hooks, hook: &IncomingHook, reason: &str) -> Result<(), StoreError> {
    let receipt = receipt(hooks, hook, None, ReceiptOutcome::Failed, reason);
    hooks.store.commit(Changes { receipt: Some(receipt), ..Changes::default() }).await
}

fn receipt(
    hooks: &Hooks,
    hook: &IncomingHook,
    delivery_id: Option<String>,
    outcome: ReceiptOutcome,
    reason: &str,
) -> Receipt {
    Receipt {
        id: hooks.clock.id(),
        hook_id: hook.id.clone(),
        delivery_id,
        outcome,
        // The plugin's text may hold NUL, which PostgreSQL does not store.
        reason: reason.chars().filter(|c| *c != '\0').take(MAX_REASON).collect(),
        post_ids: Vec::new(),
        received_at: hooks.clock.now(),
    }
}

fn answer(outcome: BridgeOutcome) -> HookResponse {
    let ok = HookResponse::ok();
    HookResponse { status: outcome.status.unwrap_or(ok.status), body: outcome.body.unwrap_or(ok.body) }
}
