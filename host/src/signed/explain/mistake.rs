//! The mistakes that senders make, and the sentences about them.

use crate::model::Dialect;

/// One difference from the correct way to sign the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SigningMistake {
    /// The parameters were signed in this order.
    Order(String),
    Encoding(Encoding),
    /// The text was made for another address, or has another prefix.
    Prefix(Prefix),
    /// The key from before the rotation was used after its overlap.
    OldKey,
    UpperKey,
    /// The key was used with a blank or a line feed after it.
    LooseKey,
    Digest(Digests),
    UpperToken,
    /// Only the first ten digits of the time were signed.
    ShortTime,
}

/// How the sender encoded the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Php,
    Go,
    /// The bytes of the query as sent.
    Sent,
    /// `%20` and `~`: RFC 3986.
    Percent,
    /// `encodeURIComponent`.
    JavaScript,
    /// `urllib.parse.quote`, which leaves `/` as it is.
    Python,
    /// `URLEncoder`, which leaves `*` as it is.
    Java,
    /// The values without any encoding.
    Decoded,
}

/// What the sender put before the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    /// The query alone: the PHP addresses.
    Query,
    /// `im/METHOD?` before it: the direct addresses.
    Method,
    Question,
    ApiPath,
    SlashMethod,
}

/// How the sender computed a token from text and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digests {
    Twice,
    /// `md5(text + key)`.
    Once,
    /// `md5(key + text)`.
    KeyFirst,
    /// The inner digest in upper-case hex.
    UpperInner,
    /// `md5(md5(text))`: no key at all.
    NoKey,
}

impl SigningMistake {
    /// Whether the operator can allow this mistake: the option `signed.raw_query` lets clients sign the bytes of the
    /// query as sent.
    pub(super) fn is_own_bytes(&self) -> bool {
        *self == Self::Encoding(Encoding::Sent)
    }

    pub(super) fn why(&self) -> String {
        let text = match self {
            Self::Order(order) => return format!("the parameters were signed in the order {order}"),
            Self::Encoding(encoding) => {
                return format!(
                    "the values were signed {}, not in the form the server signs",
                    encoding.name()
                );
            }
            Self::Prefix(prefix) => return format!("what was signed {}", prefix.name()),
            Self::OldKey => "it was signed with the key before the last rotation, whose overlap is over",
            Self::UpperKey => "it was signed with the key in upper case",
            Self::LooseKey => "it was signed with a line feed or a blank after the key",
            Self::Digest(digests) => return format!("it was made as {}", digests.name()),
            Self::UpperToken => "the token is in upper case",
            Self::ShortTime => "the time was signed as its first ten digits, and sent longer",
        };
        text.to_owned()
    }

    pub(super) fn remedy(&self) -> String {
        let text = match self {
            Self::Order(_) => "sign the parameters in the order in which they are sent",
            Self::Encoding(_) => {
                "write a blank as `+`, not `%20`, and on the PHP addresses `~` as `%7E`, with upper-case hex; then sign that"
            }
            Self::Prefix(Prefix::Method) => {
                "sign the query alone in the order it is sent, or send it to /im/METHOD, which is dialect d2"
            }
            Self::Prefix(Prefix::Query) => {
                "sign `im/METHOD?` and the query sorted by name, or send it to /api.php, which is dialect d1"
            }
            Self::Prefix(_) => "sign the text of `signed_text`, with nothing before it",
            Self::OldKey => "use the key that the rotation showed, or rotate again with a longer overlap",
            Self::UpperKey => "use the key as it was issued: lower case",
            Self::LooseKey => "strip the key before using it",
            Self::Digest(_) => "make it as md5(md5(text) + key), both as lower-case hex",
            Self::UpperToken => "send the token as lower-case hex",
            Self::ShortTime => "sign the time as it is sent",
        };
        text.to_owned()
    }
}

impl Encoding {
    pub(super) const ALL: [Self; 8] = [
        Self::Php,
        Self::Go,
        Self::Sent,
        Self::Percent,
        Self::JavaScript,
        Self::Python,
        Self::Java,
        Self::Decoded,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Php => "as PHP writes them (blank `+`, `~` as `%7E`)",
            Self::Go => "as Go writes them (blank `+`, `~` as it is)",
            Self::Sent => "byte for byte as sent",
            Self::Percent => "by RFC 3986 (blank `%20`, `~` as it is)",
            Self::JavaScript => "by encodeURIComponent (blank `%20`)",
            Self::Python => "by urllib's quote (blank `%20`, `/` as it is)",
            Self::Java => "by URLEncoder (`*` as it is)",
            Self::Decoded => "without any encoding",
        }
    }
}

impl Prefix {
    pub(super) const ALL: [Self; 5] =
        [Self::Query, Self::Method, Self::Question, Self::ApiPath, Self::SlashMethod];

    /// The prefix of a dialect.
    pub(super) fn of(dialect: Dialect) -> Self {
        if dialect == Dialect::D2 { Self::Method } else { Self::Query }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Query => "is the query alone, as dialect d1 signs it",
            Self::Method => "begins with `im/METHOD?`, as dialect d2 signs it",
            Self::Question => "begins with `?`",
            Self::ApiPath => "begins with `api.php?` or `/api.php?`",
            Self::SlashMethod => "begins with `/im/METHOD?`: there is a `/` too many",
        }
    }
}

impl Digests {
    pub(super) const ALL: [Self; 5] =
        [Self::Twice, Self::Once, Self::KeyFirst, Self::UpperInner, Self::NoKey];

    fn name(self) -> &'static str {
        match self {
            Self::Twice => "md5(md5(text) + key)",
            Self::Once => "md5(text + key)",
            Self::KeyFirst => "md5(key + md5(text))",
            Self::UpperInner => "md5(MD5(text) + key), the inner digest in upper case",
            Self::NoKey => "md5(md5(text)), without the key",
        }
    }
}
