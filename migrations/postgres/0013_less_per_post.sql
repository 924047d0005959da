-- What one post costs to write: indexes hold only the rows they are asked for. The index over character groups needs
-- nothing here: GIN keeps a list of what it has not sorted in yet by itself.

drop index posts_by_root;
create index posts_by_root on posts (root_id, create_at, id) where root_id is not null;
drop index posts_by_update;
create index posts_by_update on posts (channel_id, update_at) where update_at > create_at;
