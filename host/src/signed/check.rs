//! Decides whether to accept a request, from facts that were looked up before, in the order of the signed API's errors.
//! Pure.
//!
//! An unknown code is checked against the keys of a placeholder, so that it takes as long as a wrong token.

use std::net::IpAddr;
use std::time::Duration;

use super::address::Addresses;
use super::refusal::Refusal;
use super::token::{hmac_content, query_token, time_token};
use crate::model::{Application, Dialect, Strength, Timestamp};
use crate::secret::{Secret, hmac_sha256_matches, same, sha256_hex};

/// How far a request's time may be from the server's.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Length of a nonce, in characters.
pub(super) const NONCE: std::ops::RangeInclusive<usize> = 8..=128;

/// How many signatures of one header are checked. A sender that changes its key sends more than one.
pub(super) const MAX_SIGNATURES: usize = 5;

/// The credentials and signed texts of a request.
#[derive(Debug)]
pub(super) struct SignatureInput<'r> {
    /// Whether it was sent to `/im/METHOD` rather than a PHP address.
    pub(super) is_direct: bool,
    pub(super) code: &'r str,
    /// Empty if the headers contain a signature instead.
    pub(super) token: &'r str,
    /// Only PHP addresses accept one.
    pub(super) time: Option<&'r str>,
    /// The text that the token signs.
    pub(super) text: &'r str,
    /// The bytes of the query as sent, if the operator allows signing them too.
    pub(super) raw: Option<&'r str>,
    pub(super) bsum: Option<&'r str>,
    pub(super) ts: Option<&'r str>,
    pub(super) nonce: Option<&'r str>,
    pub(super) hmac: Option<Hmac<'r>>,
    pub(super) body: &'r [u8],
    pub(super) address: IpAddr,
}

/// The headers of Standard Webhooks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hmac<'r> {
    pub(super) id: &'r str,
    pub(super) timestamp: &'r str,
    pub(super) signatures: &'r str,
}

/// The application that a code names.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) application: &'a Application,
    /// None if the key cannot be unsealed.
    pub(super) key: Option<&'a Secret>,
    /// The previous key, or the placeholder's. Two keys are always tried.
    pub(super) previous: &'a Secret,
    pub(super) account_exists: bool,
}

/// A request that is accepted once its stamp or nonce is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) dialect: Dialect,
    pub(super) strength: Strength,
    pub(super) guard: ReplayGuard,
    pub(super) by_previous_key: bool,
}

/// What prevents a replay of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReplayGuard {
    Nothing,
    /// A stamp in seconds. Later requests must have greater ones.
    Time {
        stamp: i64,
        /// The latest stamp that the server accepts now. A used one beyond it dates from before the clock was set back.
        latest: i64,
    },
    Nonce {
        word: String,
        /// Until when the nonce must be stored.
        until: Timestamp,
    },
}

/// Which signatures of a request match one key.
#[derive(Debug, Default, Clone, Copy)]
struct KeyMatch {
    query: bool,
    time: bool,
    hmac: bool,
}

/// Judges a request. `placeholder` stands in if no application has the code.
pub(super) fn judge(
    input: &SignatureInput<'_>,
    entry: Option<&Entry<'_>>,
    placeholder: &Entry<'_>,
    now: Timestamp,
) -> Result<Pass, Refusal> {
    let is_known = entry.is_some();
    let entry = entry.unwrap_or(placeholder);
    let application = entry.application;
    // All digests are computed before the first refusal, so that the response time does not reveal which check failed.
    let current = match_key(input, entry.key.unwrap_or(entry.previous));
    let previous = match_key(input, entry.previous);
    let is_body = input.bsum.map(|digest| same(digest, &sha256_hex(input.body)));
    let allowed = application.addresses.parse::<Addresses>();
    if !is_known || !application.enabled {
        return Err(Refusal::UnknownCode);
    }
    if entry.key.is_none() {
        return Err(Refusal::NoKey);
    }
    if !allowed.is_ok_and(|addresses| addresses.allow(input.address)) {
        return Err(Refusal::AddressDenied);
    }
    let overlaps = application.previous_key.is_some() && now < application.previous_until;
    let previous = if overlaps { previous } else { KeyMatch::default() };
    let pass =
        check_signature(input, application, current, is_body, now).or_else(|refusal| match refusal {
            Refusal::WrongToken => check_signature(input, application, previous, is_body, now)
                .map(|pass| Pass { by_previous_key: true, ..pass }),
            _ => Err(refusal),
        })?;
    if !application.free {
        match application.account_id {
            None => return Err(Refusal::Unbound),
            Some(_) if !entry.account_exists => return Err(Refusal::NoAccount),
            Some(_) => {}
        }
    }
    if !application.dialects.contains(&pass.dialect) {
        return Err(Refusal::DialectOff);
    }
    if !application.strengths.contains(&pass.strength) {
        return Err(Refusal::StrengthOff);
    }
    Ok(pass)
}

fn match_key(input: &SignatureInput<'_>, key: &Secret) -> KeyMatch {
    let key = key.reveal();
    let query = same(input.token, &query_token(input.text, key));
    let raw = input.raw.is_some_and(|raw| same(input.token, &query_token(raw, key)));
    let time = input.time.is_some_and(|time| same(input.token, &time_token(input.code, key, time)));
    let hmac = input.hmac.is_some_and(|hmac| {
        let content = hmac_content(hmac.id, hmac.timestamp, input.text, input.body);
        hmac.tags().any(|tag| hmac_sha256_matches(key.as_bytes(), &content, &tag))
    });
    KeyMatch { query: query || raw, time, hmac }
}

/// Judges the token: finds the dialect, the strength and the replay guard.
fn check_signature(
    input: &SignatureInput<'_>,
    application: &Application,
    matched: KeyMatch,
    is_body: Option<bool>,
    now: Timestamp,
) -> Result<Pass, Refusal> {
    let dialect = if input.is_direct { Dialect::D2 } else { Dialect::D1 };
    let pass = |dialect, strength, guard| Ok(Pass { dialect, strength, guard, by_previous_key: false });
    if let Some(hmac) = &input.hmac {
        if !matched.hmac {
            return Err(Refusal::WrongToken);
        }
        let until = near(hmac.timestamp, now)?;
        return pass(dialect, Strength::Hmac, nonce(hmac.id, until)?);
    }
    if let Some(time) = input.time {
        let stamp = stamp(time)?;
        if matched.time {
            let (earliest, latest) =
                (now.minus(TOLERANCE).as_millis() / 1000, now.plus(TOLERANCE).as_millis() / 1000);
            let was_set_back = application.called_time > latest;
            return match stamp {
                // A stamp in the far future would block all later ones.
                _ if stamp > latest => Err(Refusal::WrongTime),
                // The server's clock was set back behind the stamps it saw. Only present stamps pass: a recorded
                // request can be replayed only within the tolerance of its own time, and once.
                _ if was_set_back && stamp < earliest => Err(Refusal::Repeated),
                _ if !was_set_back && stamp <= application.called_time => Err(Refusal::Repeated),
                _ => pass(Dialect::D3, Strength::Legacy, ReplayGuard::Time { stamp, latest }),
            };
        }
    }
    if !matched.query {
        return Err(Refusal::WrongToken);
    }
    if is_body == Some(false) {
        return Err(Refusal::OtherBody);
    }
    let guard = match (input.ts, input.nonce) {
        (None, None) => ReplayGuard::Nothing,
        (Some(ts), None) => near(ts, now).map(|_| ReplayGuard::Nothing)?,
        (None, Some(_)) => return Err(Refusal::BadNonce),
        (Some(ts), Some(word)) => nonce(word, near(ts, now)?)?,
    };
    let strength = match (is_body, &guard) {
        (None, _) => Strength::Legacy,
        (Some(_), ReplayGuard::Nonce { .. }) => Strength::Nonce,
        (Some(_), _) => Strength::Body,
    };
    pass(dialect, strength, guard)
}

/// Returns the stamp of a time token: its first ten characters, which must be digits and begin below `4`.
fn stamp(time: &str) -> Result<i64, Refusal> {
    let digits = time.get(..10).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = digits.filter(|digits| *digits < "4").ok_or(Refusal::WrongTime)?;
    digits.parse().map_err(|_| Refusal::WrongTime)
}

/// Checks that a time in seconds is near the server's, and returns the moment until which it will be.
fn near(seconds: &str, now: Timestamp) -> Result<Timestamp, Refusal> {
    let seconds: i64 = seconds.parse().map_err(|_| Refusal::WrongTime)?;
    let at = Timestamp::from_millis(seconds.saturating_mul(1000));
    let (first, last) = (at.minus(TOLERANCE), at.plus(TOLERANCE));
    // The comparison is to the second, because the sender's time has no milliseconds.
    if first <= now && now.as_millis() / 1000 <= last.as_millis() / 1000 {
        Ok(last.plus(Duration::from_secs(1)))
    } else {
        Err(Refusal::WrongTime)
    }
}

fn nonce(word: &str, until: Timestamp) -> Result<ReplayGuard, Refusal> {
    if !NONCE.contains(&word.len()) {
        return Err(Refusal::BadNonce);
    }
    Ok(ReplayGuard::Nonce { word: word.to_owned(), until })
}

impl<'r> Hmac<'r> {
    /// Returns the `v1` signatures, decoded.
    fn tags(self) -> impl Iterator<Item = Vec<u8>> + use<'r> {
        let known = self.signatures.split_ascii_whitespace().take(MAX_SIGNATURES);
        known.filter_map(|one| data_encoding::BASE64.decode(one.strip_prefix("v1,")?.as_bytes()).ok())
    }
}

#[cfg(test)]
mod tests;
