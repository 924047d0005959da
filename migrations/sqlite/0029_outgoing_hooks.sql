-- Outgoing webhooks: which posts are sent where, the deliveries that follow, and each attempt at one.

create table outgoing_hooks (
    id text not null primary key,
    creator_id text not null references users (id),
    team_id text not null references teams (id),
    -- Null: all public channels of the team.
    channel_id text references channels (id),
    display_name text not null,
    description text not null,
    username text not null,
    icon_url text not null,
    content_type text not null,
    trigger_words text not null,
    trigger_when integer not null,
    callback_urls text not null,
    -- The text that receivers know the hook by.
    sealed_token blob not null,
    create_at integer not null,
    update_at integer not null,
    delete_at integer not null
) strict;
create index outgoing_hooks_by_team on outgoing_hooks (team_id) where delete_at = 0;
create index outgoing_hooks_by_creator on outgoing_hooks (creator_id) where delete_at = 0;

-- One address of a hook. An address that is taken off its hook keeps its row, for the deliveries that it had.
create table outgoing_endpoints (
    id text not null primary key,
    hook_id text not null references outgoing_hooks (id),
    url text not null,
    -- Signs requests. The previous one signs too until its time is over.
    sealed_secret blob not null,
    sealed_previous blob,
    previous_until integer not null,
    -- Since when every attempt has failed; 0 while the last one succeeded.
    failing_since integer not null,
    -- While it is disabled, its deliveries are held. 0: it is enabled.
    disabled_at integer not null,
    disabled_reason text not null,
    create_at integer not null,
    delete_at integer not null
) strict;
create index outgoing_endpoints_by_hook on outgoing_endpoints (hook_id) where delete_at = 0;

-- What happened, once for all of its deliveries.
create table outgoing_events (
    id text not null primary key,
    post_id text not null,
    payload text not null,
    create_at integer not null
) strict;

-- One event for one address. Its state is that of its job, which has the same id and with which it goes.
create table deliveries (
    id text not null primary key references jobs (id) on delete cascade,
    event_id text not null references outgoing_events (id),
    hook_id text not null references outgoing_hooks (id),
    endpoint_id text not null references outgoing_endpoints (id),
    trigger_word text not null,
    -- How often a user had it sent again.
    replays integer not null,
    create_at integer not null
) strict;
create index deliveries_by_hook on deliveries (hook_id, id);
create index deliveries_by_endpoint on deliveries (endpoint_id, id);
create index deliveries_by_event on deliveries (event_id);

create table delivery_attempts (
    delivery_id text not null references deliveries (id) on delete cascade,
    -- The fencing number of the claim, so that an attempt is recorded once.
    number integer not null,
    -- delivered, status, timeout, connection, address or refused.
    outcome text not null,
    -- The status of the response; 0 without one.
    status integer not null,
    reason text not null,
    -- The first bytes of the response, in base64 if they are no text.
    response text not null,
    is_binary integer not null,
    started_at integer not null,
    waited_ms integer not null,
    took_ms integer not null,
    primary key (delivery_id, number)
) strict;
