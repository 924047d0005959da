//! Explains, stage by stage, why a request would be refused and what its sender has to change. An administrator asks
//! with the address of a request that failed. Nothing is used up, and no key and no token is shown.

mod address;
mod headers;
mod mistake;
mod spelling;

use std::net::IpAddr;

use serde::Serialize;

use super::address::Addresses;
use super::applications::Applications;
use super::call::{Method, SignedCall};
use super::check::TOLERANCE;
use super::{Language, SignatureHeaders};
use crate::model::{Application, Dialect, Strength, Timestamp};
use crate::secret::{Secret, same, sha256_hex};

pub use address::code_in;

use address::Address;
use mistake::SigningMistake;
use spelling::{Keys, find_mistakes};

/// A request to explain.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    /// As sent: with or without scheme and host.
    pub url: String,
    /// None if it is not known: checks that need it stay open.
    pub body: Option<Vec<u8>>,
    /// The address that sent it, if that is known.
    pub address: Option<IpAddr>,
    /// The headers of its signature, if it had them. They replace the token.
    pub signature: Option<SignatureHeaders>,
}

/// The verdict on a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Explanation {
    /// Whether no stage fails.
    pub right: bool,
    /// The text that the token must sign.
    pub signed_text: String,
    pub stages: Vec<Stage>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Stage {
    pub name: &'static str,
    pub verdict: Verdict,
    pub why: String,
    /// What the sender has to change. Empty if nothing.
    pub remedy: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Pass,
    Fail,
    /// It depends on something that is missing from the sample.
    Open,
}

impl Applications {
    /// Explains a request by an application's keys.
    pub fn explain(&self, application: &Application, sample: &Sample, raw_query: bool) -> Explanation {
        let key = self.open(application, &application.sealed_key);
        let previous = application.previous_key.as_ref().and_then(|sealed| self.open(application, sealed));
        explain(application, key.as_ref(), previous.as_ref(), sample, raw_query, self.clock.now())
    }
}

fn explain(
    application: &Application,
    key: Option<&Secret>,
    previous: Option<&Secret>,
    sample: &Sample,
    raw_query: bool,
    now: Timestamp,
) -> Explanation {
    let Some(address) = Address::of(&sample.url) else {
        let why = "the address is none of /api.php, /x.php and /im/METHOD".to_owned();
        let remedy = "send it to /api.php?m=im&f=METHOD&code=CODE&token=TOKEN".to_owned();
        return ended(String::new(), vec![fail("address", why, remedy)]);
    };
    let signed_text = address.signed_text();
    let request = address.request(sample);
    let call = match SignedCall::parse(&request, raw_query) {
        Ok(call) => call,
        Err(refusal) => {
            let remedy = "send m, f, code and token, each once and as UTF-8".to_owned();
            return ended(signed_text, vec![fail("query", refusal.text(Language::English), remedy)]);
        }
    };
    let mut stages = vec![method(&call), code(application, &call), source(application, sample)];
    let Some(key) = key else {
        let why =
            "the application's key cannot be unsealed: the data directory's key file was replaced".to_owned();
        stages.push(fail("token", why, "give the application a new key: rotate it".to_owned()));
        return ended(signed_text, stages);
    };
    let overlaps = previous.is_some() && now < application.previous_until;
    let keys = Keys { key, previous, overlaps };
    let (dialect, strength) = if let Some(signature) = &sample.signature {
        let body = sample.body.as_deref();
        stages.extend(headers::stages(signature, &signed_text, &address.query, body, &keys, now));
        (call.dialect(), Strength::Hmac)
    } else {
        let (stage, dialect) = token(application, &address, &call, &keys, raw_query);
        stages.push(stage);
        stages.extend(time(application, &call, dialect, now));
        stages.extend(body(&call, sample));
        (dialect, strength(&call, dialect))
    };
    stages.push(account(application));
    stages.push(allowed(application, dialect, strength));
    ended(signed_text, stages)
}

fn ended(signed_text: String, stages: Vec<Stage>) -> Explanation {
    Explanation { right: stages.iter().all(|stage| stage.verdict != Verdict::Fail), signed_text, stages }
}

fn method(call: &SignedCall) -> Stage {
    match &call.method {
        Method::Other(name) => fail(
            "method",
            format!("this server does not offer `{name}`"),
            "call getGroupChats, getChatUsers, sendNotification or sendChatMessage".to_owned(),
        ),
        _ => pass("method", "the method is known".to_owned()),
    }
}

fn code(application: &Application, call: &SignedCall) -> Stage {
    if call.code != application.code {
        let why = format!("the address names the code `{}`, not `{}`", call.code, application.code);
        return fail("code", why, "send the application's own code, letter for letter".to_owned());
    }
    if !application.enabled {
        let why = "the application is disabled: its code is unknown".to_owned();
        return fail("code", why, "enable the application".to_owned());
    }
    pass("code", "the code is the application's".to_owned())
}

fn source(application: &Application, sample: &Sample) -> Stage {
    let Some(address) = sample.address else {
        let why = format!(
            "the sample does not say which address sent it; calls are allowed from {}",
            application.addresses
        );
        return Stage { name: "source", verdict: Verdict::Open, why, remedy: String::new() };
    };
    if application.addresses.parse::<Addresses>().is_ok_and(|addresses| addresses.allow(address)) {
        return pass("source", format!("{address} is one of the allowed addresses"));
    }
    let why = format!("{address} is not among the allowed addresses {}", application.addresses);
    fail(
        "source",
        why,
        "add it to the application's addresses, or list the proxy it is in `server.trusted_proxies`"
            .to_owned(),
    )
}

/// Judges the token. Also returns its dialect, or that of the address if no dialect fits.
fn token(
    application: &Application,
    address: &Address,
    call: &SignedCall,
    keys: &Keys<'_>,
    raw_query: bool,
) -> (Stage, Dialect) {
    let usual = call.dialect();
    let timed = call.time.as_deref().filter(|_| !call.is_direct);
    let found = find_mistakes(&address.endpoint, &address.query, &application.code, &call.token, timed, keys);
    let Some((dialect, mistakes)) = found else {
        let why = "the token fits no order, no encoding and no key of this application".to_owned();
        let remedy = "sign exactly `signed_text`, as md5(md5(text) + key) in lower-case hex, with the key as it was issued";
        return (fail("token", why, remedy.to_owned()), usual);
    };
    let mistakes: Vec<SigningMistake> =
        mistakes.into_iter().filter(|mistake| !(raw_query && mistake.is_own_bytes())).collect();
    if mistakes.is_empty() {
        return (pass("token", format!("the token is right in dialect {}", dialect.name())), dialect);
    }
    let all = |of: fn(&SigningMistake) -> String| mistakes.iter().map(of).collect::<Vec<_>>().join("; ");
    (fail("token", all(SigningMistake::why), all(SigningMistake::remedy)), dialect)
}

fn strength(call: &SignedCall, dialect: Dialect) -> Strength {
    match (&call.bsum, &call.ts, &call.nonce) {
        _ if dialect == Dialect::D3 => Strength::Legacy,
        (Some(_), Some(_), Some(_)) => Strength::Nonce,
        (Some(_), ..) => Strength::Body,
        _ => Strength::Legacy,
    }
}

/// Judges the time of a request, if it has one.
fn time(application: &Application, call: &SignedCall, dialect: Dialect, now: Timestamp) -> Option<Stage> {
    let seconds = now.as_millis() / 1000;
    if dialect == Dialect::D3 {
        let stamp: i64 = call.time.as_deref()?.get(..10)?.parse().ok()?;
        return Some(if stamp > seconds + tolerance() {
            let why = format!("its time is {} s ahead of this server's clock", stamp - seconds);
            fail("time", why, "set the sender's clock".to_owned())
        } else if stamp <= application.called_time {
            let why = format!("its time {stamp} is not later than the last one, {}", application.called_time);
            fail("time", why, "send each call with a later second than the one before".to_owned())
        } else {
            pass("time", "its time is later than the last one".to_owned())
        });
    }
    Some(seconds_off("ts", call.ts.as_deref()?, now))
}

/// Judges whether a time in Unix seconds is near the server's.
fn seconds_off(name: &str, given: &str, now: Timestamp) -> Stage {
    let Ok(at) = given.parse::<i64>() else {
        let why = format!("`{name}={given}` is no number of seconds");
        return fail("time", why, "send Unix seconds".to_owned());
    };
    let off = at.saturating_sub(now.as_millis() / 1000);
    if off.unsigned_abs() <= TOLERANCE.as_secs() {
        return pass("time", format!("its time is {} s from this server's", off.abs()));
    }
    let side = if off > 0 { "ahead of" } else { "behind" };
    let why = format!(
        "its time is {} s {side} this server's clock; {} s are allowed",
        off.unsigned_abs(),
        tolerance()
    );
    fail("time", why, "set the sender's clock, send seconds, and sign each call anew".to_owned())
}

fn tolerance() -> i64 {
    i64::try_from(TOLERANCE.as_secs()).unwrap_or(i64::MAX)
}

fn body(call: &SignedCall, sample: &Sample) -> Option<Stage> {
    let digest = call.bsum.as_deref()?;
    let Some(body) = &sample.body else {
        let why = "the body is missing from the sample, so its digest cannot be compared".to_owned();
        return Some(Stage { name: "body", verdict: Verdict::Open, why, remedy: String::new() });
    };
    let right = sha256_hex(body);
    Some(if same(digest, &right) {
        pass("body", "the body has the digest that was signed".to_owned())
    } else if digest.eq_ignore_ascii_case(&right) {
        fail("body", "bsum is not lower-case".to_owned(), "send bsum as lower-case hex".to_owned())
    } else {
        let remedy = "compute bsum as SHA-256 over the very bytes that are sent".to_owned();
        fail("body", format!("bsum is {digest}, but the body's digest is {right}"), remedy)
    })
}

fn account(application: &Application) -> Stage {
    if application.free || application.account_id.is_some() {
        return pass("account", "the application may call without an account, or has one".to_owned());
    }
    let why = "the application has no account, and may not call without one".to_owned();
    fail("account", why, "bind an account, or set `free`".to_owned())
}

fn allowed(application: &Application, dialect: Dialect, strength: Strength) -> Stage {
    if !application.dialects.contains(&dialect) {
        let why = format!("dialect {} is switched off for this application", dialect.name());
        return fail("allowed", why, "sign in another dialect, or allow this one".to_owned());
    }
    if !application.strengths.contains(&strength) {
        let why =
            format!("the request is signed with the strength `{}`, which is switched off", strength.name());
        return fail("allowed", why, "sign more strongly, or allow this strength".to_owned());
    }
    pass("allowed", format!("dialect {} with the strength `{}` is allowed", dialect.name(), strength.name()))
}

fn pass(name: &'static str, why: String) -> Stage {
    Stage { name, verdict: Verdict::Pass, why, remedy: String::new() }
}

fn fail(name: &'static str, why: String, remedy: String) -> Stage {
    Stage { name, verdict: Verdict::Fail, why, remedy }
}

#[cfg(test)]
mod tests;
