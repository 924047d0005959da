-- Mails become jobs whose subject is their reader. The notices of a mail go with its job.

insert into jobs (id, kind, subject, payload, unique_key, state, attempts, fencing, due_at, claimed_until, last_error,
    create_at, ended_at)
select id, 'mail', user_id, json_object('kind', kind), case state when 'gathering' then user_id end,
    case state when 'sent' then 'done' else state end, attempts, attempts, due_at, claimed_until, last_error,
    create_at, ended_at
from mails;

create table job_notices (
    mail_id text not null references jobs (id) on delete cascade,
    notice_id text not null references notices (id),
    primary key (mail_id, notice_id)
) strict;
insert into job_notices (mail_id, notice_id) select mail_id, notice_id from mail_notices;
drop table mail_notices;
alter table job_notices rename to mail_notices;
create index mail_notices_by_notice on mail_notices (notice_id);

drop table mails;
