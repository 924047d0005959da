-- What one post costs to write: indexes hold only the rows they are asked for.

drop index posts_by_root;
create index posts_by_root on posts (root_id, create_at, id) where root_id is not null;
drop index posts_by_update;
create index posts_by_update on posts (channel_id, update_at) where update_at > create_at;

-- `post_grams` lags behind this table: it has the texts up to the number that `counters` names, and a search looks
-- at the others themselves. So a number must never be given twice.
create table numbered_texts (
    number integer not null primary key autoincrement,
    post_id text not null unique references posts (id),
    body text not null,
    tags text not null
) strict;
insert into numbered_texts (number, post_id, body, tags)
    select number, post_id, body, tags from post_texts order by number;
drop table post_texts;
alter table numbered_texts rename to post_texts;
insert into counters (name, value) select 'indexed_text', coalesce(max(number), 0) from post_texts;
