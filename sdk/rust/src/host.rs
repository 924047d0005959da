//! The host as a plugin sees it. On wasm it consists of the imported functions; elsewhere it is the host that the test
//! installed.

use crate::directory::{Actor, Channel, DirectoryError, Place};
use crate::kv::{Entry, KvError};
use crate::log::Level;
use crate::message::Message;
use crate::messaging::{MessagingError, Post};

/// Every function of the host. Authors use [`Ctx`](crate::Ctx); this is for test hosts.
pub trait Host {
    /// Writes to the plugin's log.
    fn log(&self, level: Level, message: &str, fields: &[(&str, &str)]);
    /// The value of a declared setting, as JSON.
    fn setting(&self, key: &str) -> Option<String>;

    /// Reads a stored value.
    fn kv_get(&self, key: &str) -> Result<Option<Entry>, KvError>;
    /// Stores a value if `if_version` (0 = absent) still matches; returns the new version.
    fn kv_put(
        &self,
        key: &str,
        value: &[u8],
        if_version: Option<u64>,
        ttl_s: Option<u32>,
    ) -> Result<u64, KvError>;
    /// Deletes a stored value; deleting an absent value is not an error.
    fn kv_delete(&self, key: &str) -> Result<(), KvError>;
    /// Returns at most `limit` keys with this prefix, in order, that sort after `after`.
    fn kv_list(&self, prefix: &str, after: Option<&str>, limit: u32) -> Result<Vec<String>, KvError>;

    /// Posts; returns the id of the post.
    fn create_post(&self, to: &Place, message: &Message) -> Result<String, MessagingError>;
    /// Shows a message to one user only; returns the id.
    fn create_ephemeral(
        &self,
        to: &Place,
        user_id: &str,
        message: &Message,
    ) -> Result<String, MessagingError>;
    /// Replaces the message of a post of the plugin's own account.
    fn update_post(&self, post_id: &str, message: &Message) -> Result<(), MessagingError>;
    /// Deletes a post of the plugin's own account. Deleting a thread's first post deletes the whole thread.
    fn delete_post(&self, post_id: &str) -> Result<(), MessagingError>;
    /// Reacts to a post with the emoji of that name; reacting twice is not an error.
    fn react(&self, post_id: &str, emoji: &str) -> Result<(), MessagingError>;
    /// Removes the plugin's own reaction; a missing reaction is not an error.
    fn unreact(&self, post_id: &str, emoji: &str) -> Result<(), MessagingError>;
    /// Reads a post.
    fn read_post(&self, post_id: &str) -> Result<Post, MessagingError>;

    /// Finds a user by id or username.
    fn find_user(&self, id_or_name: &str) -> Result<Actor, DirectoryError>;
    /// Finds a channel by id, or by name within a team.
    fn find_channel(&self, id_or_name: &str, team_id: Option<&str>) -> Result<Channel, DirectoryError>;

    /// Renders a packed template; the error names line and column.
    fn render(&self, template: &str, data_json: &str) -> Result<String, String>;
}

/// The type that calls go through. On wasm it is concrete, because a `dyn Host` would keep every import in the binary,
/// and the plugin would request every permission.
#[cfg(target_family = "wasm")]
pub(crate) type Current = crate::guest::Imports;
#[cfg(not(target_family = "wasm"))]
pub(crate) type Current = dyn Host;

/// Makes one host call.
#[cfg(target_family = "wasm")]
pub(crate) fn call<R>(use_host: impl FnOnce(&Current) -> R) -> R {
    use_host(&crate::guest::Imports)
}

/// Makes one host call.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn call<R>(use_host: impl FnOnce(&Current) -> R) -> R {
    native::INSTALLED.with_borrow(|installed| match installed {
        Some(host) => use_host(host.as_ref()),
        None => panic!(
            "no TestHost: outside a server, host calls need `jackfield_testkit::TestHost::new()` in this thread"
        ),
    })
}

#[cfg(not(target_family = "wasm"))]
pub use native::{install, uninstall};

#[cfg(not(target_family = "wasm"))]
mod native {
    use std::cell::RefCell;

    use super::Host;

    thread_local! {
        /// Per thread, because the test harness runs tests in threads of one process.
        pub(super) static INSTALLED: RefCell<Option<Box<dyn Host>>> = const { RefCell::new(None) };
    }

    /// Makes `host` serve the host calls of this thread; returns the previous one.
    pub fn install(host: Box<dyn Host>) -> Option<Box<dyn Host>> {
        INSTALLED.replace(Some(host))
    }

    /// Removes and returns the host of this thread.
    pub fn uninstall() -> Option<Box<dyn Host>> {
        INSTALLED.take()
    }
}
