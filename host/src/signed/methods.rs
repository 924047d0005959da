//! The four methods. A failure stores nothing, and an empty list of recipients is a failure, never all users.

use std::collections::BTreeMap;

use serde_json::Value;

use super::body::{Users, fields, group_message, notice};
use super::call::Method;
use super::message::{mentioned_numbers, message};
use super::rejection::Rejection;
use super::reply::Reply;
use super::{SignedError, SignedRequests, ValidCall};
use crate::access::rules;
use crate::chat::{Origin, compose};
use crate::model::{Changes, Channel, ContentType, Dialect, NoticeDraft, NumberedUser, Place, UserId};
use crate::notice::NoticeError;

/// Most groups in one reply. The newest ones beyond this limit are left out.
const MAX_GROUPS: i64 = 10_000;

/// Most users in one reply. Those with the greatest numbers beyond this limit are left out.
const MAX_USERS: i64 = 50_000;

pub(super) async fn call(
    signed: &SignedRequests,
    valid: &ValidCall,
    body: &[u8],
) -> Result<Reply, SignedError> {
    match &valid.call.method {
        Method::GroupChats => {
            let member = bound(signed, valid).await?;
            Ok(Reply::Data(signed.store.groups(member.as_ref(), MAX_GROUPS).await?))
        }
        Method::ChatUsers => chat_users(signed, valid).await,
        Method::Notification => notification(signed, valid, body).await,
        Method::ChatMessage => chat_message(signed, valid, body).await,
        Method::Other(name) => Ok(Reply::failed(Rejection::NotOffered(name.clone()))),
    }
}

async fn chat_users(signed: &SignedRequests, valid: &ValidCall) -> Result<Reply, SignedError> {
    let users = match valid.call.gid(valid.pass.dialect == Dialect::D3) {
        "" => {
            let member = bound(signed, valid).await?;
            signed.store.users_in_any_channel(member.as_ref(), MAX_USERS).await?
        }
        gid => match group(signed, valid, gid).await? {
            Some(_) => signed.store.group_users(gid, MAX_USERS).await?,
            None => Vec::new(),
        },
    };
    let pair = |user: &NumberedUser| (user.number.to_string(), user.display_name());
    Ok(Reply::Data(users.iter().map(pair).collect()))
}

async fn notification(signed: &SignedRequests, valid: &ValidCall, body: &[u8]) -> Result<Reply, SignedError> {
    let max_users = signed.policy.max_users;
    let read = fields(body).and_then(|fields| notice(&fields, max_users, valid.call.is_direct));
    let (users, mut draft) = match read {
        Ok(read) => read,
        Err(rejection) => return Ok(Reply::failed(rejection)),
    };
    let application = &valid.application;
    draft.source.clone_from(&application.code);
    if draft.sender.name.is_empty() {
        draft.sender.name.clone_from(&application.name);
    }
    let (recipients, ignored) = recipients(signed, users).await?;
    if recipients.is_empty() {
        return Ok(Reply::failed_for(Rejection::NoKnownUser, ignored));
    }
    match signed.notices.send(&recipients, draft).await {
        Ok(_) => Ok(Reply::Done { ignored }),
        Err(NoticeError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Reply::failed_for(Rejection::Unfit(error.to_string()), ignored)),
    }
}

/// Looks up the recipients. Also returns the entries that name no user.
async fn recipients(signed: &SignedRequests, users: Users) -> Result<(Vec<UserId>, Vec<Value>), SignedError> {
    let (found, given) = match users {
        Users::Numbers(numbers, given) => {
            let wanted: Vec<i64> = numbers.iter().copied().flatten().collect();
            let users = signed.store.users_by_numbers(&wanted).await?;
            let by_number: BTreeMap<i64, UserId> =
                users.into_iter().map(|user| (user.number, user.id)).collect();
            (numbers.iter().map(|number| by_number.get(&(*number)?).cloned()).collect::<Vec<_>>(), given)
        }
        Users::Names(names, given) => {
            let wanted: Vec<String> = names.iter().flatten().cloned().collect();
            let users = signed.store.users_by_usernames(&wanted).await?;
            let by_name: BTreeMap<String, UserId> =
                users.into_iter().map(|user| (user.username, user.id)).collect();
            (names.iter().map(|name| by_name.get(name.as_ref()?).cloned()).collect(), given)
        }
    };
    let unknown = found.iter().zip(&given).filter(|(id, _)| id.is_none());
    let ignored = unknown.map(|(_, value)| value.clone()).collect();
    Ok((found.into_iter().flatten().collect(), ignored))
}

async fn chat_message(signed: &SignedRequests, valid: &ValidCall, body: &[u8]) -> Result<Reply, SignedError> {
    let read = fields(body).and_then(|fields| group_message(&fields, valid.call.is_direct));
    let (gid, draft) = match read {
        Ok(read) => read,
        Err(rejection) => return Ok(Reply::failed(rejection)),
    };
    let Some(group) = group(signed, valid, &gid).await? else {
        return Ok(Reply::failed(Rejection::UnknownGroup));
    };
    if signed.store.channel_member_count(&group.id).await? == 0 {
        return Ok(Reply::failed(Rejection::EmptyGroup));
    }
    let application = &valid.application;
    let Some(author) = application.account_id.as_ref().or(application.bot_id.as_ref()) else {
        return Err(SignedError::Refused(super::Refusal::Unbound));
    };
    let names = mentioned(signed, &draft).await?;
    let message = message(&draft, &names, &application.name);
    let origin = Origin::Hook { display_name: &application.name };
    let posts = compose(&signed.clock, author, &Place::from(&group), &message, &origin);
    signed.chat.publish(Changes::of_posts(posts)).await?;
    Ok(Reply::Done { ignored: Vec::new() })
}

/// Returns the account whose channels limit the application: the bound one, unless the application is free or the
/// account belongs to a system administrator.
async fn bound(signed: &SignedRequests, valid: &ValidCall) -> Result<Option<UserId>, SignedError> {
    let application = &valid.application;
    let Some(id) = application.account_id.as_ref().filter(|_| !application.free) else { return Ok(None) };
    let account = signed.store.user(id).await?;
    let is_limited = account.is_none_or(|account| !rules::is_admin(&account));
    Ok(is_limited.then(|| id.clone()))
}

/// Returns a group that the application may use. Others do not exist for it.
async fn group(
    signed: &SignedRequests,
    valid: &ValidCall,
    gid: &str,
) -> Result<Option<Channel>, SignedError> {
    let Some(group) = signed.store.group(gid).await? else { return Ok(None) };
    let inside = match bound(signed, valid).await? {
        Some(member) => signed.store.is_channel_member(&group.id, &member).await?,
        None => true,
    };
    Ok(inside.then_some(group.channel))
}

/// Returns the usernames of the numbers that a text mentions.
async fn mentioned(
    signed: &SignedRequests,
    draft: &NoticeDraft,
) -> Result<BTreeMap<i64, String>, SignedError> {
    let plain = draft.content_type == ContentType::Plain;
    let numbers = if plain { Vec::new() } else { mentioned_numbers(&draft.content) };
    let users = signed.store.users_by_numbers(&numbers).await?;
    Ok(users.into_iter().map(|user| (user.number, user.username)).collect())
}
