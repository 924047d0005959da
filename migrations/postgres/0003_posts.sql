-- Messages, and the events they cause.

create table posts (
    id text not null primary key,
    channel_id text not null references channels (id),
    user_id text not null references users (id),
    root_id text references posts (id),
    message text not null,
    kind text not null,
    props jsonb not null,
    pending_post_id text not null,
    is_pinned boolean not null,
    reply_count bigint not null,
    last_reply_at bigint not null,
    create_at bigint not null,
    update_at bigint not null,
    edit_at bigint not null,
    delete_at bigint not null
);
create index posts_by_channel on posts (channel_id, create_at, id);
create index posts_by_root on posts (root_id, create_at, id);

-- Keys under which a post is made only once.
create table made_once (
    key text not null primary key,
    post_id text not null references posts (id),
    create_at bigint not null
);

-- What plugins and outgoing hooks still have to hear of, written with the change that caused it.
create table events (
    id text not null primary key,
    kind text not null,
    channel_id text not null,
    post_id text not null,
    user_id text not null,
    hops bigint not null,
    create_at bigint not null,
    -- The lease: whoever claimed the event owns it until then.
    claimed_until bigint not null
);
