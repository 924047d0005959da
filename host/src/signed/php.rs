//! Queries and JSON as PHP reads and writes them. The oldest dialect signs the query as PHP writes it, not as it was
//! sent. Pure.
//!
//! Reading is `parse_str`: `+` and `%20` are blanks, `.` and blank in names become `_`, `a[]` and `a[b]` make lists,
//! and empty pieces are dropped. Writing is `http_build_query`: blanks are `+`, hex is upper-case, `~` is escaped. PHP
//! keeps the last of two parameters with one name; here that is an error, so that a client cannot sign one and mean the
//! other.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The characters that `urlencode` escapes.
pub(super) const URLENCODE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The characters that Go's `url.QueryEscape` escapes, following RFC 3986.
pub(super) const RFC_3986: &AsciiSet = &URLENCODE.remove(b'~');

/// Most parameters in one query.
pub const MAX_PARAMETERS: usize = 200;

/// Most brackets in one name.
const MAX_DEPTH: usize = 16;

/// A query, in the order in which its names first appear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhpQuery(Vec<(String, Node)>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Text(String),
    List(Vec<(String, Node)>),
}

/// The keys in a name's brackets. None stands for "the next number".
type BracketKeys<'n> = Vec<Option<&'n str>>;

/// Why a query is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadQuery {
    #[error("the parameter `{0}` is given twice")]
    Twice(String),
    #[error("a parameter is not UTF-8, or holds a NUL character")]
    NotText,
    #[error("there are more than {MAX_PARAMETERS} parameters, or one has more than {MAX_DEPTH} brackets")]
    TooMany,
}

impl PhpQuery {
    pub fn parse(raw: &str) -> Result<Self, BadQuery> {
        let mut query = Self::default();
        for (count, piece) in raw.split('&').filter(|piece| !piece.is_empty()).enumerate() {
            if count >= MAX_PARAMETERS {
                return Err(BadQuery::TooMany);
            }
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (name, value) = (decode(name)?, decode(value)?);
            if let Some((top, keys)) = path(&name)? {
                insert(&mut query.0, top, &keys, value).map_err(|()| BadQuery::Twice(name))?;
            }
        }
        Ok(query)
    }

    /// Returns the text of a name, or None if it is absent or a list.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).and_then(|(_, node)| match node {
            Node::Text(text) => Some(text.as_str()),
            Node::List(_) => None,
        })
    }

    /// Returns the texts in order, without the lists.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, node)| match node {
            Node::Text(text) => Some((name.as_str(), text.as_str())),
            Node::List(_) => None,
        })
    }

    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(key, _)| key != name).cloned().collect())
    }

    /// Writes the query as PHP does.
    pub fn build(&self) -> String {
        let mut pieces = Vec::with_capacity(self.0.len());
        for (name, node) in &self.0 {
            build(&escape(name, URLENCODE), node, &mut pieces);
        }
        pieces.join("&")
    }
}

/// Splits `name[a][]` into `name`, `a` and None for "the next number". Returns None for a name that begins with a
/// bracket, which PHP drops.
fn path(name: &str) -> Result<Option<(String, BracketKeys<'_>)>, BadQuery> {
    let name = name.trim_start_matches(' ');
    let at = name.find('[').unwrap_or(name.len());
    let (head, mut rest) = name.split_at(at);
    let mut top = head.replace([' ', '.'], "_");
    if top.is_empty() {
        return Ok(None);
    }
    let mut keys = Vec::new();
    while let Some(inner) = rest.strip_prefix('[') {
        if keys.len() >= MAX_DEPTH {
            return Err(BadQuery::TooMany);
        }
        let blank = usize::from(inner.starts_with([' ', '\t', '\n', '\r', '\x0b', '\x0c']));
        if let Some(after) = inner[blank..].strip_prefix(']') {
            keys.push(None);
            rest = after;
        } else if let Some((key, after)) = inner.split_once(']') {
            keys.push(Some(key));
            rest = after;
        } else {
            // PHP takes an unclosed first bracket as part of the name, and drops a later one.
            if keys.is_empty() {
                top.push('_');
                top.push_str(&inner.replace([' ', '.', '['], "_"));
            }
            break;
        }
    }
    Ok(Some((top, keys)))
}

fn insert(
    list: &mut Vec<(String, Node)>,
    name: String,
    keys: &[Option<&str>],
    value: String,
) -> Result<(), ()> {
    let existing = list.iter().position(|(key, _)| *key == name);
    let Some((key, deeper)) = keys.split_first() else {
        if existing.is_some() {
            return Err(());
        }
        list.push((name, Node::Text(value)));
        return Ok(());
    };
    let place = existing.unwrap_or_else(|| {
        list.push((name, Node::List(Vec::new())));
        list.len() - 1
    });
    match &mut list[place].1 {
        Node::Text(_) => Err(()),
        Node::List(inner) => {
            let key = key.map_or_else(|| next_number(inner), str::to_owned);
            insert(inner, key, deeper, value)
        }
    }
}

/// Returns one more than the greatest number among the keys.
fn next_number(list: &[(String, Node)]) -> String {
    let numbers = list.iter().filter_map(|(key, _)| {
        let number: i64 = key.parse().ok()?;
        (number.to_string() == *key).then_some(number)
    });
    numbers.max().map_or(0, |greatest| greatest.saturating_add(1)).to_string()
}

fn build(name: &str, node: &Node, pieces: &mut Vec<String>) {
    match node {
        Node::Text(text) => pieces.push(format!("{name}={}", escape(text, URLENCODE))),
        Node::List(list) => {
            for (key, node) in list {
                build(&format!("{name}%5B{}%5D", escape(key, URLENCODE)), node, pieces);
            }
        }
    }
}

/// Decodes like `urldecode`. A malformed escape stays as it is.
pub(super) fn decode(text: &str) -> Result<String, BadQuery> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().map_err(|_| BadQuery::NotText)?;
    if decoded.contains('\0') { Err(BadQuery::NotText) } else { Ok(decoded.into_owned()) }
}

/// Percent-encodes everything but letters, digits and what `encoded` leaves out; a blank becomes `+`.
pub(super) fn escape(text: &str, encoded: &'static AsciiSet) -> String {
    utf8_percent_encode(text, encoded).to_string().replace("%20", "+")
}

/// Writes a JSON text as `json_encode` does: `/` is escaped, and everything beyond ASCII becomes `\u` escapes.
pub fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for sign in text.chars() {
        match sign {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' => out.push_str("\\/"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='\x7f' => out.push(sign),
            _ => {
                let mut units = [0; 2];
                for unit in sign.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rebuilt(raw: &str) -> String {
        PhpQuery::parse(raw).unwrap().build()
    }

    #[test]
    fn a_query_is_written_as_php_writes_it() {
        for (raw, built) in [
            ("m=im&f=getChatUsers&code=appcode", "m=im&f=getChatUsers&code=appcode"),
            ("gid=a%20b~c", "gid=a+b%7Ec"),
            ("gid=a+b%7Ec", "gid=a+b%7Ec"),
            ("&a&&b=&", "a=&b="),
            ("a.b=1&c d=2&+e=3", "a_b=1&c_d=2&e=3"),
            ("a[]=1&b=2&a[]=3", "a%5B0%5D=1&a%5B1%5D=3&b=2"),
            ("a[5]=1&a[]=2&a[x][y]=3", "a%5B5%5D=1&a%5B6%5D=2&a%5Bx%5D%5By%5D=3"),
            ("a%5bx%5d=%e4%b8%ad", "a%5Bx%5D=%E4%B8%AD"),
            ("a[b=1&[x]=2&=3", "a_b=1"),
            ("a[b]c=1", "a%5Bb%5D=1"),
            ("a=%zz&b=100%", "a=%25zz&b=100%25"),
            ("a=b=c", "a=b%3Dc"),
            ("u=http://x/?q=1", "u=http%3A%2F%2Fx%2F%3Fq%3D1"),
            ("", ""),
        ] {
            assert_eq!(rebuilt(raw), built, "{raw}");
        }
    }

    #[test]
    fn a_repeated_name_is_refused_even_if_only_php_sees_it() {
        for raw in ["a=1&a=2", "a.b=1&a_b=2", "a=1&a[]=2", "a[]=1&a=2", "a[x]=1&a[x]=2", "a=1&%61=1"] {
            assert!(matches!(PhpQuery::parse(raw), Err(BadQuery::Twice(_))), "{raw}");
        }
    }

    #[test]
    fn a_query_that_is_not_text_or_too_large_is_refused() {
        assert_eq!(PhpQuery::parse("a=%ff"), Err(BadQuery::NotText));
        assert_eq!(PhpQuery::parse("a=%00"), Err(BadQuery::NotText));
        let many: Vec<String> = (0..=MAX_PARAMETERS).map(|n| format!("a{n}")).collect();
        assert_eq!(PhpQuery::parse(&many.join("&")), Err(BadQuery::TooMany));
        assert_eq!(PhpQuery::parse(&format!("a{}", "[x]".repeat(17))), Err(BadQuery::TooMany));
    }

    #[test]
    fn json_is_written_as_php_writes_it() {
        assert_eq!(
            json_text("a/b \"ü\" 中\u{1f40c}\u{1}\n"),
            r#""a\/b \"\u00fc\" \u4e2d\ud83d\udc0c\u0001\n""#
        );
    }
}
