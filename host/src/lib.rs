//! Jackfield: a self-hosted chat and integration host; every integration is a sandboxed WASM plugin.
//!
//! The modules, in reading order. A message passes from `http` to an entrance (`hook`, `command`) or straight to a
//! verb (`chat`, `plugin`), then to `store` and `bus`. A module uses only modules declared above it; `tests/tidy`
//! checks this.

// Plain data, and values that are passed in rather than taken from the environment.
pub mod disk;
pub mod model;

pub mod budget;
pub mod clock;
pub mod descriptors;
pub mod json;
pub mod multipart;
pub mod rate;
pub mod secret;

pub mod shutdown;

pub mod config;
pub mod slack;
pub mod verifier;

// The outside world, one module each: logs, HTTP out, files, sockets, rows, templates.
pub mod egress;
pub mod telemetry;

pub mod blob;
pub mod bus;
pub mod store;
pub mod template;

// Sandboxed plugins, and what their calls may change.
pub mod runtime;

pub mod access;
pub mod effect;

// Installed plugins, and the only way to call one.
pub mod plugin;

// The verbs.
pub mod chat;
pub mod notice;

// The entrances, which interpret requests.
pub mod command;
pub mod hook;
pub mod signed;

// The loops that run jobs.
pub mod worker;

mod app;
mod http;

pub mod cli;
mod start;

#[doc(hidden)]
pub use http::{Route, routes};
pub use start::{ServeError, serve};
