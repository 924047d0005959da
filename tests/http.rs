//! The public interfaces: REST, incoming webhooks and the WebSocket. A test named `fact_...` checks one numbered fact
//! of the Mattermost wire that clients rely on.

mod accounts;
mod connections;
mod endpoints;
mod error_ids;
mod everything;
mod hook_rest;
pub(crate) mod hooks;
mod json;
mod malformed;
mod openapi;
mod outage;
mod pages;
mod plain_names;
mod random;
mod responses;
mod sessions;
mod slow;
mod start;
mod statements;
mod tokens;
