//! Write Jackfield plugins in Rust.
//!
//! ```
//! use jackfield_sdk::prelude::*;
//!
//! struct Hello;
//!
//! /// Greets the user who typed the command.
//! #[plugin(id = "org.example.hello")]
//! impl Hello {
//!     /// Greets you, or the given name.
//!     #[command("/hello")]
//!     fn hello(_ctx: &Ctx, #[default = "world"] name: String) -> Result<Reply> {
//!         Ok(Reply::in_channel(format!("Hello, {name}!")))
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! The modules in reading order: what a handler is given ([`Ctx`]), what it takes ([`Argument`], [`Request`]), what it
//! returns ([`Reply`], [`Outcome`], [`Failure`]), what it may use ([`Kv`], posts, users), and below them the only way
//! to the host ([`host`]) and, on wasm only, the component's exports.

pub mod host;

mod arguments;
mod bridge;
mod command;
mod context;
mod directory;
mod failure;
#[cfg(target_family = "wasm")]
#[doc(hidden)]
pub mod guest;
mod kv;
mod log;
#[doc(hidden)]
pub mod manifest;
mod message;
mod messaging;
mod plugin;

pub use arguments::{Argument, Arguments, Choice, Rejection};
#[doc(hidden)]
pub use arguments::{choose, unknown_name};
pub use bridge::{Outcome, Request};
pub use command::{Invocation, Reply, Visibility};
pub use context::{Call, Ctx};
pub use directory::{Actor, Channel, ChannelRef, DirectoryError, Place, User};
pub use failure::{Failure, Result};
pub use jackfield_sdk_macros::{Choice, bridge, command, plugin};
pub use kv::{Entry, Kv, KvError};
pub use log::Level;
pub use message::{Attachment, Field, Message};
pub use messaging::{MessagingError, Post, PostId};
pub use plugin::Plugin;

/// The version of this SDK, as recorded in the manifest of every plugin.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The names a plugin needs in scope: `use jackfield_sdk::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Actor, Attachment, Channel, ChannelRef, Choice, Ctx, Entry, Failure, Field, Kv, KvError, Level,
        Message, Outcome, Place, Plugin, Post, PostId, Reply, Request, Result, User, bail_fatal, bail_user,
        bridge, command, plugin,
    };
}
