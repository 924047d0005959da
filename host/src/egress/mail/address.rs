//! The address in `mail.url`: the server, the encryption, and the credentials.
//!
//! `lettre` is not used for this, because it takes a missing `tls` for no TLS, and accepts no IPv6 address.

use std::borrow::Cow;
use std::net::IpAddr;
use std::str::FromStr;

use percent_encoding::percent_decode_str;

use crate::secret::Secret;

const FORM: &str = "write `smtp://USER:PASSWORD@HOST:PORT?tls=required`, `smtps://USER:PASSWORD@HOST:PORT` or \
                    `smtp://HOST:PORT?tls=none`";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerAddress {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encryption: Encryption,
    pub(super) credentials: Option<(String, Secret)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    None,
    /// STARTTLS is required; nothing is sent without it.
    Upgraded,
    /// TLS starts with the first byte.
    Wrapped,
}

impl Encryption {
    /// Returns the usual port for this encryption.
    fn port(self) -> u16 {
        match self {
            Self::None => 25,
            Self::Upgraded => 587,
            Self::Wrapped => 465,
        }
    }
}

impl FromStr for ServerAddress {
    type Err = String;

    /// The reason never repeats the text, which may contain a password.
    fn from_str(text: &str) -> Result<Self, String> {
        let url = reqwest::Url::parse(text).map_err(|error| format!("{error}; {FORM}"))?;
        let tls: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let tls: Vec<(&str, &str)> = tls.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let encryption = match (url.scheme(), &*tls) {
            ("smtp", [] | [("tls", "required")]) => Encryption::Upgraded,
            ("smtp", [("tls", "none")]) => Encryption::None,
            ("smtps", [] | [("tls", "required")]) => Encryption::Wrapped,
            _ => return Err(FORM.to_owned()),
        };
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(format!("nothing may follow the port but `?tls=`; {FORM}"));
        }
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(format!("it names no host; {FORM}"));
        }
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => {
                Some((decoded(user)?, Secret::new(decoded(password)?)))
            }
            _ => return Err(format!("user and password go together; {FORM}")),
        };
        if credentials.is_some() && encryption == Encryption::None && !is_loopback(host) {
            return Err("without TLS the password could be read on its way; leave `tls=none` out".to_owned());
        }
        let port = url.port().unwrap_or(encryption.port());
        Ok(Self { host: host.to_owned(), port, encryption, credentials })
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Decodes `%` and two digits. Unlike the library, refuses a `%` without digits, because the password was probably not
/// encoded.
fn decoded(text: &str) -> Result<String, String> {
    let is_digits =
        |after: &str| after.len() >= 2 && after.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    let decoded = percent_decode_str(text).decode_utf8().ok();
    decoded.filter(|_| text.split('%').skip(1).all(is_digits)).map(Cow::into_owned).ok_or_else(|| {
        "user and password are UTF-8, with `%` and two digits for special characters".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, u16, Encryption, Option<(String, String)>) {
        let ServerAddress { host, port, encryption, credentials } = text.parse().unwrap();
        let credentials = credentials.map(|(user, password)| (user, password.reveal().to_owned()));
        (host, port, encryption, credentials)
    }

    #[test]
    fn encryption_is_the_default_and_each_kind_has_its_port() {
        let of = |text| {
            let (host, port, encryption, _) = parsed(text);
            (host, port, encryption)
        };
        assert_eq!(of("smtp://a.example"), ("a.example".into(), 587, Encryption::Upgraded));
        assert_eq!(of("smtp://a.example:25?tls=required"), ("a.example".into(), 25, Encryption::Upgraded));
        assert_eq!(of("smtps://a.example/"), ("a.example".into(), 465, Encryption::Wrapped));
        assert_eq!(of("smtp://127.0.0.1?tls=none"), ("127.0.0.1".into(), 25, Encryption::None));
        assert_eq!(of("smtp://[::1]:2525?tls=none"), ("::1".into(), 2525, Encryption::None));
    }

    #[test]
    fn special_characters_of_a_password_are_decoded() {
        let (_, _, _, credentials) = parsed("smtp://bot%40a.example:p%3A%2f%C3%A4+@a.example");
        assert_eq!(credentials, Some(("bot@a.example".into(), "p:/ä+".into())));
        let (_, _, _, credentials) = parsed("smtp://u:p@localhost:25?tls=none");
        assert_eq!(credentials, Some(("u".into(), "p".into())));
    }

    #[test]
    fn a_refusal_has_a_reason_and_never_repeats_a_password() {
        for text in [
            "a.example",
            "http://u:hunter2@a.example",
            "smtp://u:hunter2@a.example?tls=none",
            "smtp://u:hunter2@a.example?tls=maybe",
            "smtp://u:hunter2@a.example?tls=none&tls=required",
            "smtp://u:hunter2@a.example/path",
            "smtp://u:hunter2@a.example:99999",
            "smtp://u@a.example",
            "smtp://:hunter2@a.example",
            "smtp://u:hunter2%@a.example",
            "smtp://u:hunter2%ff@a.example",
            "smtp://",
        ] {
            let reason = text.parse::<ServerAddress>().unwrap_err();
            assert!(!reason.contains("hunter2") && !reason.is_empty(), "{text}: {reason}");
        }
    }
}
