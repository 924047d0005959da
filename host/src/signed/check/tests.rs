//! Tests the decision by its exact reason and its cost.

use super::super::token::DIGESTS;
use super::*;
use crate::clock::Clock;
use crate::model::{ApplicationId, LastUse, UserId};
use crate::secret::hmac_sha256_hex;

const KEY: &str = "dgqfkys6lq6v9xm7n1xofhgwkvcat12n";
const TEXT: &str = "m=im&f=getGroupChats&code=appcode";
const TOKEN: &str = "3c49a8b9cf6be9b8c0496c9cd1938d76";

fn now() -> Timestamp {
    Timestamp::from_millis(1_767_323_045_000)
}

fn application() -> Application {
    let clock = Clock::manual(now());
    Application {
        id: clock.id::<ApplicationId>(),
        name: "CI".to_owned(),
        code: "appcode".to_owned(),
        sealed_key: Vec::new(),
        previous_key: None,
        previous_until: Timestamp::NEVER,
        account_id: Some(clock.id::<UserId>()),
        free: false,
        bot_id: None,
        addresses: "10.0.0.0/8".to_owned(),
        dialects: Dialect::ALL.to_vec(),
        strengths: Strength::ALL.to_vec(),
        enabled: true,
        called_time: 0,
        used: LastUse::default(),
        create_at: now(),
        update_at: now(),
        delete_at: Timestamp::NEVER,
    }
}

fn input<'r>(text: &'r str, token: &'r str) -> SignatureInput<'r> {
    SignatureInput {
        is_direct: false,
        code: "appcode",
        token,
        time: None,
        text,
        raw: None,
        bsum: None,
        ts: None,
        nonce: None,
        hmac: None,
        body: b"",
        address: "10.0.0.1".parse().unwrap(),
    }
}

fn judged(input: &SignatureInput<'_>, application: &Application) -> Result<Pass, Refusal> {
    let (key, unused) = (Secret::new(KEY), Secret::new("n".repeat(32)));
    let entry = Entry { application, key: Some(&key), previous: &unused, account_exists: true };
    let placeholder = Entry { application, key: Some(&unused), previous: &unused, account_exists: false };
    judge(input, Some(&entry), &placeholder, now())
}

#[test]
fn a_good_token_passes_and_says_how() {
    let pass = judged(&input(TEXT, TOKEN), &application()).unwrap();
    let expected = Pass {
        dialect: Dialect::D1,
        strength: Strength::Legacy,
        guard: ReplayGuard::Nothing,
        by_previous_key: false,
    };
    assert_eq!(pass, expected);
}

#[test]
fn an_earlier_reason_hides_a_later_one() {
    let (mut application, wrong) = (application(), "0".repeat(32));
    application.account_id = None;
    let mut input = input(TEXT, &wrong);
    assert_eq!(judged(&input, &application), Err(Refusal::WrongToken));
    input.address = "8.8.8.8".parse().unwrap();
    assert_eq!(judged(&input, &application), Err(Refusal::AddressDenied));
    application.enabled = false;
    assert_eq!(judged(&input, &application), Err(Refusal::UnknownCode));
    application.enabled = true;
    let good = SignatureInput { token: TOKEN, address: "10.0.0.1".parse().unwrap(), ..input };
    assert_eq!(judged(&good, &application), Err(Refusal::Unbound));
    application.free = true;
    assert!(judged(&good, &application).is_ok());
    application.strengths = vec![Strength::Hmac];
    assert_eq!(judged(&good, &application), Err(Refusal::StrengthOff));
    application.dialects = vec![Dialect::D2];
    assert_eq!(judged(&good, &application), Err(Refusal::DialectOff));
}

#[test]
fn a_request_without_an_account_or_a_key_is_refused() {
    let (application, key) = (application(), Secret::new(KEY));
    let entry = Entry { application: &application, key: Some(&key), previous: &key, account_exists: false };
    assert_eq!(judge(&input(TEXT, TOKEN), Some(&entry), &entry, now()), Err(Refusal::NoAccount));
    let keyless = Entry { key: None, account_exists: true, ..entry };
    assert_eq!(judge(&input(TEXT, TOKEN), Some(&keyless), &keyless, now()), Err(Refusal::NoKey));
}

#[test]
fn after_the_clock_was_set_back_only_present_stamps_pass() {
    let mut application = application();
    let call = |time: &str, application: &Application| {
        let token = time_token("appcode", KEY, time);
        judged(&SignatureInput { time: Some(time), ..input(TEXT, &token) }, application)
    };
    // The server's time is 1767323045; it was later when the last call came.
    application.called_time = 1_767_323_346;
    for (time, passes) in
        [("1767323045", true), ("1767322745", true), ("1767322744", false), ("1700000000", false)]
    {
        assert_eq!(call(time, &application).is_ok(), passes, "{time}");
    }
    application.called_time = 1_767_323_345;
    assert_eq!(call("1767323045", &application), Err(Refusal::Repeated));
}

#[test]
fn a_stamp_is_ten_digits_that_rise() {
    let mut application = application();
    application.called_time = 1_600_000_000;
    let call = |time: &str| {
        let token = time_token("appcode", KEY, time);
        judged(&SignatureInput { time: Some(time), ..input(TEXT, &token) }, &application)
    };
    assert_eq!(
        call("1700000000").unwrap().guard,
        ReplayGuard::Time { stamp: 1_700_000_000, latest: 1_767_323_345 }
    );
    assert_eq!(
        call("1700000000123").unwrap().guard,
        ReplayGuard::Time { stamp: 1_700_000_000, latest: 1_767_323_345 }
    );
    assert_eq!(call("1600000000"), Err(Refusal::Repeated));
    assert_eq!(call("1767323345").unwrap().dialect, Dialect::D3);
    for wrong in ["1767323346", "3999999999", "4000000000", "170000000", "", "17000000x0", "-170000000"] {
        assert_eq!(call(wrong), Err(Refusal::WrongTime), "{wrong}");
    }
    // A time that the token does not cover is a parameter like any other.
    let timed = SignatureInput { time: Some("1700000000"), ..input(TEXT, TOKEN) };
    assert_eq!(judged(&timed, &application).unwrap().dialect, Dialect::D1);
}

#[test]
fn each_strength_demands_what_it_promises() {
    let (application, digest) = (application(), sha256_hex(b"{}"));
    let call = |bsum, ts, nonce| {
        let token = query_token(TEXT, KEY);
        judged(&SignatureInput { bsum, ts, nonce, body: b"{}", ..input(TEXT, &token) }, &application)
    };
    let (near, far, early) = (Some("1767323345"), Some("1767323346"), Some("1767322744"));
    assert_eq!(call(Some(&digest), None, None).unwrap().strength, Strength::Body);
    assert_eq!(call(Some("00"), None, None), Err(Refusal::OtherBody));
    let strong = call(Some(&digest), near, Some("12345678")).unwrap();
    let until = Timestamp::from_millis(1_767_323_646_000);
    assert_eq!(strong.guard, ReplayGuard::Nonce { word: "12345678".to_owned(), until });
    assert_eq!(strong.strength, Strength::Nonce);
    assert_eq!(call(Some(&digest), far, Some("12345678")), Err(Refusal::WrongTime));
    assert_eq!(call(Some(&digest), early, Some("12345678")), Err(Refusal::WrongTime));
    assert_eq!(call(Some(&digest), Some("soon"), None), Err(Refusal::WrongTime));
    assert_eq!(call(Some(&digest), near, Some("1234567")), Err(Refusal::BadNonce));
    assert_eq!(call(Some(&digest), None, Some("12345678")), Err(Refusal::BadNonce));
    assert_eq!(call(None, near, Some("12345678")).unwrap().strength, Strength::Legacy);
}

#[test]
fn an_hmac_is_over_identity_time_text_and_body() {
    let application = application();
    let sign = |id: &str, timestamp: &str, text: &str, body: &[u8]| {
        let hex = hmac_sha256_hex(KEY.as_bytes(), &hmac_content(id, timestamp, text, body));
        let tag = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        format!("v2,x v1,AAAA v1,{}", data_encoding::BASE64.encode(&tag))
    };
    let call = |signatures: &str, timestamp: &str, body: &[u8]| {
        let hmac = Some(Hmac { id: "msg_12345", timestamp, signatures });
        judged(&SignatureInput { hmac, body, ..input(TEXT, "") }, &application)
    };
    let good = sign("msg_12345", "1767323045", TEXT, b"{}");
    assert_eq!(call(&good, "1767323045", b"{}").unwrap().strength, Strength::Hmac);
    assert_eq!(call(&good, "1767323045", b"[]"), Err(Refusal::WrongToken));
    assert_eq!(call(&good, "1767323046", b"{}"), Err(Refusal::WrongToken));
    let old = sign("msg_12345", "1767322000", TEXT, b"{}");
    assert_eq!(call(&old, "1767322000", b"{}"), Err(Refusal::WrongTime));
    let other = sign("msg_12345", "1767323045", "m=im&f=getChatUsers&code=appcode", b"{}");
    assert_eq!(call(&other, "1767323045", b"{}"), Err(Refusal::WrongToken));
}

#[test]
fn the_previous_key_is_valid_until_its_overlap_ends() {
    let (mut application, new, old) = (application(), Secret::new("n".repeat(32)), Secret::new(KEY));
    application.previous_key = Some(vec![1]);
    let call = |until: i64, application: &mut Application| {
        application.previous_until = Timestamp::from_millis(until);
        let entry = Entry { application, key: Some(&new), previous: &old, account_exists: true };
        judge(&input(TEXT, TOKEN), Some(&entry), &entry, now())
    };
    assert!(call(now().as_millis() + 1, &mut application).unwrap().by_previous_key);
    assert_eq!(call(now().as_millis(), &mut application), Err(Refusal::WrongToken));
    application.previous_key = None;
    assert_eq!(call(now().as_millis() + 1, &mut application), Err(Refusal::WrongToken));
}

/// An unknown code and a wrong token must cost the same, so that only the response tells them apart.
#[test]
fn t68_every_refusal_costs_the_same_digests() {
    let (application, wrong, key) = (application(), "0".repeat(32), Secret::new(KEY));
    let unused = Secret::new("n".repeat(32));
    let placeholder =
        Entry { application: &application, key: Some(&unused), previous: &unused, account_exists: false };
    let entry = Entry { application: &application, key: Some(&key), previous: &unused, account_exists: true };
    let keyless = Entry { application: &application, key: None, previous: &unused, account_exists: true };
    let far = "8.8.8.8".parse().unwrap();
    for raw in [None, Some("m=im")] {
        for time in [None, Some("1700000000"), Some("9")] {
            let of = |token, address| SignatureInput { time, raw, address, ..input(TEXT, token) };
            let near = "10.0.0.1".parse().unwrap();
            let cost = |input: &SignatureInput<'_>, entry: Option<&Entry<'_>>| {
                DIGESTS.with(|count| count.set(0));
                let _ = judge(input, entry, &placeholder, now());
                DIGESTS.with(std::cell::Cell::get)
            };
            let costs = [
                cost(&of(TOKEN, near), Some(&entry)),
                cost(&of(&wrong, near), Some(&entry)),
                cost(&of(&wrong, far), Some(&entry)),
                cost(&of(&wrong, near), Some(&keyless)),
                cost(&of(&wrong, near), None),
            ];
            assert_eq!(costs, [costs[0]; 5], "{raw:?} {time:?}");
            assert!(costs[0] >= 4);
        }
    }
}
