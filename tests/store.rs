//! The store on both databases, one file per table family: every public function of it, by exact rows.

#[cfg(test)]
mod store {
    mod changes;
    mod channels;
    mod connect;
    mod events;
    mod hooks;
    mod plugins;
    mod posts;
    mod preferences;
    mod receipts;
    mod rows;
    mod schema;
    mod sessions;
    mod statuses;
    mod teams;
    mod tokens;
    mod users;
    mod values;
    mod writer;
}
