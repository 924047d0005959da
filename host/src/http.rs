//! The route table: the server's table of contents. The only place, with its files, that knows axum.

mod accept;
mod auth;
mod console;
mod cursor;
mod detached;
mod envelope;
mod etag;
mod form;
mod hooks;
mod idempotency;
mod identicon;
mod jackfield;
mod json;
mod limit;
mod page;
mod params;
mod problem;
mod remote;
mod request_body;
mod signed;
mod socket;
mod v4;

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{any, delete, get, post, put};
use axum::{Extension, Router};
use tokio::net::TcpListener;

use self::envelope::Envelope;
use self::limit::{CallRate, Limits};
use crate::app::App;

/// Answers requests until the server stops. Requests under way are tasks of the server's, who waits for those.
pub(crate) async fn serve(app: App, listener: TcpListener) {
    let patience = Duration::from_millis(app.config.server.head_timeout_ms.into());
    let tasks = app.tasks.clone();
    accept::run(listener, router(app), patience, tasks).await;
}

fn router(app: App) -> Router {
    let limits = Limits::new(&app.config.server, app.clock.clone());
    let patience = Duration::from_millis(app.config.server.body_timeout_ms.into());
    let envelope = Envelope { limits, patience, tasks: app.tasks.clone() };
    Router::new()
        .route("/", get(console::home))
        .route("/healthz", get(console::alive))
        .route("/readyz", get(console::ready))
        .route("/hooks/{id}", post(hooks::accept))
        .route("/files/{file}/public", get(v4::files::public))
        .merge(signed(CallRate::new(&app.config.signed, app.clock.clone())))
        .nest("/api/v4", v4())
        .nest(
            "/api/jackfield/v1",
            jackfield().layer(middleware::from_fn_with_state(app.clone(), idempotency::guard)),
        )
        .fallback(envelope::not_found)
        .method_not_allowed_fallback(envelope::method_not_allowed)
        // As one: every layer boxes each request anew.
        .layer((
            middleware::from_fn_with_state(envelope, envelope::wrap),
            DefaultBodyLimit::max(app.config.server.max_body),
        ))
        .with_state(app)
}

/// The signed API, in all its dialects. Integrations use any method.
fn signed(rate: CallRate) -> Router<App> {
    Router::new()
        .route("/api.php", any(signed::php))
        .route("/x.php", any(signed::php))
        .route("/im/{method}", any(signed::direct))
        .layer(Extension(rate))
}

/// The Mattermost-compatible REST surface, version 4.
fn v4() -> Router<App> {
    Router::new()
        .merge(system())
        .merge(people())
        .merge(places())
        .merge(posts())
        .merge(uploads())
        .merge(integrations())
        .route("/websocket", get(socket::upgrade))
}

/// What clients ask at their start.
fn system() -> Router<App> {
    Router::new()
        .route("/config/client", get(v4::system::config))
        .route("/license/client", get(v4::system::license))
        .route("/roles/{role}", get(v4::roles::get))
        .route("/roles/name/{name}", get(v4::roles::by_name))
        .route("/roles/names", post(v4::roles::by_names))
        .route("/system/ping", get(v4::system::ping))
}

/// Accounts, sign-ins, tokens.
fn people() -> Router<App> {
    Router::new()
        .route("/bots", get(v4::bots::list).post(v4::bots::create))
        .route("/bots/{bot}", get(v4::bots::get).put(v4::bots::update))
        .route("/bots/{bot}/assign/{user}", post(v4::bots::assign))
        .route("/bots/{bot}/disable", post(v4::bots::disable))
        .route("/bots/{bot}/enable", post(v4::bots::enable))
        .route(
            "/users",
            get(v4::people::list).layer(middleware::from_fn(etag::by_content)).post(v4::users::create),
        )
        .route("/users/autocomplete", get(v4::people::autocomplete))
        .route("/users/email/{email}", get(v4::users::by_email).layer(middleware::from_fn(etag::by_content)))
        .route("/users/ids", post(v4::people::by_ids))
        .route("/users/known", get(v4::people::known))
        .route("/users/login", post(v4::login::login))
        .route("/users/logout", post(v4::login::logout))
        .route("/users/search", post(v4::people::search))
        .route("/users/stats", get(v4::people::stats))
        .route("/users/tokens", get(v4::tokens::list_all))
        .route("/users/tokens/disable", post(v4::tokens::disable))
        .route("/users/tokens/enable", post(v4::tokens::enable))
        .route("/users/tokens/revoke", post(v4::tokens::revoke))
        .route("/users/status/ids", post(v4::status::of_ids))
        .route("/users/{user}/preferences", get(v4::preferences::list).put(v4::preferences::save))
        .route("/users/{user}/preferences/delete", post(v4::preferences::delete))
        .route("/users/{user}/preferences/{category}", get(v4::preferences::in_category))
        .route("/users/{user}/preferences/{category}/name/{name}", get(v4::preferences::get))
        .route("/users/{user}/status", get(v4::status::get).put(v4::status::choose))
        .route("/users/tokens/search", post(v4::tokens::search))
        .route("/users/tokens/{token}", get(v4::tokens::get))
        .route(
            "/users/username/{name}",
            get(v4::users::by_username).layer(middleware::from_fn(etag::by_content)),
        )
        .route("/users/usernames", post(v4::people::by_usernames))
        .route(
            "/users/{user}",
            get(v4::users::get)
                .layer(middleware::from_fn(etag::by_content))
                .put(v4::profile::update)
                .delete(v4::profile::deactivate),
        )
        .route("/users/{user}/active", put(v4::profile::set_active))
        .route("/users/{user}/demote", post(v4::profile::demote))
        .route("/users/{user}/image", get(v4::image::get))
        .route("/users/{user}/image/default", get(v4::image::get))
        .route("/users/{user}/password", put(v4::profile::set_password))
        .route("/users/{user}/patch", put(v4::profile::patch))
        .route("/users/{user}/promote", post(v4::profile::promote))
        .route("/users/{user}/roles", put(v4::profile::set_roles))
        .route("/users/{user}/sessions", get(v4::sessions::list))
        .route("/users/{user}/sessions/revoke", post(v4::sessions::revoke))
        .route("/users/{user}/sessions/revoke/all", post(v4::sessions::revoke_all))
        .route("/users/{user}/tokens", get(v4::tokens::list).post(v4::tokens::create))
}

/// Teams and channels.
fn places() -> Router<App> {
    Router::new().merge(teams()).merge(channels()).merge(reading())
}

/// Teams, and who is in them.
fn teams() -> Router<App> {
    use v4::teams::{self, edit, members};
    Router::new()
        .route("/users/{user}/teams", get(teams::of_user))
        .route("/users/{user}/teams/members", get(members::of_user))
        .route("/teams", get(teams::list).post(teams::create))
        .route("/teams/invite/{invite}", get(v4::invitations::team))
        .route("/teams/members/invite", post(v4::invitations::join))
        .route("/teams/search", post(edit::search))
        .route("/teams/name/{name}", get(teams::by_name))
        .route("/teams/name/{name}/exists", get(edit::exists))
        .route("/teams/{team}", get(teams::get).put(edit::update).delete(edit::archive))
        .route("/teams/{team}/patch", put(edit::patch))
        .route("/teams/{team}/privacy", put(edit::privacy))
        .route("/teams/{team}/regenerate_invite_id", post(v4::invitations::regenerate))
        .route("/teams/{team}/restore", post(edit::restore))
        .route("/teams/{team}/stats", get(members::stats))
        .route("/teams/{team}/members", get(members::page).post(teams::add_member))
        .route("/teams/{team}/members/batch", post(members::add_batch))
        .route("/teams/{team}/members/ids", post(members::by_ids))
        .route("/teams/{team}/members/{user}", get(members::get).delete(members::remove))
        .route("/teams/{team}/members/{user}/roles", put(members::set_roles))
        .route("/teams/{team}/members/{user}/schemeRoles", put(members::set_scheme_roles))
}

/// Channels, and who is in them.
fn channels() -> Router<App> {
    use v4::channels::{self, direct, edit, find, members};
    Router::new()
        .route("/users/{user}/channels", get(find::of_user))
        .route("/users/{user}/teams/{team}/channels", get(channels::of_user))
        .route("/users/{user}/teams/{team}/channels/members", get(members::of_user))
        .route("/teams/name/{name}/channels/name/{channel}", get(find::by_names))
        .route("/teams/{team}/channels", get(channels::public))
        .route("/teams/{team}/channels/autocomplete", get(find::complete))
        .route("/teams/{team}/channels/deleted", get(find::archived))
        .route("/teams/{team}/channels/ids", post(find::by_ids))
        .route("/teams/{team}/channels/name/{name}", get(channels::by_name))
        .route("/teams/{team}/channels/private", get(find::private))
        .route("/teams/{team}/channels/search", post(find::search))
        .route("/channels", get(find::all).post(channels::create))
        .route("/channels/direct", post(direct::direct))
        .route("/channels/group", post(direct::group))
        .route("/channels/{channel}", get(channels::get).put(edit::update).delete(edit::archive))
        .route("/channels/{channel}/patch", put(edit::patch))
        .route("/channels/{channel}/privacy", put(edit::privacy))
        .route("/channels/{channel}/restore", post(edit::restore))
        .route("/channels/{channel}/stats", get(find::stats))
        .route("/channels/{channel}/timezones", get(find::timezones))
        .route("/channels/{channel}/members", get(members::page).post(members::add))
        .route("/channels/{channel}/members/ids", post(members::by_ids))
        .route("/channels/{channel}/members/{user}", get(members::get).delete(members::remove))
        .route("/channels/{channel}/members/{user}/notify_props", put(members::set_notify))
        .route("/channels/{channel}/members/{user}/roles", put(members::set_roles))
        .route("/channels/{channel}/members/{user}/schemeRoles", put(members::set_scheme_roles))
}

/// What is read and unread.
fn reading() -> Router<App> {
    use v4::channels::unread;
    Router::new()
        .route("/channels/members/{user}/view", post(unread::view))
        .route("/users/{user}/channels/{channel}/unread", get(unread::of_channel))
        .route("/users/{user}/posts/{post}/set_unread", post(unread::set))
        .route("/users/{user}/teams/unread", get(unread::of_teams))
        .route("/users/{user}/teams/{team}/unread", get(unread::of_team))
}

/// Messages.
fn posts() -> Router<App> {
    Router::new()
        .route(
            "/channels/{channel}/pinned",
            get(v4::posts::lists::pinned).layer(middleware::from_fn(etag::by_content)),
        )
        .route(
            "/channels/{channel}/posts",
            get(v4::posts::lists::in_channel).layer(middleware::from_fn(etag::by_content)),
        )
        .route("/users/{user}/channels/{channel}/posts/unread", get(v4::posts::lists::around_unread))
        .route("/users/{user}/posts/flagged", get(v4::posts::flagged::flagged))
        .route("/users/{user}/posts/{post}/reactions/{emoji}", delete(v4::reactions::remove))
        .route("/posts", post(v4::posts::create))
        .route("/posts/ephemeral", post(v4::posts::create_ephemeral))
        .route("/posts/ids", post(v4::posts::by_ids))
        .route("/posts/ids/reactions", post(v4::reactions::of_posts))
        .route("/posts/search", post(v4::search::everywhere))
        .route("/teams/{team}/posts/search", post(v4::search::in_team))
        .route(
            "/posts/{post}",
            get(v4::posts::get).put(v4::posts::changes::update).delete(v4::posts::changes::delete),
        )
        .route("/posts/{post}/patch", put(v4::posts::changes::patch))
        .route("/posts/{post}/pin", post(v4::posts::changes::pin))
        .route("/posts/{post}/unpin", post(v4::posts::changes::unpin))
        .route("/posts/{post}/reactions", get(v4::reactions::of_post))
        .route(
            "/posts/{post}/thread",
            get(v4::posts::lists::thread).layer(middleware::from_fn(etag::by_content)),
        )
        .route("/reactions", post(v4::reactions::add))
        .route("/posts/{post}/files/info", get(v4::files::of_post))
}

/// Uploaded files and custom emoji. How much a body may hold is checked as it streams in.
fn uploads() -> Router<App> {
    Router::new()
        .route("/emoji", get(v4::emoji::list).post(v4::emoji::create).layer(DefaultBodyLimit::disable()))
        .route("/emoji/autocomplete", get(v4::emoji::autocomplete))
        .route("/emoji/name/{name}", get(v4::emoji::by_name))
        .route("/emoji/names", post(v4::emoji::by_names))
        .route("/emoji/search", post(v4::emoji::search))
        .route("/emoji/{emoji}", get(v4::emoji::get).delete(v4::emoji::delete))
        .route("/emoji/{emoji}/image", get(v4::emoji::image))
        .route("/files", post(v4::files::upload).layer(DefaultBodyLimit::disable()))
        .route("/files/{file}", get(v4::files::get))
        .route("/files/{file}/info", get(v4::files::info))
        .route("/files/{file}/link", get(v4::files::link))
        .route("/files/{file}/preview", get(v4::files::preview))
        .route("/files/{file}/thumbnail", get(v4::files::thumbnail))
}

/// Webhooks and slash commands.
fn integrations() -> Router<App> {
    Router::new()
        .route("/hooks/incoming", get(v4::hooks::list).post(v4::hooks::create))
        .route("/hooks/incoming/{hook}", get(v4::hooks::get).delete(v4::hooks::delete))
        .route("/commands", get(v4::commands::list))
        .route("/commands/execute", post(v4::commands::execute))
        .route("/teams/{team}/commands/autocomplete", get(v4::commands::autocomplete))
        .route("/teams/{team}/commands/autocomplete_suggestions", get(v4::commands::suggestions))
}

/// The host's own API, version 1.
fn jackfield() -> Router<App> {
    Router::new()
        .route("/audit", get(jackfield::audit::list))
        .route("/invitations", post(jackfield::invitations::create))
        .route("/me", get(jackfield::me::get))
        .merge(applications())
        .route("/plugins", get(jackfield::plugins::list).post(jackfield::plugins::upload))
        .route("/plugins/{plugin}", get(jackfield::plugins::get))
        .route("/plugins/{plugin}/enable", post(jackfield::plugins::enable))
        .route("/plugins/{plugin}/disable", post(jackfield::plugins::disable))
        .route("/commands/{trigger}/signature", get(jackfield::fixed::signature))
        .route("/emoji.json", get(jackfield::fixed::emoji))
        .route("/bridges", get(jackfield::bridges::list).post(jackfield::bridges::create))
        .merge(notices())
}

/// The notification centre, and its mails.
fn notices() -> Router<App> {
    use jackfield::{mails, notices};
    Router::new()
        .route("/notices", get(notices::list).post(notices::send))
        .route("/notices/ack", post(notices::acknowledge))
        .route("/notices/read_all", post(notices::read_all))
        .route("/notices/settings", get(notices::settings).put(notices::choose))
        .route("/notices/{notice}", get(notices::get).delete(notices::delete))
        .route("/notices/{notice}/read", post(notices::read))
        .route("/mails", get(mails::list))
        .route("/mails/{mail}/retry", post(mails::retry))
}

/// Applications of the signed API.
fn applications() -> Router<App> {
    use jackfield::applications;
    Router::new()
        .route("/applications", get(applications::list).post(applications::create))
        .route(
            "/applications/{application}",
            get(applications::get)
                .put(applications::change)
                .patch(applications::change)
                .delete(applications::delete),
        )
        .route("/applications/{application}/enable", post(applications::enable))
        .route("/applications/{application}/disable", post(applications::disable))
        .route("/applications/{application}/rotate", post(applications::rotate))
        .route("/applications/{application}/explain", post(applications::explain))
}
