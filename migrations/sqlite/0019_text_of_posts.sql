-- A deleted post keeps nothing of its content.

update posts set message = '', props = '{}', priority = '', requested_ack = 0, has_reactions = 0
where delete_at <> 0;
