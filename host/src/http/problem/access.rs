//! Accounts, sign-ins and rights: errors as problems.

use axum::http::StatusCode;

use super::{Code, Problem};
use crate::access::AccessError;
use crate::model::TokenPurpose;

impl From<AccessError> for Problem {
    #[expect(clippy::too_many_lines, reason = "a table with an arm for each error")]
    fn from(error: AccessError) -> Self {
        let (status, code, id) = match error {
            AccessError::NoSession => {
                (StatusCode::UNAUTHORIZED, Code::AuthRequired, "api.context.session_expired.app_error")
            }
            AccessError::WrongLogin => (
                StatusCode::UNAUTHORIZED,
                Code::AuthInvalidCredentials,
                "api.user.login.invalid_credentials_email_username",
            ),
            AccessError::BlankPassword => {
                (StatusCode::BAD_REQUEST, Code::AuthInvalidCredentials, "api.user.login.blank_pwd.app_error")
            }
            AccessError::Inactive => {
                (StatusCode::UNAUTHORIZED, Code::AccountInactive, "api.user.login.inactive.app_error")
            }
            AccessError::BotLogin => {
                (StatusCode::UNAUTHORIZED, Code::AuthBotLogin, "api.user.login.bot_login_forbidden.app_error")
            }
            AccessError::Forbidden(_) => {
                (StatusCode::FORBIDDEN, Code::AuthForbidden, "api.context.permissions.app_error")
            }
            AccessError::SignupClosed => {
                (StatusCode::FORBIDDEN, Code::AccountSignupClosed, "api.user.create_user.no_open_server")
            }
            AccessError::SetupElsewhere => {
                (StatusCode::FORBIDDEN, Code::AccountSetupElsewhere, "api.user.create_user.no_open_server")
            }
            AccessError::Taken(kind) => return Self::taken(kind, &error),
            AccessError::Prohibited(prohibition) => return prohibition.into(),
            AccessError::DomainNotAllowed => (
                StatusCode::BAD_REQUEST,
                Code::TeamDomainNotAllowed,
                "api.team.join_user_to_team.allowed_domains.app_error",
            ),
            AccessError::NotFound(kind) => return Self::not_found(kind, &error),
            AccessError::TooManyAttempts(left) => {
                let id = "api.user.check_user_login_attempts.too_many.app_error";
                let problem = Self::of(StatusCode::TOO_MANY_REQUESTS, Code::AuthTooManyAttempts, id, &error);
                return problem.retry_after(left.as_secs().max(1));
            }
            AccessError::WrongPassword => (
                StatusCode::BAD_REQUEST,
                Code::AccountWrongPassword,
                "api.user.update_password.incorrect.app_error",
            ),
            AccessError::WrongPasswordForEmail => (
                StatusCode::UNAUTHORIZED,
                Code::AccountWrongPassword,
                "api.user.check_user_password.invalid.app_error",
            ),
            AccessError::TooManyTokens => {
                (StatusCode::BAD_REQUEST, Code::TokenLimit, "app.user_access_token.save.limit.app_error")
            }
            AccessError::Existing => {
                (StatusCode::BAD_REQUEST, Code::RequestInvalidField, "app.user.save.existing.app_error")
            }
            AccessError::NoSuchSession => {
                (StatusCode::BAD_REQUEST, Code::SessionNotFound, "app.session.get.app_error")
            }
            AccessError::ForeignSession => {
                (StatusCode::BAD_REQUEST, Code::SessionNotFound, "api.context.invalid_url_param.app_error")
            }
            AccessError::WrongActivationCode => {
                (StatusCode::UNAUTHORIZED, Code::AuthInvalidCode, "mfa.activate.bad_token.app_error")
            }
            AccessError::CodeNeeded => {
                (StatusCode::UNAUTHORIZED, Code::AuthInvalidCode, "mfa.validate_token.authenticate.app_error")
            }
            AccessError::WrongCode => (
                StatusCode::UNAUTHORIZED,
                Code::AuthInvalidCode,
                "api.user.check_user_mfa.bad_code.app_error",
            ),
            AccessError::SecondFactorActive => {
                (StatusCode::BAD_REQUEST, Code::AccountSecondFactor, "mfa.generate_qr_code.active.app_error")
            }
            AccessError::NoSecondFactor => {
                (StatusCode::NOT_IMPLEMENTED, Code::AccountSecondFactor, "mfa.mfa_disabled.app_error")
            }
            AccessError::NotRecent => (
                StatusCode::BAD_REQUEST,
                Code::RequestInvalidField,
                "api.custom_status.recent_custom_statuses.delete.app_error",
            ),
            AccessError::BadMailToken(TokenPurpose::Password) => (
                StatusCode::BAD_REQUEST,
                Code::AccountLinkInvalid,
                "api.user.reset_password.invalid_link.app_error",
            ),
            AccessError::BadMailToken(TokenPurpose::Verification) => (
                StatusCode::BAD_REQUEST,
                Code::AccountLinkInvalid,
                "api.user.verify_email.bad_link.app_error",
            ),
            AccessError::LastAdmin => {
                (StatusCode::BAD_REQUEST, Code::AccountLastAdmin, "api.user.last_admin.app_error")
            }
            AccessError::BadInvitation => (
                StatusCode::NOT_FOUND,
                Code::InvitationInvalid,
                "api.user.create_user.signup_link_invalid.app_error",
            ),
            AccessError::Invalid { kind, field, .. } => return Self::invalid(kind, field, &error),
            AccessError::NoMail => (
                StatusCode::INTERNAL_SERVER_ERROR,
                Code::MailNotSetUp,
                "api.team.invite_members.unable_to_send_email_with_defaults.app_error",
            ),
            AccessError::Hash(_) => return Self::internal(&error),
            AccessError::Busy(error) => return error.into(),
            AccessError::Store(error) => return error.into(),
        };
        Self::of(status, code, id, &error)
    }
}
