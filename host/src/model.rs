//! Plain data that every other module uses: ids, time, accounts, channels, posts, effects. No I/O, no decisions.

mod application;
mod audit;
mod call;
mod channel;
mod command;
mod custom_status;
mod delivery;
mod effect;
mod file;
mod folding;
mod hook;
mod id;
mod job;
mod kind;
mod list;
mod mail;
mod mail_token;
mod message;
mod network;
mod notice;
mod outgoing;
mod plain_name;
mod plugin;
mod post;
mod post_kind;
mod post_version;
mod presence;
mod props;
mod reaction;
pub mod role;
mod search;
mod sidebar;
mod system_post;
mod team;
mod thread;
mod time;
mod upload_session;
mod user;
pub mod wire;

pub use application::{Application, ApplicationTarget, Dialect, KEY_LENGTH, LastUse, NumberedUser, Strength};
pub use audit::{Audit, shortened};
pub use call::{
    Actor, BridgeOutcome, BridgeRequest, Call, CommandInvocation, CommandReply, Place, Visibility,
};
pub use channel::{
    Channel, ChannelChange, ChannelFilter, ChannelKind, ChannelMember, ChannelMembership, ChannelWithCounts,
    ChannelWithTeam, GROUP_NAME_LENGTH, LinkedChannel, Membership, MentionAudience, MentionCounts,
    MentionTarget, Sight, Unread,
};
pub use command::{Command, CommandMethod, LATE_RESPONSE_TIME, MAX_LATE_RESPONSES, ResponseAddress};
pub use custom_status::{CUSTOM_STATUS, CustomStatus, NO_END, RECENT_STATUSES, RecentStatuses};
pub use delivery::{
    AttemptOutcome, Delivery, DeliveryAttempt, DeliveryFilter, DeliveryState, DeliveryTarget, EndpointHealth,
    MAX_KEPT_RESPONSE, NewDelivery, OutgoingEvent, PostPayload,
};
pub use effect::{Changes, Effect, Mention, PendingPost, PostDeletion, PostEdit, StoredValue, ValueChange};
pub use file::{Emoji, FileInfo, MAX_POST_FILES};
pub use folding::{FOLDING, folded, folded_up_to, with_plain_quotes};
pub use hook::{HookFilter, HookTarget, IncomingHook, Receipt, ReceiptCounts, ReceiptOutcome, Verifier};
pub use id::{
    ApplicationId, AuditId, ChannelId, CommandId, EmojiId, EndpointId, EventId, FileId, HookId, InvalidId,
    InvitationId, JobId, NoticeId, OutgoingHookId, PostId, ReceiptId, SessionId, Sortable, TeamId, TokenId,
    UserId, id_time,
};
pub use job::{ClaimedJob, JobKind, JobOutcome, JobState, MAX_JOB_ERROR, MAX_JOB_PAYLOAD, NewJob};
pub use kind::Kind;
pub use list::{LIST_BYTES, ListRow, OWN_CHANNELS_BYTES, is_full, size_of};
pub use mail::{InvitationMail, Mail, MailJob, MailKind, MailState};
pub use mail_token::{MAIL_TOKEN_LENGTH, MAIL_TOKEN_LIFETIME, MailToken, TokenPurpose};
pub use message::{
    Attachment, AttachmentField, EmojiIcon, MAX_ATTACHMENT, MAX_ATTACHMENT_ACTIONS, MAX_ATTACHMENT_FIELDS,
    MAX_ATTACHMENTS, MAX_ICON_URL, MAX_MESSAGE_PROPS, Message, OVERRIDE_PROPS, SPEAKER_PROPS, has_scheme,
    is_web_link,
};
pub use network::{InvalidNetwork, Network, client_network};
pub use notice::{
    ContentType, MailChoice, NewNotice, Notice, NoticeAction, NoticeActionResponse, NoticeDraft,
    NoticeResponse, NoticeSender, is_notice_url,
};
pub use outgoing::{HookEndpoint, HookTrigger, OutgoingHook, TeamTriggers, TriggerWhen};
pub use plain_name::plain_name;
pub use plugin::{InstalledPlugin, PluginId, PluginState};
pub use post::{Draft, MAX_DRAFTS, MAX_MESSAGE_CHARS, PRIORITIES, Post, PostMarks};
pub use post_kind::{MAX_KIND, PostKind};
pub use post_version::{MAX_VERSIONS, PostVersion};
pub use presence::{ChosenStatus, Presence, Status};
pub use props::{MAX_PROPS, Props};
pub use reaction::{
    EmojiName, InvalidEmoji, MAX_EMOJI_NAME, MAX_EMOJI_PER_POST, Reaction, ReactionChange, is_emoji_name,
};
pub use search::{Search, SearchTerm, is_word_char};
pub use sidebar::{
    Category, CategoryId, CategoryKind, FAVORITE_CHANNEL, FilledCategory, SidebarChannel, arrange, sort_order,
};
pub use system_post::{SystemMessage, UNCOUNTED_KINDS};
pub use team::{FIRST_CHANNELS, Invitation, Team, TeamChange, TeamKind, TeamMember};
pub use thread::{FollowCause, Thread, ThreadFilter, ThreadFollow, ThreadMember, ThreadTotals};
pub use time::Timestamp;
pub use upload_session::{UploadPiece, UploadSession};
pub use user::{
    AccessToken, Agent, Bot, LiveSession, MAX_ACCESS_TOKENS, MAX_USERNAME, Preference, Session, TimeZone,
    User,
};
