-- Applications of the signed API: their keys, what they may do, and the words they used up.

create table applications (
    id text not null primary key,
    name text not null,
    code text not null,
    sealed_key blob not null,
    -- The key before the last rotation, until its overlap ends.
    previous_key blob,
    previous_until integer not null,
    account_id text references users (id),
    free integer not null,
    bot_id text references users (id),
    addresses text not null,
    dialects text not null,
    rungs text not null,
    enabled integer not null,
    -- Seconds: the last stamp of a time token.
    called_time integer not null,
    legacy_used_at integer not null,
    body_used_at integer not null,
    nonce_used_at integer not null,
    hmac_used_at integer not null,
    create_at integer not null,
    update_at integer not null,
    delete_at integer not null
) strict;
-- A code may be given again once its application is deleted.
create unique index applications_code on applications (code) where delete_at = 0;

-- Words that a request may hold once. A row is needed as long as its request's time would be accepted.
create table application_nonces (
    application_id text not null references applications (id),
    nonce text not null,
    expires_at integer not null,
    primary key (application_id, nonce)
) strict;
create index application_nonces_expiry on application_nonces (application_id, expires_at);
