-- Incoming webhooks, and the record of what arrived for plugin bridges.

create table incoming_hooks (
    id text not null primary key,
    user_id text not null references users (id),
    channel_id text not null references channels (id),
    team_id text not null references teams (id),
    display_name text not null,
    description text not null,
    username text not null,
    icon_url text not null,
    channel_locked boolean not null,
    -- Both set for a bridge, neither for a plain hook.
    plugin_id text references plugins (id),
    bridge text,
    verifier text not null,
    sealed_secret bytea,
    create_at bigint not null,
    update_at bigint not null,
    delete_at bigint not null
);
create index incoming_hooks_by_team on incoming_hooks (team_id);

create table receipts (
    id text not null primary key,
    hook_id text not null references incoming_hooks (id),
    -- The sender's own name for the delivery; a repeat of it changes nothing.
    delivery_id text,
    outcome text not null,
    reason text not null,
    post_ids jsonb not null,
    received_at bigint not null,
    unique (hook_id, delivery_id)
);
create index receipts_by_hook on receipts (hook_id, received_at);
