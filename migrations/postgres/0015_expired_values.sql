-- What has expired is found and removed without reading what has not, and keys are listed in the order of their bytes
-- whatever the database's locale.

create index plugin_values_by_expiry on plugin_values (expires_at) where expires_at is not null;
create index plugin_values_by_key on plugin_values (plugin_id, key collate "C");
