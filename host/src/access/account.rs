//! Making accounts.

use serde_json::{Map, Value};

use super::{Access, AccessError, Invited, password, rules};
use crate::model::{TeamId, TeamMember, Timestamp, User, UserId};
use crate::store::{Enrolment, NewUser, StoreError};

/// Longest username; also letters, digits, `.`, `-` and `_` only, as the wire has it.
const MAX_USERNAME: usize = 64;
const MAX_EMAIL: usize = 128;
/// Argon2 reads any length; this bounds the work a request can ask for.
const MAX_PASSWORD: usize = 256;
pub(super) const MAX_NAME: usize = 64;

/// What somebody asks for who wants an account.
#[derive(Debug, Clone, Default)]
pub struct NewAccount {
    pub username: String,
    pub email: String,
    pub password: String,
    pub nickname: String,
    pub first_name: String,
    pub last_name: String,
    pub locale: String,
}

impl Access {
    /// Makes an account as asked over the wire: the very first one becomes administrator, later ones need an
    /// administrator, open sign-up or an invitation.
    pub async fn sign_up(
        &self,
        new: NewAccount,
        by: Option<&User>,
        invited: Option<Invited>,
    ) -> Result<User, AccessError> {
        if !self.store.any_user().await? {
            let first = self.prepare(new.clone(), &[rules::SYSTEM_ADMIN, rules::SYSTEM_USER]).await?;
            let mut first = Enrolment::of(first);
            first.first = true;
            match self.enrol(None, "user.create", first).await {
                // Somebody else was first; no other name can be taken yet.
                Err(AccessError::Taken) => {}
                made => return made,
            }
        }
        if invited.is_none() && !self.open_signup && !by.is_some_and(rules::is_admin) {
            return Err(AccessError::SignupClosed);
        }
        let door = self.door(invited, &new.email).await?;
        let mut enrolment = Enrolment::of(self.prepare(new, &[rules::SYSTEM_USER]).await?);
        if let Some(door) = door {
            enrolment.team = door.team.map(|team| door_member(team.id, &enrolment.new.user));
            enrolment.invitation = door.digest;
        }
        self.enrol(by, "user.create", enrolment).await
    }

    /// Makes an account without asking who wants it: for the command line and `dev`.
    pub async fn create_account(&self, new: NewAccount, admin: bool) -> Result<User, AccessError> {
        let roles: &[&str] =
            if admin { &[rules::SYSTEM_ADMIN, rules::SYSTEM_USER] } else { &[rules::SYSTEM_USER] };
        let prepared = self.prepare(new, roles).await?;
        self.enrol(None, "user.create", Enrolment::of(prepared)).await
    }

    pub(super) async fn enrol(
        &self,
        by: Option<&User>,
        action: &str,
        enrolment: Enrolment,
    ) -> Result<User, AccessError> {
        let made = &enrolment.new.user;
        let note = self.note(by, action, made, None, Some(made.wire_for_others()));
        let store = self.store.with_audit(note);
        let user = self.change_members(store.enrol(enrolment)).await.map_err(|error| match error {
            // Between looking and using it, somebody else has used the invitation.
            StoreError::Missing(_) => AccessError::BadInvitation,
            error => taken(error),
        })?;
        self.tell_new_user(&user).await;
        Ok(user)
    }

    /// Sets an account's password and ends its sessions, without asking who wants it.
    pub async fn reset_password(&self, username: &str, password: String) -> Result<(), AccessError> {
        self.check_password(&password)?;
        let mut user =
            self.store.user_by_username(username).await?.ok_or(AccessError::NotFound("account"))?;
        user.last_password_update = self.clock.now();
        let hash = password::hash(password).await?;
        Ok(self.store.set_password(&user, hash).await?)
    }

    pub async fn user(&self, id: &UserId) -> Result<User, AccessError> {
        self.store.user(id).await?.ok_or(AccessError::NotFound("account"))
    }

    pub async fn user_by_username(&self, username: &str) -> Result<User, AccessError> {
        self.store.user_by_username(username).await?.ok_or(AccessError::NotFound("account"))
    }

    async fn prepare(&self, mut new: NewAccount, roles: &[&str]) -> Result<NewUser, AccessError> {
        new.username = new.username.to_lowercase();
        new.email = new.email.to_lowercase();
        check_username(&new.username)?;
        check_email(&new.email)?;
        for (field, name) in
            [("nickname", &new.nickname), ("first_name", &new.first_name), ("last_name", &new.last_name)]
        {
            if name.chars().count() > MAX_NAME || name.contains('\0') {
                return Err(invalid(field, format!("at most {MAX_NAME} characters, none of them NUL")));
            }
        }
        self.check_password(&new.password)?;
        let user = self.blank(&new, roles);
        Ok(NewUser { user, password_hash: Some(password::hash(new.password).await?) })
    }

    pub(super) fn blank(&self, new: &NewAccount, roles: &[&str]) -> User {
        let now = self.clock.now();
        User {
            id: self.clock.id(),
            number: 0,
            username: new.username.clone(),
            email: new.email.clone(),
            nickname: new.nickname.clone(),
            first_name: new.first_name.clone(),
            last_name: new.last_name.clone(),
            position: String::new(),
            locale: if new.locale.is_empty() {
                "en".to_owned()
            } else {
                new.locale.chars().filter(|c| !c.is_control()).take(5).collect()
            },
            roles: roles.join(" "),
            is_bot: false,
            props: Map::new(),
            notify_props: notify_props(),
            create_at: now,
            update_at: now,
            delete_at: Timestamp::NEVER,
            last_password_update: now,
        }
    }

    pub(super) fn check_password(&self, password: &str) -> Result<(), AccessError> {
        let length = password.chars().count();
        if length < self.password_min_length || length > MAX_PASSWORD {
            let reason = format!("a password has {} to {MAX_PASSWORD} characters", self.password_min_length);
            return Err(invalid("password", reason));
        }
        let kinds: [fn(char) -> bool; 4] =
            [char::is_lowercase, char::is_uppercase, char::is_numeric, |c| !c.is_alphanumeric()];
        if self.password_require_mixed && !kinds.iter().all(|kind| password.chars().any(kind)) {
            let reason = "a password here has lower-case and upper-case letters, digits and other characters";
            return Err(invalid("password", reason.to_owned()));
        }
        Ok(())
    }
}

/// What somebody is told about until they choose otherwise, in the wire's words.
fn notify_props() -> Map<String, Value> {
    [
        ("channel", "true"),
        ("comments", "never"),
        ("desktop", "mention"),
        ("desktop_sound", "true"),
        ("email", "true"),
        ("first_name", "false"),
        ("mention_keys", ""),
        ("push", "mention"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), Value::from(value)))
    .collect()
}

/// The membership that comes with an invitation to a team.
pub(super) fn door_member(team_id: TeamId, user: &User) -> TeamMember {
    TeamMember {
        team_id,
        user_id: user.id.clone(),
        roles: rules::team_role(user).to_owned(),
        delete_at: Timestamp::NEVER,
    }
}

pub(super) fn check_username(username: &str) -> Result<(), AccessError> {
    let letters =
        username.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b));
    if username.is_empty() || username.len() > MAX_USERNAME || !letters {
        let reason = format!("1 to {MAX_USERNAME} letters, digits, `.`, `-` and `_`");
        return Err(invalid("username", reason));
    }
    if matches!(username, "all" | "channel" | "here" | "system" | "me") {
        return Err(invalid("username", "this name has a meaning of its own".to_owned()));
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
        Err(invalid("email", format!("an address such as name@example.org, at most {MAX_EMAIL} characters")))
    }
}

pub(super) fn invalid(field: &'static str, reason: String) -> AccessError {
    AccessError::Invalid { field, reason }
}

pub(super) fn taken(error: StoreError) -> AccessError {
    if error.is_conflict() { AccessError::Taken } else { error.into() }
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
