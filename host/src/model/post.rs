//! Posts: messages in a channel; and drafts, which users have not posted yet.

use serde_json::{Map, Value, json};

use super::{
    Attachment, Call, ChannelId, FileId, Message, Place, PostId, PostKind, Props, Timestamp, UserId,
};

/// The longest text of one post, in Unicode scalar values: the wire's limit of 65535 bytes, divided by 4.
pub const MAX_MESSAGE_CHARS: usize = 16_383;

/// The priorities of a post. Most clients send the empty one, which means `standard`.
pub const PRIORITIES: [&str; 4] = ["", "standard", "important", "urgent"];

/// Most drafts of one account. Past it, saving another one removes the one that was changed the longest ago.
pub const MAX_DRAFTS: i64 = 1000;

/// Characters of one post's hashtags, joined by blanks. Further hashtags are ignored.
const MAX_HASHTAGS: usize = 1000;

/// Characters of the shortest hashtag, `#` included.
const MIN_HASHTAG: usize = 3;

#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Post {
    pub id: PostId,
    pub channel_id: ChannelId,
    pub user_id: UserId,
    /// The first post of the thread that this post replies to.
    pub root_id: Option<PostId>,
    pub message: String,
    pub kind: PostKind,
    pub props: Props,
    /// The client's id for the post before the server gave it one.
    pub pending_post_id: String,
    pub is_pinned: bool,
    /// The number of replies, if this post starts a thread.
    pub reply_count: i64,
    pub last_reply_at: Timestamp,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
    pub edit_at: Timestamp,
    pub delete_at: Timestamp,
    #[sqlx(flatten)]
    pub marks: PostMarks,
}

/// A post's properties besides its content.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct PostMarks {
    /// One of [`PRIORITIES`].
    pub priority: String,
    /// Whether the author asks readers to acknowledge the post.
    pub requested_ack: bool,
    pub has_reactions: bool,
}

/// A text that its user has not posted yet.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Draft {
    pub user_id: UserId,
    pub channel_id: ChannelId,
    /// The first post of the thread that it replies to.
    pub root_id: Option<PostId>,
    pub message: String,
    pub props: Props,
    /// Files that the user has uploaded for it.
    #[sqlx(json)]
    pub file_ids: Vec<FileId>,
    /// The priority as the client sends it; `{}` if it sends none.
    pub priority: Props,
    pub create_at: Timestamp,
    pub update_at: Timestamp,
}

impl Post {
    /// Creates a plain post with this text.
    pub fn new(id: PostId, author: &UserId, place: &Place, message: String, now: Timestamp) -> Self {
        Self {
            id,
            channel_id: place.channel_id.clone(),
            user_id: author.clone(),
            root_id: place.root_id.clone(),
            message,
            kind: PostKind::default(),
            props: Props::default(),
            pending_post_id: String::new(),
            is_pinned: false,
            reply_count: 0,
            last_reply_at: Timestamp::NEVER,
            create_at: now,
            update_at: now,
            edit_at: Timestamp::NEVER,
            delete_at: Timestamp::NEVER,
            marks: PostMarks::default(),
        }
    }

    /// Creates a plugin's own post.
    pub fn of_plugin(id: PostId, call: &Call, place: &Place, message: Message, now: Timestamp) -> Self {
        let mut post = Self::new(id, &call.bot, place, String::new(), now);
        post.set_message(call, message);
        post
    }

    /// Returns the props of a plugin's post with this message, attachments included.
    pub fn plugin_props(call: &Call, message: &Message) -> Props {
        let mut props = message.own_props();
        props.insert("from_plugin".to_owned(), "true".into());
        props.insert("plugin_id".to_owned(), call.plugin.as_str().into());
        if !message.attachments.is_empty() {
            props.insert("attachments".to_owned(), json!(message.attachments));
        }
        props.into()
    }

    /// Replaces the message of a plugin's post.
    pub fn set_message(&mut self, call: &Call, message: Message) {
        self.props = Self::plugin_props(call, &message);
        if !message.attachments.is_empty() {
            self.kind = PostKind::attachment();
        }
        self.message = message.text;
    }

    /// Sets the post's props with these attachments. Without attachments, its kind stays.
    pub fn set_props(&mut self, mut props: Map<String, Value>, attachments: &[Attachment]) {
        if !attachments.is_empty() {
            self.kind = PostKind::attachment();
            props.insert("attachments".to_owned(), json!(attachments));
        }
        self.props = props.into();
    }

    pub fn is_urgent(&self) -> bool {
        self.marks.priority == "urgent"
    }

    /// Returns the words that begin with `#` and a letter, as written, each once, joined by blanks.
    pub fn hashtags(&self) -> String {
        let mut found: Vec<&str> = Vec::new();
        let mut length = 0;
        for word in self.message.split_whitespace().filter(|word| word.contains('#')) {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#');
            let Some(name) = word.strip_prefix('#') else { continue };
            let letters = name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
            let is_tag = name.starts_with(char::is_alphabetic) && letters;
            let chars = word.chars().count();
            if !is_tag || chars < MIN_HASHTAG || found.contains(&word) {
                continue;
            }
            length += chars + 1;
            if length > MAX_HASHTAGS {
                break;
            }
            found.push(word);
        }
        found.join(" ")
    }

    /// Returns the texts that a search compares: the post's, and those of its attachments.
    pub fn searchable(&self) -> String {
        const TEXTS: [&str; 3] = ["pretext", "title", "text"];
        let mut text = self.message.clone();
        let mut add = |value: &Value| {
            if let Some(more) = value.as_str() {
                text.push('\n');
                text.push_str(more);
            }
        };
        for attachment in self.props.attachments() {
            for name in TEXTS {
                add(&attachment[name]);
            }
            for field in array(attachment.get("fields")) {
                add(&field["title"]);
                add(&field["value"]);
            }
        }
        text
    }
}

fn array(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(message: &str) -> Post {
        let id = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
        let place = Place { team_id: None, channel_id: id.parse().unwrap(), root_id: None };
        let author = id.parse().unwrap();
        Post::new(id.parse().unwrap(), &author, &place, message.to_owned(), Timestamp::NEVER)
    }

    #[test]
    fn a_hashtag_is_a_word_after_a_number_sign() {
        assert_eq!(post("see #Build-7, (#Größe) and #Build-7.").hashtags(), "#Build-7 #Größe");
        assert_eq!(post("# #1 #a a#bcd ##x #中文").hashtags(), "#中文");
        let many: Vec<String> = (0..500).map(|n| format!("#tag{n}")).collect();
        assert!(post(&many.join(" ")).hashtags().len() <= MAX_HASHTAGS);
    }

    #[test]
    fn attachments_are_searchable() {
        let mut post = post("a");
        let odd = json!([{"title": "b", "fields": [{"title": "c", "value": "d"}, 1]}, 2, {"text": 3}]);
        post.props = Map::from_iter([("attachments".to_owned(), odd)]).into();
        assert_eq!(post.searchable(), "a\nb\nc\nd");
        post.props = Map::from_iter([("attachments".to_owned(), json!("none"))]).into();
        assert_eq!(post.searchable(), "a");
    }
}
