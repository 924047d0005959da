//! The small things clients need around messages: what they ask at their start, preferences, roles, statuses, emoji,
//! and what commands there are.

mod commands;
mod emoji;
mod preferences;
mod shown;
mod start;
mod statuses;
