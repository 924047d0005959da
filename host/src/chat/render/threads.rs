//! Threads in their wire form, and posts for clients that collapse threads.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::chat::{Chat, ChatError};
use crate::model::wire::{ParticipantResponse, PostResponse, ThreadResponse};
use crate::model::{Post, PostId, Thread, Timestamp, User, UserId};
use crate::store::UserFilter;

/// Most participants that one response names, of all its threads together. Further ones are left out.
const MAX_PARTICIPANTS: i64 = 2000;

/// Most of them whom one response describes. Of further ones, clients get the ids.
const MAX_DESCRIBED: usize = 200;

/// Most participants whom an event describes.
const MAX_EVENT_PARTICIPANTS: i64 = 100;

impl Chat {
    /// Renders threads in their wire form, in this order.
    pub(in crate::chat) async fn render_threads(
        &self,
        threads: Vec<Thread>,
        extended: bool,
    ) -> Result<Vec<ThreadResponse>, ChatError> {
        let roots: Vec<PostId> = threads.iter().map(|thread| thread.root.id.clone()).collect();
        let mut participants = self.participants(&roots, MAX_PARTICIPANTS, extended).await?;
        let posts = self.render_posts(threads.iter().map(|thread| thread.root.clone()).collect()).await?;
        let render = |(thread, post): (Thread, PostResponse)| {
            let participants = participants.remove(&thread.root.id).unwrap_or_default();
            ThreadResponse::new(&thread, post, participants)
        };
        Ok(threads.into_iter().zip(posts).map(render).collect())
    }

    /// Renders a thread for an event, to which each follower's counts are added.
    pub(in crate::chat) async fn render_thread_of_event(
        &self,
        thread: Thread,
    ) -> Result<ThreadResponse, ChatError> {
        let roots = std::slice::from_ref(&thread.root.id);
        let participants = self.participants(roots, MAX_EVENT_PARTICIPANTS, true).await?;
        let post = self.render_post(thread.root.clone()).await?;
        Ok(ThreadResponse::new(&thread, post, participants.into_values().flatten().collect()))
    }

    /// Renders posts as [`Chat::render_posts`] does, for a client that collapses threads: a thread's first post says
    /// who takes part, and whether the reader follows it.
    pub async fn render_collapsed(
        &self,
        posts: Vec<Post>,
        reader: &User,
        extended: bool,
    ) -> Result<Vec<PostResponse>, ChatError> {
        let roots: Vec<PostId> =
            posts.iter().filter(|post| post.root_id.is_none()).map(|post| post.id.clone()).collect();
        let replied: HashMap<PostId, Timestamp> = posts
            .iter()
            .filter(|post| post.reply_count > 0)
            .map(|post| (post.id.clone(), post.last_reply_at))
            .collect();
        let followed = self.store.threads().followed_among(&reader.id, &roots).await?;
        let followed: HashSet<PostId> = followed.into_iter().collect();
        let threads: Vec<PostId> = replied.keys().cloned().collect();
        let mut participants = self.participants(&threads, MAX_PARTICIPANTS, extended).await?;
        let roots: HashSet<PostId> = roots.into_iter().collect();
        let with_thread = |post: PostResponse| {
            if !roots.contains(post.id()) {
                return post;
            }
            let last_reply_at = replied.get(post.id()).copied().unwrap_or(Timestamp::NEVER);
            let is_following = followed.contains(post.id());
            let participants = participants.remove(post.id()).unwrap_or_default();
            post.with_thread(last_reply_at, participants, is_following)
        };
        Ok(self.render_posts(posts).await?.into_iter().map(with_thread).collect())
    }

    /// Returns the participants of each of these threads, as whole accounts if `extended`.
    async fn participants(
        &self,
        roots: &[PostId],
        limit: i64,
        extended: bool,
    ) -> Result<HashMap<PostId, Vec<ParticipantResponse>>, ChatError> {
        let mut by_thread: HashMap<PostId, Vec<ParticipantResponse>> = HashMap::new();
        if roots.is_empty() {
            return Ok(by_thread);
        }
        let participants = self.store.threads().participants(roots, limit).await?;
        let users = if extended { self.users_among(&participants).await? } else { HashMap::new() };
        for (root, user) in participants {
            let participant = match users.get(&user) {
                Some(whole) => ParticipantResponse::whole(whole.clone()),
                None => ParticipantResponse::bare(user),
            };
            by_thread.entry(root).or_default().push(participant);
        }
        Ok(by_thread)
    }

    async fn users_among(&self, of: &[(PostId, UserId)]) -> Result<HashMap<UserId, User>, ChatError> {
        let ids: BTreeSet<&UserId> = of.iter().map(|(_, user)| user).collect();
        let ids: Vec<UserId> = ids.into_iter().take(MAX_DESCRIBED).cloned().collect();
        let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        let filter = UserFilter { ids: Some(ids), ..UserFilter::default() };
        let users = self.store.users(&filter, 0, count).await?;
        Ok(users.into_iter().map(|user| (user.id.clone(), user)).collect())
    }
}
