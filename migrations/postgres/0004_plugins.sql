-- Installed plugins, their packages and their stored values.

-- Packages by digest. In the database rather than in files, so that a plugin and its code commit together.
create table plugin_packages (
    digest text not null primary key,
    component bytea not null,
    create_at bigint not null
);

create table plugins (
    id text not null primary key,
    version text not null,
    digest text not null references plugin_packages (digest),
    state text not null,
    consented_sheet text,
    bot_user_id text not null references users (id),
    create_at bigint not null,
    update_at bigint not null
);

create table plugin_values (
    plugin_id text not null references plugins (id),
    key text not null,
    bytes bytea not null,
    version bigint not null,
    expires_at bigint,
    primary key (plugin_id, key)
);
