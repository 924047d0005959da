//! Hands mails to the server in `mail.url`. The operator chose it, so no address is refused here.

mod address;

use std::fmt;
use std::time::Duration;

use lettre::address::Envelope;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use self::address::{Encryption, ServerAddress};
use crate::config::MailSettings;
use crate::model::Timestamp;

/// Longest stored reason of a failure, in characters.
const MAX_REASON: usize = 500;

/// Tells auto-responders not to reply.
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// A server that accepts mails for delivery. Cheap to clone.
#[derive(Clone)]
pub struct MailServer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    timeout: Duration,
}

/// A mail to one recipient, as text and as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Identifies the mail, so that the recipient's mail program recognises a repetition.
    pub id: String,
    pub to_name: String,
    pub to_address: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub date: Timestamp,
}

/// Why the server did not accept a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFault {
    /// Whether a retry would be useless.
    pub permanent: bool,
    pub reason: String,
}

/// An unusable setting, found at start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` cannot be used: {reason}")]
pub struct MailSettingError {
    pub key: &'static str,
    pub reason: String,
}

impl MailServer {
    /// Builds the server from these settings, or returns None if `mail.url` is empty.
    pub fn from_settings(settings: &MailSettings) -> Result<Option<Self>, MailSettingError> {
        let url = settings.url.reveal();
        if url.is_empty() {
            return Ok(None);
        }
        let wrong = |key, reason: &dyn fmt::Display| MailSettingError { key, reason: reason.to_string() };
        let address: ServerAddress = url.parse().map_err(|reason: String| wrong("mail.url", &reason))?;
        let from: Mailbox = settings.from.parse().map_err(|_| {
            wrong("mail.from", &"write an address such as `Jackfield <jackfield@example.org>`")
        })?;
        if settings.timeout_ms == 0 {
            return Err(wrong("mail.timeout_ms", &"it must be greater than 0"));
        }
        let timeout = Duration::from_millis(settings.timeout_ms.into());
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&address.host)
            .port(address.port)
            .timeout(Some(timeout))
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .tls(tls(&address, &settings.authority)?);
        if let Some((user, password)) = address.credentials {
            builder = builder.credentials(Credentials::new(user, password.reveal().to_owned()));
        }
        Ok(Some(Self { transport: builder.build(), from, timeout }))
    }

    /// Hands a mail over. When this returns, the server has accepted or refused it.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailFault> {
        let message = self.message(letter)?;
        let sending = self.transport.send(message);
        match tokio::time::timeout(self.timeout, sending).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                // 530 to 539 refuse the sign-in, which the operator can correct; the mail itself may be fine.
                let permanent =
                    error.status().is_some_and(|code| matches!(u16::from(code), 500..=529 | 540..=599));
                Err(MailFault::new(permanent, &error.to_string()))
            }
            Err(_) => {
                let reason = format!(
                    "the mail server took longer than {} ms (`mail.timeout_ms`)",
                    self.timeout.as_millis()
                );
                Err(MailFault::new(false, &reason))
            }
        }
    }

    fn message(&self, letter: &Letter) -> Result<Message, MailFault> {
        let unusable = |error: &dyn fmt::Display| {
            MailFault::new(true, &format!("no mail can be made for `{}`: {error}", letter.to_address))
        };
        let address: lettre::Address = letter.to_address.parse().map_err(|error| unusable(&error))?;
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![address.clone()]);
        let name = one_line(&letter.to_name);
        let id = format!("<{}@{}>", letter.id, self.from.email.domain());
        let date = std::time::UNIX_EPOCH + Duration::from_millis(letter.date.as_unsigned_millis());
        Message::builder()
            .envelope(envelope.map_err(|error| unusable(&error))?)
            .message_id(Some(id))
            .date(date)
            .from(self.from.clone())
            .to(Mailbox::new((!name.is_empty()).then_some(name), address))
            .subject(one_line(&letter.subject))
            .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|error| unusable(&error))
    }
}

fn tls(address: &ServerAddress, authority: &str) -> Result<Tls, MailSettingError> {
    if address.encryption == Encryption::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(address.host.clone());
    if !authority.is_empty() {
        let wrong = |reason: &dyn fmt::Display| MailSettingError {
            key: "mail.authority",
            reason: format!("{authority}: {reason}"),
        };
        let pem = std::fs::read(authority).map_err(|error| wrong(&error))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| wrong(&error))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build().map_err(|error| {
        let reason = format!("TLS cannot be prepared: {error}; name a file of certificates there");
        MailSettingError { key: "mail.authority", reason }
    })?;
    Ok(match address.encryption {
        Encryption::Wrapped => Tls::Wrapper(parameters),
        _ => Tls::Required(parameters),
    })
}

/// Joins a text into one line, so that a name or a title cannot add a header.
fn one_line(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    line.trim().to_owned()
}

impl MailFault {
    fn new(permanent: bool, reason: &str) -> Self {
        Self { permanent, reason: one_line(reason).chars().take(MAX_REASON).collect() }
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailServer").field("from", &self.from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn settings(url: &str, from: &str) -> MailSettings {
        let (from, authority) = (from.to_owned(), String::new());
        MailSettings { url: Secret::new(url), from, authority, timeout_ms: 1000, attempts: 3 }
    }

    #[test]
    fn an_unusable_setting_is_named() {
        let of = |settings: &MailSettings| MailServer::from_settings(settings).unwrap_err().to_string();
        let (plain, from) = ("smtp://127.0.0.1:25?tls=none", "Jackfield <j@example.org>");
        assert!(MailServer::from_settings(&settings("", "")).unwrap().is_none());
        assert!(MailServer::from_settings(&settings(plain, from)).unwrap().is_some());
        assert!(of(&settings("http://a", from)).starts_with("`mail.url` cannot be used: "));
        for address in ["", "nobody", "a b@example.org"] {
            assert!(of(&settings(plain, address)).starts_with("`mail.from` cannot be used: "), "{address}");
        }
        let none = MailSettings { timeout_ms: 0, ..settings(plain, from) };
        assert!(of(&none).starts_with("`mail.timeout_ms` cannot be used: "));
        let missing = MailSettings { authority: "nowhere.pem".to_owned(), ..settings("smtp://a", from) };
        assert!(of(&missing).starts_with("`mail.authority` cannot be used: nowhere.pem: "));
    }

    #[test]
    fn a_name_or_a_title_cannot_add_a_header() {
        let server = MailServer::from_settings(&settings("smtp://localhost?tls=none", "j@example.org"));
        let letter = Letter {
            id: "x".to_owned(),
            to_name: "Anna\r\nBcc: eve@example.org".to_owned(),
            to_address: "anna@example.org".to_owned(),
            subject: "one\nBcc: eve@example.org".to_owned(),
            text: String::new(),
            html: String::new(),
            date: Timestamp::from_millis(1_700_000_000_000),
        };
        let server = server.unwrap().unwrap();
        let message = String::from_utf8(server.message(&letter).unwrap().formatted()).unwrap();
        assert!(!message.contains("\nBcc:"), "{message}");
        assert!(message.contains("Message-ID: <x@example.org>\r\n"), "{message}");
        let letter = Letter { to_address: "a@b\r\nRCPT TO:<eve@example.org>".to_owned(), ..letter };
        assert!(server.message(&letter).unwrap_err().permanent);
    }
}
