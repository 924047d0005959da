-- Accounts, and what they sign in with.

-- Small numbers handed out in order; the row is the lock.
create table counters (
    name text not null primary key,
    value bigint not null
);
insert into counters (name, value) values ('user', 0);

create table users (
    id text not null primary key,
    number bigint not null unique,
    username text not null unique,
    email text not null unique,
    nickname text not null,
    first_name text not null,
    last_name text not null,
    position text not null,
    locale text not null,
    roles text not null,
    is_bot boolean not null,
    props jsonb not null,
    notify_props jsonb not null,
    -- Argon2id in PHC form; none for accounts that cannot log in by password.
    password_hash text,
    create_at bigint not null,
    update_at bigint not null,
    delete_at bigint not null,
    last_password_update bigint not null
);

create table sessions (
    id text not null primary key,
    -- SHA-256 of the token: the token itself is never stored.
    token_digest text not null unique,
    user_id text not null references users (id),
    csrf text not null,
    create_at bigint not null,
    expires_at bigint not null
);
create index sessions_by_user on sessions (user_id);

create table access_tokens (
    id text not null primary key,
    token_digest text not null unique,
    user_id text not null references users (id),
    description text not null,
    is_active boolean not null,
    create_at bigint not null
);
create index access_tokens_by_user on access_tokens (user_id);
