-- Installed plugins, their packages and their stored values.

-- Packages by digest. In the database rather than in files, so that a plugin and its code commit together.
create table plugin_packages (
    digest text not null primary key,
    component blob not null,
    create_at integer not null
) strict;

create table plugins (
    id text not null primary key,
    version text not null,
    digest text not null references plugin_packages (digest),
    state text not null,
    consented_sheet text,
    bot_user_id text not null references users (id),
    create_at integer not null,
    update_at integer not null
) strict;

create table plugin_values (
    plugin_id text not null references plugins (id),
    key text not null,
    bytes blob not null,
    version integer not null,
    expires_at integer,
    primary key (plugin_id, key)
) strict;
