-- A deleted post keeps nothing of its content. Props are stored as they were sent: as jsonb, a number such as 1e300 takes
-- hundreds of bytes in every list of posts.

alter table posts alter column props type text using props::text;
update posts set message = '', props = '{}', priority = '', requested_ack = false, has_reactions = false
where delete_at <> 0;
