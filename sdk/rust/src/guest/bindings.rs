//! The code that `wit-bindgen` generates from `sdk/wit`. The imports are generated once; each trigger's world maps onto
//! them, so that a message is the same type everywhere.

#![expect(
    clippy::same_length_and_capacity,
    reason = "the generated code takes over buffers that the host filled"
)]

/// Every import.
pub mod imports {
    wit_bindgen::generate!({
        path: "../wit",
        world: "imports",
        generate_unused_types: true,
    });
}

/// One module and one export macro per trigger.
macro_rules! trigger {
    ($module:ident, $world:literal, $export:literal) => {
        /// The exports of one trigger.
        pub mod $module {
            wit_bindgen::generate!({
                path: "../wit",
                world: $world,
                pub_export_macro: true,
                export_macro_name: $export,
                with: {
                    "jackfield:plugin/types@1.0.0": crate::guest::bindings::imports::jackfield::plugin::types,
                    "jackfield:plugin/log@1.0.0": crate::guest::bindings::imports::jackfield::plugin::log,
                    "jackfield:plugin/panic@1.0.0": crate::guest::bindings::imports::jackfield::plugin::panic,
                    "jackfield:plugin/settings@1.0.0": crate::guest::bindings::imports::jackfield::plugin::settings,
                    "jackfield:plugin/secrets@1.0.0": crate::guest::bindings::imports::jackfield::plugin::secrets,
                    "jackfield:plugin/kv@1.0.0": crate::guest::bindings::imports::jackfield::plugin::kv,
                    "jackfield:plugin/http@1.0.0": crate::guest::bindings::imports::jackfield::plugin::http,
                    "jackfield:plugin/messaging@1.0.0": crate::guest::bindings::imports::jackfield::plugin::messaging,
                    "jackfield:plugin/directory@1.0.0": crate::guest::bindings::imports::jackfield::plugin::directory,
                    "jackfield:plugin/scheduler@1.0.0": crate::guest::bindings::imports::jackfield::plugin::scheduler,
                    "jackfield:plugin/templates@1.0.0": crate::guest::bindings::imports::jackfield::plugin::templates,
                },
            });
        }
    };
}

trigger!(command, "on-command", "export_command");
trigger!(incoming_webhook, "on-incoming-webhook", "export_bridge");
