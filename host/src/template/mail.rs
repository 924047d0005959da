//! The templates of mails, from `host/templates/mail`: each as HTML, in which every value is escaped, and as text.

use std::fmt;
use std::sync::Arc;

use jackfield_templates::{Handlebars, TemplateError};
use serde_json::Value;

use super::Templates;

/// The name, HTML and text of each mail.
const MAILS: [(&str, &str, &str); 5] = [
    (
        "notice",
        include_str!("../../templates/mail/notice.html.hbs"),
        include_str!("../../templates/mail/notice.text.hbs"),
    ),
    (
        "digest",
        include_str!("../../templates/mail/digest.html.hbs"),
        include_str!("../../templates/mail/digest.text.hbs"),
    ),
    (
        "invitation",
        include_str!("../../templates/mail/invitation.html.hbs"),
        include_str!("../../templates/mail/invitation.text.hbs"),
    ),
    (
        "password",
        include_str!("../../templates/mail/password.html.hbs"),
        include_str!("../../templates/mail/password.text.hbs"),
    ),
    (
        "verification",
        include_str!("../../templates/mail/verification.html.hbs"),
        include_str!("../../templates/mail/verification.text.hbs"),
    ),
];

/// Compiled mails. Cheap to clone.
#[derive(Clone)]
pub struct MailTemplates {
    html: Arc<Handlebars<'static>>,
    text: Templates,
}

impl MailTemplates {
    pub fn new() -> Result<Self, TemplateError> {
        let mut html = jackfield_templates::registry();
        html.register_escape_fn(handlebars::html_escape);
        for (name, source, _) in MAILS {
            jackfield_templates::add(&mut html, name, source)?;
        }
        let text = Templates::compile(MAILS.map(|(name, _, source)| (name, source)))?;
        Ok(Self { html: Arc::new(html), text })
    }

    /// Returns the HTML and the text of a mail. The error says which template failed and where.
    pub fn render(&self, name: &str, data: &Value) -> Result<(String, String), String> {
        let html = self.html.render(name, data).map_err(|error| format!("template `{name}`: {error}"))?;
        let text = self.text.render(name, &data.to_string())?;
        Ok((html, text))
    }
}

impl fmt::Debug for MailTemplates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailTemplates")
    }
}
