-- What clients show of accounts and sign-ins: pictures, confirmed addresses, a second factor, devices. A bot's display
-- name is its first name, as clients expect.

-- Of the account's own picture, which is a blob; none if it has the drawn one.
alter table users add column picture_id text;
alter table users add column picture_at integer not null default 0;
create index users_by_picture on users (picture_id) where picture_id is not null;
-- Accounts of before have been shown as confirmed.
alter table users add column email_verified integer not null default 1;
alter table users add column mfa_active integer not null default 0;
-- Sealed; none until the account asks for one.
alter table users add column mfa_secret blob;
-- The time step of the last code that was accepted: no code is accepted twice.
alter table users add column mfa_step integer not null default 0;
update users set first_name = nickname, nickname = '' where is_bot = 1;

alter table sessions add column device_id text not null default '';
-- What the client said about itself, as JSON.
alter table sessions add column agent text not null default '{}';

-- Tokens that were sent to an account's address: to confirm it, or to set a new password.
create table mail_tokens (
    token_digest text not null primary key,
    user_id text not null references users (id),
    purpose text not null,
    -- The address that the token was sent to.
    email text not null,
    sent_at integer not null,
    expires_at integer not null
) strict;
create index mail_tokens_by_user on mail_tokens (user_id, purpose);
