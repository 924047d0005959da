//! Whether a request is let in: decided over facts that were looked up before, in the wire's own order. Pure.
//!
//! An unknown code is checked against the keys of nobody, so that it costs what a wrong token costs.

use std::net::IpAddr;
use std::time::Duration;

use super::address::Addresses;
use super::refusal::Refusal;
use super::token::{hmac_content, query_token, time_token};
use crate::model::{Application, Dialect, Strength, Timestamp};
use crate::secret::{Secret, hmac_sha256_matches, same, sha256_hex};

/// How far a request's time may be from the server's.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// Characters of a nonce.
pub(super) const NONCE: std::ops::RangeInclusive<usize> = 8..=128;

/// Signatures of one header that are looked at: more than one is for senders that change their key.
pub(super) const MAX_SIGNATURES: usize = 5;

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Asked<'r> {
    /// `/im/METHOD`; else the PHP addresses.
    pub(super) is_direct: bool,
    pub(super) code: &'r str,
    /// Empty when the headers hold a signature instead.
    pub(super) token: &'r str,
    /// Set on the PHP addresses alone.
    pub(super) time: Option<&'r str>,
    /// What the token is over.
    pub(super) text: &'r str,
    /// The query's own bytes, where the operator lets them be signed too.
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

/// What is known of the application a code names.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) application: &'a Application,
    /// None when it does not open.
    pub(super) key: Option<&'a Secret>,
    /// The key before it, or one of nobody: asked either way.
    pub(super) previous: &'a Secret,
    pub(super) account_exists: bool,
}

/// A request that is let in, once what it used up is noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pass {
    pub(super) dialect: Dialect,
    pub(super) rung: Strength,
    pub(super) claim: Claim,
    pub(super) by_previous_key: bool,
}

/// What a request uses up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    Nothing,
    /// A stamp, in seconds: later ones must be greater.
    Time(i64),
    Nonce {
        word: String,
        /// Until when it must be remembered.
        until: Timestamp,
    },
}

/// What one key proves of a request.
#[derive(Debug, Default, Clone, Copy)]
struct Proof {
    query: bool,
    time: bool,
    hmac: bool,
}

/// Decides. `nobody` stands for an application that is not there.
pub(super) fn judge(
    asked: &Asked<'_>,
    known: Option<&Known<'_>>,
    nobody: &Known<'_>,
    now: Timestamp,
) -> Result<Pass, Refusal> {
    let entry = known.unwrap_or(nobody);
    let application = entry.application;
    // All of it before the first answer: what a request costs does not tell how far it came.
    let current = prove(asked, entry.key.unwrap_or(entry.previous));
    let previous = prove(asked, entry.previous);
    let is_body = asked.bsum.map(|digest| same(digest, &sha256_hex(asked.body)));
    let allowed = application.addresses.parse::<Addresses>();
    if known.is_none() || !application.enabled {
        return Err(Refusal::UnknownCode);
    }
    if entry.key.is_none() {
        return Err(Refusal::NoKey);
    }
    if !allowed.is_ok_and(|addresses| addresses.allow(asked.address)) {
        return Err(Refusal::AddressDenied);
    }
    let overlaps = application.previous_key.is_some() && now < application.previous_until;
    let previous = if overlaps { previous } else { Proof::default() };
    let pass = signed(asked, application, current, is_body, now).or_else(|refusal| match refusal {
        Refusal::WrongToken => signed(asked, application, previous, is_body, now)
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
    if !application.strengths.contains(&pass.rung) {
        return Err(Refusal::StrengthOff);
    }
    Ok(pass)
}

fn prove(asked: &Asked<'_>, key: &Secret) -> Proof {
    let key = key.reveal();
    let query = same(asked.token, &query_token(asked.text, key));
    let raw = asked.raw.is_some_and(|raw| same(asked.token, &query_token(raw, key)));
    let time = asked.time.is_some_and(|time| same(asked.token, &time_token(asked.code, key, time)));
    let hmac = asked.hmac.is_some_and(|hmac| {
        let content = hmac_content(hmac.id, hmac.timestamp, asked.text, asked.body);
        hmac.tags().any(|tag| hmac_sha256_matches(key.as_bytes(), &content, &tag))
    });
    Proof { query: query || raw, time, hmac }
}

/// The token stage: which dialect and rung it is, and what it uses up.
fn signed(
    asked: &Asked<'_>,
    application: &Application,
    proof: Proof,
    is_body: Option<bool>,
    now: Timestamp,
) -> Result<Pass, Refusal> {
    let dialect = if asked.is_direct { Dialect::D2 } else { Dialect::D1 };
    let pass = |dialect, rung, claim| Ok(Pass { dialect, rung, claim, by_previous_key: false });
    if let Some(hmac) = &asked.hmac {
        if !proof.hmac {
            return Err(Refusal::WrongToken);
        }
        let until = near(hmac.timestamp, now)?;
        return pass(dialect, Strength::Hmac, nonce(hmac.id, until)?);
    }
    if let Some(time) = asked.time {
        let stamp = stamp(time)?;
        if proof.time {
            let latest = now.plus(TOLERANCE).as_millis() / 1000;
            return match stamp {
                // A stamp of the far future would lock every later one out.
                _ if stamp > latest => Err(Refusal::WrongTime),
                _ if stamp <= application.called_time => Err(Refusal::Repeated),
                _ => pass(Dialect::D3, Strength::Legacy, Claim::Time(stamp)),
            };
        }
    }
    if !proof.query {
        return Err(Refusal::WrongToken);
    }
    if is_body == Some(false) {
        return Err(Refusal::OtherBody);
    }
    let claim = match (asked.ts, asked.nonce) {
        (None, None) => Claim::Nothing,
        (Some(ts), None) => near(ts, now).map(|_| Claim::Nothing)?,
        (None, Some(_)) => return Err(Refusal::BadNonce),
        (Some(ts), Some(word)) => nonce(word, near(ts, now)?)?,
    };
    let rung = match (is_body, &claim) {
        (None, _) => Strength::Legacy,
        (Some(_), Claim::Nonce { .. }) => Strength::Nonce,
        (Some(_), _) => Strength::Body,
    };
    pass(dialect, rung, claim)
}

/// The stamp of a time token: its first ten characters, which must be digits and begin below `4`.
fn stamp(time: &str) -> Result<i64, Refusal> {
    let digits = time.get(..10).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let digits = digits.filter(|digits| *digits < "4").ok_or(Refusal::WrongTime)?;
    digits.parse().map_err(|_| Refusal::WrongTime)
}

/// A time in seconds near the server's, as the moment until which it is.
fn near(seconds: &str, now: Timestamp) -> Result<Timestamp, Refusal> {
    let seconds: i64 = seconds.parse().map_err(|_| Refusal::WrongTime)?;
    let at = Timestamp::from_millis(seconds.saturating_mul(1000));
    let (first, last) = (at.minus(TOLERANCE), at.plus(TOLERANCE));
    // To the second, as the sender has it.
    if first <= now && now.as_millis() / 1000 <= last.as_millis() / 1000 {
        Ok(last.plus(Duration::from_secs(1)))
    } else {
        Err(Refusal::WrongTime)
    }
}

fn nonce(word: &str, until: Timestamp) -> Result<Claim, Refusal> {
    if !NONCE.contains(&word.len()) {
        return Err(Refusal::BadNonce);
    }
    Ok(Claim::Nonce { word: word.to_owned(), until })
}

impl<'r> Hmac<'r> {
    /// The `v1` signatures.
    fn tags(self) -> impl Iterator<Item = Vec<u8>> + use<'r> {
        let known = self.signatures.split_ascii_whitespace().take(MAX_SIGNATURES);
        known.filter_map(|one| data_encoding::BASE64.decode(one.strip_prefix("v1,")?.as_bytes()).ok())
    }
}

#[cfg(test)]
mod tests;
