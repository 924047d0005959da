//! The host's own API, `/api/jackfield/v1`: same sessions and tokens as v4; errors are problem details (RFC 9457).

pub(super) mod applications;
pub(super) mod audit;
pub(super) mod bridges;
pub(super) mod fixed;
pub(super) mod invitations;
pub(super) mod mails;
pub(super) mod me;
pub(super) mod notices;
pub(super) mod plugins;

use super::routes::Routes;

/// The host's own API, version 1.
pub(super) fn routes() -> Routes {
    Routes::new()
        .get("/audit", audit::list)
        .post("/invitations", invitations::create)
        .get("/me", me::get)
        .merge(applications())
        .get("/plugins", plugins::list)
        .post("/plugins", plugins::upload)
        .get("/plugins/{plugin}", plugins::get)
        .post("/plugins/{plugin}/enable", plugins::enable)
        .post("/plugins/{plugin}/disable", plugins::disable)
        .get("/commands/{trigger}/signature", fixed::signature)
        .get("/emoji.json", fixed::emoji)
        .get("/bridges", bridges::list)
        .post("/bridges", bridges::create)
        .merge(notices())
}

/// The notification centre, and its mails.
fn notices() -> Routes {
    Routes::new()
        .get("/notices", notices::list)
        .post("/notices", notices::send)
        .post("/notices/ack", notices::acknowledge)
        .post("/notices/read_all", notices::read_all)
        .get("/notices/settings", notices::settings)
        .put("/notices/settings", notices::choose)
        .get("/notices/{notice}", notices::get)
        .delete("/notices/{notice}", notices::delete)
        .post("/notices/{notice}/read", notices::read)
        .get("/mails", mails::list)
        .post("/mails/{mail}/retry", mails::retry)
}

/// Applications of the signed API.
fn applications() -> Routes {
    Routes::new()
        .get("/applications", applications::list)
        .post("/applications", applications::create)
        .get("/applications/{application}", applications::get)
        .put("/applications/{application}", applications::change)
        .patch("/applications/{application}", applications::change)
        .delete("/applications/{application}", applications::delete)
        .post("/applications/{application}/enable", applications::enable)
        .post("/applications/{application}/disable", applications::disable)
        .post("/applications/{application}/rotate", applications::rotate)
        .post("/applications/{application}/explain", applications::explain)
}
