//! The routes of v4.

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware::from_fn;

use super::{
    account_mails, audits, avatar, bots, commands, custom_status, directory, emoji, files, hooks,
    invitations, login, memberships, posts, preferences, profile, reactions, roles, search, second_factor,
    sessions, status, system, threads, tokens, users,
};
use crate::http::routes::Routes;
use crate::http::{etag, socket};

/// Every route of v4, below its prefix.
pub(in crate::http) fn routes() -> Routes {
    Routes::new()
        .merge(system())
        .merge(accounts())
        .merge(teams_and_channels())
        .merge(posts())
        .merge(uploads())
        .merge(integrations())
        .get("/websocket", socket::upgrade)
}

/// Routes that a client reads when it starts.
fn system() -> Routes {
    Routes::new()
        .get("/config/client", system::config)
        .get("/license/client", system::license)
        .get("/roles/{role}", roles::get)
        .get("/roles/name/{name}", roles::by_name)
        .post("/roles/names", roles::by_names)
        .get("/system/ping", system::ping)
}

/// Accounts, sign-ins, tokens.
fn accounts() -> Routes {
    Routes::new()
        .get("/bots", bots::list)
        .post("/bots", bots::create)
        .get("/audits", audits::all)
        .get("/bots/{bot}", bots::get)
        .post("/bots/{bot}/convert_to_user", bots::convert_to_user)
        .post("/users/{user}/convert_to_bot", bots::convert_to_bot)
        .put("/bots/{bot}", bots::update)
        .post("/bots/{bot}/assign/{user}", bots::assign)
        .post("/bots/{bot}/disable", bots::disable)
        .post("/bots/{bot}/enable", bots::enable)
        .get("/users", directory::list.layer(from_fn(etag::by_content)))
        .post("/users", users::create)
        .get("/users/autocomplete", directory::autocomplete)
        .get("/users/email/{email}", users::by_email.layer(from_fn(etag::by_content)))
        .post("/users/ids", directory::by_ids)
        .get("/users/known", directory::known)
        .post("/users/login", login::login)
        .post("/users/logout", login::logout)
        .post("/users/search", directory::search)
        .get("/users/stats", directory::stats)
        .get("/users/stats/filtered", directory::filtered_stats)
        .post("/users/group_channels", memberships::of_groups)
        .get("/users/{user}/channel_members", memberships::of_user)
        .get("/users/{user}/audits", audits::of_user)
        .post("/users/{user}/typing", status::type_in)
        .get("/users/tokens", tokens::list_all)
        .post("/users/tokens/disable", tokens::disable)
        .post("/users/tokens/enable", tokens::enable)
        .post("/users/tokens/revoke", tokens::revoke)
        .post("/users/status/ids", status::of_ids)
        .get("/users/{user}/preferences", preferences::list)
        .put("/users/{user}/preferences", preferences::save)
        .post("/users/{user}/preferences/delete", preferences::delete)
        .get("/users/{user}/preferences/{category}", preferences::in_category)
        .get("/users/{user}/preferences/{category}/name/{name}", preferences::get)
        .get("/users/{user}/status", status::get)
        .put("/users/{user}/status", status::choose)
        .post("/users/tokens/search", tokens::search)
        .get("/users/tokens/{token}", tokens::get)
        .get("/users/username/{name}", users::by_username.layer(from_fn(etag::by_content)))
        .post("/users/usernames", directory::by_usernames)
        .get("/users/{user}", users::get.layer(from_fn(etag::by_content)))
        .put("/users/{user}", profile::update)
        .delete("/users/{user}", profile::deactivate)
        .put("/users/{user}/active", profile::set_active)
        .post("/users/{user}/demote", profile::demote)
        .get("/users/{user}/image", avatar::get)
        .post("/users/{user}/image", avatar::set.layer(DefaultBodyLimit::disable()))
        .delete("/users/{user}/image", avatar::remove)
        .get("/users/{user}/image/default", avatar::default)
        .post("/users/password/reset", account_mails::reset)
        .post("/users/password/reset/send", account_mails::send_reset)
        .post("/users/email/verify", account_mails::verify)
        .post("/users/email/verify/send", account_mails::send_verification)
        .post("/users/{user}/email/verify/member", account_mails::verify_member)
        .put("/users/{user}/status/custom", custom_status::set)
        .delete("/users/{user}/status/custom", custom_status::clear)
        .delete("/users/{user}/status/custom/recent", custom_status::forget)
        .post("/users/{user}/status/custom/recent/delete", custom_status::forget)
        .put("/users/{user}/password", profile::set_password)
        .put("/users/{user}/patch", profile::patch)
        .post("/users/{user}/promote", profile::promote)
        .put("/users/{user}/roles", profile::set_roles)
        .put("/users/{user}/mfa", second_factor::update)
        .post("/users/{user}/mfa/generate", second_factor::generate)
        .put("/users/sessions/device", sessions::attach_device)
        .post("/users/sessions/revoke/all", sessions::revoke_everywhere)
        .get("/users/{user}/sessions", sessions::list)
        .post("/users/{user}/sessions/revoke", sessions::revoke)
        .post("/users/{user}/sessions/revoke/all", sessions::revoke_all)
        .get("/users/{user}/tokens", tokens::list)
        .post("/users/{user}/tokens", tokens::create)
}

/// Teams and channels.
fn teams_and_channels() -> Routes {
    Routes::new().merge(teams()).merge(channels()).merge(reading())
}

/// Teams and their members.
fn teams() -> Routes {
    use super::teams::{self, edit, members};
    Routes::new()
        .get("/users/{user}/teams", teams::of_user)
        .get("/users/{user}/teams/members", members::of_user)
        .get("/teams", teams::list)
        .post("/teams", teams::create)
        .get("/teams/invite/{invite}", invitations::team)
        .post("/teams/members/invite", invitations::join)
        .post("/teams/search", edit::search)
        .get("/teams/name/{name}", teams::by_name)
        .get("/teams/name/{name}/exists", edit::exists)
        .get("/teams/{team}", teams::get)
        .put("/teams/{team}", edit::update)
        .delete("/teams/{team}", edit::archive)
        .put("/teams/{team}/patch", edit::patch)
        .put("/teams/{team}/privacy", edit::privacy)
        .post("/teams/{team}/regenerate_invite_id", invitations::regenerate)
        .post("/teams/{team}/restore", edit::restore)
        .get("/teams/{team}/stats", members::stats)
        .get("/teams/{team}/members", members::page)
        .post("/teams/{team}/members", teams::add_member)
        .post("/teams/{team}/members/batch", members::add_batch)
        .post("/teams/{team}/members/ids", members::by_ids)
        .get("/teams/{team}/members/{user}", members::get)
        .delete("/teams/{team}/members/{user}", members::remove)
        .put("/teams/{team}/members/{user}/roles", members::set_roles)
        .put("/teams/{team}/members/{user}/schemeRoles", members::set_scheme_roles)
}

/// Channels and their members.
fn channels() -> Routes {
    use super::channels::{self, direct, edit, find, members, search};
    Routes::new()
        .get("/users/{user}/channels", find::of_user)
        .get("/users/{user}/teams/{team}/channels", channels::of_user)
        .get("/users/{user}/teams/{team}/channels/members", members::of_user)
        .get("/teams/name/{name}/channels/name/{channel}", find::by_names)
        .get("/teams/{team}/channels", channels::public)
        .get("/teams/{team}/channels/autocomplete", search::complete)
        .get("/teams/{team}/channels/deleted", find::archived)
        .post("/teams/{team}/channels/ids", find::by_ids)
        .get("/teams/{team}/channels/name/{name}", channels::by_name)
        .get("/teams/{team}/channels/private", find::private)
        .post("/teams/{team}/channels/search", search::in_team)
        .post("/teams/{team}/channels/search_archived", search::archived)
        .get("/teams/{team}/channels/search_autocomplete", search::complete_searched)
        .get("/channels", find::all)
        .post("/channels", channels::create)
        .post("/channels/direct", direct::direct)
        .post("/channels/group", direct::group)
        .post("/channels/group/search", search::groups)
        .post("/channels/search", search::everywhere)
        .post("/channels/stats/member_count", search::member_counts)
        .get("/channels/{channel}", channels::get)
        .put("/channels/{channel}", edit::update)
        .delete("/channels/{channel}", edit::archive)
        .put("/channels/{channel}/patch", edit::patch)
        .put("/channels/{channel}/privacy", edit::privacy)
        .post("/channels/{channel}/move", edit::move_to)
        .post("/channels/{channel}/restore", edit::restore)
        .get("/channels/{channel}/stats", find::stats)
        .get("/channels/{channel}/timezones", find::timezones)
        .get("/channels/{channel}/members", members::page)
        .post("/channels/{channel}/members", members::add)
        .post("/channels/{channel}/members/ids", members::by_ids)
        .get("/channels/{channel}/members/{user}", members::get)
        .delete("/channels/{channel}/members/{user}", members::remove)
        .put("/channels/{channel}/members/{user}/notify_props", members::set_notify)
        .put("/channels/{channel}/members/{user}/roles", members::set_roles)
        .put("/channels/{channel}/members/{user}/schemeRoles", members::set_scheme_roles)
}

/// Read and unread messages.
fn reading() -> Routes {
    use super::channels::unread;
    Routes::new()
        .post("/channels/members/{user}/mark_read", unread::mark_read)
        .post("/channels/members/{user}/view", unread::view)
        .get("/users/{user}/channels/{channel}/unread", unread::of_channel)
        .post("/users/{user}/posts/{post}/set_unread", unread::set)
        .get("/users/{user}/teams/{team}/threads", threads::list)
        .get("/users/{user}/teams/{team}/threads/mention_counts", threads::mention_counts)
        .put("/users/{user}/teams/{team}/threads/read", threads::read_all)
        .get("/users/{user}/teams/{team}/threads/{thread}", threads::get)
        .put("/users/{user}/teams/{team}/threads/{thread}/following", threads::follow)
        .delete("/users/{user}/teams/{team}/threads/{thread}/following", threads::unfollow)
        .put("/users/{user}/teams/{team}/threads/{thread}/read/{timestamp}", threads::read)
        .post("/users/{user}/teams/{team}/threads/{thread}/set_unread/{post}", threads::set_unread)
        .get("/users/{user}/teams/unread", unread::of_teams)
        .get("/users/{user}/teams/{team}/unread", unread::of_team)
}

/// Messages.
fn posts() -> Routes {
    Routes::new()
        .get("/channels/{channel}/pinned", posts::lists::pinned.layer(from_fn(etag::by_content)))
        .get("/channels/{channel}/posts", posts::lists::in_channel.layer(from_fn(etag::by_content)))
        .get("/users/{user}/channels/{channel}/posts/unread", posts::lists::around_unread)
        .get("/users/{user}/posts/flagged", posts::lists::flagged)
        .delete("/users/{user}/posts/{post}/reactions/{emoji}", reactions::remove)
        .post("/posts", posts::create)
        .post("/posts/ephemeral", posts::create_ephemeral)
        .post("/posts/ids", posts::by_ids)
        .post("/posts/ids/reactions", reactions::of_posts)
        .post("/posts/search", search::everywhere)
        .post("/teams/{team}/posts/search", search::in_team)
        .get("/posts/{post}", posts::get)
        .put("/posts/{post}", posts::changes::update)
        .delete("/posts/{post}", posts::changes::delete)
        .put("/posts/{post}/patch", posts::changes::patch)
        .post("/posts/{post}/pin", posts::changes::pin)
        .post("/posts/{post}/unpin", posts::changes::unpin)
        .get("/posts/{post}/reactions", reactions::of_post)
        .get("/posts/{post}/thread", posts::threads::thread.layer(from_fn(etag::by_content)))
        .post("/reactions", reactions::add)
        .get("/posts/{post}/files/info", files::of_post)
}

/// Uploaded files and custom emoji. Their handlers limit bodies while streaming.
fn uploads() -> Routes {
    Routes::new()
        .get("/emoji", emoji::list)
        .post("/emoji", emoji::create.layer(DefaultBodyLimit::disable()))
        .get("/emoji/autocomplete", emoji::autocomplete)
        .get("/emoji/name/{name}", emoji::by_name)
        .post("/emoji/names", emoji::by_names)
        .post("/emoji/search", emoji::search)
        .get("/emoji/{emoji}", emoji::get)
        .delete("/emoji/{emoji}", emoji::delete)
        .get("/emoji/{emoji}/image", emoji::image)
        .post("/files", files::upload.layer(DefaultBodyLimit::disable()))
        .get("/files/{file}", files::get)
        .get("/files/{file}/info", files::info)
        .get("/files/{file}/link", files::link)
        .get("/files/{file}/preview", files::preview)
        .get("/files/{file}/thumbnail", files::thumbnail)
}

/// Webhooks and slash commands.
fn integrations() -> Routes {
    Routes::new()
        .get("/hooks/incoming", hooks::list)
        .post("/hooks/incoming", hooks::create)
        .get("/hooks/incoming/{hook}", hooks::get)
        .delete("/hooks/incoming/{hook}", hooks::delete)
        .get("/commands", commands::list)
        .post("/commands/execute", commands::execute)
        .get("/teams/{team}/commands/autocomplete", commands::autocomplete)
        .get("/teams/{team}/commands/autocomplete_suggestions", commands::suggestions)
}
