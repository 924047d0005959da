//! Every way a sender may have put together what it signed, tried against the token it sent. Pure.

use std::collections::HashSet;

use super::mistake::{Digests, Encoding, Frame, Slip};
use crate::model::Dialect;
use crate::secret::{Secret, same};
use crate::signed::Entrance;
use crate::signed::php::{self, Query};
use crate::signed::token::{d1_text, d2_pairs, md5_hex, query_token, time_token};

/// Parameters whose every order is tried: 120 orders. Of more, only the likely ones.
const MAX_ORDERED: usize = 5;

/// The keys to try.
pub(super) struct Tried<'k> {
    pub(super) key: &'k Secret,
    pub(super) previous: Option<&'k Secret>,
    /// Whether the previous key is still good.
    pub(super) overlaps: bool,
}

/// A text that may have been signed, and what is wrong with it.
struct Spelled {
    text: String,
    slips: Vec<Slip>,
}

/// The dialect a token is of, and what was done wrong; nothing where it is right. Of several explanations the one with
/// the fewest slips.
pub(super) fn find(
    door: &Entrance,
    query: &str,
    code: &str,
    token: &str,
    time: Option<&str>,
    keys: &Tried<'_>,
) -> Option<(Dialect, Vec<Slip>)> {
    let dialect = if matches!(door, Entrance::Direct(_)) { Dialect::D2 } else { Dialect::D1 };
    let lower = token.trim().to_ascii_lowercase();
    let case = (lower != token).then_some(Slip::UpperToken);
    let timed = time.and_then(|time| find_time(code, &lower, time, keys)).map(|slips| (Dialect::D3, slips));
    let found = timed.or_else(|| find_text(door, query, &lower, keys).map(|slips| (dialect, slips)));
    found.map(|(dialect, mut slips)| {
        slips.extend(case);
        (dialect, slips)
    })
}

fn find_time(code: &str, token: &str, time: &str, keys: &Tried<'_>) -> Option<Vec<Slip>> {
    let short = time.get(..10).filter(|short| *short != time);
    let times = [Some((time, None)), short.map(|short| (short, Some(Slip::ShortTime)))];
    let mut found: Vec<Vec<Slip>> = Vec::new();
    for (time, slip) in times.into_iter().flatten() {
        for (key, slips) in keys.all() {
            if same(token, &time_token(code, &key, time)) {
                found.push(slip.iter().cloned().chain(slips).collect());
            }
        }
    }
    found.into_iter().min_by_key(Vec::len)
}

fn find_text(door: &Entrance, query: &str, token: &str, keys: &Tried<'_>) -> Option<Vec<Slip>> {
    let keys = keys.all();
    let mut best: Option<Vec<Slip>> = None;
    let mut seen = HashSet::new();
    for spelled in texts(door, query) {
        if best.as_ref().is_some_and(|best| best.len() <= spelled.slips.len()) {
            break;
        }
        if !seen.insert(spelled.text.clone()) {
            continue;
        }
        for (key, also) in &keys {
            for digests in Digests::ALL {
                if !same(token, &digests.token(&spelled.text, key)) {
                    continue;
                }
                let mut slips = spelled.slips.clone();
                slips.extend(also.iter().cloned());
                slips.extend((digests != Digests::Twice).then_some(Slip::Digest(digests)));
                if best.as_ref().is_none_or(|best| slips.len() < best.len()) {
                    best = Some(slips);
                }
            }
        }
    }
    best
}

/// All texts, those with the fewest slips first.
fn texts(door: &Entrance, query: &str) -> Vec<Spelled> {
    let (right_frame, right_encoding) = match door {
        Entrance::Php => (Frame::of(Dialect::D1), Encoding::Php),
        Entrance::Direct(_) => (Frame::of(Dialect::D2), Encoding::Go),
    };
    let method = method(door, query);
    let is_direct = matches!(door, Entrance::Direct(_));
    let mut all = Vec::new();
    if let Ok(query) = Query::parse(query)
        && !is_direct
    {
        // What PHP itself makes of it, names and all.
        all.push(Spelled { text: d1_text(&query), slips: Vec::new() });
    }
    for (pairs, order) in orders(query, is_direct) {
        for encoding in Encoding::ALL {
            let joined = pairs.iter().map(|pair| pair.write(encoding)).collect::<Vec<_>>().join("&");
            for frame in Frame::ALL {
                for head in frame.heads(&method) {
                    let mut slips: Vec<Slip> = order.clone().into_iter().collect();
                    slips.extend((encoding != right_encoding).then_some(Slip::Encoding(encoding)));
                    slips.extend((frame != right_frame).then_some(Slip::Frame(frame)));
                    all.push(Spelled { text: format!("{head}{joined}"), slips });
                }
            }
        }
    }
    // Stable: of equally many slips, the first tried.
    all.sort_by_key(|spelled| spelled.slips.len());
    all
}

/// A parameter, as sent and as meant.
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

/// The parameters in every order worth trying; none said of the right one.
fn orders(query: &str, is_direct: bool) -> Vec<(Vec<Pair>, Option<Slip>)> {
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
        // The code before or after everything else.
        let (code, others): (Vec<Pair>, Vec<Pair>) = sent.into_iter().partition(|pair| pair.name == "code");
        all.push([code.clone(), others.clone()].concat());
        all.push([others, code].concat());
    }
    let mut seen = HashSet::new();
    let fresh = all.into_iter().filter_map(|pairs| {
        let order = pairs.iter().map(|pair| pair.name.as_str()).collect::<Vec<_>>().join(", ");
        let first = seen.is_empty();
        seen.insert(order.clone()).then(|| (pairs, (!first).then_some(Slip::Order(order))))
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

/// The method's name: of the path, or of `f`.
fn method(door: &Entrance, query: &str) -> String {
    match door {
        Entrance::Direct(method) => method.clone(),
        Entrance::Php => {
            let pairs = d2_pairs(query).unwrap_or_default();
            pairs.into_iter().find(|(name, _)| name == "f").map(|(_, value)| value).unwrap_or_default()
        }
    }
}

impl Tried<'_> {
    /// Each key as senders use it, with what is wrong with that.
    fn all(&self) -> Vec<(String, Vec<Slip>)> {
        let old = (!self.overlaps).then_some(Slip::OldKey);
        let known = [Some((self.key, None)), self.previous.map(|key| (key, old))];
        let mut all = Vec::new();
        for (key, slip) in known.into_iter().flatten() {
            let key = key.reveal();
            let with = |also: Option<Slip>| slip.clone().into_iter().chain(also).collect::<Vec<_>>();
            all.push((key.to_owned(), with(None)));
            all.push((key.to_ascii_uppercase(), with(Some(Slip::UpperKey))));
            for end in ["\n", "\r\n", " "] {
                all.push((format!("{key}{end}"), with(Some(Slip::LooseKey))));
            }
        }
        all
    }
}

impl Encoding {
    fn write(self, text: &str) -> String {
        let blanks = |text: String| text.replace('+', "%20");
        match self {
            Self::Php => php::escape(text, "-_."),
            Self::Go => php::escape(text, "-_.~"),
            Self::Percent => blanks(php::escape(text, "-_.~")),
            Self::JavaScript => blanks(php::escape(text, "-_.~!'()*")),
            Self::Python => blanks(php::escape(text, "-_.~/")),
            Self::Java => php::escape(text, "-_.*"),
            Self::Sent | Self::Decoded => text.to_owned(),
        }
    }
}

impl Frame {
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
