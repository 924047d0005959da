-- Posts that are edited, found again, reacted to, and made only once however often a client sends them.

alter table posts add column priority text not null default '';
alter table posts add column requested_ack boolean not null default false;
-- Kept with the rows of `reactions`, so that a page of posts need not look for what is not there.
alter table posts add column has_reactions boolean not null default false;
create index posts_by_update on posts (channel_id, update_at);
create index posts_pinned on posts (channel_id, create_at, id) where is_pinned;

create table reactions (
    post_id text not null references posts (id),
    user_id text not null references users (id),
    emoji_name text not null,
    create_at bigint not null,
    primary key (post_id, emoji_name, user_id)
);

-- What a client called a post before it had an id: sent again soon after, it is the same post.
create table pending_posts (
    user_id text not null references users (id),
    pending_id text not null,
    post_id text not null references posts (id),
    expires_at bigint not null,
    primary key (user_id, pending_id)
);

-- What a search compares with: lower case, blanks joined. Rows of deleted and of system posts are absent.
create table post_texts (
    number bigint generated always as identity primary key,
    post_id text not null unique references posts (id),
    body text not null,
    -- The hashtags, each between two blanks.
    tags text not null
);
-- Which texts hold which character groups. It is an index, so its form is each database's own.
create table post_grams (
    rowid bigint not null primary key,
    grams bigint[] not null
);
create index post_grams_by_gram on post_grams using gin (grams);
