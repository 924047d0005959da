//! Judges the headers of a signature, and finds out how a wrong signature was made. Pure.

use std::ops::ControlFlow;

use super::spelling::Keys;
use super::{Stage, Verdict, fail, pass, seconds_off};
use crate::model::Timestamp;
use crate::secret::hmac_sha256_matches;
use crate::signed::SignatureHeaders;
use crate::signed::check::{MAX_SIGNATURES, NONCE};
use crate::signed::token::hmac_content;

/// The length of an HMAC-SHA256, in bytes.
const TAG: usize = 32;

/// What the sender did, and what to do instead.
type Mistake = (&'static str, &'static str);

const NO_PREFIX: Mistake = ("the signature does not begin with `v1,`", "send it as `v1,` and base64");
const HEX: Mistake = ("the signature is hexadecimal", "send its 32 bytes as base64 behind `v1,`");
const OLD_KEY: Mistake =
    ("it is signed with the key before the last rotation", "sign with the key as it was issued last");
const DECODED_KEY: Mistake = (
    "the key was decoded from base64 first, as libraries do with `whsec_` secrets",
    "sign with the key's own letters: hand such a library the base64 of the key",
);
const BODY_ALONE: Mistake = (
    "the body alone was signed, without the query",
    "sign `ID.TIMESTAMP.SIGNED_TEXT`, a line feed, then the body",
);
const NO_LINE_FEED: Mistake =
    ("there is no line feed between the query and the body", "put one line feed between them");
const OWN_BYTES: Mistake = (
    "the query was signed byte for byte as sent, not in the form the server signs",
    "sign `signed_text` of this explanation",
);

/// Judges the headers, in stages that replace those for token, time and body.
pub(super) fn stages(
    headers: &SignatureHeaders,
    signed_text: &str,
    query: &str,
    body: Option<&[u8]>,
    keys: &Keys<'_>,
    now: Timestamp,
) -> [Stage; 3] {
    [signature(headers, signed_text, query, body, keys), time(&headers.timestamp, now), identity(&headers.id)]
}

fn signature(
    headers: &SignatureHeaders,
    signed_text: &str,
    query: &str,
    body: Option<&[u8]>,
    keys: &Keys<'_>,
) -> Stage {
    const NAME: &str = "signature";
    let Some(body) = body else {
        let why = "the body is missing from the sample, and the signature covers it".to_owned();
        return Stage { name: NAME, verdict: Verdict::Open, why, remedy: String::new() };
    };
    let contents = contents(headers, signed_text, query, body);
    let keys = candidates(keys);
    let tags = tags(&headers.signatures);
    let tried = tags.iter().flat_map(|tag| keys.iter().map(move |key| (tag, key)));
    let found = tried.flat_map(|pair| contents.iter().map(move |content| (pair, content))).try_fold(
        None::<Vec<Mistake>>,
        |best, (((tag_mistakes, tag), (key_mistake, key)), (content_mistake, content))| {
            if !hmac_sha256_matches(key, content, tag) {
                return ControlFlow::Continue(best);
            }
            let mistakes: Vec<Mistake> =
                tag_mistakes.iter().copied().chain(*key_mistake).chain(*content_mistake).collect();
            if mistakes.is_empty() {
                ControlFlow::Break(mistakes)
            } else {
                ControlFlow::Continue(best.or(Some(mistakes)))
            }
        },
    );
    let mistakes = match found {
        ControlFlow::Break(mistakes) => Some(mistakes),
        ControlFlow::Continue(best) => best,
    };
    match mistakes {
        Some(mistakes) if mistakes.is_empty() => pass(NAME, "the signature is right".to_owned()),
        Some(mistakes) => {
            let all = |of: fn(&Mistake) -> &'static str| mistakes.iter().map(of).collect::<Vec<_>>().join("; ");
            fail(NAME, all(|mistake| mistake.0), all(|mistake| mistake.1))
        }
        None => fail(
            NAME,
            "the signature fits no text, no encoding and no key of this application".to_owned(),
            "sign `ID.TIMESTAMP.SIGNED_TEXT`, a line feed and the body with HMAC-SHA256 and the key as it was \
             issued, and send `v1,` and the base64 of it"
                .to_owned(),
        ),
    }
}

/// Returns the contents that the sender may have signed, the right one first.
fn contents(
    headers: &SignatureHeaders,
    signed_text: &str,
    query: &str,
    body: &[u8],
) -> Vec<(Option<Mistake>, Vec<u8>)> {
    let (id, at) = (&headers.id, &headers.timestamp);
    let joined = |text: &str| [format!("{id}.{at}.{text}").as_bytes(), body].concat();
    vec![
        (None, hmac_content(id, at, signed_text, body)),
        (Some(OWN_BYTES), hmac_content(id, at, query, body)),
        (Some(BODY_ALONE), joined("")),
        (Some(NO_LINE_FEED), joined(signed_text)),
    ]
}

/// Returns the keys that the sender may have used, the valid ones first.
fn candidates(keys: &Keys<'_>) -> Vec<(Option<Mistake>, Vec<u8>)> {
    let bytes = |key: &str| key.as_bytes().to_vec();
    let mut all = vec![(None, bytes(keys.key.reveal()))];
    if let Some(previous) = keys.previous {
        all.push(((!keys.overlaps).then_some(OLD_KEY), bytes(previous.reveal())));
    }
    let decoded = data_encoding::BASE64.decode(keys.key.reveal().as_bytes());
    all.extend(decoded.map(|key| (Some(DECODED_KEY), key)));
    all
}

/// Returns the signatures in the header, each with the mistakes in its form.
fn tags(header: &str) -> Vec<(Vec<Mistake>, Vec<u8>)> {
    let tag = |one: &str| {
        let (mut mistakes, digits) = match one.strip_prefix("v1,") {
            Some(digits) => (Vec::new(), digits),
            None => (vec![NO_PREFIX], one),
        };
        let of_a_tag = |bytes: &Vec<u8>| bytes.len() == TAG;
        if let Some(bytes) = data_encoding::BASE64.decode(digits.as_bytes()).ok().filter(of_a_tag) {
            return Some((mistakes, bytes));
        }
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok().filter(of_a_tag)?;
        mistakes.push(HEX);
        Some((mistakes, bytes))
    };
    header.split_ascii_whitespace().take(MAX_SIGNATURES).filter_map(tag).collect()
}

fn time(timestamp: &str, now: Timestamp) -> Stage {
    seconds_off("webhook-timestamp", timestamp, now)
}

fn identity(id: &str) -> Stage {
    if NONCE.contains(&id.len()) {
        return pass("identity", "the message has an id, which may be used once".to_owned());
    }
    let why = format!("`webhook-id` has {} characters", id.len());
    let remedy =
        format!("give each message an id of its own, of {} to {} characters", NONCE.start(), NONCE.end());
    fail("identity", why, remedy)
}
