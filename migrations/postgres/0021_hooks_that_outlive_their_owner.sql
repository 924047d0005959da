-- A hook stops when its owner is deactivated, leaves the team or becomes a guest, unless an administrator made it the
-- server's own.

alter table incoming_hooks add column outlives_owner boolean not null default false;
