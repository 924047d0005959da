//! The one way a plugin is called: begin, run the plugin, plan its effects, add what the trigger itself changes,
//! commit. If a value that the call read changed before the commit, the call is discarded and runs again.

use std::time::Duration;

use super::{Active, Plugins};
use crate::effect::{self, Denial};
use crate::model::{Actor, Call, Changes, InstalledPlugin, Place, PluginId, User};
use crate::runtime::{CallOutput, Fault, Trigger};
use crate::secret::random_id;

/// How many times a call runs while the values it reads keep changing. After that it fails as contended.
const ATTEMPTS: usize = 4;

/// One call: which plugin handles which input, for whom, where, and within what time.
#[derive(Debug)]
pub struct CallRequest<'a, T> {
    pub plugin: &'a Active,
    pub input: &'a T,
    pub actor: Option<&'a User>,
    pub place: &'a Place,
    pub deadline: Duration,
}

/// The parts of a call that depend on its entrance.
pub trait Entrance<T: Trigger>: Sync {
    type Response: Send;
    type Error: Send;

    /// Returns the response if there is nothing left to do, for example because the delivery was accepted before. It is
    /// called before each attempt.
    fn settled(&self) -> impl Future<Output = Result<Option<Self::Response>, Self::Error>> + Send {
        async { Ok(None) }
    }

    /// Adds what follows from the output to the changes that the plugin requested.
    fn add(&self, output: T::Output, changes: &mut Changes) -> Self::Response;

    /// Commits the changes and publishes them.
    fn commit(&self, changes: Changes) -> impl Future<Output = Result<CommitResult, Self::Error>> + Send;

    /// Records a failed call, of which nothing was committed, and decides the response to it.
    fn failed(&self, error: CallError) -> impl Future<Output = Result<Self::Response, Self::Error>> + Send;
}

/// Whether a commit succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitResult {
    Yes,
    /// Something that the call read has changed; nothing was written.
    Conflict,
}

/// Why a call failed. None of its changes was committed.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// This text is for the log; a fault may concern only the plugin's author.
    #[error("the plugin {plugin} failed: {fault} (call {call})")]
    Fault {
        plugin: PluginId,
        call: String,
        #[source]
        fault: Box<Fault>,
    },
    #[error("{denied} (plugin {plugin}, call {call})")]
    Denied {
        plugin: PluginId,
        call: String,
        #[source]
        denied: Denial,
    },
    #[error("the plugin's data kept changing during the call; please try again (plugin {plugin})")]
    Contended { plugin: PluginId },
}

impl Plugins {
    /// Calls a plugin and commits what it changes.
    pub async fn call<T: Trigger, E: Entrance<T>>(
        &self,
        request: CallRequest<'_, T>,
        entrance: &E,
    ) -> Result<E::Response, E::Error> {
        for _ in 0..ATTEMPTS {
            if let Some(response) = entrance.settled().await? {
                return Ok(response);
            }
            let (output, mut changes) = match self.attempt(&request).await {
                Ok(done) => done,
                Err(error) => return entrance.failed(error).await,
            };
            let response = entrance.add(output, &mut changes);
            match entrance.commit(changes).await? {
                CommitResult::Yes => return Ok(response),
                CommitResult::Conflict => {}
            }
        }
        entrance.failed(CallError::Contended { plugin: request.plugin.installed.id.clone() }).await
    }

    /// Runs the plugin once. Its changes are not written yet.
    async fn attempt<T: Trigger>(
        &self,
        request: &CallRequest<'_, T>,
    ) -> Result<(T::Output, Changes), CallError> {
        let CallRequest { plugin, input, deadline, .. } = request;
        let call = self.begin(request);
        let result = self.runtime.call(&plugin.program, &call, *input, *deadline).await;
        let CallOutput { value, effects } = match result {
            Ok(output) => output,
            Err(fault) => {
                return Err(CallError::Fault { plugin: call.plugin, call: call.id, fault: Box::new(fault) });
            }
        };
        match effect::plan(effects, &plugin.grants, &call, self.clock.stamp()) {
            Ok(changes) => Ok((value, changes)),
            Err(denied) => Err(CallError::Denied { plugin: call.plugin, call: call.id, denied }),
        }
    }

    fn begin<T>(&self, request: &CallRequest<'_, T>) -> Call {
        let InstalledPlugin { id, bot_user_id, .. } = &request.plugin.installed;
        Call {
            id: random_id(),
            plugin: id.clone(),
            bot: bot_user_id.clone(),
            actor: request.actor.map(Actor::from),
            place: Some(request.place.clone()),
            now: self.clock.now(),
            site_url: self.site_url.to_string(),
        }
    }
}
