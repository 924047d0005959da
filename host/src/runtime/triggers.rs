//! The triggers this server runs, one file each: how its export is found and called, what it may take, and how its
//! input and output cross the boundary.
//!
//! A new trigger is a file here and a line in the table below.

mod command;
mod incoming_webhook;

use wasmtime::Store as Sandbox;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentNamedList, Instance, InstancePre, Lift, Lower};

use super::bindings::jackfield::plugin::types::{Context, Failure};
use super::fault::LoadError;
use super::state::State;

/// What a guest's handler returns: its own failure, an output that this server cannot use, or the output.
type HandlerResult<T> = Result<Result<T, String>, Failure>;

/// What names a trigger in a component and in a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TriggerInfo {
    /// The exported interface, such as `incoming-webhook`.
    pub interface: &'static str,
    /// The manifest's record that declares it, such as `bridge`. Its time limit there is `<record>_ms`.
    pub record: &'static str,
}

/// The input of one kind of call, and the export that handles it. Only `runtime` can call [`Trigger::handle`], because
/// nothing outside it has a sandbox.
pub trait Trigger: Sync {
    type Output: Send;

    const INFO: TriggerInfo;

    /// Calls the export. The outer error is a trap or the host's.
    fn handle(
        &self,
        exports: &Exports,
        sandbox: &mut Sandbox<State>,
        instance: &Instance,
        context: &Context,
    ) -> impl Future<Output = wasmtime::Result<HandlerResult<Self::Output>>> + Send;
}

/// The table: each trigger's module, and the input that calls it.
macro_rules! triggers {
    ($($module:ident: $input:ty),+ $(,)?) => {
        /// Every trigger this server runs.
        pub const TRIGGERS: &[TriggerInfo] = &[$(<$input as Trigger>::INFO),+];

        /// The export of each trigger, or None if the component lacks it.
        pub struct Exports {
            $($module: Option<$module::Indices>,)+
        }

        impl Exports {
            /// Finds the exports that the manifest declares, and checks their types.
            pub(super) fn find(
                pre: &InstancePre<State>,
                is_declared: impl Fn(&str) -> bool,
            ) -> Result<Self, LoadError> {
                Ok(Self {
                    $($module: is_declared(<$input as Trigger>::INFO.interface)
                        .then(|| $module::find(pre))
                        .transpose()?,)+
                })
            }
        }
    };
}

triggers! {
    command: crate::model::CommandInvocation,
    incoming_webhook: crate::model::BridgeRequest,
}

/// Compares the type of a trigger's function with the contract's at load time; the generated code would do so only at
/// each call.
fn check_handle<Params, Output>(pre: &InstancePre<State>, trigger: TriggerInfo) -> Result<(), LoadError>
where
    Params: ComponentNamedList + Lower,
    (Output,): ComponentNamedList + Lift,
{
    let component = pre.component();
    let interface = format!("jackfield:plugin/{}@1.0.0", trigger.interface);
    let instance = component.get_export_index(None, &interface);
    let handle = instance.and_then(|instance| component.get_export(Some(&instance), "handle"));
    match handle {
        Some((ComponentItem::ComponentFunc(function), _)) => {
            function.typecheck::<Params, (Output,)>(&pre.instance_type()).map_err(mismatch(trigger))
        }
        _ => Err(LoadError::Trigger {
            trigger: trigger.interface,
            reason: "it has no function `handle`".to_owned(),
        }),
    }
}

fn mismatch(trigger: TriggerInfo) -> impl FnOnce(wasmtime::Error) -> LoadError {
    move |error| LoadError::Trigger { trigger: trigger.interface, reason: format!("{error:#}") }
}
