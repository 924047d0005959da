//! A bridge hands a request to a plugin once its signature is verified.

mod create;

use super::identity::{apply_overrides, check_owner, check_works, own_place};
use super::{HookError, HookRequest, HookResponse, Hooks};
use crate::chat::{Origin, compose};
use crate::model::{
    BridgeOutcome, BridgeRequest, Changes, HookTarget, IncomingHook, Place, PluginId, Post, Receipt,
    ReceiptOutcome,
};
use crate::plugin::{Active, CallError, CallRequest, CommitResult, Entrance};
use crate::secret::sha256_hex;
use crate::verifier::{self, Evidence, SignatureError, scheme};

pub use create::NewBridge;

/// Headers with credentials, which plugins never see, like those for which [`verifier::is_private`] is true.
const PRIVATE_HEADERS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

/// From this status on, a response requests a retry from the sender, and the call's effects are dropped.
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
    check_works(target)?;
    check_owner(target.channel_kind, target.owner_is_member)?;
    let delivery = sender_id(hook, &request);
    let delivery_id = delivery_id(hook, &request.body);
    let active =
        hooks.plugins.active(plugin).ok_or_else(|| HookError::PluginNotEnabled(plugin.to_string()))?;
    let input = BridgeRequest {
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
    let (plugin, deadline) = (&*active, hooks.policy.bridge_timeout);
    let request = CallRequest { plugin, input: &input, actor: None, place: &place, deadline };
    hooks
        .plugins
        .call(request, &BridgeEntrance { hooks, hook, plugin, place: &place, delivery, delivery_id })
        .await
}

/// Logs a request whose body was too large to be read, and counts it as failed.
pub(super) async fn record_oversize(
    hooks: &Hooks,
    hook: &IncomingHook,
    limit: usize,
) -> Result<(), HookError> {
    let active = hook.bridge.as_ref().and_then(|(plugin, _)| hooks.plugins.active(plugin));
    if active.is_some_and(|active| active.program.may_log([hook.display_name.as_str()], hooks.clock.now())) {
        let hook = &hook.display_name;
        tracing::warn!(hook, limit, "a request to a bridge was refused: its body is too large");
    }
    let reason = format!("the body is larger than {limit} bytes (`hooks.bridge_max_body`)");
    let receipt = receipt(hooks, hook, None, ReceiptOutcome::Failed, &reason);
    Ok(hooks.store.commit(Changes { receipt: Some(receipt), ..Changes::default() }).await?)
}

/// One request to a bridge.
struct BridgeEntrance<'a> {
    hooks: &'a Hooks,
    hook: &'a IncomingHook,
    plugin: &'a Active,
    place: &'a Place,
    /// The sender's id of the delivery, for the log.
    delivery: Option<String>,
    /// What a repeated delivery is recognised by.
    delivery_id: Option<String>,
}

impl Entrance<BridgeRequest> for BridgeEntrance<'_> {
    type Response = HookResponse;
    type Error = HookError;

    async fn settled(&self) -> Result<Option<HookResponse>, HookError> {
        let Some(id) = &self.delivery_id else { return Ok(None) };
        Ok(self.hooks.store.hooks().was_delivered(&self.hook.id, id).await?.then(HookResponse::ok))
    }

    fn add(&self, outcome: BridgeOutcome, changes: &mut Changes) -> HookResponse {
        match outcome.status.filter(|status| *status >= FIRST_FAILURE) {
            Some(status) => *changes = self.refused(status, &outcome),
            None => self.add_messages(&outcome, changes),
        }
        let ok = HookResponse::ok();
        HookResponse { status: outcome.status.unwrap_or(ok.status), body: outcome.body.unwrap_or(ok.body) }
    }

    async fn commit(&self, changes: Changes) -> Result<CommitResult, HookError> {
        Ok(self.hooks.chat.commit_call(None, changes).await?)
    }

    async fn failed(&self, error: CallError) -> Result<HookResponse, HookError> {
        let cause = error.to_string();
        if self.may_log(&cause) {
            // The plugin's text is a quoted value, as in the lines that it logs itself.
            tracing::warn!(hook = self.hook.display_name, delivery = self.delivery, cause, "a bridge failed");
        }
        self.hooks.store.commit(self.failure(&cause)).await?;
        Err(error.into())
    }
}

impl BridgeEntrance<'_> {
    /// Whether a line about this call may be logged.
    fn may_log(&self, cause: &str) -> bool {
        let delivery = self.delivery.as_deref().unwrap_or_default();
        let texts = [&self.hook.display_name, delivery, cause];
        self.plugin.program.may_log(texts, self.hooks.clock.now())
    }

    /// Adds the messages and the receipt.
    fn add_messages(&self, outcome: &BridgeOutcome, changes: &mut Changes) {
        let posts = self.posts(outcome);
        let posted = if posts.is_empty() { ReceiptOutcome::Ignored } else { ReceiptOutcome::Posted };
        let reason = outcome.ignored.as_deref().unwrap_or_default();
        let mut receipt = self.receipt(self.delivery_id.clone(), posted, reason);
        receipt.post_ids = posts.iter().map(|post| post.id.clone()).collect();
        changes.posts.extend(posts);
        changes.receipt = Some(receipt);
    }

    fn posts(&self, outcome: &BridgeOutcome) -> Vec<Post> {
        let Self { hooks, hook, .. } = self;
        let mut posts = Vec::new();
        for message in &outcome.messages {
            let mut message = message.clone();
            if message.username.is_none() && hook.username.is_empty() {
                message.username = Some(self.plugin.manifest.plugin.name.clone());
            }
            apply_overrides(&hooks.policy, hook, &mut message);
            let origin = Origin::Hook { display_name: &hook.display_name };
            posts.extend(compose(&hooks.clock, &hook.user_id, self.place, &message, &origin));
        }
        posts
    }

    /// What is stored of a call whose response requests another delivery.
    fn refused(&self, status: u16, outcome: &BridgeOutcome) -> Changes {
        if self.may_log("") {
            let (hook, delivery) = (&self.hook.display_name, &self.delivery);
            tracing::warn!(hook, delivery, status, "a bridge responded with a failure");
        }
        let reason = outcome.ignored.clone().or_else(|| outcome.body.clone());
        self.failure(&reason.unwrap_or_else(|| format!("responded with {status}")))
    }

    /// The receipt of a failure. It has no delivery id, so that a later delivery of the same id does not count as a
    /// repetition.
    fn failure(&self, reason: &str) -> Changes {
        let receipt = self.receipt(None, ReceiptOutcome::Failed, reason);
        Changes { receipt: Some(receipt), ..Changes::default() }
    }

    fn receipt(&self, delivery_id: Option<String>, outcome: ReceiptOutcome, reason: &str) -> Receipt {
        receipt(self.hooks, self.hook, delivery_id, outcome, reason)
    }
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
        // The plugin's text may contain NUL, which PostgreSQL cannot store.
        reason: reason.chars().filter(|c| *c != '\0').take(MAX_REASON).collect(),
        post_ids: Vec::new(),
        received_at: hooks.clock.now(),
    }
}

/// Checks the signature and returns the verifier's name, or None if the address is the only proof.
fn verify(hooks: &Hooks, hook: &IncomingHook, request: &HookRequest) -> Result<Option<String>, HookError> {
    let scheme = scheme(hook.verifier);
    let Some(signature) = &scheme.signature else { return Ok(None) };
    let sealed = hook.sealed_secret.as_ref().ok_or(SignatureError::NoSecret)?;
    let secret = hooks.sealer.open(sealed)?;
    let evidence = Evidence { headers: &request.headers, body: &request.body };
    signature.verify(secret.reveal().as_bytes(), evidence, hooks.clock.now())?;
    Ok(Some(scheme.name.to_owned()))
}

/// Returns the sender's id of a delivery, if this kind of sender has one. It is not signed, so it proves nothing.
fn sender_id(hook: &IncomingHook, request: &HookRequest) -> Option<String> {
    let id = request.header(scheme(hook.verifier).delivery_header?)?;
    Some(id.chars().take(MAX_DELIVERY_ID).collect())
}

/// Returns the digest of a signed body. A recorded request cannot be replayed under another delivery id or event,
/// because only its body is signed; the sender's own repetitions have the same body.
fn delivery_id(hook: &IncomingHook, body: &[u8]) -> Option<String> {
    scheme(hook.verifier).signature.as_ref().map(|_| sha256_hex(body))
}
