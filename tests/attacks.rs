//! Attacks on the program itself, each in a process of its own with default settings: afterwards it still answers,
//! and its peak memory stays below the documented total.

mod connections;
mod lists;
mod plugins;
mod target;
mod uploads;
