//! The addresses from which an application may call, as a list of rules. Pure.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use crate::model::Network;

/// Most rules in one list.
const MAX_RULES: usize = 100;

/// A list of rules. An address that matches any of them may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses(Vec<Rule>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    Any,
    Network(Network),
    Range(IpAddr, IpAddr),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddresses {
    #[error(
        "`{0}` is not an address rule; write `*`, an address, a range `10.0.0.1-10.0.0.9`, a wildcard `192.168.*` or a \
         network `10.0.0.0/8`, several of them separated by commas"
    )]
    Rule(String),
    #[error("there are more than {MAX_RULES} address rules; write some as networks")]
    TooMany,
}

impl Addresses {
    pub fn allow(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|rule| match rule {
            Rule::Any => true,
            Rule::Network(network) => network.contains(address),
            Rule::Range(first, last) => {
                first.is_ipv4() == address.is_ipv4() && *first <= address && address <= *last
            }
        })
    }
}

impl FromStr for Addresses {
    type Err = InvalidAddresses;

    fn from_str(text: &str) -> Result<Self, InvalidAddresses> {
        if text.split(',').count() > MAX_RULES {
            return Err(InvalidAddresses::TooMany);
        }
        text.split(',').map(str::trim).map(rule).collect::<Result<_, _>>().map(Self)
    }
}

fn rule(text: &str) -> Result<Rule, InvalidAddresses> {
    let invalid = || InvalidAddresses::Rule(text.to_owned());
    if text == "*" {
        return Ok(Rule::Any);
    }
    if let Some((first, last)) = text.split_once('-') {
        let one = |text: &str| text.trim().parse::<IpAddr>().map(|address| address.to_canonical());
        let (first, last) = (one(first).map_err(|_| invalid())?, one(last).map_err(|_| invalid())?);
        let sound = first.is_ipv4() == last.is_ipv4() && first <= last;
        return if sound { Ok(Rule::Range(first, last)) } else { Err(invalid()) };
    }
    if text.contains('*') {
        return wildcard(text).map(Rule::Network).ok_or_else(invalid);
    }
    text.parse().map(Rule::Network).map_err(|_| invalid())
}

/// `192.168.*` and `192.168.*.*` are `192.168.0.0/16`.
fn wildcard(text: &str) -> Option<Network> {
    let parts: Vec<&str> = text.split('.').collect();
    let fixed = parts.iter().position(|part| *part == "*")?;
    if parts.len() > 4 || fixed == 0 || parts[fixed..].iter().any(|part| *part != "*") {
        return None;
    }
    let mut bytes = [0; 4];
    for (byte, part) in bytes.iter_mut().zip(&parts[..fixed]) {
        *byte = part.parse().ok()?;
    }
    format!("{}/{}", Ipv4Addr::from(bytes), fixed * 8).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_rule_matches_its_addresses() {
        for (rules, inside, outside) in [
            ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
            ("10.0.0.1, 10.0.0.9", "10.0.0.9", "10.0.0.5"),
            ("10.0.0.2-10.0.0.9", "10.0.0.9", "10.0.0.10"),
            ("10.0.0.2 - 10.0.0.9", "10.0.0.2", "10.0.0.1"),
            ("10.1.*", "10.1.255.1", "10.2.0.1"),
            ("10.1.2.*", "10.1.2.3", "10.1.3.3"),
            ("10.*.*.*", "10.9.9.9", "11.0.0.1"),
            ("172.16.0.0/12", "172.31.0.1", "172.32.0.1"),
            ("2001:db8::/32", "2001:db8:1::1", "2001:db9::1"),
            ("::1", "::1", "127.0.0.1"),
            ("2001:db8::1-2001:db8::9", "2001:db8::5", "2001:db8::a"),
            ("127.0.0.1", "::ffff:127.0.0.1", "::1"),
        ] {
            let addresses: Addresses = rules.parse().unwrap();
            assert!(addresses.allow(inside.parse().unwrap()), "{rules} {inside}");
            assert!(!addresses.allow(outside.parse().unwrap()), "{rules} {outside}");
        }
        let any: Addresses = "*".parse().unwrap();
        assert!(any.allow("8.8.8.8".parse().unwrap()) && any.allow("::1".parse().unwrap()));
    }

    #[test]
    fn a_malformed_rule_is_named_in_the_error() {
        for text in [
            "",
            "example.org",
            "10.0.0.1,",
            "10.0.0.9-10.0.0.1",
            "*.1",
            "10.*.1",
            "1.2.3.4.*",
            "300.*",
            "10.0.0.0/33",
            "::1-10.0.0.1",
            "**",
        ] {
            assert!(matches!(text.parse::<Addresses>(), Err(InvalidAddresses::Rule(_))), "{text}");
        }
        assert_eq!(vec!["::1"; 101].join(",").parse::<Addresses>(), Err(InvalidAddresses::TooMany));
    }
}
