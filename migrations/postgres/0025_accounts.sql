-- What clients show of accounts and sign-ins: pictures, confirmed addresses, a second factor, devices. A bot's display
-- name is its first name, as clients expect.

-- Of the account's own picture, which is a blob; none if it has the drawn one.
alter table users add column picture_id text;
alter table users add column picture_at bigint not null default 0;
create index users_by_picture on users (picture_id) where picture_id is not null;
-- Accounts of before have been shown as confirmed.
alter table users add column email_verified boolean not null default true;
alter table users add column mfa_active boolean not null default false;
-- Sealed; none until the account asks for one.
alter table users add column mfa_secret bytea;
-- The time step of the last code that was accepted: no code is accepted twice.
alter table users add column mfa_step bigint not null default 0;
update users set first_name = nickname, nickname = '' where is_bot;

alter table sessions add column device_id text not null default '';
-- What the client said about itself, as JSON.
alter table sessions add column agent jsonb not null default '{}';

-- Tokens that were sent to an account's address: to confirm it, or to set a new password.
create table mail_tokens (
    token_digest text not null primary key,
    user_id text not null references users (id),
    purpose text not null,
    -- The address that the token was sent to.
    email text not null,
    sent_at bigint not null,
    expires_at bigint not null
);
create index mail_tokens_by_user on mail_tokens (user_id, purpose);
