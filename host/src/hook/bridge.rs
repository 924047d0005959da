//! A bridge: a plugin reads the request, after its signature was checked here.

mod create;

use super::identity::{apply_overrides, check_owner, own_place};
use super::{HookError, HookRequest, HookResponse, Hooks, signature};
use crate::chat::{ChatError, Origin, compose};
use crate::effect;
use crate::model::{
    BridgeOutcome, BridgeRequest, Changes, HookTarget, IncomingHook, Place, PluginId, Post, Receipt,
    ReceiptOutcome, Verifier,
};
use crate::plugin::Active;
use crate::runtime::Finished;
use crate::store::StoreError;

pub use create::NewBridge;

/// Credentials: they prove something to the server and are no plugin's business.
const PRIVATE_HEADERS: [&str; 5] =
    ["authorization", "cookie", "proxy-authorization", "x-hub-signature", "x-hub-signature-256"];

/// Answers from this status on ask the sender to come again: nothing of such a call is kept.
const FIRST_FAILURE: u16 = 500;

/// Longest reason kept in a receipt, in characters.
const MAX_REASON: usize = 500;

pub(super) async fn accept(
    hooks: &Hooks,
    target: &HookTarget,
    plugin: &PluginId,
    bridge: &str,
    request: HookRequest,
) -> Result<HookResponse, HookError> {
    let hook = &target.hook;
    let verified_by = signature::check(&hooks.sealer, hook, &request)?;
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
            .filter(|(name, _)| !PRIVATE_HEADERS.contains(&name.as_str()))
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
            // A value changed under the call, or the same delivery won: nothing of this one remains, so look again.
            Err(ChatError::Store(error)) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let error = HookError::Contended { plugin: plugin.to_string() };
    Err(record_failure(hooks, hook, delivery_id.as_deref(), error).await)
}

/// Has the plugin read the request. Nothing is written: the outcome and its changes are the caller's to commit.
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

/// The sender's own name for a delivery, where its kind of sender gives one.
fn delivery_id(hook: &IncomingHook, request: &HookRequest) -> Option<String> {
    match hook.verifier {
        Verifier::Github => request.header("x-github-delivery").map(|id| id.chars().take(100).collect()),
        Verifier::None => None,
    }
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

/// Adds the messages, their jobs and the receipt to what the plugin itself asked for.
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

/// Logs and keeps what went wrong.
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

/// Counts a failure. Under no delivery id: the sender may deliver the same again, and then it counts.
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
        // A plugin's words: PostgreSQL keeps no NUL in a text.
        reason: reason.chars().filter(|c| *c != '\0').take(MAX_REASON).collect(),
        post_ids: Vec::new(),
        received_at: hooks.clock.now(),
    }
}

fn answer(outcome: BridgeOutcome) -> HookResponse {
    let ok = HookResponse::ok();
    HookResponse { status: outcome.status.unwrap_or(ok.status), body: outcome.body.unwrap_or(ok.body) }
}
