//! Memory for lists of large rows: a handler reserves it before it reads, and keeps what the text of its response takes
//! until the text counts among the responses that clients have not read yet.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;
use super::response_memory::Prepaid;
use crate::app::App;
use crate::budget::Reservation;
use crate::model::{LIST_BYTES, OWN_CHANNELS_BYTES};

/// What one list may take: its rows, the rows that they refer to, and the text of both. A further list waits while
/// the memory for lists is in use.
const ROOM: usize = 4 * LIST_BYTES;

/// What one account of a list may take: its row with its settings, and the text. Most take a tenth of it, so a list
/// of very many accounts reserves no more than the maximum.
const USER_BYTES: usize = 40 * 1024;
const MAX_USERS_ROOM: usize = 32 << 20;

/// The memory of one list.
pub(super) struct ListRoom {
    reservation: Reservation,
}

impl ListRoom {
    pub(super) async fn reserve(app: &App) -> Result<Self, Problem> {
        Ok(Self { reservation: app.budgets.lists.reserve(ROOM).await? })
    }

    /// Reserves memory for a list of up to this many accounts.
    pub(super) async fn for_users(app: &App, count: usize) -> Result<Self, Problem> {
        let bytes = count.saturating_mul(USER_BYTES).min(MAX_USERS_ROOM);
        Ok(Self { reservation: app.budgets.lists.reserve(bytes).await? })
    }

    /// Reserves memory for a user's own channels.
    pub(super) async fn for_own_channels(app: &App) -> Result<Self, Problem> {
        Ok(Self { reservation: app.budgets.lists.reserve(2 * OWN_CHANNELS_BYTES).await? })
    }

    /// Responds the list as JSON. `bytes` is about its length, so that the text is not copied as it grows.
    pub(super) fn respond(mut self, list: &impl Serialize, bytes: usize) -> Result<Response, Problem> {
        let mut text = Vec::with_capacity(bytes);
        serde_json::to_writer(&mut text, list).map_err(|error| Problem::internal(&error))?;
        let json = HeaderValue::from_static("application/json");
        self.reservation.shrink_to(text.len());
        let mut response = ([(header::CONTENT_TYPE, json)], Body::from(text)).into_response();
        response.extensions_mut().insert(Prepaid::new(self.reservation));
        Ok(response)
    }
}
