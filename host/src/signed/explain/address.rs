//! Parses the address of a sample: its entrance and its query. Pure.

use std::net::{IpAddr, Ipv4Addr};

use super::Sample;
use crate::signed::token::{d1_text, d2_pairs, d2_text};
use crate::signed::{Endpoint, Language, SignedRequest, php};

/// An address of the signed API.
pub(super) struct Address {
    pub(super) endpoint: Endpoint,
    pub(super) query: String,
}

/// Returns the application code in a URL.
pub fn code_in(url: &str) -> Option<String> {
    let address = Address::of(url)?;
    let pairs = d2_pairs(&address.query).ok()?;
    pairs.into_iter().find(|(name, _)| name == "code").map(|(_, code)| code)
}

impl Address {
    pub(super) fn of(url: &str) -> Option<Self> {
        let rest = url.trim().split('#').next().unwrap_or_default();
        let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let name = path.rsplit('/').next().unwrap_or_default();
        let endpoint = match name {
            "api.php" | "x.php" => Endpoint::Php,
            _ if path.strip_suffix(name).is_some_and(|head| head.ends_with("im/")) => {
                Endpoint::Direct(name.to_owned())
            }
            _ => return None,
        };
        Some(Self { endpoint, query: query.to_owned() })
    }

    pub(super) fn signed_text(&self) -> String {
        match &self.endpoint {
            Endpoint::Php => php::PhpQuery::parse(&self.query).map(|query| d1_text(&query)),
            Endpoint::Direct(method) => d2_pairs(&self.query).map(|pairs| d2_text(method, &pairs)),
        }
        .unwrap_or_default()
    }

    pub(super) fn request(&self, sample: &Sample) -> SignedRequest {
        SignedRequest {
            endpoint: self.endpoint.clone(),
            query: self.query.clone(),
            signature: sample.signature.clone(),
            body: sample.body.clone().unwrap_or_default(),
            address: sample.address.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
            language: Language::English,
        }
    }
}
