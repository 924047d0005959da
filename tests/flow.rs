//! The program itself, started, stopped and killed as in production.

mod client;
mod command_line;
mod crash;
mod disk;
mod notices;
mod plugin;
mod process;
mod setup;
mod stop;

pub(crate) use client::Client;
pub(crate) use process::{Process, binary};
