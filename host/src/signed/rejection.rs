//! Why a method rejected a call, in the words that clients know, if there are any. Pure.

use super::refusal::Language;

/// Why a method rejected a call that passed its check. Nothing was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    NoUsers,
    NoSender,
    NoTitle,
    NoGroup,
    UnknownGroup,
    EmptyGroup,
    /// None of the users exists.
    NoKnownUser,
    TooManyUsers(usize),
    TooManyActions(usize),
    TooLong {
        field: &'static str,
        limit: usize,
    },
    NotText(&'static str),
    NotList(&'static str),
    NoLabel,
    Markup(&'static str),
    Nul,
    ContentType,
    Url(&'static str),
    NotOffered(String),
    /// The module that stores the message gave this reason.
    Unfit(String),
}

impl Rejection {
    pub(super) fn text(&self, language: Language) -> String {
        match (self.known_text(language), language) {
            (Some(text), _) => text.to_owned(),
            (None, Language::English) => self.english(),
            (None, Language::Chinese) => self.chinese(),
        }
    }

    /// The texts that clients know.
    fn known_text(&self, language: Language) -> Option<&'static str> {
        let (english, chinese) = match self {
            Self::NoUsers => ("Should set user list.", "应当设置接收者用户列表。"),
            Self::NoSender => ("Should set sender info.", "应当设置发送方信息。"),
            Self::NoTitle => ("Notification title not set.", "请提供通知信息的标题。"),
            Self::NoGroup => ("Should set chat group.", "应当设置接收讨论组。"),
            _ => return None,
        };
        Some(if language == Language::Chinese { chinese } else { english })
    }

    fn english(&self) -> String {
        match self {
            Self::UnknownGroup => "This chat group does not exist.".to_owned(),
            Self::EmptyGroup => "This chat group has no members.".to_owned(),
            Self::NoKnownUser => "None of these users exists.".to_owned(),
            Self::TooManyUsers(limit) => format!("At most {limit} users per call."),
            Self::TooManyActions(limit) => format!("At most {limit} actions."),
            Self::TooLong { field, limit } => format!("{field} is longer than {limit}."),
            Self::NotText(field) => format!("{field} must be a text."),
            Self::NotList(field) => format!("{field} must be a list."),
            Self::NoLabel => "Every action needs a label.".to_owned(),
            Self::Markup(field) => format!("{field} must not hold < or > or control characters."),
            Self::Nul => "No text may hold a NUL character.".to_owned(),
            Self::ContentType => "contentType must be text or plain.".to_owned(),
            Self::Url(field) => {
                format!("{field} must begin with http://, https:// or xxc: and have no spaces.")
            }
            Self::NotOffered(method) => format!("This server does not offer {method}."),
            Self::Unfit(reason) => reason.clone(),
            Self::NoUsers | Self::NoSender | Self::NoTitle | Self::NoGroup => String::new(),
        }
    }

    fn chinese(&self) -> String {
        match self {
            Self::UnknownGroup => "讨论组不存在。".to_owned(),
            Self::EmptyGroup => "讨论组没有成员。".to_owned(),
            Self::NoKnownUser => "用户均不存在。".to_owned(),
            Self::TooManyUsers(limit) => format!("每次最多{limit}个用户。"),
            Self::TooManyActions(limit) => format!("最多{limit}个操作按钮。"),
            Self::TooLong { field, limit } => format!("{field}的长度超过{limit}。"),
            Self::NotText(field) => format!("{field}应为文本。"),
            Self::NotList(field) => format!("{field}应为列表。"),
            Self::NoLabel => "每个操作按钮都应设置label。".to_owned(),
            Self::Markup(field) => format!("{field}不能包含<、>或控制字符。"),
            Self::Nul => "文本不能包含NUL字符。".to_owned(),
            Self::ContentType => "contentType应为text或plain。".to_owned(),
            Self::Url(field) => format!("{field}应以http://、https://或xxc:开头，且不含空格。"),
            Self::NotOffered(method) => format!("本服务器不提供{method}。"),
            Self::Unfit(reason) => reason.clone(),
            Self::NoUsers | Self::NoSender | Self::NoTitle | Self::NoGroup => String::new(),
        }
    }
}
