//! The template language of plugins, in one place, because a template must behave the same in its author's tests and on
//! the server: Handlebars, strict (a field that is missing is an error that names it), without HTML escaping (the
//! result is Markdown), with a few helpers for chat messages.
//!
//! Reading order: `markdown` (what the helpers do to text), `registry` (how a template calls them), `check` (what a
//! template may contain), `render`, `budget` (what one rendering may cost), `error`.
//!
//! Templates come from plugins and are rendered outside their sandbox, so everything is bounded: the source
//! ([`MAX_SOURCE`]), how deep it nests ([`MAX_DEPTH`]), the steps of one rendering ([`MAX_STEPS`]), its time on a
//! server ([`render_within`]) and what it writes ([`MAX_OUTPUT`]). Partials, decorators and `log` are absent on
//! purpose: partials may call each other without end.

mod budget;
mod check;
mod error;
mod markdown;
mod registry;
mod render;

pub use handlebars::Handlebars;

pub use budget::MAX_STEPS;
pub use check::{MAX_DEPTH, MAX_SOURCE, add, check};
pub use error::{RenderError, TemplateError};
pub use registry::registry;
pub use render::{MAX_OUTPUT, render, render_within};
