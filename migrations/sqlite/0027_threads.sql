-- Threads: who follows one, how far each account has read it, and counters that leave replies out.

create table thread_members (
    -- The thread's first post.
    post_id text not null references posts (id),
    user_id text not null references users (id),
    -- The post's channel, in which an account's threads become read together.
    channel_id text not null references channels (id),
    -- 0: the account has stopped following, and only its own next reply or a mention changes that.
    following integer not null,
    last_viewed_at integer not null,
    last_update_at integer not null,
    -- Replies since `last_viewed_at` that mention the account.
    unread_mentions integer not null,
    -- Replies by the account that are not deleted. Accounts with some are the thread's participants, in the order of
    -- their first reply.
    replies integer not null,
    replied_at integer not null,
    primary key (post_id, user_id)
) strict;
create index thread_members_by_user on thread_members (user_id, channel_id);

-- Threads so far are read as far as their channel is.
insert into thread_members
    (post_id, user_id, channel_id, following, last_viewed_at, last_update_at, unread_mentions, replies, replied_at)
select p.root_id, p.user_id, p.channel_id, 1, coalesce(max(m.last_viewed_at), 0), max(p.create_at), 0, count(*),
    min(p.create_at)
from posts p left join channel_members m on m.channel_id = p.channel_id and m.user_id = p.user_id
where p.root_id is not null and p.delete_at = 0 group by p.root_id, p.user_id, p.channel_id;

insert into thread_members
    (post_id, user_id, channel_id, following, last_viewed_at, last_update_at, unread_mentions, replies, replied_at)
select p.id, p.user_id, p.channel_id, 1, m.last_viewed_at, p.last_reply_at, 0, 0, 0
from posts p join channel_members m on m.channel_id = p.channel_id and m.user_id = p.user_id
where p.reply_count > 0 and p.delete_at = 0
on conflict (post_id, user_id) do nothing;

alter table channels add column total_msg_count_root integer not null default 0;
alter table channels add column last_root_post_at integer not null default 0;
update channels set total_msg_count_root = max(total_msg_count - counted.replies, 0), last_root_post_at = counted.last_at
from (select channel_id, count(root_id) as replies, coalesce(max(case when root_id is null then create_at end), 0) as last_at
    from posts group by channel_id) as counted
where channels.id = counted.channel_id;

alter table channel_members add column msg_count_root integer not null default 0;
alter table channel_members add column mention_count_root integer not null default 0;
alter table channel_members add column urgent_mention_count integer not null default 0;
update channel_members set mention_count_root = mention_count, msg_count_root = max(0, (select c.total_msg_count_root from
    channels c where c.id = channel_members.channel_id) - (select count(*) from posts p where p.channel_id =
    channel_members.channel_id and p.create_at > channel_members.last_viewed_at and p.root_id is null and p.delete_at = 0));
