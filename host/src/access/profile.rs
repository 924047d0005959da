//! An account's profile.

use serde_json::{Map, Value, json};

use super::checks::{MAX_NAME, check_email, check_text, check_username};
use super::{Access, AccessError, AccountAccess};
use crate::model::wire::UserResponse;
use crate::model::{Kind, TimeZone, User, plain_name};

const MAX_POSITION: usize = 128;

/// Longest `props` or `notify_props`, in bytes of JSON.
const MAX_PROPS: usize = 8_000;

/// The languages of ISO 639-1 that an account may choose.
const LANGUAGES: [&str; 38] = [
    "ar", "be", "bg", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "he",
    "hi", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "nb", "nl", "pl", "pt", "ro", "ru", "sk", "sl",
    "sv", "tr", "uk", "zh",
];

/// The longest name of a time zone, in characters. A longer one is refused.
const MAX_TIME_ZONE: usize = 64;

/// Most keys of `props` or `notify_props`. Lists of accounts hold them as trees, in which short keys take much memory.
const MAX_KEYS: usize = 64;

/// A change of a profile. Absent fields stay unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProfileChange {
    pub username: Option<String>,
    pub email: Option<String>,
    pub nickname: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub position: Option<String>,
    pub locale: Option<String>,
    pub props: Option<Map<String, Value>>,
    pub notify_props: Option<Map<String, Value>>,
    pub timezone: Option<TimeZone>,
    /// Only of a bot.
    pub bot_description: Option<String>,
    /// Whether the address is known to reach its owner. A new address is not, until then.
    pub email_verified: Option<bool>,
}

impl Access {
    /// Changes a profile. A new e-mail address of the caller's own account needs its password, whatever the caller
    /// signed in with: the address signs in and receives mails.
    pub async fn update_profile(
        &self,
        account: &AccountAccess,
        change: ProfileChange,
        password: Option<String>,
    ) -> Result<User, AccessError> {
        let was = self.user(account.id()).await?;
        let moves = change.email.as_ref().is_some_and(|email| email.to_lowercase() != was.email);
        if moves && account.is_own() {
            check_email(change.email.as_deref().unwrap_or_default())?;
            let missing = || {
                AccessError::invalid(
                    Kind::Request,
                    "password",
                    "send the password too to change the e-mail address",
                )
            };
            let password = password.filter(|password| !password.is_empty()).ok_or_else(missing)?;
            if !self.is_own_password(&was, password).await? {
                return Err(AccessError::WrongPasswordForEmail);
            }
        }
        self.write_profile(account.caller(), &was, change, "user.update").await
    }

    pub(super) async fn write_profile(
        &self,
        caller: &User,
        was: &User,
        change: ProfileChange,
        action: &str,
    ) -> Result<User, AccessError> {
        let mut user = change.applied_to(was.clone())?;
        user.update_at = self.clock.now();
        let whole = |user: &User| Some(json!(UserResponse::whole(user.clone())));
        let audit = self.account_audit(Some(caller), action, was, whole(was), whole(&user));
        if let Err(error) = self.store.with_audit(audit).update_profile(user.clone()).await {
            return Err(self.name_conflict(error, &user).await);
        }
        self.publish_user_updated(&user).await;
        Ok(user)
    }
}

impl ProfileChange {
    pub(super) fn applied_to(self, mut user: User) -> Result<User, AccessError> {
        // A name that predates the rules may stay.
        if let Some(username) = self.username.map(|name| name.to_lowercase())
            && username != user.username
        {
            check_username(&username)?;
            user.username = username;
        }
        if let Some(email) = self.email.map(|email| email.to_lowercase())
            && email != user.email
        {
            check_email(&email)?;
            user.email = email;
            user.email_verified = false;
        }
        let texts = [
            ("nickname", self.nickname, &mut user.nickname, MAX_NAME),
            ("first_name", self.first_name, &mut user.first_name, MAX_NAME),
            ("last_name", self.last_name, &mut user.last_name, MAX_NAME),
            ("position", self.position, &mut user.position, MAX_POSITION),
        ];
        for (field, new, place, most) in texts {
            if let Some(new) = new {
                check_text(Kind::Account, field, &new, most)?;
                *place = plain_name(&new);
            }
        }
        if let Some(locale) = self.locale {
            check_locale(&locale)?;
            user.locale = locale;
        }
        if let Some(description) = self.bot_description {
            user.bot_description = description;
        }
        if let Some(verified) = self.email_verified {
            user.email_verified = verified;
        }
        if let Some(props) = self.props {
            check_props("props", &props)?;
            user.props = props;
        }
        if let Some(props) = self.notify_props {
            check_props("notify_props", &props)?;
            user.notify_props = props;
        }
        if let Some(zone) = self.timezone {
            check_timezone(&zone)?;
            user.timezone = zone;
        }
        Ok(user)
    }
}

/// Checks that a locale is a language, with or without a region: `de`, `pt-BR`, `zh-Hans`. Clients have no texts for
/// anything else.
pub(super) fn check_locale(locale: &str) -> Result<(), AccessError> {
    let (language, region) = locale.split_once('-').map_or((locale, None), |(one, two)| (one, Some(two)));
    let known = LANGUAGES.contains(&language);
    let fits = region.is_none_or(|region| {
        (2..=4).contains(&region.len()) && region.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    if known && fits {
        return Ok(());
    }
    Err(AccessError::invalid(Kind::Account, "locale", "it must be a language such as `en`, `de` or `pt-BR`"))
}

fn check_timezone(zone: &TimeZone) -> Result<(), AccessError> {
    for part in [&zone.automatic_timezone, &zone.manual_timezone, &zone.use_automatic_timezone] {
        check_text(Kind::Account, "timezone", part, MAX_TIME_ZONE)?;
    }
    Ok(())
}

fn check_props(field: &'static str, props: &Map<String, Value>) -> Result<(), AccessError> {
    if props.len() > MAX_KEYS {
        return Err(AccessError::invalid(
            Kind::Account,
            field,
            format!("it may have at most {MAX_KEYS} keys"),
        ));
    }
    if !props.values().all(Value::is_string) {
        return Err(AccessError::invalid(Kind::Account, field, "every value must be a text"));
    }
    if Value::Object(props.clone()).to_string().len() > MAX_PROPS {
        return Err(AccessError::invalid(
            Kind::Account,
            field,
            format!("it may have at most {MAX_PROPS} bytes of JSON"),
        ));
    }
    Ok(())
}
