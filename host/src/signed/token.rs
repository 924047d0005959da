//! The text that each dialect signs, and how the dialect digests it. Pure.

use md5::{Digest, Md5};

use super::php::{self, BadQuery, MAX_PARAMETERS, PhpQuery};

/// Computes the digest of the oldest dialect: `md5(md5(text) + key)`, both as lower-case hex.
pub fn query_token(text: &str, key: &str) -> String {
    md5_hex(&format!("{}{key}", md5_hex(text)))
}

/// Computes the digest of the time dialect: `md5(code + key + time)`.
pub fn time_token(code: &str, key: &str, time: &str) -> String {
    md5_hex(&format!("{code}{key}{time}"))
}

/// Returns the text that D1 signs: the query without its token, as PHP writes it.
pub fn d1_text(query: &PhpQuery) -> String {
    query.without("token").build()
}

/// Returns the text that is signed by clients that do not imitate PHP: the bytes of the query without its token.
pub fn raw_text(raw: &str) -> String {
    let pieces = raw.split('&').filter(|piece| *piece != "token" && !piece.starts_with("token="));
    pieces.collect::<Vec<_>>().join("&")
}

/// Returns the text that D2 signs: the path and the query sorted by name, as Go writes it.
pub fn d2_text(method: &str, pairs: &[(String, String)]) -> String {
    let mut pairs: Vec<&(String, String)> = pairs.iter().filter(|(name, _)| name != "token").collect();
    pairs.sort();
    let pieces: Vec<String> = pairs
        .into_iter()
        .map(|(name, value)| {
            format!("{}={}", php::escape(name, php::RFC_3986), php::escape(value, php::RFC_3986))
        })
        .collect();
    format!("im/{method}?{}", pieces.join("&"))
}

/// Returns the parameters of D2, in the order in which they are sent.
pub fn d2_pairs(raw: &str) -> Result<Vec<(String, String)>, BadQuery> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in raw.split('&').filter(|piece| !piece.is_empty()) {
        if pairs.len() >= MAX_PARAMETERS {
            return Err(BadQuery::TooMany);
        }
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let (name, value) = (php::decode(name)?, php::decode(value)?);
        if pairs.iter().any(|(given, _)| *given == name) {
            return Err(BadQuery::Twice(name));
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Returns the bytes that the HMAC covers: id and time as in Standard Webhooks, then the signed text and the body.
pub fn hmac_content(id: &str, timestamp: &str, text: &str, body: &[u8]) -> Vec<u8> {
    let mut content = format!("{id}.{timestamp}.{text}\n").into_bytes();
    content.extend_from_slice(body);
    content
}

pub(super) fn md5_hex(text: &str) -> String {
    #[cfg(test)]
    DIGESTS.with(|count| count.set(count.get() + 1));
    data_encoding::HEXLOWER.encode(&Md5::digest(text.as_bytes()))
}

#[cfg(test)]
thread_local! {
    /// How many digests this thread computed. Tests compare the cost of different requests by it.
    pub(super) static DIGESTS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "dgqfkys6lq6v9xm7n1xofhgwkvcat12n";

    #[test]
    fn the_vendors_documented_example_holds() {
        let token = query_token("m=chat&f=getChatUsers&code=myAppCode", "3cd0914d656e90ab181f1d52ff352cfe");
        assert_eq!(token, "f5633c34c0c551a16c1d63bceb38d6a8");
    }

    #[test]
    fn each_dialect_signs_its_own_text() {
        let query = PhpQuery::parse("m=im&token=x&f=getChatUsers&gid=a%20b~c&code=appcode").unwrap();
        assert_eq!(d1_text(&query), "m=im&f=getChatUsers&gid=a+b%7Ec&code=appcode");
        assert_eq!(query_token(&d1_text(&query), KEY), "8e16ae3d0e5b84897c19ce3936de9251");
        let raw = raw_text("m=im&token=x&f=getChatUsers&gid=a%20b~c&code=appcode");
        assert_eq!(query_token(&raw, KEY), "ba947d500042b23b948a9d6da0584cfd");
        let pairs = d2_pairs("token=x&gid=a%20b~c&code=appcode").unwrap();
        assert_eq!(d2_text("getChatUsers", &pairs), "im/getChatUsers?code=appcode&gid=a+b~c");
        assert_eq!(time_token("appcode", KEY, "1700000000"), "e771abe5e198443bae3f450ba4eba712");
    }

    #[test]
    fn a_repeated_name_is_refused_in_d2() {
        assert_eq!(d2_pairs("a=1&a=2"), Err(BadQuery::Twice("a".to_owned())));
    }
}
