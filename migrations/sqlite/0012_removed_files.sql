-- Files go with their post, or when no post takes them: first their row says so, then their bytes go, then the row.

-- 0 while the file is there.
alter table files add column delete_at integer not null default 0;
create index files_to_remove on files (create_at) where post_id is null or delete_at > 0;
create index files_by_channel on files (channel_id) where post_id is not null;
create index files_waiting on files (user_id) where post_id is null;
