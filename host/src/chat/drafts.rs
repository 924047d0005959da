//! Drafts: what a user has written and not posted. Only the user's own connections learn of them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::attachments;
use super::checks::{check_file_count, check_props, check_text};
use super::{Chat, ChatError};
use crate::access::{AccountAccess, TeamAccess};
use crate::bus::{Audience, Event, Scope};
use crate::model::wire::{self, DraftResponse, FileResponse};
use crate::model::{ChannelId, Draft, FileId, PostId, Props, User};

/// A draft that a client wants to save.
#[derive(Debug, Clone)]
pub struct NewDraft {
    pub channel_id: ChannelId,
    pub root_id: Option<PostId>,
    pub message: String,
    pub props: Map<String, Value>,
    pub file_ids: Vec<FileId>,
    pub priority: Map<String, Value>,
}

impl Chat {
    /// Saves a draft of the user, in place of the one for the same channel and thread. `connection` is the one that
    /// saves it, which needs no event.
    pub async fn save_draft(
        &self,
        user: &User,
        mut new: NewDraft,
        connection: Option<String>,
    ) -> Result<DraftResponse, ChatError> {
        attachments::complete(&mut new.props)?;
        let (props, priority) = (Props::from(new.props), Props::from(new.priority));
        check_text(&new.message, true)?;
        check_props(&props)?;
        check_props(&priority)?;
        check_file_count(&new.file_ids)?;
        let channel = self.postable_channel(user, &new.channel_id, new.root_id.as_ref()).await?;
        let file_ids = self.attachable(user, new.file_ids).await?;
        let now = self.clock.now();
        let draft = Draft {
            user_id: user.id.clone(),
            channel_id: channel.id,
            root_id: new.root_id,
            message: new.message,
            props,
            file_ids,
            priority,
            create_at: now,
            update_at: now,
        };
        let (draft, is_new) = self.store.drafts().save(draft).await?;
        let draft = self.rendered_drafts(vec![draft]).await?.remove(0);
        let name = if is_new { "draft_created" } else { "draft_updated" };
        self.publish_draft(user, &new.channel_id, &draft, name, connection).await;
        Ok(draft)
    }

    /// Returns the caller's drafts in a team's channels and in channels of no team, the latest first.
    pub async fn drafts(&self, team: &TeamAccess) -> Result<Vec<DraftResponse>, ChatError> {
        let drafts = self.store.drafts().list(&team.caller().id, &team.team().id).await?;
        self.rendered_drafts(drafts).await
    }

    /// Deletes a draft. Succeeds if it does not exist.
    pub async fn delete_draft(
        &self,
        account: &AccountAccess,
        channel: &ChannelId,
        root: Option<&PostId>,
        connection: Option<String>,
    ) -> Result<(), ChatError> {
        let user = account.caller();
        if let Some(draft) = self.store.drafts().delete(&user.id, channel, root).await? {
            self.publish_draft(user, channel, &draft.into(), "draft_deleted", connection).await;
        }
        Ok(())
    }

    /// Adds the files of drafts. A file that a post has taken meanwhile is left out.
    async fn rendered_drafts(&self, drafts: Vec<Draft>) -> Result<Vec<DraftResponse>, ChatError> {
        let ids: Vec<FileId> = drafts.iter().flat_map(|draft| draft.file_ids.clone()).collect();
        let files = if ids.is_empty() { Vec::new() } else { self.store.files_among(&ids).await? };
        let files: HashMap<FileId, FileResponse> =
            files.into_iter().map(|file| (file.id.clone(), file.into())).collect();
        let render = |draft: Draft| {
            let own = draft.file_ids.iter().filter_map(|id| files.get(id).cloned()).collect();
            DraftResponse::from(draft).with_files(own)
        };
        Ok(drafts.into_iter().map(render).collect())
    }

    async fn publish_draft(
        &self,
        user: &User,
        channel: &ChannelId,
        draft: &DraftResponse,
        name: &'static str,
        connection: Option<String>,
    ) {
        let scope = Scope {
            user_id: Some(user.id.clone()),
            channel_id: Some(channel.clone()),
            omit_connection_id: connection,
            ..Scope::default()
        };
        let data = json!({"draft": wire::text(draft)});
        self.bus.publish(Event::new(name, &data, &scope), Audience::User(user.id.clone())).await;
    }
}
