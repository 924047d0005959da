//! Runs plugins in native tests, without a server and without wasm: [`TestHost`] serves their host calls and records
//! what they do, [`fixtures`] feeds whole folders of requests to a bridge.
//!
//! ```
//! use jackfield_sdk::{Ctx, Reply, Result};
//! use jackfield_testkit::TestHost;
//!
//! fn greet(ctx: &Ctx) -> Result<Reply> {
//!     let name = ctx.actor().map_or("stranger", |actor| &actor.username);
//!     Ok(Reply::ephemeral(format!("Hello, {name}!")))
//! }
//!
//! let host = TestHost::new().user("anna");
//! assert_eq!(greet(&host.ctx()), Ok(Reply::ephemeral("Hello, anna!")));
//! ```
//!
//! The test kit panics only on mistakes of the test, never on a result of the plugin.

pub mod fixtures;

mod effect;
mod manifest;
mod test_host;
mod world;

pub use effect::Effect;
pub use test_host::TestHost;
