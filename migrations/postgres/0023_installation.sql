-- Facts about the installation as a whole, one row each.
--
-- key_check: tells the key that seals secrets from others, so that a server with another key does not start.
-- id: names this database to the directory of its files.
create table installation (
    name text not null primary key,
    value text not null
);
