//! Each mistake is recognised by its effect on a token.

use super::super::token::{md5_hex, query_token, time_token};
use super::*;
use crate::clock::Clock;
use crate::model::LastUse;

const KEY: &str = "dgqfkys6lq6v9xm7n1xofhgwkvcat12n";
const OLD: &str = "3cd0914d656e90ab181f1d52ff352cfe";

fn now() -> Timestamp {
    Timestamp::from_millis(1_767_323_045_000)
}

fn application() -> Application {
    let clock = Clock::manual(now());
    Application {
        id: clock.id(),
        name: "CI".to_owned(),
        code: "appcode".to_owned(),
        sealed_key: Vec::new(),
        previous_key: None,
        previous_until: Timestamp::NEVER,
        account_id: None,
        free: true,
        bot_id: None,
        addresses: "10.0.0.0/8".to_owned(),
        dialects: Dialect::ALL.to_vec(),
        strengths: Strength::ALL.to_vec(),
        enabled: true,
        called_time: 1_700_000_000,
        used: LastUse::default(),
        create_at: now(),
        update_at: now(),
        delete_at: Timestamp::NEVER,
    }
}

fn explained(url: &str) -> Explanation {
    let sample = Sample { url: url.to_owned(), body: Some(b"{}".to_vec()), ..Sample::default() };
    explain(&application(), Some(&Secret::new(KEY)), Some(&Secret::new(OLD)), &sample, false, now())
}

/// Returns the stage that fails. Exactly one must.
fn fault(url: &str) -> (&'static str, String) {
    let explanation = explained(url);
    let failed: Vec<&Stage> =
        explanation.stages.iter().filter(|stage| stage.verdict == Verdict::Fail).collect();
    assert_eq!(failed.len(), 1, "{url}: {explanation:?}");
    assert!(!failed[0].remedy.is_empty() && !explanation.right);
    let shown = format!("{explanation:?}");
    assert!(!shown.contains(KEY) && !shown.contains(OLD), "a key is shown");
    (failed[0].name, failed[0].why.clone())
}

fn php(query: &str, signed: &str, key: &str) -> String {
    format!("https://chat.example/api.php?{query}&token={}", query_token(signed, key))
}

const QUERY: &str = "m=im&f=getChatUsers&gid=a+b%7Ec&code=appcode";

#[test]
fn a_correct_request_passes_in_each_dialect() {
    assert!(explained(&php(QUERY, QUERY, KEY)).right);
    let direct = "im/getChatUsers?code=appcode&gid=x";
    let url = format!("http://h:1/im/getChatUsers?gid=x&code=appcode&token={}", query_token(direct, KEY));
    assert!(explained(&url).right);
    let timed = time_token("appcode", KEY, "1700000001");
    assert!(
        explained(&format!("/x.php?m=im&f=getGroupChats&code=appcode&time=1700000001&token={timed}")).right
    );
}

#[test]
fn a_mistake_in_the_signed_text_is_named() {
    let raw = "m=im&f=getChatUsers&gid=a%20b~c&code=appcode";
    for (url, word) in [
        (php(QUERY, "m=im&f=getChatUsers&code=appcode&gid=a+b%7Ec", KEY), "in the order m, f, code, gid"),
        (php(QUERY, "code=appcode&f=getChatUsers&gid=a+b%7Ec&m=im", KEY), "in the order code, f, gid, m"),
        (php(raw, raw, KEY), "byte for byte as sent"),
        (php(QUERY, raw, KEY), "by RFC 3986"),
        (php(QUERY, "m=im&f=getChatUsers&gid=a+b~c&code=appcode", KEY), "as Go writes them"),
        (php(QUERY, "m=im&f=getChatUsers&gid=a b~c&code=appcode", KEY), "without any encoding"),
        (php(QUERY, &format!("?{QUERY}"), KEY), "begins with `?`"),
        (php(QUERY, &format!("/api.php?{QUERY}"), KEY), "begins with `api.php?`"),
        (php(QUERY, QUERY, OLD), "before the last rotation"),
        (php(QUERY, QUERY, &KEY.to_uppercase()), "the key in upper case"),
        (php(QUERY, QUERY, &format!("{KEY}\n")), "a line feed or a blank after the key"),
    ] {
        let (stage, why) = fault(&url);
        assert!(stage == "token" && why.contains(word), "{word}: {why}");
    }
    let once = format!("/api.php?{QUERY}&token={}", md5_hex(&format!("{QUERY}{KEY}")));
    assert!(fault(&once).1.contains("md5(text + key)"));
    let upper = format!("/api.php?{QUERY}&token={}", query_token(QUERY, KEY).to_uppercase());
    assert_eq!(fault(&upper).1, "the token is in upper case");
    assert!(fault(&format!("/api.php?{QUERY}&token={}", "0".repeat(32))).1.contains("fits no order"));
}

#[test]
fn two_mistakes_at_once_are_both_named() {
    let url = php(QUERY, "m=im&f=getChatUsers&code=appcode&gid=a%20b~c", OLD);
    let (_, why) = fault(&url);
    for word in ["in the order m, f, code, gid", "by RFC 3986", "before the last rotation"] {
        assert!(why.contains(word), "{word}: {why}");
    }
}

#[test]
fn the_wrong_dialects_text_is_named() {
    let query = "m=im&f=getGroupChats&code=appcode";
    let (_, why) = fault(&php(query, "im/getGroupChats?m=im&f=getGroupChats&code=appcode", KEY));
    assert!(why.contains("begins with `im/METHOD?`"), "{why}");
    let token = query_token("code=appcode", KEY);
    let (_, why) = fault(&format!("/im/getGroupChats?code=appcode&token={token}"));
    assert!(why.contains("is the query alone"), "{why}");
}

#[test]
fn clocks_and_bodies_are_judged() {
    let timed = |time: &str, signed: &str| {
        let token = time_token("appcode", KEY, signed);
        format!("/api.php?m=im&f=getGroupChats&code=appcode&time={time}&token={token}")
    };
    assert_eq!(fault(&timed("1700000000", "1700000000")).0, "time");
    assert!(fault(&timed("1767323346", "1767323346")).1.contains("301 s ahead"));
    assert!(fault(&timed("1700000001123", "1700000001")).1.contains("first ten digits"));
    let strong = |bsum: &str, ts: i64| {
        let query = format!("{QUERY}&bsum={bsum}&ts={ts}&nonce=12345678");
        php(&query, &query, KEY)
    };
    let right = sha256_hex(b"{}");
    assert!(explained(&strong(&right, 1_767_323_045)).right);
    assert!(fault(&strong(&right, 1_767_322_000)).1.contains("1045 s behind"));
    assert_eq!(fault(&strong(&sha256_hex(b"[]"), 1_767_323_045)).0, "body");
    assert!(fault(&strong(&right.to_uppercase(), 1_767_323_045)).1.contains("lower-case"));
}

#[test]
fn a_request_to_no_method_of_the_application_is_named() {
    assert_eq!(fault("https://chat.example/").0, "address");
    assert_eq!(fault("/api.php?m=im&f=getGroupChats").0, "query");
    assert_eq!(fault("/api.php?m=im&m=im&f=x&code=a&token=b").0, "query");
    let other = "m=im&f=getGroupChats&code=other";
    assert_eq!(fault(&php(other, other, KEY)).0, "code");
    assert_eq!(code_in("http://h/api.php?m=im&code=abc&token=x").as_deref(), Some("abc"));
}

mod headers {
    use super::*;
    use crate::secret::hmac_sha256_hex;
    use crate::signed::SignatureHeaders;

    const AT: &str = "1767323045";

    fn tag(key: &[u8], content: &str) -> Vec<u8> {
        data_encoding::HEXLOWER.decode(hmac_sha256_hex(key, content.as_bytes()).as_bytes()).unwrap()
    }

    fn signed(key: &[u8], content: &str) -> String {
        format!("v1,{}", data_encoding::BASE64.encode(&tag(key, content)))
    }

    fn explained(signatures: &str, id: &str, timestamp: &str, body: Option<&[u8]>) -> Explanation {
        let signature = Some(SignatureHeaders {
            id: id.to_owned(),
            timestamp: timestamp.to_owned(),
            signatures: signatures.to_owned(),
        });
        let sample = Sample {
            url: format!("/api.php?{RAW}"),
            body: body.map(<[u8]>::to_vec),
            address: None,
            signature,
        };
        explain(&application(), Some(&Secret::new(KEY)), Some(&Secret::new(OLD)), &sample, false, now())
    }

    const RAW: &str = "m=im&f=getChatUsers&gid=a%20b&code=appcode";
    const TEXT: &str = "m=im&f=getChatUsers&gid=a+b&code=appcode";

    fn why(explanation: &Explanation) -> Vec<(&'static str, &str)> {
        let failed = explanation.stages.iter().filter(|stage| stage.verdict == Verdict::Fail);
        failed.map(|stage| (stage.name, stage.why.as_str())).collect()
    }

    #[test]
    fn a_mistake_in_a_signature_is_named() {
        let right = format!("msg_12345.{AT}.{TEXT}\n{{}}");
        let given = |signatures: &str| explained(signatures, "msg_12345", AT, Some(b"{}"));
        assert!(given(&signed(KEY.as_bytes(), &right)).right);
        assert!(given(&format!("v1,AAAA {}", signed(KEY.as_bytes(), &right))).right);
        let hex = data_encoding::HEXLOWER.encode(&tag(KEY.as_bytes(), &right));
        let decoded = data_encoding::BASE64.decode(KEY.as_bytes()).unwrap();
        for (signatures, word) in [
            (signed(KEY.as_bytes(), &right)[3..].to_owned(), "does not begin with `v1,`"),
            (format!("v1,{hex}"), "hexadecimal"),
            (signed(OLD.as_bytes(), &right), "before the last rotation"),
            (signed(&decoded, &right), "decoded from base64"),
            (signed(KEY.as_bytes(), &format!("msg_12345.{AT}.{{}}")), "the body alone"),
            (signed(KEY.as_bytes(), &format!("msg_12345.{AT}.{TEXT}{{}}")), "no line feed"),
            (signed(KEY.as_bytes(), &format!("msg_12345.{AT}.{RAW}\n{{}}")), "byte for byte as sent"),
            (signed(KEY.as_bytes(), "something else"), "fits no text"),
        ] {
            let explanation = given(&signatures);
            let failed = why(&explanation);
            assert!(
                failed.len() == 1 && failed[0].0 == "signature" && failed[0].1.contains(word),
                "{failed:?}"
            );
        }
    }

    #[test]
    fn its_clock_identity_and_missing_body_are_judged() {
        let signed_at = |id: &str, at: &str| signed(KEY.as_bytes(), &format!("{id}.{at}.{TEXT}\n{{}}"));
        let millis = "1767323045000";
        let late = explained(&signed_at("msg_12345", millis), "msg_12345", millis, Some(b"{}"));
        assert_eq!(why(&late)[0].0, "time");
        let short = explained(&signed_at("msg", AT), "msg", AT, Some(b"{}"));
        assert_eq!(why(&short), [("identity", "`webhook-id` has 3 characters")]);
        let open = explained(&signed_at("msg_12345", AT), "msg_12345", AT, None);
        assert!(open.right);
        assert!(open.stages.iter().any(|stage| stage.name == "signature" && stage.verdict == Verdict::Open));
    }
}
