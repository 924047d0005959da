//! Events about accounts and sign-ins.

use serde_json::json;

use super::Access;
use crate::bus::{Audience, Event, Scope};
use crate::model::wire::UserResponse;
use crate::model::{TeamMember, User, UserId};

impl Access {
    pub(super) async fn publish_new_user(&self, user: &User) {
        let event = Event::new("new_user", &json!({"user_id": user.id}), &Scope::default());
        self.publish(event, Audience::ViewersOf(user.id.clone())).await;
    }

    /// Publishes an account to all users who may see it, without what the settings hide. Only the account itself
    /// receives all of it.
    pub async fn publish_user_updated(&self, user: &User) {
        let event =
            |user: UserResponse, scope: &Scope| Event::new("user_updated", &json!({"user": user}), scope);
        let own = Scope { user_id: Some(user.id.clone()), ..Scope::default() };
        let others =
            Scope { omit_users: vec![user.id.clone()], contains_sanitized_data: true, ..Scope::default() };
        let whole = event(UserResponse::whole(user.clone()), &own);
        self.publish(whole, Audience::User(user.id.clone())).await;
        let public = event(UserResponse::public(self.public_part(user.clone())), &others);
        self.publish(public, Audience::ViewersOf(user.id.clone())).await;
    }

    /// Publishes an account's new roles to the account itself.
    pub(super) async fn publish_roles(&self, user: &UserId, roles: &str) {
        let scope = Scope { user_id: Some(user.clone()), ..Scope::default() };
        let event = Event::new("user_role_updated", &json!({"user_id": user, "roles": roles}), &scope);
        self.publish(event, Audience::User(user.clone())).await;
    }

    /// Publishes that some account was activated or deactivated. Clients reload their lists of accounts.
    pub(super) async fn publish_activation(&self) {
        let event = Event::new("user_activation_status_change", &json!({}), &Scope::default());
        self.publish(event, Audience::All).await;
    }

    pub(super) async fn publish_joined(&self, member: &TeamMember) {
        let data = json!({"team_id": member.team_id, "user_id": member.user_id});
        let scope = Scope { user_id: Some(member.user_id.clone()), ..Scope::default() };
        let event = Event::new("added_to_team", &data, &scope);
        self.publish(event, Audience::User(member.user_id.clone())).await;
    }

    /// Runs a change of memberships inside [`Bus::change_members`](crate::bus::Bus::change_members).
    pub(super) async fn change_members<T>(&self, change: impl Future<Output = T>) -> T {
        match &self.bus {
            Some(bus) => bus.change_members(change).await,
            None => change.await,
        }
    }

    /// Makes an account's sockets check whether their sign-in is still valid.
    pub(super) fn recheck(&self, user: &UserId) {
        if let Some(bus) = &self.bus {
            bus.recheck(user);
        }
    }

    pub(super) async fn publish(&self, event: Event, audience: Audience) {
        if let Some(bus) = &self.bus {
            bus.publish(event, audience).await;
        }
    }
}
