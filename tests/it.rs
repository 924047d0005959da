//! All tests that start a host, in one binary: its public interfaces, plugins, and what survives a crash. Each test
//! runs on both databases.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod attacks;
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
mod operations;
#[cfg(test)]
mod oracle;
#[cfg(test)]
mod outgoing;
#[cfg(test)]
mod places;
#[cfg(test)]
mod plugins;
#[cfg(test)]
mod posts;
#[cfg(test)]
mod quotas;
#[cfg(test)]
mod signed;
#[cfg(test)]
mod socket;
#[cfg(test)]
mod support;
