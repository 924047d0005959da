-- Slash commands that are run by a request to a URL, and where their targets respond later.

create table commands (
    id text not null primary key,
    sealed_token blob not null,
    creator_id text not null references users (id),
    team_id text not null references teams (id),
    -- In lower case.
    trigger_word text not null,
    method text not null,
    url text not null,
    username text not null,
    icon_url text not null,
    auto_complete integer not null,
    auto_complete_desc text not null,
    auto_complete_hint text not null,
    display_name text not null,
    description text not null,
    create_at integer not null,
    update_at integer not null,
    delete_at integer not null
) strict;
create unique index commands_by_trigger on commands (team_id, trigger_word) where delete_at = 0;
create index commands_by_creator on commands (creator_id);

create table command_responses (
    -- Of the last part of the address.
    digest text not null primary key,
    command_id text not null references commands (id),
    user_id text not null references users (id),
    channel_id text not null references channels (id),
    root_id text,
    uses integer not null,
    create_at integer not null
) strict;
create index command_responses_by_time on command_responses (create_at);
