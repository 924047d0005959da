//! The objects of the wire as JSON, with every key Mattermost's own have (REST v4, 11.x). One place, because REST
//! answers and WebSocket events carry the same objects.

use serde_json::{Map, Value, json};

use super::{
    Channel, ChannelId, ChannelMember, ChannelWithTeam, Membership, Post, Reaction, Team, TeamMember, User,
};

impl User {
    /// The account as others see it: without its preferences and its password's age.
    pub fn wire_for_others(&self) -> Value {
        let mut shown = self.wire();
        if let Some(object) = shown.as_object_mut() {
            for own in ["email_verified", "notify_props", "last_password_update"] {
                object.remove(own);
            }
        }
        shown
    }

    /// The account as itself and administrators see it: nothing about its password or sign-ins.
    pub fn wire(&self) -> Value {
        json!({
            "id": self.id, "create_at": self.create_at, "update_at": self.update_at, "delete_at": self.delete_at,
            "username": self.username, "auth_service": "", "email": self.email, "email_verified": true,
            "nickname": self.nickname, "first_name": self.first_name, "last_name": self.last_name,
            "position": self.position, "roles": self.roles, "props": self.props, "notify_props": self.notify_props,
            "last_password_update": self.last_password_update, "locale": self.locale, "timezone": null,
            "is_bot": self.is_bot, "disable_welcome_email": false,
        })
    }
}

impl Team {
    pub fn wire(&self) -> Value {
        json!({
            "id": self.id, "create_at": self.create_at, "update_at": self.update_at, "delete_at": self.delete_at,
            "display_name": self.display_name, "name": self.name, "description": self.description, "email": "",
            "type": if self.open { "O" } else { "I" }, "company_name": "", "allowed_domains": "",
            "invite_id": self.invite_id, "allow_open_invite": self.open, "scheme_id": null,
            "group_constrained": null, "policy_id": null, "cloud_limits_archived": false,
        })
    }
}

impl TeamMember {
    pub fn wire(&self) -> Value {
        json!({
            "team_id": self.team_id, "user_id": self.user_id, "roles": self.roles, "delete_at": self.delete_at,
            "scheme_guest": has(&self.roles, "team_guest"), "scheme_user": !has(&self.roles, "team_guest"),
            "scheme_admin": has(&self.roles, "team_admin"),
            "explicit_roles": "",
        })
    }
}

impl Channel {
    pub fn wire(&self) -> Value {
        json!({
            "id": self.id, "create_at": self.create_at, "update_at": self.update_at, "delete_at": self.delete_at,
            "team_id": self.team_id.as_ref().map_or("", |id| id.as_str()), "type": self.kind.letter(),
            "display_name": self.display_name, "name": self.name, "header": self.header, "purpose": self.purpose,
            "last_post_at": self.last_post_at, "total_msg_count": self.total_msg_count, "extra_update_at": 0,
            "creator_id": self.creator_id.as_ref().map_or("", |id| id.as_str()), "scheme_id": null, "props": null,
            "group_constrained": null, "shared": null, "total_msg_count_root": self.total_msg_count,
            "policy_id": null, "last_root_post_at": self.last_post_at,
        })
    }
}

impl ChannelMember {
    pub fn wire(&self) -> Value {
        json!({
            "channel_id": self.channel_id, "user_id": self.user_id, "roles": self.roles,
            "last_viewed_at": self.last_viewed_at, "msg_count": self.msg_count, "mention_count": self.mention_count,
            "mention_count_root": self.mention_count, "urgent_mention_count": 0, "msg_count_root": self.msg_count,
            "notify_props": {}, "last_update_at": self.last_viewed_at, "scheme_guest": has(&self.roles, "channel_guest"),
            "scheme_user": !has(&self.roles, "channel_guest"), "scheme_admin": has(&self.roles, "channel_admin"), "explicit_roles": "",
        })
    }
}

impl Membership {
    pub fn wire(&self) -> Value {
        let mut wire = self.member.wire();
        wire["notify_props"] = Value::Object(notify_props(&self.notify_props));
        wire["last_update_at"] = json!(self.last_update_at.max(self.member.last_viewed_at));
        wire
    }
}

impl ChannelWithTeam {
    pub fn wire(&self) -> Value {
        let mut wire = self.channel.wire();
        wire["team_name"] = json!(self.team_name);
        wire["team_display_name"] = json!(self.team_display_name);
        wire["team_update_at"] = json!(self.team_update_at);
        wire
    }
}

/// What a member wants to hear of a channel, with the wire's defaults for what they did not say.
pub fn notify_props(said: &Map<String, Value>) -> Map<String, Value> {
    let mut props = Map::new();
    for (key, value) in [
        ("channel_auto_follow_threads", "off"),
        ("desktop", "default"),
        ("email", "default"),
        ("ignore_channel_mentions", "default"),
        ("mark_unread", "all"),
        ("push", "default"),
    ] {
        props.insert(key.to_owned(), json!(value));
    }
    props.extend(said.clone());
    props
}

impl Post {
    pub fn wire(&self) -> Value {
        json!({
            "id": self.id, "create_at": self.create_at, "update_at": self.update_at, "edit_at": self.edit_at,
            "delete_at": self.delete_at, "is_pinned": self.is_pinned, "user_id": self.user_id,
            "channel_id": self.channel_id, "root_id": self.root_id.as_ref().map_or("", |id| id.as_str()),
            "original_id": "", "message": self.message, "type": self.kind, "props": self.shown_props(), "hashtags": self.hashtags(),
            "file_ids": [], "pending_post_id": self.pending_post_id, "reply_count": self.reply_count,
            "last_reply_at": self.last_reply_at, "participants": null, "has_reactions": self.marks.has_reactions,
            "metadata": self.metadata(),
        })
    }

    /// The post with what others think of it.
    pub fn wire_with(&self, reactions: &[Reaction]) -> Value {
        let mut wire = self.wire();
        if !reactions.is_empty() {
            wire["metadata"]["reactions"] =
                reactions.iter().map(|reaction| reaction.wire(&self.channel_id)).collect();
        }
        wire
    }

    fn metadata(&self) -> Value {
        if self.marks.priority.is_empty() && !self.marks.requested_ack {
            return json!({});
        }
        json!({"priority": {"priority": self.marks.priority, "requested_ack": self.marks.requested_ack}})
    }

    /// The props without what attachments' buttons do: their addresses and contexts are the integration's secrets.
    fn shown_props(&self) -> Map<String, Value> {
        let mut props = self.props.clone();
        let attachments = props.get_mut("attachments").and_then(Value::as_array_mut);
        for attachment in attachments.into_iter().flatten() {
            let actions = attachment.get_mut("actions").and_then(Value::as_array_mut);
            for action in actions.into_iter().flatten().filter_map(Value::as_object_mut) {
                action.remove("integration");
            }
        }
        props
    }
}

impl Reaction {
    /// `channel`: where the post is.
    pub fn wire(&self, channel: &ChannelId) -> Value {
        json!({
            "user_id": self.user_id, "post_id": self.post_id, "emoji_name": self.emoji_name.as_str(),
            "create_at": self.create_at, "update_at": self.create_at, "delete_at": 0, "remote_id": null,
            "channel_id": channel,
        })
    }
}

fn has(roles: &str, role: &str) -> bool {
    roles.split_ascii_whitespace().any(|r| r == role)
}
