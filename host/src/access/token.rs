//! Personal access tokens: long-lived, used exactly like a session's token.

use serde_json::json;

use super::{Access, AccessError, Admin, audit_row, rules};
use crate::model::{AccessToken, Audit, Kind, TokenId, User, UserId};
use crate::secret::Secret;

const MAX_DESCRIPTION: usize = 255;

/// A new token. Its secret is shown only here.
#[derive(Debug)]
pub struct NewToken {
    pub token: AccessToken,
    pub secret: Secret,
}

impl Access {
    pub async fn create_token(
        &self,
        caller: &User,
        owner: &UserId,
        description: &str,
    ) -> Result<NewToken, AccessError> {
        self.check_may_make_tokens(caller, owner).await?;
        if description.is_empty() {
            let reason = "say what the token is for";
            return Err(AccessError::invalid(Kind::Request, "description", reason));
        }
        if description.chars().count() > MAX_DESCRIPTION {
            let reason = format!("it may have at most {MAX_DESCRIPTION} characters");
            return Err(AccessError::Invalid { kind: Kind::AccessToken, field: "description", reason });
        }
        let owner = self.user(owner).await?;
        self.write_token(Some(caller), &owner, description).await
    }

    /// Creates a token without a permission check: for the command line and `dev`.
    pub async fn issue_token(&self, owner: &User, description: &str) -> Result<NewToken, AccessError> {
        self.write_token(None, owner, description).await
    }

    async fn write_token(
        &self,
        caller: Option<&User>,
        owner: &User,
        description: &str,
    ) -> Result<NewToken, AccessError> {
        let secret = Secret::random();
        let token = AccessToken {
            id: self.clock.id(),
            user_id: owner.id.clone(),
            description: description.to_owned(),
            is_active: true,
        };
        let audit = self.token_audit(caller, "token.create", &token);
        let store = self.store.with_audit(audit);
        if store.create_access_token(token.clone(), &secret, self.clock.now()).await? {
            Ok(NewToken { token, secret })
        } else {
            Err(AccessError::TooManyTokens)
        }
    }

    pub async fn tokens_of(
        &self,
        caller: &User,
        owner: &UserId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<AccessToken>, AccessError> {
        self.check_may_act_for(caller, owner).await?;
        Ok(self.store.access_tokens_of(owner, offset, limit).await?)
    }

    /// Enables or disables a token. Enabling needs the same right as creating.
    pub async fn set_token_active(
        &self,
        caller: &User,
        id: &TokenId,
        active: bool,
    ) -> Result<(), AccessError> {
        let token = self.own_token(caller, id).await?;
        if active {
            self.check_may_make_tokens(caller, &token.user_id).await?;
        }
        let audit =
            self.token_audit(Some(caller), if active { "token.enable" } else { "token.disable" }, &token);
        self.store.with_audit(audit).set_access_token_active(id, active).await?;
        if !active {
            self.recheck(&token.user_id);
        }
        Ok(())
    }

    pub async fn revoke_token(&self, caller: &User, id: &TokenId) -> Result<(), AccessError> {
        let token = self.own_token(caller, id).await?;
        let audit = self.token_audit(Some(caller), "token.revoke", &token);
        self.store.with_audit(audit).delete_access_token(id).await?;
        self.recheck(&token.user_id);
        Ok(())
    }

    /// Returns the tokens of all accounts; with a term, those whose id, owner's id or owner's name equals it.
    pub async fn all_tokens(
        &self,
        _: &Admin,
        term: &str,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<AccessToken>, AccessError> {
        Ok(self.store.access_tokens(term, offset, limit).await?)
    }

    fn token_audit(&self, caller: Option<&User>, action: &str, token: &AccessToken) -> Audit {
        audit_row(&self.clock, caller, action, ("token", token.id.as_str()), None, Some(json!(token)))
    }

    /// Checks that the caller may create tokens of an account. A caller who manages a bot may create its tokens,
    /// because it has no other way to sign in.
    async fn check_may_make_tokens(&self, caller: &User, owner: &UserId) -> Result<(), AccessError> {
        self.check_may_act_for(caller, owner).await?;
        if &caller.id == owner { rules::make_tokens(caller, self.member_tokens) } else { Ok(()) }
    }

    /// Returns a token that the caller may manage.
    pub async fn own_token(&self, caller: &User, id: &TokenId) -> Result<AccessToken, AccessError> {
        let token = self.store.access_token(id).await?.ok_or(AccessError::NotFound(Kind::AccessToken))?;
        self.check_may_act_for(caller, &token.user_id).await?;
        Ok(token)
    }
}
