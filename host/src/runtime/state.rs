//! What one call owns while its guest runs. An import works on a view of it, which borrows only the parts that the
//! import needs; the view is defined in the import's own file.

use std::sync::Arc;

use super::meter::Meter;
use super::recording::{Posts, Values};
use super::rules::Rules;
use super::share::Share;
use crate::clock::Clock;
use crate::model::Call;
use crate::store::Store;
use crate::template::{Renderings, Templates};

pub struct State {
    pub(super) call: Call,
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) rules: Rules,
    pub(super) templates: Templates,
    pub(super) renderings: Renderings,
    pub(super) share: Arc<Share>,
    pub(super) posts: Posts,
    pub(super) values: Values,
    pub(super) quota: StorageQuota,
    /// Lines the guest has logged so far.
    pub(super) logged: usize,
    pub(super) panic: Option<String>,
    pub(super) meter: Meter,
    /// Whether guest code may have run.
    pub(super) began: bool,
}

/// How many bytes the plugin may store, and how many it stores.
#[derive(Debug, Clone, Copy)]
pub(super) struct StorageQuota {
    pub(super) limit: u64,
    /// Read from the store at the first write of the call.
    pub(super) used: Option<i64>,
}
