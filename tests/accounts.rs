//! Accounts over the API: finding and changing them, bots, sign-ins, guests, invitations and their audit rows.

mod bots;
mod conversion;
mod custom_status;
mod directory;
mod filters;
mod guests;
mod invitations;
mod large;
mod own_api;
mod preferences;
mod profile;
mod roles;
mod second_factor;
mod sign_ins;
mod statuses;
