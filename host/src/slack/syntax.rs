//! Slack's syntax in texts: `<!here>`, `<@USER_ID>` and `<http://address|label>`. It is not read in code, as Markdown sees
//! it: what a log line quotes is no mention.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::model::{Message, UserId};

/// Words that call the members of a channel.
const WORDS: [&str; 3] = ["channel", "here", "all"];

/// Longest text between angle brackets that is read, in bytes. A longer one stays as it is.
const MAX_INNER: usize = 4096;

/// Most users whom one message mentions by id. Further mentions stay as they are.
const MAX_MENTIONED: usize = 200;

/// Returns the ids in a message's mentions.
pub fn mentioned(message: &mut Message) -> BTreeSet<UserId> {
    let mut ids = BTreeSet::new();
    for text in worded(message) {
        replace(text, |inner| {
            if ids.len() < MAX_MENTIONED {
                ids.extend(mention(inner).and_then(|id| id.parse().ok()));
            }
            None
        });
    }
    ids
}

/// Replaces the words that call members, and the mentions of users with these names by their ids.
pub fn replace_words(message: &mut Message, names: &BTreeMap<String, String>) {
    let word = |inner: &str| {
        let word = inner.strip_prefix('!').map(unlabelled).filter(|word| WORDS.contains(word));
        word.or_else(|| names.get(mention(inner)?).map(String::as_str)).map(|name| format!("@{name}"))
    };
    for text in worded(message) {
        if let Some(replaced) = replace(text, word) {
            *text = replaced;
        }
    }
}

/// Replaces links with a label by those of Markdown. In attachments, a label may have several lines.
pub fn replace_links(message: &mut Message) {
    if let Some(replaced) = replace(&message.text, |inner| link(inner, false)) {
        message.text = replaced;
    }
    for attachment in &mut message.attachments {
        let values = attachment.fields.iter_mut().filter_map(|field| field.value.as_mut());
        for text in [&mut attachment.pretext, &mut attachment.text].into_iter().chain(values) {
            if let Some(replaced) = replace(text, |inner| link(inner, true)) {
                *text = replaced;
            }
        }
    }
}

/// Returns the texts of a message in which words and mentions are read.
fn worded(message: &mut Message) -> impl Iterator<Item = &mut String> {
    let attachments = message.attachments.iter_mut().flat_map(|attachment| {
        let values = attachment.fields.iter_mut().filter_map(|field| field.value.as_mut());
        [&mut attachment.pretext, &mut attachment.title, &mut attachment.text].into_iter().chain(values)
    });
    std::iter::once(&mut message.text).chain(attachments)
}

/// Returns the id of a mention such as `@USER_ID` or `@USER_ID|name`.
fn mention(inner: &str) -> Option<&str> {
    inner.strip_prefix('@').map(unlabelled)
}

fn unlabelled(inner: &str) -> &str {
    inner.split_once('|').map_or(inner, |(before, _)| before)
}

/// Returns the link of Markdown for `address|label`.
fn link(inner: &str, lines: bool) -> Option<String> {
    let (address, label) = inner.split_once('|')?;
    let is_plain = !address.contains(['\n', '<']) && (lines || !label.contains('\n'));
    (is_plain && !label.is_empty() && is_address(address)).then(|| format!("[{label}]({address})"))
}

/// Whether a text looks like an address: with a scheme, `www.`, or a path.
fn is_address(text: &str) -> bool {
    let has_scheme = text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    });
    has_scheme || text.starts_with("www.") || text.starts_with('/')
}

/// Returns a text with the replacements of what stands between angle brackets outside of code; None if there are none.
fn replace(text: &str, mut replacement: impl FnMut(&str) -> Option<String>) -> Option<String> {
    if !text.contains('<') {
        return None;
    }
    let code = code(text);
    let is_code = |at: usize| {
        let next = code.partition_point(|range| range.end <= at);
        code.get(next).is_some_and(|range| range.contains(&at))
    };
    let (mut replaced, mut kept_to, mut close) = (String::new(), 0, 0);
    for (open, _) in text.match_indices('<') {
        if open < kept_to {
            continue;
        }
        if close <= open {
            let Some(next) = text[open..].find('>') else { break };
            close = open + next;
        }
        let inner = &text[open + 1..close];
        if inner.len() > MAX_INNER || is_code(open) || is_code(close) {
            continue;
        }
        if let Some(new) = replacement(inner) {
            replaced.push_str(&text[kept_to..open]);
            replaced.push_str(&new);
            kept_to = close + 1;
        }
    }
    (kept_to > 0).then(|| replaced + &text[kept_to..])
}

/// Returns where a text is code, in order.
fn code(text: &str) -> Vec<Range<usize>> {
    if !text.contains(['`', '~']) && !text.contains("    ") && !text.contains('\t') {
        return Vec::new();
    }
    // Clients show HTML as it was written, but a parser finds no code in it.
    let masked = text.replace('<', "(");
    let events = Parser::new_ext(&masked, Options::empty()).into_offset_iter();
    events
        .filter(|(event, _)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))))
        .map(|(_, range)| range)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attachment, AttachmentField};

    fn linked(text: &str) -> String {
        let mut message = Message::text(text);
        replace_links(&mut message);
        message.text
    }

    fn worded_text(text: &str) -> String {
        let id = "a".repeat(26);
        let mut message = Message::text(text);
        assert!(mentioned(&mut message).iter().all(|found| found.as_str() == id));
        replace_words(&mut message, &BTreeMap::from([(id, "bob".to_owned())]));
        message.text
    }

    #[test]
    fn links_become_those_of_markdown() {
        for (text, expected) in [
            (
                "see <http://a.test/x?y=1|one> and <https://b.test|two words>.",
                "see [one](http://a.test/x?y=1) and [two words](https://b.test).",
            ),
            ("<http://a.test|a|b> <http://a.test|a<b>", "[a|b](http://a.test) [a<b](http://a.test)"),
            (
                "<mailto:a@b.test|mail> </x|y> <www.a.test|w>",
                "[mail](mailto:a@b.test) [y](/x) [w](www.a.test)",
            ),
        ] {
            assert_eq!(linked(text), expected);
        }
        for text in [
            "<http://a.test|>",
            "<|b>",
            "<http://a.test\n|b>",
            "<http://a.test|b\nc>",
            "<http://a.test>",
            "<a|b>",
            "<!here|here>",
            "a < b | c > d",
            "<http://a.test|b",
            "`<http://a.test|b>`",
            "```\n<http://a.test|b>\n```",
            "    <http://a.test|b>",
        ] {
            assert_eq!(linked(text), text);
        }
    }

    #[test]
    fn words_and_known_ids_become_mentions() {
        let id = "a".repeat(26);
        for (text, expected) in [
            ("<!channel> <!here> <!all> <!here|here>".to_owned(), "@channel @here @all @here"),
            (format!("hi <@{id}>, <@{id}|robert>!"), "hi @bob, @bob!"),
            ("<!here> `<!here>` <!here>".to_owned(), "@here `<!here>` @here"),
        ] {
            assert_eq!(worded_text(&text), expected);
        }
        for text in ["<!everyone> <!CHANNEL> <@bob> <#C123> <!subteam^S1>", "<!here", "no brackets"] {
            assert_eq!(worded_text(text), text);
        }
    }

    #[test]
    fn titles_of_attachments_have_words_and_no_links() {
        let both = || "<!here> <http://a.test|b\nc>".to_owned();
        let field = AttachmentField { title: both(), value: Some(both()), short: false };
        let attachment = Attachment {
            fallback: both(),
            pretext: both(),
            title: both(),
            text: both(),
            fields: vec![field],
            ..Attachment::default()
        };
        let mut message = Message { attachments: vec![attachment], ..Message::default() };
        replace_words(&mut message, &BTreeMap::new());
        replace_links(&mut message);
        let Attachment { fallback, pretext, title, text, fields, .. } = &message.attachments[0];
        let linked = "@here [b\nc](http://a.test)";
        assert_eq!((fallback.as_str(), title.as_str()), (both().as_str(), "@here <http://a.test|b\nc>"));
        assert_eq!((pretext.as_str(), text.as_str()), (linked, linked));
        assert_eq!((&fields[0].title, fields[0].value.as_deref()), (&both(), Some(linked)));
    }

    #[test]
    fn many_brackets_are_read_in_little_time() {
        let text = "<".repeat(100_000) + ">" + &"<a".repeat(100_000);
        assert_eq!(linked(&text), text);
    }
}
