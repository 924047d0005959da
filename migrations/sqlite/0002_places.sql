-- Teams, channels, and who belongs to them.

create table teams (
    id text not null primary key,
    name text not null unique,
    display_name text not null,
    description text not null,
    open integer not null,
    invite_id text not null unique,
    create_at integer not null,
    update_at integer not null,
    delete_at integer not null
) strict;

create table team_members (
    team_id text not null references teams (id),
    user_id text not null references users (id),
    roles text not null,
    delete_at integer not null,
    primary key (team_id, user_id)
) strict;
create index team_members_by_user on team_members (user_id);

create table channels (
    id text not null primary key,
    -- Empty for direct and group channels.
    team_id text references teams (id),
    gid text not null unique,
    kind text not null,
    name text not null,
    display_name text not null,
    header text not null,
    purpose text not null,
    creator_id text references users (id),
    total_msg_count integer not null,
    last_post_at integer not null,
    create_at integer not null,
    update_at integer not null,
    delete_at integer not null,
    unique (team_id, name)
) strict;

create table channel_members (
    channel_id text not null references channels (id),
    user_id text not null references users (id),
    roles text not null,
    last_viewed_at integer not null,
    msg_count integer not null,
    mention_count integer not null,
    primary key (channel_id, user_id)
) strict;
create index channel_members_by_user on channel_members (user_id);
