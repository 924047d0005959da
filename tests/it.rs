//! Everything that starts a host, in one binary: what it answers at its front doors, what plugins may do, and
//! what survives a crash. Each test runs on both databases.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod emoji;
#[cfg(test)]
mod files;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod http;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod notices;
#[cfg(test)]
mod places;
#[cfg(test)]
mod plugins;
#[cfg(test)]
mod posts;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod socket;
#[cfg(test)]
mod support;
