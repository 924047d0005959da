-- A deleted post keeps nothing of its content. Props are stored as they were sent: as jsonb, a number such as 1e300 takes
-- hundreds of bytes in every list of posts.

alter table posts alter column props type text using props::text;
update posts set message = '', props = '{}', priority = '', requested_ack = false, has_reactions = false
where delete_at <> 0;

-- Counted when an account creates a channel or a webhook, or uploads files.
create index channels_by_creator on channels (creator_id);
create index files_by_user on files (user_id, delete_at, size);
create index incoming_hooks_by_user on incoming_hooks (user_id);
-- Old keys are deleted.
create index made_once_by_time on made_once (create_at);
