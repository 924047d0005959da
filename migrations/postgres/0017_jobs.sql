-- Jobs: one queue for all follow-up work. The queue of events, which nothing subscribed to, goes.

create table jobs (
    id text not null primary key,
    kind text not null,
    -- The id of what the job is about.
    subject text not null,
    payload jsonb not null check (octet_length(payload::text) <= 65536),
    -- While a job gathers, it is the only one of its kind with this key.
    unique_key text,
    -- gathering, waiting, done or dead.
    state text not null,
    attempts bigint not null,
    -- Grows with each claim and retry: what an older claim settles is refused.
    fencing bigint not null,
    due_at bigint not null,
    -- The lease: a worker owns the job until then. 0: no worker does.
    claimed_until bigint not null,
    last_error text not null,
    create_at bigint not null,
    -- When it was done or given up; 0 before.
    ended_at bigint not null
);
create unique index jobs_gathering on jobs (kind, unique_key) where state = 'gathering';
create index jobs_due on jobs (kind, due_at, id) where state in ('gathering', 'waiting');
create index jobs_ended on jobs (kind, ended_at) where state in ('done', 'dead');
create index jobs_by_subject on jobs (kind, subject);
create index jobs_by_kind on jobs (kind, id);

drop table events;
