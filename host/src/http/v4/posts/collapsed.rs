//! Posts for a client that collapses threads (`collapsedThreads=true`): channels are listed without replies, and a
//! thread's first post says who takes part. And which of a channel's posts a list has.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::access::Admin;
use crate::app::App;
use crate::chat::ChatError;
use crate::http::params::Query;
use crate::http::problem::Problem;
use crate::model::wire::PostResponse;
use crate::model::{ChannelId, Post, Timestamp, User};
use crate::store::{Store, StoreError};

/// How posts are rendered for a client that collapses threads.
#[derive(Clone, Copy)]
pub(in crate::http) struct CollapsedView<'u> {
    reader: &'u User,
    /// Whether participants are whole accounts instead of ids.
    extended: bool,
}

/// How a client wants a list of posts.
#[derive(Clone, Copy, Default)]
pub(in crate::http) struct ListForm<'u> {
    pub(super) collapsed: Option<CollapsedView<'u>>,
    /// Whether the first posts of threads are left out where the list has a reply only.
    pub(super) without_roots: bool,
}

/// A channel's posts in order: all of them, or those that are not replies; with deleted ones or without.
#[derive(Clone, Copy)]
pub(super) struct Listing<'s> {
    store: &'s Store,
    without_replies: bool,
    with_deleted: bool,
}

/// Whether a request is for deleted posts too (`include_deleted`). Only administrators read them.
pub(in crate::http) struct WithDeleted(pub(super) bool);

impl FromRequestParts<App> for WithDeleted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let query = Query::from_request_parts(parts, app).await?;
        if !query.flag("include_deleted") {
            return Ok(Self(false));
        }
        Admin::from_request_parts(parts, app).await.map(|_| Self(true))
    }
}

impl<'u> CollapsedView<'u> {
    pub(super) async fn render(self, app: &App, posts: Vec<Post>) -> Result<Vec<PostResponse>, ChatError> {
        app.chat.render_collapsed(posts, self.reader, self.extended).await
    }

    /// Returns None if the client does not collapse threads.
    pub(super) fn of(reader: &'u User, query: &Query) -> Option<Self> {
        let extended = query.flag("collapsedThreadsExtended");
        query.flag("collapsedThreads").then_some(Self { reader, extended })
    }
}

impl<'u> ListForm<'u> {
    pub(super) fn of(reader: &'u User, query: &Query) -> Self {
        Self { collapsed: CollapsedView::of(reader, query), without_roots: query.flag("skipFetchThreads") }
    }
}

impl<'s> Listing<'s> {
    pub(super) fn new(store: &'s Store, form: ListForm<'_>, with_deleted: bool) -> Self {
        Self { store, without_replies: form.collapsed.is_some(), with_deleted }
    }

    pub(super) async fn page(
        self,
        channel: &ChannelId,
        offset: i64,
        limit: i64,
    ) -> Result<Vec<Post>, StoreError> {
        if self.with_deleted {
            return self.store.posts_with_deleted(channel, self.without_replies, offset, limit).await;
        }
        if self.without_replies {
            return self.store.root_posts(channel, offset, limit).await;
        }
        self.store.posts(channel, offset, limit).await
    }

    pub(super) async fn before(self, post: &Post, offset: i64, limit: i64) -> Result<Vec<Post>, StoreError> {
        if self.with_deleted {
            return self.store.posts_with_deleted_before(post, self.without_replies, offset, limit).await;
        }
        if self.without_replies {
            return self.store.root_posts_before(post, offset, limit).await;
        }
        self.store.posts_before(post, offset, limit).await
    }

    pub(super) async fn after(self, post: &Post, offset: i64, limit: i64) -> Result<Vec<Post>, StoreError> {
        if self.with_deleted {
            return self.store.posts_with_deleted_after(post, self.without_replies, offset, limit).await;
        }
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
