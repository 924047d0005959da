//! Messages in Slack's form, as the senders of webhooks and the targets of slash commands write them: reading their JSON,
//! and turning their syntax into Markdown. Pure.

mod attachment;
mod fields;
mod syntax;

pub use attachment::attachments;
pub use fields::{ReadError, bool_of, find, object, objects, text_of, without_nul};
pub use syntax::{mentioned, replace_links, replace_words};
