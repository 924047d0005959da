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
