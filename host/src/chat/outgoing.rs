//! Which outgoing webhooks a new post fires. Their deliveries are written in the post's own unit of work.
//!
//! Posts of public channels fire, by users and bots, and responses of slash commands. Messages of the server, of
//! webhooks and of plugins do not, so that no two integrations answer each other without end.

use super::publication::{Publication, is_of_hook};
use super::{Chat, ChatError};
use crate::model::{
    Changes, Channel, ChannelKind, EventId, FileId, JobKind, NewDelivery, NewJob, OutgoingEvent, Post,
    PostPayload, TeamId, TeamTriggers, Timestamp,
};

impl Chat {
    /// Adds to a unit of work what its posts fire. Nothing is read for a post whose team has no outgoing webhooks.
    pub(super) async fn add_deliveries(
        &self,
        changes: &mut Changes,
        publication: &mut Publication<'_>,
    ) -> Result<(), ChatError> {
        let (mut events, mut deliveries, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
        for post in changes.posts.iter().filter(|post| self.fires_hooks && may_fire(post)) {
            let channel = publication.channel(&post.channel_id).await?;
            let Some(team) = channel.team_id.as_ref().filter(|_| channel.kind == ChannelKind::Public) else {
                continue;
            };
            let now = self.clock.now();
            let Some(triggers) = self.store.outgoing().triggers(team).await? else { continue };
            let fired = self.fired_deliveries(&triggers, post, now);
            let Some((first, _)) = fired.first() else { continue };
            let files = changes.files.iter().filter(|(of, _)| of == &post.id).flat_map(|(_, files)| files);
            let payload = self.payload(post, &channel, team, files, publication).await?;
            events.push(OutgoingEvent { id: first.event_id.clone(), payload, create_at: now });
            for (delivery, is_held) in fired {
                jobs.push(job(&delivery, is_held));
                deliveries.push(delivery);
            }
        }
        changes.events.extend(events);
        changes.deliveries.extend(deliveries);
        changes.jobs.extend(jobs);
        Ok(())
    }

    /// Returns one delivery for each address of the hooks that a post fires, and whether it is held.
    fn fired_deliveries(
        &self,
        triggers: &TeamTriggers,
        post: &Post,
        now: Timestamp,
    ) -> Vec<(NewDelivery, bool)> {
        let event: EventId = self.clock.id();
        let mut fired = Vec::new();
        for hook in &triggers.hooks {
            let Some(word) = hook.fired_by(&post.channel_id, &post.message) else { continue };
            for (endpoint, is_disabled) in &hook.endpoints {
                let delivery = NewDelivery {
                    id: self.clock.id(),
                    event_id: event.clone(),
                    hook_id: hook.hook_id.clone(),
                    endpoint_id: endpoint.clone(),
                    trigger_word: word.to_owned(),
                    create_at: now,
                };
                fired.push((delivery, *is_disabled));
            }
        }
        fired
    }

    async fn payload(
        &self,
        post: &Post,
        channel: &Channel,
        team: &TeamId,
        files: impl Iterator<Item = &FileId>,
        publication: &mut Publication<'_>,
    ) -> Result<PostPayload, ChatError> {
        let files: Vec<&str> = files.map(FileId::as_str).collect();
        let team_domain = self.store.team(team).await?.map(|team| team.name).unwrap_or_default();
        Ok(PostPayload {
            team_id: team.clone(),
            team_domain,
            channel_id: channel.id.clone(),
            channel_name: channel.name.clone(),
            timestamp: post.create_at,
            user_id: post.user_id.clone(),
            user_name: publication.username(&post.user_id).await?.to_owned(),
            post_id: post.id.clone(),
            text: post.message.clone(),
            file_ids: files.join(","),
        })
    }
}

/// The job of a delivery, which has its id.
fn job(delivery: &NewDelivery, is_held: bool) -> NewJob {
    NewJob {
        id: delivery.id.clone(),
        kind: JobKind::Delivery,
        subject: delivery.endpoint_id.to_string(),
        payload: serde_json::Value::Object(serde_json::Map::new()),
        unique_key: None,
        due_at: if is_held { Timestamp::FAR } else { delivery.create_at },
        create_at: delivery.create_at,
    }
}

/// Whether a post fires webhooks at all, seen from what made it.
fn may_fire(post: &Post) -> bool {
    !(post.kind.is_system() || is_of_hook(post) || post.props.contains("from_plugin"))
}
