//! Checks of usernames, e-mail addresses and names.

use super::AccessError;
use crate::model::{Kind, MAX_USERNAME};

const MAX_EMAIL: usize = 128;
pub(super) const MAX_NAME: usize = 64;

/// Checks a text's length in characters.
pub(super) fn check_text(
    kind: Kind,
    field: &'static str,
    text: &str,
    most: usize,
) -> Result<(), AccessError> {
    if text.chars().count() > most {
        return Err(AccessError::invalid(kind, field, format!("it may have at most {most} characters")));
    }
    Ok(())
}

pub(super) fn check_username(username: &str) -> Result<(), AccessError> {
    check_username_of(Kind::Account, username)
}

/// Checks the username of an account or a bot, or the name under which a webhook posts.
pub fn check_username_of(kind: Kind, username: &str) -> Result<(), AccessError> {
    let letters =
        username.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
    if username.is_empty() || username.len() > MAX_USERNAME || !letters {
        let reason = format!("it must have 1 to {MAX_USERNAME} letters, digits, `.`, `-` and `_`");
        return Err(AccessError::invalid(kind, "username", reason));
    }
    if matches!(username, "all" | "channel" | "here" | "system" | "me") {
        return Err(AccessError::invalid(kind, "username", "this name is reserved; choose another one"));
    }
    Ok(())
}

pub(super) fn check_email(email: &str) -> Result<(), AccessError> {
    let well_formed = email.len() <= MAX_EMAIL
        && email
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && !email.contains(|c: char| c.is_whitespace() || c.is_control());
    if well_formed {
        Ok(())
    } else {
        Err(AccessError::invalid(
            Kind::Account,
            "email",
            format!("it must be an address such as name@example.org, of at most {MAX_EMAIL} characters"),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_lower_case_words() {
        for good in ["anna", "a.b-c_9"] {
            assert!(check_username(good).is_ok(), "{good}");
        }
        for bad in ["", "Anna", "a b", "ä", "all", &"a".repeat(65)] {
            assert!(check_username(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_email_address_has_a_name_and_a_host() {
        assert!(check_email("anna@localhost").is_ok());
        for bad in ["", "anna", "@host", "anna@", "a@b@c", "a b@c"] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }
}
