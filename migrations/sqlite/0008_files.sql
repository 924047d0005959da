-- What people set for themselves, the files and emoji they upload; the bytes are in the blob store.

create table preferences (
    user_id text not null references users (id),
    category text not null,
    name text not null,
    value text not null,
    primary key (user_id, category, name)
) strict;

-- Only what somebody chose by hand; the rest follows from who is connected.
create table statuses (
    user_id text not null primary key references users (id),
    status text not null,
    -- When "do not disturb" ends by itself; 0 for never.
    dnd_end_at integer not null,
    set_at integer not null
) strict;

create table files (
    id text not null primary key,
    user_id text not null references users (id),
    channel_id text not null references channels (id),
    -- None until a post takes it.
    post_id text references posts (id),
    -- Its place among the post's files.
    position integer not null,
    name text not null,
    size integer not null,
    mime_type text not null,
    -- Both 0 for what is no picture.
    width integer not null,
    height integer not null,
    create_at integer not null,
    update_at integer not null
) strict;
create index files_by_post on files (post_id, position);

create table emoji (
    id text not null primary key,
    creator_id text not null references users (id),
    name text not null unique,
    mime_type text not null,
    create_at integer not null,
    update_at integer not null
) strict;
