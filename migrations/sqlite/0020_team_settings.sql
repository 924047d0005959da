-- Settings of teams and the time zone of accounts, which clients set and which were not kept. A guest owns no running bot
-- any more, because a bot acts as a member.

alter table teams add column kind text not null default 'O';
alter table teams add column email text not null default '';
alter table teams add column company_name text not null default '';
alter table teams add column allowed_domains text not null default '';
update teams set kind = 'I' where open = 0;

alter table users add column timezone text not null default '{}';

update users set delete_at = update_at where is_bot = 1 and delete_at = 0 and id in
    (select b.user_id from bots b join users o on o.id = b.owner_id where o.roles = 'system_guest');
