-- The notification centre: what programs tell people, who has it still to get or to read, and the mails about it.

create table notices (
    id text not null primary key,
    title text not null,
    subtitle text not null,
    content text not null,
    content_type text not null,
    url text not null,
    actions jsonb not null,
    sender jsonb not null,
    source text not null,
    create_at bigint not null
);

create table notice_recipients (
    user_id text not null references users (id),
    notice_id text not null references notices (id),
    create_at bigint not null,
    -- 0 while it is unread.
    read_at bigint not null,
    -- 0 until a client of theirs said that it has it.
    acknowledged_at bigint not null,
    primary key (user_id, notice_id)
);
create index notice_recipients_by_notice on notice_recipients (notice_id);
create index notice_recipients_pending on notice_recipients (user_id, notice_id) where acknowledged_at = 0;
create index notice_recipients_unread on notice_recipients (user_id, notice_id) where read_at = 0;
create index notice_recipients_by_age on notice_recipients (create_at);
create index notice_recipients_by_read on notice_recipients (read_at) where read_at > 0;

create table notice_settings (
    user_id text not null primary key references users (id),
    mail text not null
);

create table mails (
    id text not null primary key,
    user_id text not null references users (id),
    kind text not null,
    state text not null,
    attempts bigint not null,
    due_at bigint not null,
    -- Who claims it holds it until then; 0 for nobody.
    claimed_until bigint not null,
    last_error text not null,
    create_at bigint not null,
    -- When it was sent or given up; 0 before.
    ended_at bigint not null
);
-- Somebody has one digest that notices still join.
create unique index mails_gathering on mails (user_id) where state = 'gathering';
create index mails_due on mails (due_at) where state in ('gathering', 'waiting');
create index mails_by_user on mails (user_id);
create index mails_ended on mails (ended_at) where state in ('sent', 'dead');

create table mail_notices (
    mail_id text not null references mails (id),
    notice_id text not null references notices (id),
    primary key (mail_id, notice_id)
);
create index mail_notices_by_notice on mail_notices (notice_id);
