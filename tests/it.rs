//! Everything that starts a host, in one binary: what it answers at its front doors, what plugins may do, and
//! what survives a crash. Each test runs on both databases.

mod clients;
mod flow;
mod http;
mod limits;
mod places;
mod plugins;
mod posts;
mod seen;
mod small;
mod socket;
