-- A deleted post keeps nothing of its content.

update posts set message = '', props = '{}', priority = '', requested_ack = 0, has_reactions = 0
where delete_at <> 0;

-- Counted when an account creates a channel or a webhook, or uploads files.
create index channels_by_creator on channels (creator_id);
create index files_by_user on files (user_id, delete_at, size);
create index incoming_hooks_by_user on incoming_hooks (user_id);
-- Old keys are deleted.
create index made_once_by_time on made_once (create_at);
