//! Posts for a client that collapses threads (`collapsedThreads=true`): channels are listed without replies, and a
//! thread's first post says who takes part.

use crate::app::App;
use crate::chat::ChatError;
use crate::http::params::Query;
use crate::model::wire::PostResponse;
use crate::model::{ChannelId, Post, Timestamp, User};
use crate::store::{Store, StoreError};

/// How posts are rendered for a client that collapses threads.
#[derive(Clone, Copy)]
pub(in crate::http) struct Collapsed<'u> {
    reader: &'u User,
    /// Whether participants are whole accounts instead of ids.
    extended: bool,
}

/// A channel's posts in order: all of them, or those that are no replies.
#[derive(Clone, Copy)]
pub(super) struct Listing<'s> {
    store: &'s Store,
    without_replies: bool,
}

impl<'u> Collapsed<'u> {
    pub(super) async fn render(self, app: &App, posts: Vec<Post>) -> Result<Vec<PostResponse>, ChatError> {
        app.chat.render_collapsed(posts, self.reader, self.extended).await
    }

    /// Returns None if the client does not collapse threads.
    pub(super) fn of(reader: &'u User, query: &Query) -> Option<Self> {
        let extended = query.flag("collapsedThreadsExtended");
        query.flag("collapsedThreads").then_some(Self { reader, extended })
    }
}

impl<'s> Listing<'s> {
    pub(super) fn new(store: &'s Store, collapsed: Option<Collapsed<'_>>) -> Self {
        Self { store, without_replies: collapsed.is_some() }
    }

    pub(super) async fn page(
        self,
        channel: &ChannelId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        if self.without_replies {
            return self.store.root_posts(channel, offset, limit).await;
        }
        self.store.posts(channel, offset, limit).await
    }

    pub(super) async fn before(self, post: &Post, offset: i64, limit: i64) -> Result<Vec<Post>, StoreError> {
        if self.without_replies {
            return self.store.root_posts_before(post, offset, limit).await;
        }
        self.store.posts_before(post, offset, limit).await
    }

    pub(super) async fn after(self, post: &Post, offset: i64, limit: i64) -> Result<Vec<Post>, StoreError> {
        if self.without_replies {
            return self.store.root_posts_after(post, offset, limit).await;
        }
        self.store.posts_after(post, offset, limit).await
    }

    pub(super) async fn since(
        self,
        channel: &ChannelId,
        moment: Timestamp,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        if self.without_replies {
            return self.store.root_posts_since(channel, moment, limit).await;
        }
        self.store.posts_since(channel, moment, limit).await
    }

    pub(super) async fn first_after(
        self,
        channel: &ChannelId,
        moment: Timestamp,
    ) -> Result<Option<Post>, StoreError> {
        if self.without_replies {
            return self.store.first_root_post_after(channel, moment).await;
        }
        self.store.first_post_after(channel, moment).await
    }
}
