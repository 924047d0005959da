//! Why a request was refused, in the words and numbers that clients know. Pure.

use super::php::BadQuery;

/// The languages of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

/// Why a request was refused before any method ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// `m` or `f` is missing.
    NoMethod,
    NoCode,
    NoToken,
    Query(BadQuery),
    TooLarge(usize),
    UnknownCode,
    NoKey,
    AddressDenied,
    WrongTime,
    /// The time or the nonce was used before.
    Repeated,
    WrongToken,
    Unbound,
    NoAccount,
    DialectOff,
    StrengthOff,
    OtherBody,
    /// The nonce has the wrong length, or comes without a time.
    BadNonce,
    /// The server cannot store more nonces.
    NoncesFull,
    TooOften {
        /// Seconds until the next request may come.
        retry_after: i64,
    },
}

impl Language {
    /// The language that `Accept-Language` prefers: Chinese if it comes before English, else English.
    ///
    /// The crate `accept-language` is not used, because `q=nan` breaks the comparison by which it sorts weights, and a
    /// sort may then panic.
    pub fn accepted(header: &str) -> Self {
        let mut best = (Self::English, -1.0);
        for part in header.split(',').take(20) {
            let mut pieces = part.split(';');
            let tag = pieces.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight =
                pieces.find_map(|piece| piece.trim().strip_prefix("q=")?.parse().ok()).unwrap_or(1.0);
            let language = match tag.split('-').next() {
                Some("zh") => Self::Chinese,
                Some("en") => Self::English,
                _ => continue,
            };
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }
}

impl Refusal {
    /// Its name, which clients know.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NoMethod | Self::UnknownCode => "EMPTY_ENTRY",
            Self::NoCode => "PARAM_CODE_MISSING",
            Self::NoToken => "PARAM_TOKEN_MISSING",
            Self::Query(_) => "BAD_QUERY",
            Self::TooLarge(_) => "BODY_TOO_LARGE",
            Self::NoKey => "EMPTY_KEY",
            Self::AddressDenied => "IP_DENIED",
            Self::WrongTime => "ERROR_TIMESTAMP",
            Self::Repeated => "CALLED_TIME",
            Self::WrongToken => "INVALID_TOKEN",
            Self::Unbound => "ACCOUNT_UNBOUND",
            Self::NoAccount => "INVALID_ACCOUNT",
            Self::DialectOff => "DIALECT_OFF",
            Self::StrengthOff => "RUNG_OFF",
            Self::OtherBody => "INVALID_BODY",
            Self::BadNonce => "INVALID_NONCE",
            Self::NoncesFull => "NONCES_FULL",
            Self::TooOften { .. } => "TOO_MANY_REQUESTS",
        }
    }

    /// Its number, which clients know.
    pub fn number(&self) -> u16 {
        match self {
            Self::Query(_) | Self::BadNonce => 400,
            Self::NoCode | Self::NoToken | Self::NoKey | Self::WrongToken | Self::OtherBody => 401,
            Self::AddressDenied | Self::Unbound | Self::DialectOff | Self::StrengthOff => 403,
            Self::NoMethod | Self::UnknownCode => 404,
            Self::Repeated => 405,
            Self::NoAccount => 406,
            Self::WrongTime => 407,
            Self::TooLarge(_) => 413,
            Self::NoncesFull | Self::TooOften { .. } => 429,
        }
    }

    /// Whether the response contains only the name, as for refusals before any lookup.
    pub fn is_early(&self) -> bool {
        matches!(self, Self::NoMethod | Self::NoCode | Self::NoToken)
    }

    /// Whether its text reveals if an application with this code exists.
    pub fn reveals_code(&self) -> bool {
        matches!(self, Self::UnknownCode | Self::NoKey | Self::AddressDenied)
    }

    pub fn text(&self, language: Language) -> String {
        match language {
            Language::English => self.english(),
            Language::Chinese => self.chinese(),
        }
    }

    fn english(&self) -> String {
        let text = match self {
            Self::NoMethod | Self::UnknownCode => "Application does not exist.",
            Self::NoCode => "Parameter code is missing.",
            Self::NoToken => "Parameter token is missing.",
            Self::Query(bad) => return format!("Bad Request! {bad}."),
            Self::TooLarge(limit) => return format!("The body is larger than {limit} bytes."),
            Self::NoKey => "Secret key is missing.",
            Self::AddressDenied => "IP is denied.",
            Self::WrongTime => "Timestamp Error",
            Self::Repeated => "Token has expired",
            Self::WrongToken => "Invalid token.",
            Self::Unbound => "Account is not bound.",
            Self::NoAccount => "Invalid account.",
            Self::DialectOff => "This way of signing is switched off for this application.",
            Self::StrengthOff => "This application must sign more strongly.",
            Self::OtherBody => "The body has another digest than bsum.",
            Self::BadNonce => "A nonce has 8 to 128 characters and needs a time beside it.",
            Self::NoncesFull => "Too many nonces within ten minutes.",
            Self::TooOften { .. } => "Too many requests.",
        };
        text.to_owned()
    }

    fn chinese(&self) -> String {
        let text = match self {
            Self::NoMethod | Self::UnknownCode => "应用不存在",
            Self::NoCode => "缺少code参数",
            Self::NoToken => "缺少token参数",
            Self::Query(bad) => return format!("Bad Request! {bad}."),
            Self::TooLarge(limit) => return format!("请求体超过{limit}字节。"),
            Self::NoKey => "应用未设置密钥",
            Self::AddressDenied => "该IP被限制访问",
            Self::WrongTime => "错误的时间戳。",
            Self::Repeated => "Token已失效",
            Self::WrongToken => "无效的token参数",
            Self::Unbound => "未绑定用户",
            Self::NoAccount => "用户不存在",
            Self::DialectOff => "该应用已关闭此签名方式。",
            Self::StrengthOff => "该应用要求更强的签名。",
            Self::OtherBody => "请求体与bsum不一致。",
            Self::BadNonce => "nonce应为8到128个字符，并需提供时间。",
            Self::NoncesFull => "十分钟内的nonce过多。",
            Self::TooOften { .. } => "请求过于频繁。",
        };
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_language_of_the_two_is_chosen() {
        for (header, language) in [
            ("", Language::English),
            ("de", Language::English),
            ("zh-CN,zh;q=0.9,en;q=0.8", Language::Chinese),
            ("en;q=0.5, zh;q=0.9", Language::Chinese),
            ("en-US,zh;q=0.9", Language::English),
            ("de, zh-TW;q=0.1", Language::Chinese),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
