//! The program itself, as it is started and killed in real life.

mod client;
mod command_line;
mod crash;
mod notices;
mod plugin;
mod process;
mod stop;

pub(crate) use process::binary;
