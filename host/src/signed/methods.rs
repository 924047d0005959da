//! The four methods. Each failure leaves nothing behind, and an empty list of recipients is a failure, never everybody.

use std::collections::BTreeMap;

use serde_json::Value;

use super::body::{Users, fields, group_message, notice};
use super::fault::Fault;
use super::message::{mentioned_numbers, message};
use super::read::Method;
use super::reply::Reply;
use super::{Checked, Signed, SignedError};
use crate::chat::{Origin, compose};
use crate::model::{ContentType, Dialect, NoticeDraft, NumberedUser, Place, UserId};
use crate::notice::NoticeError;

/// Groups one answer lists; further ones, the youngest, are left out.
const MAX_GROUPS: i64 = 10_000;

/// People one answer lists; further ones, those of the greatest numbers, are left out.
const MAX_PEOPLE: i64 = 50_000;

pub(super) async fn call(signed: &Signed, checked: &Checked, body: &[u8]) -> Result<Reply, SignedError> {
    match &checked.read.method {
        Method::GroupChats => Ok(Reply::Data(signed.store.groups(MAX_GROUPS).await?)),
        Method::ChatUsers => chat_users(signed, checked).await,
        Method::Notification => notification(signed, checked, body).await,
        Method::ChatMessage => chat_message(signed, checked, body).await,
        Method::Other(name) => Ok(Reply::failed(Fault::NotOffered(name.clone()))),
    }
}

async fn chat_users(signed: &Signed, checked: &Checked) -> Result<Reply, SignedError> {
    let people = match checked.read.gid(checked.pass.dialect == Dialect::D3) {
        "" => signed.store.users_in_any_channel(MAX_PEOPLE).await?,
        gid => signed.store.group_users(gid, MAX_PEOPLE).await?,
    };
    let pair = |person: &NumberedUser| (person.number.to_string(), person.display_name());
    Ok(Reply::Data(people.iter().map(pair).collect()))
}

async fn notification(signed: &Signed, checked: &Checked, body: &[u8]) -> Result<Reply, SignedError> {
    let read = notice(&fields(body), signed.rules.max_users, checked.read.is_direct);
    let (users, mut draft) = match read {
        Ok(read) => read,
        Err(fault) => return Ok(Reply::failed(fault)),
    };
    let application = &checked.application;
    draft.source.clone_from(&application.code);
    if draft.sender.name.is_empty() {
        draft.sender.name.clone_from(&application.name);
    }
    let (recipients, ignored) = recipients(signed, users).await?;
    if recipients.is_empty() {
        return Ok(Reply::failed_for(Fault::NobodyKnown, ignored));
    }
    match signed.notices.send(&recipients, draft).await {
        Ok(_) => Ok(Reply::Done { ignored }),
        Err(NoticeError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Reply::failed_for(Fault::Unfit(error.to_string()), ignored)),
    }
}

/// Who is meant, and what names nobody.
async fn recipients(signed: &Signed, users: Users) -> Result<(Vec<UserId>, Vec<Value>), SignedError> {
    let (found, given) = match users {
        Users::Numbers(numbers, given) => {
            let wanted: Vec<i64> = numbers.iter().copied().flatten().collect();
            let people = signed.store.users_by_numbers(&wanted).await?;
            let by_number: BTreeMap<i64, UserId> =
                people.into_iter().map(|person| (person.number, person.id)).collect();
            (numbers.iter().map(|number| by_number.get(&(*number)?).cloned()).collect::<Vec<_>>(), given)
        }
        Users::Names(names, given) => {
            let wanted: Vec<String> = names.iter().flatten().cloned().collect();
            let people = signed.store.users_by_usernames(&wanted).await?;
            let by_name: BTreeMap<String, UserId> =
                people.into_iter().map(|person| (person.username, person.id)).collect();
            (names.iter().map(|name| by_name.get(name.as_ref()?).cloned()).collect(), given)
        }
    };
    let unknown = found.iter().zip(&given).filter(|(id, _)| id.is_none());
    let ignored = unknown.map(|(_, value)| value.clone()).collect();
    Ok((found.into_iter().flatten().collect(), ignored))
}

async fn chat_message(signed: &Signed, checked: &Checked, body: &[u8]) -> Result<Reply, SignedError> {
    let (gid, said) = match group_message(&fields(body), checked.read.is_direct) {
        Ok(read) => read,
        Err(fault) => return Ok(Reply::failed(fault)),
    };
    let Some(group) = signed.store.group(&gid).await? else {
        return Ok(Reply::failed(Fault::UnknownGroup));
    };
    if signed.store.channel_member_count(&group.id).await? == 0 {
        return Ok(Reply::failed(Fault::EmptyGroup));
    }
    let application = &checked.application;
    let Some(author) = application.account_id.as_ref().or(application.bot_id.as_ref()) else {
        return Err(SignedError::Refused(super::Refusal::Unbound));
    };
    let names = mentioned(signed, &said).await?;
    let message = message(&said, &names, &application.name);
    let origin = Origin::Hook { display_name: &application.name };
    let posts = compose(&signed.clock, author, &Place::from(&group), &message, &origin);
    signed.chat.publish(signed.chat.changes(posts)).await?;
    Ok(Reply::Done { ignored: Vec::new() })
}

/// The usernames behind the numbers a text mentions.
async fn mentioned(signed: &Signed, said: &NoticeDraft) -> Result<BTreeMap<i64, String>, SignedError> {
    let plain = said.content_type == ContentType::Plain;
    let numbers = if plain { Vec::new() } else { mentioned_numbers(&said.content) };
    let people = signed.store.users_by_numbers(&numbers).await?;
    Ok(people.into_iter().map(|person| (person.number, person.username)).collect())
}
