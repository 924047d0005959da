-- A queue's rows are numbered: each is appended, and a run of them is removed at once. What an event is about, its post
-- says. Who holds which is known to the one process that has this file, and forgotten with it.

create table numbered_events (
    number integer not null primary key autoincrement,
    kind text not null,
    post_id text not null,
    hops integer not null,
    -- Unused here. On PostgreSQL, the lease.
    claimed_until integer not null default 0
) strict;
insert into numbered_events (kind, post_id, hops) select kind, post_id, hops from events order by id;
drop table events;
alter table numbered_events rename to events;
