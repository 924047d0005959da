-- What has expired is found and removed without reading what has not.

create index plugin_values_by_expiry on plugin_values (expires_at) where expires_at is not null;
