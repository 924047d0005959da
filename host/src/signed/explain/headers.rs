//! The headers of a signature, and every way a sender may have made it otherwise. Pure.

use std::ops::ControlFlow;

use super::spelling::Tried;
use super::{Stage, Verdict, fail, pass, seconds_off};
use crate::model::Timestamp;
use crate::secret::hmac_sha256_matches;
use crate::signed::SignatureHeaders;
use crate::signed::check::{MAX_SIGNATURES, NONCE};
use crate::signed::token::hmac_content;

/// The bytes of an HMAC-SHA256.
const TAG: usize = 32;

/// What was done otherwise, and what to do instead.
type Slip = (&'static str, &'static str);

const NO_PREFIX: Slip = ("the signature does not begin with `v1,`", "send it as `v1,` and base64");
const HEX: Slip = ("the signature is hexadecimal", "send its 32 bytes as base64 behind `v1,`");
const OLD_KEY: Slip =
    ("it is signed with the key before the last rotation", "sign with the key as it was issued last");
const DECODED_KEY: Slip = (
    "the key was decoded from base64 first, as libraries do with `whsec_` secrets",
    "sign with the key's own letters: hand such a library the base64 of the key",
);
const BODY_ALONE: Slip = (
    "the body alone was signed, without the query",
    "sign `ID.TIMESTAMP.SIGNED_TEXT`, a line feed, then the body",
);
const NO_LINE_FEED: Slip =
    ("there is no line feed between the query and the body", "put one line feed between them");
const OWN_BYTES: Slip = (
    "the query was signed byte for byte as sent, not in the form the server signs",
    "sign `signed_text` of this explanation",
);

/// The stages that judge the headers in place of token, time and body.
pub(super) fn stages(
    headers: &SignatureHeaders,
    signed_text: &str,
    query: &str,
    body: Option<&[u8]>,
    keys: &Tried<'_>,
    now: Timestamp,
) -> [Stage; 3] {
    [signature(headers, signed_text, query, body, keys), time(&headers.timestamp, now), identity(&headers.id)]
}

fn signature(
    headers: &SignatureHeaders,
    signed_text: &str,
    query: &str,
    body: Option<&[u8]>,
    keys: &Tried<'_>,
) -> Stage {
    const NAME: &str = "signature";
    let Some(body) = body else {
        let why = "the body is not given, and the signature is over it".to_owned();
        return Stage { name: NAME, verdict: Verdict::Open, why, remedy: String::new() };
    };
    let contents = contents(headers, signed_text, query, body);
    let keys = candidates(keys);
    let tags = tags(&headers.signatures);
    let tried = tags.iter().flat_map(|tag| keys.iter().map(move |key| (tag, key)));
    let found = tried.flat_map(|pair| contents.iter().map(move |content| (pair, content))).try_fold(
        None::<Vec<Slip>>,
        |best, (((tag_slips, tag), (key_slip, key)), (content_slip, content))| {
            if !hmac_sha256_matches(key, content, tag) {
                return ControlFlow::Continue(best);
            }
            let slips: Vec<Slip> = tag_slips.iter().copied().chain(*key_slip).chain(*content_slip).collect();
            if slips.is_empty() {
                ControlFlow::Break(slips)
            } else {
                ControlFlow::Continue(best.or(Some(slips)))
            }
        },
    );
    let slips = match found {
        ControlFlow::Break(slips) => Some(slips),
        ControlFlow::Continue(best) => best,
    };
    match slips {
        Some(slips) if slips.is_empty() => pass(NAME, "the signature is right".to_owned()),
        Some(slips) => {
            let all = |of: fn(&Slip) -> &'static str| slips.iter().map(of).collect::<Vec<_>>().join("; ");
            fail(NAME, all(|slip| slip.0), all(|slip| slip.1))
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

/// What may have been signed; the right content first.
fn contents(
    headers: &SignatureHeaders,
    signed_text: &str,
    query: &str,
    body: &[u8],
) -> Vec<(Option<Slip>, Vec<u8>)> {
    let (id, at) = (&headers.id, &headers.timestamp);
    let joined = |text: &str| [format!("{id}.{at}.{text}").as_bytes(), body].concat();
    vec![
        (None, hmac_content(id, at, signed_text, body)),
        (Some(OWN_BYTES), hmac_content(id, at, query, body)),
        (Some(BODY_ALONE), joined("")),
        (Some(NO_LINE_FEED), joined(signed_text)),
    ]
}

/// The keys it may be signed with; those that are good first.
fn candidates(keys: &Tried<'_>) -> Vec<(Option<Slip>, Vec<u8>)> {
    let own = |key: &str| key.as_bytes().to_vec();
    let mut all = vec![(None, own(keys.key.reveal()))];
    if let Some(previous) = keys.previous {
        all.push(((!keys.overlaps).then_some(OLD_KEY), own(previous.reveal())));
    }
    let decoded = data_encoding::BASE64.decode(keys.key.reveal().as_bytes());
    all.extend(decoded.map(|key| (Some(DECODED_KEY), key)));
    all
}

/// The signatures of the header, each with what is wrong with its form.
fn tags(header: &str) -> Vec<(Vec<Slip>, Vec<u8>)> {
    let tag = |one: &str| {
        let (mut slips, digits) = match one.strip_prefix("v1,") {
            Some(digits) => (Vec::new(), digits),
            None => (vec![NO_PREFIX], one),
        };
        let of_a_tag = |bytes: &Vec<u8>| bytes.len() == TAG;
        if let Some(bytes) = data_encoding::BASE64.decode(digits.as_bytes()).ok().filter(of_a_tag) {
            return Some((slips, bytes));
        }
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok().filter(of_a_tag)?;
        slips.push(HEX);
        Some((slips, bytes))
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
