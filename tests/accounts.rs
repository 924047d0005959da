//! Accounts at the front door: finding and changing them, bots, sign-ins, guests, invitations, and the record of it all.

mod bots;
mod directory;
mod guests;
mod image;
mod invitations;
mod own_api;
mod profile;
mod roles;
mod sign_ins;
mod tags;
