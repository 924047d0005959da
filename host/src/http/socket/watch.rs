//! Actions of the own API: watching topics that clients of v4 do not know, and acknowledging notices.

use serde_json::{Value, json};

use super::request::SocketRequest;
use crate::app::App;
use crate::bus::{Subscription, Topic, UnknownTopic};
use crate::http::json::id;
use crate::http::problem::Problem;
use crate::model::{NoticeId, User};

/// `jackfield_watch {topics}`: all or none. Pending events follow the reply.
pub(super) async fn begin(request: &SocketRequest, events: &Subscription, app: &App) -> Result<(), Problem> {
    for topic in topics(request)? {
        // Watching begins before the lookup, so that no notice is lost in between. A notice that arrives meanwhile is
        // sent twice; clients drop the second by its id.
        events.watch(topic, true);
        match topic {
            // Every user may watch their own notices.
            Topic::Notice => app.notices.deliver_pending(events.user(), events.connection_id()).await?,
        }
    }
    Ok(())
}

/// `jackfield_unwatch {topics}`.
pub(super) fn end(request: &SocketRequest, events: &Subscription) -> Result<(), Problem> {
    for topic in topics(request)? {
        events.watch(topic, false);
    }
    Ok(())
}

/// `jackfield_notice_ack {ids}`: the client acknowledges these notices.
pub(super) async fn acknowledge(request: &SocketRequest, user: &User, app: &App) -> Result<Value, Problem> {
    let ids: Vec<NoticeId> =
        texts(request, "ids")?.into_iter().map(|text| id("ids", text)).collect::<Result<_, Problem>>()?;
    let acknowledged = app.notices.acknowledge(&user.id, ids).await?;
    let (_, pending) = app.notices.counts(&user.id).await?;
    Ok(json!({"acknowledged": acknowledged, "pending": pending}))
}

fn topics(request: &SocketRequest) -> Result<Vec<Topic>, Problem> {
    let names = texts(request, "topics")?;
    if names.is_empty() {
        return Err(Problem::body("topics", "`topics` must name at least one topic"));
    }
    let unknown = |error: UnknownTopic| Problem::body("topics", error.to_string());
    let mut topics = Vec::new();
    for name in names {
        let topic = name.parse().map_err(unknown)?;
        if !topics.contains(&topic) {
            topics.push(topic);
        }
    }
    Ok(topics)
}

fn texts<'r>(request: &'r SocketRequest, name: &str) -> Result<Vec<&'r str>, Problem> {
    let wrong = || Problem::body(name, format!("`{name}` must be a list of texts"));
    let list = request.data.get(name).and_then(Value::as_array).ok_or_else(wrong)?;
    list.iter().map(|text| text.as_str().ok_or_else(wrong)).collect()
}
