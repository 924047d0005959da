//! Parses a request: its method, how it is signed, and the signed text. Pure. A missing parameter is refused before any
//! lookup.

use super::check::SignatureInput;
use super::php::PhpQuery;
use super::refusal::Refusal;
use super::token::{d1_text, d2_pairs, d2_text, raw_text};
use super::{Endpoint, SignedRequest};
use crate::model::Dialect;

/// Parameters that do not belong to the method. `time` belongs to the method unless the token covers it.
const OWN: [&str; 9] = ["m", "f", "t", "session", "code", "token", "bsum", "ts", "nonce"];

/// The values of `m` that have the methods. The vendor's documentation uses both.
const MODULES: [&str; 2] = ["im", "chat"];

/// A call of a method, with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SignedCall {
    pub(super) method: Method,
    pub(super) is_direct: bool,
    pub(super) code: String,
    pub(super) token: String,
    pub(super) time: Option<String>,
    text: String,
    raw: Option<String>,
    pub(super) bsum: Option<String>,
    pub(super) ts: Option<String>,
    pub(super) nonce: Option<String>,
    /// The method's parameters, in order.
    parameters: Vec<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Method {
    GroupChats,
    ChatUsers,
    Notification,
    ChatMessage,
    Other(String),
}

impl SignedCall {
    pub(super) fn parse(request: &SignedRequest, raw_query: bool) -> Result<Self, Refusal> {
        let mut call = match &request.endpoint {
            Endpoint::Php => Self::php(&request.query)?,
            Endpoint::Direct(method) => Self::direct(method, &request.query)?,
        };
        if call.code.is_empty() {
            return Err(Refusal::NoCode);
        }
        if call.token.is_empty() && request.signature.is_none() {
            return Err(Refusal::NoToken);
        }
        call.raw = (raw_query && !call.is_direct).then(|| raw_text(&request.query));
        Ok(call)
    }

    /// The dialect of the address, unless a time token says otherwise.
    pub(super) fn dialect(&self) -> Dialect {
        if self.is_direct { Dialect::D2 } else { Dialect::D1 }
    }

    fn php(raw: &str) -> Result<Self, Refusal> {
        let query = PhpQuery::parse(raw).map_err(Refusal::Query)?;
        let given = |name: &str| query.get(name).unwrap_or_default();
        let (module, method) = (given("m"), given("f"));
        if module.is_empty() || method.is_empty() {
            return Err(Refusal::NoMethod);
        }
        let known = MODULES.iter().any(|module_name| module_name.eq_ignore_ascii_case(module));
        let method = if known { Method::named(method) } else { Method::Other(format!("{module}/{method}")) };
        let parameters = query.texts().filter(|(name, _)| !OWN.contains(name));
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let text = d1_text(&query);
        Ok(Self::new(method, false, text, parameters, |name| query.get(name).map(str::to_owned)))
    }

    fn direct(method: &str, raw: &str) -> Result<Self, Refusal> {
        let pairs = d2_pairs(raw).map_err(Refusal::Query)?;
        let text = d2_text(method, &pairs);
        let parameters = pairs.iter().filter(|(name, _)| !OWN.contains(&name.as_str())).cloned().collect();
        let given = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        Ok(Self { time: None, ..Self::new(Method::named(method), true, text, parameters, given) })
    }

    fn new(
        method: Method,
        is_direct: bool,
        text: String,
        parameters: Vec<(String, String)>,
        given: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let [code, token] = ["code", "token"].map(|name| given(name).unwrap_or_default());
        let [time, bsum, ts, nonce] = ["time", "bsum", "ts", "nonce"].map(given);
        Self { method, is_direct, code, token, time, text, raw: None, bsum, ts, nonce, parameters }
    }

    pub(super) fn input<'r>(&'r self, request: &'r SignedRequest) -> SignatureInput<'r> {
        SignatureInput {
            is_direct: self.is_direct,
            code: &self.code,
            token: &self.token,
            time: self.time.as_deref(),
            text: &self.text,
            raw: self.raw.as_deref(),
            bsum: self.bsum.as_deref(),
            ts: self.ts.as_deref(),
            nonce: self.nonce.as_deref(),
            hmac: request.hmac(),
            body: &request.body,
            address: request.address,
        }
    }

    /// Returns the group that a method is about. PHP binds parameters by position, so the first one counts, whatever
    /// its name.
    pub(super) fn gid(&self, time_was_signed: bool) -> &str {
        let mut left = self
            .parameters
            .iter()
            .filter(|(name, _)| !(time_was_signed && !self.is_direct && name == "time"));
        let found = if self.is_direct { left.find(|(name, _)| name == "gid") } else { left.next() };
        found.map_or("", |(_, value)| value.as_str())
    }
}

impl Method {
    fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "getgroupchats" | "getchatgroups" => Self::GroupChats,
            "getchatusers" => Self::ChatUsers,
            "sendnotification" => Self::Notification,
            "sendchatmessage" => Self::ChatMessage,
            _ => Self::Other(name.chars().take(64).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signed::Language;

    fn parse(endpoint: Endpoint, query: &str) -> Result<SignedCall, Refusal> {
        let request = SignedRequest {
            endpoint,
            query: query.to_owned(),
            signature: None,
            body: Vec::new(),
            address: "::1".parse().unwrap(),
            language: Language::English,
        };
        SignedCall::parse(&request, true)
    }

    #[test]
    fn missing_parameters_are_refused_in_order() {
        for (query, refusal) in [
            ("", Refusal::NoMethod),
            ("m=im", Refusal::NoMethod),
            ("f=getChatUsers&code=a&token=b", Refusal::NoMethod),
            ("m=im&f=getChatUsers&token=x", Refusal::NoCode),
            ("m=im&f=getChatUsers&code=a", Refusal::NoToken),
        ] {
            assert_eq!(parse(Endpoint::Php, query), Err(refusal), "{query}");
        }
        assert_eq!(parse(Endpoint::Direct("x".to_owned()), ""), Err(Refusal::NoCode));
    }

    #[test]
    fn a_method_has_two_names() {
        let method = |query: &str| parse(Endpoint::Php, &format!("{query}&code=a&token=b")).unwrap().method;
        assert_eq!(method("m=im&f=getGroupChats"), Method::GroupChats);
        assert_eq!(method("m=chat&f=getChatGroups"), Method::GroupChats);
        assert_eq!(method("m=user&f=apilogin"), Method::Other("user/apilogin".to_owned()));
        let direct = parse(Endpoint::Direct("getGroupChats".to_owned()), "code=a&token=b").unwrap();
        assert_eq!(direct.method, Method::GroupChats);
    }

    #[test]
    fn the_group_is_the_first_parameter_of_the_method() {
        let gid = |query: &str, signed| parse(Endpoint::Php, query).unwrap().gid(signed).to_owned();
        assert_eq!(gid("m=im&f=x&code=a&token=b&gid=G", false), "G");
        assert_eq!(gid("m=im&foo=F&f=x&code=a&t=json&token=b&gid=G", false), "F");
        assert_eq!(gid("time=1&m=im&f=x&code=a&token=b&gid=G", false), "1");
        assert_eq!(gid("time=1&m=im&f=x&code=a&token=b&gid=G", true), "G");
        assert_eq!(gid("m=im&f=x&code=a&token=b&bsum=1&ts=2&nonce=3", false), "");
        let direct = parse(Endpoint::Direct("x".to_owned()), "foo=F&code=a&token=b&gid=G").unwrap();
        assert_eq!(direct.gid(false), "G");
    }
}
