-- Teams, channels, and who belongs to them.

create table teams (
    id text not null primary key,
    name text not null unique,
    display_name text not null,
    description text not null,
    open boolean not null,
    invite_id text not null unique,
    create_at bigint not null,
    update_at bigint not null,
    delete_at bigint not null
);

create table team_members (
    team_id text not null references teams (id),
    user_id text not null references users (id),
    roles text not null,
    delete_at bigint not null,
    primary key (team_id, user_id)
);
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
    total_msg_count bigint not null,
    last_post_at bigint not null,
    create_at bigint not null,
    update_at bigint not null,
    delete_at bigint not null,
    unique (team_id, name)
);

create table channel_members (
    channel_id text not null references channels (id),
    user_id text not null references users (id),
    roles text not null,
    last_viewed_at bigint not null,
    msg_count bigint not null,
    mention_count bigint not null,
    primary key (channel_id, user_id)
);
create index channel_members_by_user on channel_members (user_id);
