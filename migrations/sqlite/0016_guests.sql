-- Guests are found without reading everybody: at each change of an account those who do not know it are asked for.

create index users_guests on users (id) where roles = 'system_guest';
