//! The store on both databases, one file per table family. The tests call every public function and compare exact rows.

#[cfg(test)]
mod store {
    mod account_details;
    mod applications;
    mod audit;
    mod cache;
    mod changes;
    mod channel_lists;
    mod channel_moves;
    mod channel_search;
    mod channels;
    mod commands;
    mod connect;
    mod direct;
    mod directory;
    mod drafts;
    mod emoji;
    mod files;
    mod groups;
    mod guests_and_bots;
    mod hooks;
    mod installation;
    mod jobs;
    mod mails;
    mod memberships;
    mod migrations;
    mod notice_retention;
    mod notices;
    mod plan;
    mod plugins;
    mod post_edits;
    mod post_lists;
    mod posts;
    mod preferences;
    mod quotas;
    mod reactions;
    mod receipts;
    mod requests;
    mod rows;
    mod schema;
    mod search;
    mod sessions;
    mod sidebar;
    mod statuses;
    mod team_members;
    mod team_pictures;
    mod teams;
    mod threads;
    mod tokens;
    mod unread;
    mod usage;
    mod users;
    mod values;
    mod worker;
    mod writer;
}
