//! The head of a part: its name, and the name of its file in each of the forms that clients send.
//!
//! Browsers send UTF-8 in `filename`, Python and .NET `filename*` (RFC 8187) before or after it, mail libraries encoded
//! words (RFC 2047) or numbered pieces (RFC 2231). `filename*` wins, wherever it stands.

use std::borrow::Cow;

use data_encoding::BASE64;
use percent_encoding::percent_decode_str;

/// Longest text in which encoded words are decoded, in bytes: file names are shorter.
const MAX_WORDS: usize = 2048;

/// What a part's head says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposition {
    pub name: String,
    /// Is None if the part is not a file.
    pub file_name: Option<String>,
}

impl Disposition {
    /// Returns None unless the head has a `Content-Disposition: form-data` with a name.
    pub(super) fn of_head(head: &str) -> Option<Self> {
        let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))?;
        let kind = value.split(';').next().unwrap_or_default();
        if !kind.trim().eq_ignore_ascii_case("form-data") {
            return None;
        }
        Some(Self { name: text(value, "name")?, file_name: text(value, "filename") })
    }
}

/// Returns a parameter of a header's value, without quotes.
pub(super) fn parameter(header: &str, name: &str) -> Option<String> {
    parameters(header).into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// Returns a parameter whose text may be encoded.
fn text(header: &str, name: &str) -> Option<String> {
    let parameters = parameters(header);
    let find =
        |wanted: &str| parameters.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str());
    if let Some(decoded) = find(&format!("{name}*")).and_then(extended) {
        return Some(decoded);
    }
    let whole = find(name).map(|value| words(value).into_owned());
    whole.or_else(|| {
        let pieces = (0..).map_while(|number| {
            let encoded = find(&format!("{name}*{number}*"));
            encoded.map(|piece| (piece, true)).or_else(|| Some((find(&format!("{name}*{number}"))?, false)))
        });
        numbered(pieces)
    })
}

/// Splits a header's value into its parameters, with names in lower case.
fn parameters(header: &str) -> Vec<(String, String)> {
    let mut parameters = Vec::new();
    let mut rest = header;
    while let Some((_, after)) = rest.split_once(';') {
        let Some((name, value)) = after.split_once('=') else { break };
        // A parameter without a value ends before the next one begins.
        if let Some((_, other)) = name.rsplit_once(';') {
            rest = &after[name.len() - other.len() - 1..];
            continue;
        }
        let value = value.trim_start();
        let (value, after) = if let Some(quoted) = value.strip_prefix('"') {
            unquoted(quoted)
        } else {
            let end = value.find(';').unwrap_or(value.len());
            (value[..end].trim_end().to_owned(), &value[end..])
        };
        parameters.push((name.trim().to_ascii_lowercase(), value));
        rest = after;
    }
    parameters
}

/// Reads a quoted text after its first quote. Returns the rest, too. A backslash escapes only a quote or a backslash,
/// because old browsers send whole Windows paths.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (text, &quoted[at + 1..]),
            '\\' => match chars.next_if(|(_, next)| matches!(next, '"' | '\\')) {
                Some((_, escaped)) => text.push(escaped),
                None => text.push('\\'),
            },
            _ => text.push(c),
        }
    }
    (text, "")
}

/// Decodes `charset'language'percent-encoded` (RFC 8187). Returns None for another charset.
fn extended(value: &str) -> Option<String> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    decoded(charset, percent_decode_str(encoded).collect())
}

/// Joins the numbered pieces of a text (RFC 2231). Only the first one names the charset.
fn numbered<'p>(pieces: impl Iterator<Item = (&'p str, bool)>) -> Option<String> {
    let (mut bytes, mut charset) = (Vec::new(), None);
    for (number, (piece, encoded)) in pieces.enumerate() {
        let mut piece = piece;
        if number == 0 && encoded {
            let mut parts = piece.splitn(3, '\'');
            charset = parts.next();
            piece = parts.nth(1)?;
        }
        if encoded {
            bytes.extend(percent_decode_str(piece));
        } else {
            bytes.extend_from_slice(piece.as_bytes());
        }
    }
    if bytes.is_empty() { None } else { decoded(charset.unwrap_or("utf-8"), bytes) }
}

/// Decodes the encoded words in a text (RFC 2047), such as `=?utf-8?B?...?=`. Other text stays as it is.
fn words(text: &str) -> Cow<'_, str> {
    if text.len() > MAX_WORDS {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::new();
    let mut rest = text;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let Some((word, length)) = word(&rest[start..]) else {
            decoded.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            after_word = false;
            continue;
        };
        // Blanks between two words only separate them.
        if !(after_word && rest[..start].trim().is_empty()) {
            decoded.push_str(&rest[..start]);
        }
        decoded.push_str(&word);
        rest = &rest[start + length..];
        after_word = true;
    }
    if rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(decoded + rest)
}

/// Decodes the encoded word that a text begins with. Returns its length, too.
fn word(text: &str) -> Option<(String, usize)> {
    let mut parts = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let end = rest.find("?=")?;
    let encoded = &rest[..end];
    let bytes = match encoding {
        "B" | "b" => BASE64.decode(encoded.as_bytes()).ok()?,
        "Q" | "q" => {
            let escaped = encoded.replace('%', "%25").replace('_', " ").replace('=', "%");
            percent_decode_str(&escaped).collect()
        }
        _ => return None,
    };
    Some((decoded(charset, bytes)?, text.len() - rest.len() + end + 2))
}

/// Decodes bytes of a charset that clients use. Bytes that are not UTF-8 become U+FFFD.
fn decoded(charset: &str, bytes: Vec<u8>) -> Option<String> {
    match charset.to_ascii_lowercase().as_str() {
        "utf-8" | "utf8" | "us-ascii" => Some(String::from_utf8_lossy(&bytes).into_owned()),
        "iso-8859-1" => Some(bytes.into_iter().map(char::from).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_name(parameters: &str) -> Option<String> {
        let head = format!("Content-Type: text/plain\r\nContent-disposition: form-data; {parameters}");
        Disposition::of_head(&head).expect("a name").file_name
    }

    #[test]
    fn a_file_has_the_name_that_its_client_means() {
        for (parameters, name) in [
            (r#"name="files"; filename="a b;c.txt""#, "a b;c.txt"),
            (r"name=files; filename=plain.txt", "plain.txt"),
            (r#"name="files"; filename="质量.txt""#, "质量.txt"),
            (r#"name="files"; filename*=utf-8''%E8%B4%A8%E9%87%8F.txt"#, "质量.txt"),
            (r#"name="files"; filename*=UTF-8'en'%e2%82%ac.txt; filename="naive.txt""#, "€.txt"),
            (r#"filename="naive.txt"; filename*=UTF-8''%e2%82%ac.txt; name="files""#, "€.txt"),
            (r#"name="files"; filename*=iso-8859-1''caf%E9.txt"#, "café.txt"),
            (r#"name="files"; filename*=koi8-r''%C1; filename="naive.txt""#, "naive.txt"),
            (r#"name="files"; filename="=?utf-8?B?6LSo6YePLnR4dA==?=""#, "质量.txt"),
            (r#"name="files"; filename="=?UTF-8?Q?caf=C3=A9_=3F?= =?utf-8?q?.txt?=""#, "café ?.txt"),
            (r#"name="files"; filename="a =?utf-8?X?b?= =?c?""#, "a =?utf-8?X?b?= =?c?"),
            (r#"name="files"; filename*0*=utf-8''%E8%B4; filename*1*=%A8; filename*2=".txt""#, "质.txt"),
            (r#"name="files"; filename*0="long "; filename*1="name.txt""#, "long name.txt"),
            (r#"name="files"; filename="say \"hi\".txt""#, "say \"hi\".txt"),
            (r#"name="files"; filename="C:\temp\a.txt""#, r"C:\temp\a.txt"),
            (r#"name="files"; flag; filename = "a.txt" ; other=1"#, "a.txt"),
            (r#"name="files"; FileName="a.txt"#, "a.txt"),
            (r#"name="files"; filename="""#, ""),
        ] {
            assert_eq!(file_name(parameters).as_deref(), Some(name), "{parameters}");
        }
        assert_eq!(file_name(r#"name="files""#), None);
    }

    #[test]
    fn a_head_without_a_name_is_no_part() {
        for head in
            ["", "Content-Disposition: form-data", "Content-Disposition: attachment; name=\"a\"", "name=a"]
        {
            assert_eq!(Disposition::of_head(head), None, "{head}");
        }
    }

    #[test]
    fn a_boundary_may_be_quoted() {
        for header in ["multipart/form-data; boundary=b", "multipart/form-data;charset=utf-8; Boundary=\"b\""]
        {
            assert_eq!(parameter(header, "boundary").as_deref(), Some("b"), "{header}");
        }
    }
}
