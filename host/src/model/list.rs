//! How much of a list one response holds.

use serde::Serialize;

use super::{Audit, ChannelWithCounts, Draft, Membership, Notice, Post, SidebarChannel, Team};

/// How many bytes of rows a list returns, as JSON: enough for a page of 200 posts of the longest text. The list ends
/// with the row that exceeds them, and says that more rows follow; a client then requests the rest.
pub const LIST_BYTES: usize = 4 << 20;

/// How many bytes of channels a list of a user's own channels returns, as JSON: ten thousand channels or so. Clients
/// read this list without pages, so channels beyond it are found only by search or by name.
pub const OWN_CHANNELS_BYTES: usize = 2 * LIST_BYTES;

/// Bytes of a row's JSON besides its long texts, at most: ids, times and the names of fields.
const FRAME_BYTES: usize = 1024;

/// Bytes of a membership besides its settings: its ids, counts and the names of fields.
const MEMBERSHIP_BYTES: usize = 512;

/// Bytes of a channel in a sidebar: its ids, and what the server keeps while it sorts them.
const SIDEBAR_CHANNEL_BYTES: usize = 256;

/// Bytes of a post's hashtags, at most.
const MAX_HASHTAGS: usize = 4096;

/// A row of which a list may have too many bytes before it has too many rows.
pub trait ListRow {
    /// Returns about how many bytes the row takes as JSON, and not much less.
    fn size(&self) -> usize;
}

/// Returns about how many bytes these rows take as JSON.
pub fn size_of<T: ListRow>(rows: &[T]) -> usize {
    rows.iter().map(T::size).sum()
}

/// Whether a list of these rows ended because of [`LIST_BYTES`], so that more rows may follow.
pub fn is_full<T: ListRow>(rows: &[T]) -> bool {
    size_of(rows) > LIST_BYTES
}

impl ListRow for Post {
    fn size(&self) -> usize {
        // The response repeats the hashtags of the message.
        let hashtags = if self.message.contains('#') { self.message.len().min(MAX_HASHTAGS) } else { 0 };
        FRAME_BYTES + escaped(&self.message) + hashtags + self.props.as_str().len()
    }
}

impl ListRow for Draft {
    fn size(&self) -> usize {
        std::mem::size_of::<Self>()
            + self.message.len()
            + self.props.as_str().len()
            + self.priority.as_str().len()
    }
}

impl ListRow for Notice {
    fn size(&self) -> usize {
        FRAME_BYTES + escaped(&self.draft.content) + json(&self.draft.actions)
    }
}

impl ListRow for ChannelWithCounts {
    fn size(&self) -> usize {
        FRAME_BYTES
            + [&self.header, &self.purpose, &self.display_name]
                .map(|text| escaped(text))
                .iter()
                .sum::<usize>()
    }
}

impl ListRow for Team {
    fn size(&self) -> usize {
        let texts = [&self.display_name, &self.description, &self.company_name, &self.allowed_domains];
        FRAME_BYTES + texts.map(|text| escaped(text)).iter().sum::<usize>()
    }
}

impl ListRow for Membership {
    fn size(&self) -> usize {
        MEMBERSHIP_BYTES + json(&self.notify_props)
    }
}

impl ListRow for SidebarChannel {
    fn size(&self) -> usize {
        SIDEBAR_CHANNEL_BYTES + escaped(&self.display_name)
    }
}

impl ListRow for Audit {
    fn size(&self) -> usize {
        FRAME_BYTES + json(&self.was) + json(&self.became)
    }
}

/// Returns the length of a text inside JSON.
fn escaped(text: &str) -> usize {
    let length = |byte: u8| match byte {
        0..0x20 => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    };
    text.bytes().map(length).sum()
}

fn json(value: &impl Serialize) -> usize {
    // Plain data with text keys always serialises.
    serde_json::to_string(value).map_or(0, |text| text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_text_is_that_of_its_json() {
        for text in ["", "plain", "ü🎲", "\"\\/", "\u{1}\u{1f}\u{7f}"] {
            assert_eq!(escaped(text), json(&text) - 2, "{text}");
        }
    }
}
