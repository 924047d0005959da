-- What belongs to posts besides their content: earlier texts, drafts, reminders, and uploads in pieces.

-- The texts that edited posts had before, oldest first.
create table post_versions (
    number integer not null primary key autoincrement,
    post_id text not null references posts (id),
    message text not null,
    props text not null,
    create_at integer not null,
    update_at integer not null,
    edit_at integer not null,
    -- When the edit replaced it.
    replaced_at integer not null
) strict;
create index post_versions_by_post on post_versions (post_id, number);

-- Texts that users have not posted yet, one for each channel and thread.
create table drafts (
    user_id text not null references users (id),
    channel_id text not null references channels (id),
    -- Empty for a draft outside threads.
    root_id text not null,
    message text not null,
    props text not null,
    file_ids text not null,
    priority text not null,
    create_at integer not null,
    update_at integer not null,
    primary key (user_id, channel_id, root_id)
) strict;
create index drafts_by_root on drafts (root_id) where root_id <> '';

-- Files that arrive in pieces. The row goes when the file is complete, or when it has waited too long.
create table upload_sessions (
    id text not null primary key,
    user_id text not null references users (id),
    channel_id text not null references channels (id),
    name text not null,
    size integer not null,
    -- The pieces that arrived, as bytes of each. Their blobs are numbered in this order.
    pieces text not null,
    create_at integer not null
) strict;
create index upload_sessions_by_user on upload_sessions (user_id);
create index upload_sessions_by_time on upload_sessions (create_at);

-- What file searches compare with: names in lower case.
alter table files add column folded_name text not null default '';
update files set folded_name = lower(name);
