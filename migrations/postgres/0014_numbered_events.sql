-- A queue's rows are numbered: each is appended, and a run of them is removed at once. What an event is about, its post
-- says.

create table numbered_events (
    number bigint generated always as identity primary key,
    kind text not null,
    post_id text not null,
    hops bigint not null,
    -- The lease: whoever claimed the event owns it until then.
    claimed_until bigint not null default 0
);
insert into numbered_events (kind, post_id, hops) select kind, post_id, hops from events order by id;
drop table events;
alter table numbered_events rename to events;
