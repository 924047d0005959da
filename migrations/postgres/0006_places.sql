-- Channels of no team have names of their own, and what a member wants to hear of a channel is kept with them.

-- (team_id, name) says nothing where team_id is null: two people have one direct channel, however often they ask at once.
create unique index channels_teamless on channels (name) where team_id is null;

alter table channel_members add column notify_props jsonb not null default '{}';
alter table channel_members add column last_update_at bigint not null default 0;
