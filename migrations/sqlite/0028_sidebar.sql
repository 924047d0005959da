-- How users arrange their channels: categories in each team, and the channels in them.

create table sidebar_categories (
    id text not null primary key,
    user_id text not null references users (id),
    team_id text not null references teams (id),
    kind text not null,
    display_name text not null,
    sorting text not null,
    sort_order integer not null,
    muted integer not null,
    collapsed integer not null
) strict;
create index sidebar_categories_by_user on sidebar_categories (user_id, team_id);

-- A channel is in one category of each team. One without a row is in its default category.
create table sidebar_channels (
    user_id text not null references users (id),
    team_id text not null references teams (id),
    channel_id text not null references channels (id),
    category_id text not null references sidebar_categories (id) on delete cascade,
    sort_order integer not null,
    primary key (user_id, team_id, channel_id)
) strict;
create index sidebar_channels_by_category on sidebar_channels (category_id);
