//! A bridge: a plugin reads the request, after its signature was checked here.

use super::{Accepted, Ingest, IngestError, Request, check_owner, own_place, signature};
use crate::chat::{ChatError, Origin, compose};
use crate::effect;
use crate::model::{
    BridgeCall, BridgeOutcome, Changes, HookTarget, IncomingHook, Place, PluginId, Post, Receipt,
    ReceiptOutcome, Verifier,
};
use crate::plugin::Active;
use crate::runtime::Finished;
use crate::store::StoreError;

/// Credentials: they prove something to the server and are no plugin's business.
const PRIVATE_HEADERS: [&str; 5] =
    ["authorization", "cookie", "proxy-authorization", "x-hub-signature", "x-hub-signature-256"];

/// Answers from this status on ask the sender to come again: nothing of such a call is kept.
const FIRST_FAILURE: u16 = 500;

/// Longest reason kept in a receipt, in characters.
const MAX_REASON: usize = 500;

pub(super) async fn accept(
    ingest: &Ingest,
    target: &HookTarget,
    plugin: &PluginId,
    bridge: &str,
    request: Request,
) -> Result<Accepted, IngestError> {
    let hook = &target.hook;
    let verified_by = signature::check(&ingest.sealer, hook, &request)?;
    check_owner(target.channel_kind, target.owner_is_member)?;
    let delivery_id = delivery_id(hook, &request);
    let active =
        ingest.plugins.active(plugin).ok_or_else(|| IngestError::PluginNotEnabled(plugin.to_string()))?;
    let handed = BridgeCall {
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
            && ingest.store.was_delivered(&hook.id, id).await?
        {
            return Ok(Accepted::ok());
        }
        let (outcome, changes) =
            match read(ingest, hook, &active, &place, &handed, delivery_id.as_deref()).await {
                Ok(read) => read,
                Err(error) => return Err(record_failure(ingest, hook, delivery_id.as_deref(), error).await),
            };
        if let Some(status) = outcome.status.filter(|status| *status >= FIRST_FAILURE) {
            tracing::warn!(
                hook = hook.display_name,
                delivery = delivery_id,
                status,
                "a bridge answered a failure"
            );
            let said = outcome.ignored.clone().or_else(|| outcome.body.clone());
            keep_failure(ingest, hook, &said.unwrap_or_else(|| format!("answered {status}"))).await?;
            return Ok(answer(outcome));
        }
        match ingest.chat.publish(changes).await {
            Ok(()) => return Ok(answer(outcome)),
            // A value changed under the call, or the same delivery won: nothing of this one remains, so look again.
            Err(ChatError::Store(error)) if error.is_conflict() => {}
            Err(error) => return Err(error.into()),
        }
    }
    let error = IngestError::Contended { plugin: plugin.to_string() };
    Err(record_failure(ingest, hook, delivery_id.as_deref(), error).await)
}

/// Has the plugin read the request. Nothing is written: the outcome and its changes are the caller's to commit.
async fn read(
    ingest: &Ingest,
    hook: &IncomingHook,
    active: &Active,
    place: &Place,
    handed: &BridgeCall,
    delivery_id: Option<&str>,
) -> Result<(BridgeOutcome, Changes), IngestError> {
    let call = ingest.plugins.begin(active, None, Some(place.clone()));
    let plugin = call.plugin.to_string();
    let runtime = ingest.plugins.runtime();
    let finished = runtime.bridge(&active.program, &call, handed, ingest.rules.bridge_timeout).await;
    let Finished { value: outcome, effects, .. } = match finished {
        Ok(finished) => finished,
        Err(failed) => return Err(IngestError::Plugin { plugin, call: call.id, failed: Box::new(failed) }),
    };
    let mut changes = match effect::plan(effects, &active.grants, &call, 1, ingest.clock.now()) {
        Ok(changes) => changes,
        Err(denied) => return Err(IngestError::Denied { plugin, call: call.id, denied }),
    };
    let posts = posts(ingest, hook, place, &outcome, active);
    settle(ingest, hook, delivery_id.map(str::to_owned), &outcome, posts, &mut changes);
    Ok((outcome, changes))
}

/// The sender's own name for a delivery, where its kind of sender gives one.
fn delivery_id(hook: &IncomingHook, request: &Request) -> Option<String> {
    match hook.verifier {
        Verifier::Github => request.header("x-github-delivery").map(|id| id.chars().take(100).collect()),
        Verifier::None => None,
    }
}

fn posts(
    ingest: &Ingest,
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
        ingest.dress(hook, &mut message);
        posts.extend(compose(
            &ingest.clock,
            &hook.user_id,
            place,
            &message,
            &Origin::Hook { display_name: &hook.display_name },
        ));
    }
    posts
}

/// Adds the messages, their events and the receipt to what the plugin itself asked for.
fn settle(
    ingest: &Ingest,
    hook: &IncomingHook,
    delivery_id: Option<String>,
    outcome: &BridgeOutcome,
    posts: Vec<Post>,
    changes: &mut Changes,
) {
    let posted = if posts.is_empty() { ReceiptOutcome::Ignored } else { ReceiptOutcome::Posted };
    let reason = outcome.ignored.clone().unwrap_or_default();
    let mut receipt = receipt(ingest, hook, delivery_id, posted, &reason);
    receipt.post_ids = posts.iter().map(|post| post.id.clone()).collect();
    let said = ingest.chat.changes(posts);
    changes.posts.extend(said.posts);
    changes.events.extend(said.events);
    changes.receipt = Some(receipt);
}

/// Logs and keeps what went wrong.
async fn record_failure(
    ingest: &Ingest,
    hook: &IncomingHook,
    delivery: Option<&str>,
    error: IngestError,
) -> IngestError {
    tracing::warn!(
        hook = hook.display_name,
        delivery,
        error = &error as &dyn std::error::Error,
        "a bridge did not accept a request"
    );
    match keep_failure(ingest, hook, &error.to_string()).await {
        Ok(()) => error,
        Err(store) => store.into(),
    }
}

/// Counts a failure. Under no delivery id: the sender may deliver the same again, and then it counts.
async fn keep_failure(ingest: &Ingest, hook: &IncomingHook, reason: &str) -> Result<(), StoreError> {
    let receipt = receipt(ingest, hook, None, ReceiptOutcome::Failed, reason);
    ingest.store.commit(Changes { receipt: Some(receipt), ..Changes::default() }).await
}

fn receipt(
    ingest: &Ingest,
    hook: &IncomingHook,
    delivery_id: Option<String>,
    outcome: ReceiptOutcome,
    reason: &str,
) -> Receipt {
    Receipt {
        id: ingest.clock.id(),
        hook_id: hook.id.clone(),
        delivery_id,
        outcome,
        // A plugin's words: PostgreSQL keeps no NUL in a text.
        reason: reason.chars().filter(|c| *c != '\0').take(MAX_REASON).collect(),
        post_ids: Vec::new(),
        received_at: ingest.clock.now(),
    }
}

fn answer(outcome: BridgeOutcome) -> Accepted {
    let ok = Accepted::ok();
    Accepted { status: outcome.status.unwrap_or(ok.status), body: outcome.body.unwrap_or(ok.body) }
}
