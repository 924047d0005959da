//! The request of a delivery: Mattermost's body, and the headers of Standard Webhooks.

use form_urlencoded::Serializer;
use serde::Serialize;

use crate::egress::http::OutgoingRequest;
use crate::model::{ClaimedJob, DeliveryTarget, PostPayload, Timestamp};
use crate::secret::{SealError, Sealer, Secret, hmac_sha256_base64};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

/// What a secret begins with, as Standard Webhooks writes it.
const SECRET_PREFIX: &str = "whsec_";

/// The body as JSON, its fields in Mattermost's order. Receivers refuse unknown fields, so it has no others.
#[derive(Serialize)]
struct JsonBody<'a> {
    token: &'a str,
    team_id: &'a str,
    team_domain: &'a str,
    channel_id: &'a str,
    channel_name: &'a str,
    timestamp: Timestamp,
    user_id: &'a str,
    user_name: &'a str,
    post_id: &'a str,
    text: &'a str,
    trigger_word: &'a str,
    file_ids: &'a str,
}

/// Builds the request of an attempt that begins at this moment.
pub(super) fn build(
    sealer: &Sealer,
    job: &ClaimedJob,
    target: &DeliveryTarget,
    now: Timestamp,
) -> Result<OutgoingRequest, SealError> {
    let token = sealer.open(&target.hook.sealed_token)?;
    let is_json = target.hook.content_type == JSON;
    let body = if is_json { json(&token, target) } else { form(&token, target) };
    let seconds = (now.as_millis() / 1000).to_string();
    let signed = [job.id.as_str().as_bytes(), b".", seconds.as_bytes(), b".", body.as_slice()];
    let mut signatures = vec![signature(&sealer.open(&target.endpoint.sealed_secret)?, &signed)];
    if let Some(previous) = &target.endpoint.sealed_previous
        && now < target.endpoint.previous_until
    {
        // After a change of the server's key, the secret before a rotation may not open any more.
        signatures.extend(sealer.open(previous).ok().map(|secret| signature(&secret, &signed)));
    }
    let mut headers = vec![
        ("accept".to_owned(), JSON.to_owned()),
        ("content-type".to_owned(), if is_json { JSON } else { FORM }.to_owned()),
        ("webhook-id".to_owned(), job.id.to_string()),
        ("webhook-timestamp".to_owned(), seconds.clone()),
        ("webhook-signature".to_owned(), signatures.join(" ")),
    ];
    if target.replays > 0 {
        headers.push(("jackfield-replay".to_owned(), target.replays.to_string()));
    }
    Ok(OutgoingRequest { method: "POST".to_owned(), url: target.endpoint.url.clone(), headers, body })
}

/// Returns the signature of these parts with a secret, as Standard Webhooks writes it.
fn signature(secret: &Secret, parts: &[&[u8]]) -> String {
    let text = secret.reveal();
    let key =
        text.strip_prefix(SECRET_PREFIX).and_then(|key| data_encoding::BASE64.decode(key.as_bytes()).ok());
    let key = key.unwrap_or_else(|| text.as_bytes().to_vec());
    format!("v1,{}", hmac_sha256_base64(&key, parts))
}

fn json(token: &Secret, target: &DeliveryTarget) -> Vec<u8> {
    let payload = &target.payload;
    let body = JsonBody {
        token: token.reveal(),
        team_id: payload.team_id.as_str(),
        team_domain: &payload.team_domain,
        channel_id: payload.channel_id.as_str(),
        channel_name: &payload.channel_name,
        timestamp: payload.timestamp,
        user_id: payload.user_id.as_str(),
        user_name: &payload.user_name,
        post_id: payload.post_id.as_str(),
        text: &payload.text,
        trigger_word: &target.trigger_word,
        file_ids: &payload.file_ids,
    };
    // Texts and a number always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// Writes the fields in alphabetical order, and the time in seconds, as Mattermost does.
fn form(token: &Secret, target: &DeliveryTarget) -> Vec<u8> {
    let PostPayload { team_id, team_domain, channel_id, channel_name, .. } = &target.payload;
    let PostPayload { timestamp, user_id, user_name, post_id, text, file_ids, .. } = &target.payload;
    let mut form = Serializer::new(String::new());
    form.append_pair("channel_id", channel_id.as_str())
        .append_pair("channel_name", channel_name)
        .append_pair("file_ids", file_ids)
        .append_pair("post_id", post_id.as_str())
        .append_pair("team_domain", team_domain)
        .append_pair("team_id", team_id.as_str())
        .append_pair("text", text)
        .append_pair("timestamp", &(timestamp.as_millis() / 1000).to_string())
        .append_pair("token", token.reveal())
        .append_pair("trigger_word", &target.trigger_word)
        .append_pair("user_id", user_id.as_str())
        .append_pair("user_name", user_name);
    form.finish().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sample_of_standard_webhooks_is_reproduced() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let parts: [&[u8]; 5] =
            [b"msg_p5jXN8AQM9LWM0D4loKWxJek", b".", b"1614265330", b".", br#"{"test": 2432232314}"#];
        assert_eq!(signature(&secret, &parts), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
