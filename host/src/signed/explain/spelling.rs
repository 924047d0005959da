//! Finds out from which text and key a wrong token was made, by trying all likely ones. Pure.

use std::collections::HashSet;

use percent_encoding::{AsciiSet, utf8_percent_encode};

use super::mistake::{Digests, Encoding, Prefix, SigningMistake};
use crate::model::Dialect;
use crate::secret::{Secret, same};
use crate::signed::Endpoint;
use crate::signed::php::{self, PhpQuery};
use crate::signed::token::{d1_text, d2_pairs, md5_hex, query_token, time_token};

/// Up to this number of parameters every order is tried, which is 120 at most. With more, only likely orders are tried.
const MAX_ORDERED: usize = 5;

/// The keys to try.
pub(super) struct Keys<'k> {
    pub(super) key: &'k Secret,
    pub(super) previous: Option<&'k Secret>,
    /// Whether the previous key is still valid.
    pub(super) overlaps: bool,
}

/// A text that the sender may have signed, with its mistakes.
struct Candidate {
    text: String,
    mistakes: Vec<SigningMistake>,
}

/// Finds the dialect of a token and its mistakes; a correct token has none. Prefers the explanation with the fewest
/// mistakes. Returns None if nothing explains the token.
pub(super) fn find_mistakes(
    endpoint: &Endpoint,
    query: &str,
    code: &str,
    token: &str,
    time: Option<&str>,
    keys: &Keys<'_>,
) -> Option<(Dialect, Vec<SigningMistake>)> {
    let dialect = if matches!(endpoint, Endpoint::Direct(_)) { Dialect::D2 } else { Dialect::D1 };
    let lower = token.trim().to_ascii_lowercase();
    let case = (lower != token).then_some(SigningMistake::UpperToken);
    let timed =
        time.and_then(|time| find_time(code, &lower, time, keys)).map(|mistakes| (Dialect::D3, mistakes));
    let found =
        timed.or_else(|| find_text(endpoint, query, &lower, keys).map(|mistakes| (dialect, mistakes)));
    found.map(|(dialect, mut mistakes)| {
        mistakes.extend(case);
        (dialect, mistakes)
    })
}

fn find_time(code: &str, token: &str, time: &str, keys: &Keys<'_>) -> Option<Vec<SigningMistake>> {
    let short = time.get(..10).filter(|short| *short != time);
    let times = [Some((time, None)), short.map(|short| (short, Some(SigningMistake::ShortTime)))];
    let mut found: Vec<Vec<SigningMistake>> = Vec::new();
    for (time, mistake) in times.into_iter().flatten() {
        for (key, mistakes) in keys.all() {
            if same(token, &time_token(code, &key, time)) {
                found.push(mistake.iter().cloned().chain(mistakes).collect());
            }
        }
    }
    found.into_iter().min_by_key(Vec::len)
}

fn find_text(endpoint: &Endpoint, query: &str, token: &str, keys: &Keys<'_>) -> Option<Vec<SigningMistake>> {
    let keys = keys.all();
    let mut best: Option<Vec<SigningMistake>> = None;
    let mut seen = HashSet::new();
    for candidate in texts(endpoint, query) {
        if best.as_ref().is_some_and(|best| best.len() <= candidate.mistakes.len()) {
            break;
        }
        if !seen.insert(candidate.text.clone()) {
            continue;
        }
        for (key, also) in &keys {
            for digests in Digests::ALL {
                if !same(token, &digests.token(&candidate.text, key)) {
                    continue;
                }
                let mut mistakes = candidate.mistakes.clone();
                mistakes.extend(also.iter().cloned());
                mistakes.extend((digests != Digests::Twice).then_some(SigningMistake::Digest(digests)));
                if best.as_ref().is_none_or(|best| mistakes.len() < best.len()) {
                    best = Some(mistakes);
                }
            }
        }
    }
    best
}

/// Returns all texts to try, those with the fewest mistakes first.
fn texts(endpoint: &Endpoint, query: &str) -> Vec<Candidate> {
    let (right_prefix, right_encoding) = match endpoint {
        Endpoint::Php => (Prefix::of(Dialect::D1), Encoding::Php),
        Endpoint::Direct(_) => (Prefix::of(Dialect::D2), Encoding::Go),
    };
    let method = method(endpoint, query);
    let is_direct = matches!(endpoint, Endpoint::Direct(_));
    let mut all = Vec::new();
    if let Ok(query) = PhpQuery::parse(query)
        && !is_direct
    {
        // This is how PHP writes the query, including the names.
        all.push(Candidate { text: d1_text(&query), mistakes: Vec::new() });
    }
    for (pairs, order) in orders(query, is_direct) {
        for encoding in Encoding::ALL {
            let joined = pairs.iter().map(|pair| pair.write(encoding)).collect::<Vec<_>>().join("&");
            for prefix in Prefix::ALL {
                for head in prefix.heads(&method) {
                    let mut mistakes: Vec<SigningMistake> = order.clone().into_iter().collect();
                    mistakes
                        .extend((encoding != right_encoding).then_some(SigningMistake::Encoding(encoding)));
                    mistakes.extend((prefix != right_prefix).then_some(SigningMistake::Prefix(prefix)));
                    all.push(Candidate { text: format!("{head}{joined}"), mistakes });
                }
            }
        }
    }
    // The sort is stable, so that likely candidates stay first.
    all.sort_by_key(|candidate| candidate.mistakes.len());
    all
}

/// A parameter, as sent and decoded.
#[derive(Clone)]
struct Pair {
    sent: String,
    name: String,
    value: String,
}

impl Pair {
    fn write(&self, encoding: Encoding) -> String {
        if encoding == Encoding::Sent {
            return self.sent.clone();
        }
        format!("{}={}", encoding.write(&self.name), encoding.write(&self.value))
    }
}

/// Returns the parameters in every order worth trying. The right order has no mistake.
fn orders(query: &str, is_direct: bool) -> Vec<(Vec<Pair>, Option<SigningMistake>)> {
    let pieces = query.split('&').filter(|piece| !piece.is_empty() && !piece.starts_with("token="));
    let sent: Vec<Pair> = pieces
        .filter_map(|piece| {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            let (name, value) = (php::decode(name).ok()?, php::decode(value).ok()?);
            Some(Pair { sent: piece.to_owned(), name, value })
        })
        .collect();
    let mut sorted = sent.clone();
    sorted.sort_by(|a, b| (&a.name, &a.value).cmp(&(&b.name, &b.value)));
    let mut all = if is_direct { vec![sorted, sent.clone()] } else { vec![sent.clone(), sorted] };
    if sent.len() <= MAX_ORDERED {
        permute(&mut sent.clone(), 0, &mut all);
    } else {
        // The code before or after all others.
        let (code, others): (Vec<Pair>, Vec<Pair>) = sent.into_iter().partition(|pair| pair.name == "code");
        all.push([code.clone(), others.clone()].concat());
        all.push([others, code].concat());
    }
    let mut seen = HashSet::new();
    let fresh = all.into_iter().filter_map(|pairs| {
        let order = pairs.iter().map(|pair| pair.name.as_str()).collect::<Vec<_>>().join(", ");
        let first = seen.is_empty();
        seen.insert(order.clone()).then(|| (pairs, (!first).then_some(SigningMistake::Order(order))))
    });
    fresh.collect()
}

fn permute(pairs: &mut [Pair], from: usize, all: &mut Vec<Vec<Pair>>) {
    if from == pairs.len() {
        all.push(pairs.to_vec());
    }
    for other in from..pairs.len() {
        pairs.swap(from, other);
        permute(pairs, from + 1, all);
        pairs.swap(from, other);
    }
}

/// Returns the name of the method, from the path or from `f`.
fn method(endpoint: &Endpoint, query: &str) -> String {
    match endpoint {
        Endpoint::Direct(method) => method.clone(),
        Endpoint::Php => {
            let pairs = d2_pairs(query).unwrap_or_default();
            pairs.into_iter().find(|(name, _)| name == "f").map(|(_, value)| value).unwrap_or_default()
        }
    }
}

impl Keys<'_> {
    /// Returns each key in the forms that senders use, with its mistakes.
    fn all(&self) -> Vec<(String, Vec<SigningMistake>)> {
        let old = (!self.overlaps).then_some(SigningMistake::OldKey);
        let keys = [Some((self.key, None)), self.previous.map(|key| (key, old))];
        let mut all = Vec::new();
        for (key, mistake) in keys.into_iter().flatten() {
            let key = key.reveal();
            let with =
                |also: Option<SigningMistake>| mistake.clone().into_iter().chain(also).collect::<Vec<_>>();
            all.push((key.to_owned(), with(None)));
            all.push((key.to_ascii_uppercase(), with(Some(SigningMistake::UpperKey))));
            for end in ["\n", "\r\n", " "] {
                all.push((format!("{key}{end}"), with(Some(SigningMistake::LooseKey))));
            }
        }
        all
    }
}

impl Encoding {
    fn write(self, text: &str) -> String {
        const JAVA_SCRIPT: &AsciiSet =
            &php::RFC_3986.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');
        const PYTHON: &AsciiSet = &php::RFC_3986.remove(b'/');
        const JAVA: &AsciiSet = &php::URLENCODE.remove(b'*');
        let escape = |set| utf8_percent_encode(text, set).to_string();
        match self {
            Self::Php => php::escape(text, php::URLENCODE),
            Self::Go => php::escape(text, php::RFC_3986),
            Self::Percent => escape(php::RFC_3986),
            Self::JavaScript => escape(JAVA_SCRIPT),
            Self::Python => escape(PYTHON),
            Self::Java => php::escape(text, JAVA),
            Self::Sent | Self::Decoded => text.to_owned(),
        }
    }
}

impl Prefix {
    fn heads(self, method: &str) -> Vec<String> {
        match self {
            Self::Query => vec![String::new()],
            Self::Method => vec![format!("im/{method}?")],
            Self::Question => vec!["?".to_owned()],
            Self::ApiPath => ["api.php?", "/api.php?", "x.php?", "/x.php?"].map(str::to_owned).to_vec(),
            Self::SlashMethod => vec![format!("/im/{method}?")],
        }
    }
}

impl Digests {
    fn token(self, text: &str, key: &str) -> String {
        match self {
            Self::Twice => query_token(text, key),
            Self::Once => md5_hex(&format!("{text}{key}")),
            Self::KeyFirst => md5_hex(&format!("{key}{}", md5_hex(text))),
            Self::UpperInner => md5_hex(&format!("{}{key}", md5_hex(text).to_ascii_uppercase())),
            Self::NoKey => md5_hex(&md5_hex(text)),
        }
    }
}
