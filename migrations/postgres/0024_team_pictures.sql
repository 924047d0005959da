-- The picture of a team, which is a blob; none if clients draw the team's initials.
alter table teams add column picture_id text;
alter table teams add column picture_at bigint not null default 0;
create index teams_by_picture on teams (picture_id) where picture_id is not null;
