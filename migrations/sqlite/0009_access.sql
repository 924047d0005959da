-- Who answers for a bot, when a sign-in was last used, invitations, who changed what, and requests made once.

create table bots (
    user_id text not null primary key references users (id),
    -- None for a plugin's.
    owner_id text references users (id),
    description text not null
) strict;
create index bots_by_owner on bots (owner_id);
insert into bots (user_id, owner_id, description) select id, null, '' from users where is_bot;

alter table sessions add column last_activity_at integer not null default 0;
update sessions set last_activity_at = create_at;

create table invitations (
    id text not null primary key,
    token_digest text not null unique,
    -- None: to the server only.
    team_id text references teams (id),
    -- Empty: for whoever has the token.
    email text not null,
    creator_id text not null references users (id),
    create_at integer not null,
    expires_at integer not null
) strict;

-- Written with the change it tells of. Nothing refers to it and it refers to nothing: it outlasts what it tells of.
create table audit (
    id text not null primary key,
    -- None: nobody was signed in, as on the command line.
    actor_id text,
    action text not null,
    thing text not null,
    thing_id text not null,
    was text,
    became text,
    create_at integer not null
) strict;
create index audit_by_actor on audit (actor_id, id);
create index audit_by_thing on audit (thing_id, id);

-- Requests that carried an `Idempotency-Key`, and what they were answered.
create table made_requests (
    user_id text not null,
    key text not null,
    request_digest text not null,
    -- None while the request is under way.
    status integer,
    content_type text not null,
    -- Sealed: answers may show secrets once.
    sealed_body blob,
    create_at integer not null,
    primary key (user_id, key)
) strict;
