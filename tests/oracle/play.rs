//! Plays one story: its steps in order, up to the first difference.

use std::time::Duration;

use data_encoding::BASE64;
use jackfield_tests::TestResponse;
use serde_json::{Map, Value, json};

use super::cast::Cast;
use super::compare::{difference, leave_open, ordered, pick, plain};
use super::listener::Listener;
use super::stage::Stage;
use super::story::Story;
use super::text::Names;

/// The longest response that is kept if it is no JSON, in characters.
const TEXT: usize = 2000;

/// Stands for a saved value that the response did not have.
const NOTHING: &str = "nothing";

/// One story under way.
struct Play<'a> {
    stage: &'a Stage,
    cast: &'a mut Cast,
    names: Names,
    /// Whether the story waits for events and requests that it expects.
    patient: bool,
}

/// Plays a story. Fails with the first difference.
pub(super) async fn story(
    stage: &Stage,
    file: &'static str,
    story: &Story,
    patient: bool,
) -> Result<(), String> {
    let (alone, shared) = if story.has_sockets() {
        (Some(stage.turn.write().await), None)
    } else {
        (None, Some(stage.turn.read().await))
    };
    let mut cast = stage.cast(file).await;
    let names = cast.set(&stage.host, &stage.receiver.url).await;
    let mut play = Play { stage, cast: &mut cast, names, patient };
    for (index, step) in story.steps.iter().enumerate() {
        play.step(step)
            .await
            .map_err(|difference| format!("step {index} ({}): {difference}", label(step)))?;
    }
    if cast.is_as_created().await {
        stage.keep(file, cast);
    }
    drop((alone, shared));
    Ok(())
}

fn label(step: &Value) -> String {
    let named = ["call", "event", "received"].iter().find_map(|key| step[*key].as_str());
    named.unwrap_or("a setting").to_owned()
}

impl Play<'_> {
    async fn step(&mut self, step: &Value) -> Result<(), String> {
        let response = self.act(step).await;
        if let (Some(saved), Ok(response)) = (step["save"].as_object(), &response) {
            for (name, path) in saved {
                let path = self.names.fill_text(path.as_str().unwrap_or_default());
                let refused = response["status"].as_u64().is_some_and(|status| status >= 400);
                let value = if refused { None } else { pick(response, &path).ok() };
                self.names.keep(name, &value.unwrap_or_else(|| NOTHING.into()));
            }
        }
        let mut response = self.names.normal("", &response?);
        let expected = step.get("expect").cloned().unwrap_or_else(|| json!({}));
        // The recorded response is in this order already.
        if step["sorted"] == true {
            response = ordered(&response);
        }
        for path in step["ignore"].as_array().into_iter().flatten() {
            leave_open(&mut response, path.as_str().unwrap_or_default());
        }
        difference(&expected, &response, "").map_or(Ok(()), Err)
    }

    /// Does one step, and returns the response as it stands.
    async fn act(&mut self, step: &Value) -> Result<Value, String> {
        let text = |key: &str| step[key].as_str();
        // Time passes between steps, as it does for the clients of a real server.
        self.stage.host.clock.advance(Duration::from_millis(1));
        if text("event").is_none()
            && text("received").is_none()
            && let Some(seconds) = step["wait"].as_f64()
        {
            self.stage.host.clock.advance(Duration::from_secs_f64(seconds));
        }
        if let Some(path) = text("at") {
            let Value::Array(answers) = self.names.fill(&step["answers"]) else {
                return Err("`answers` is a list".to_owned());
            };
            self.stage.receiver.answer(self.path(path), answers);
            return Ok(json!({}));
        }
        if let Some(path) = text("received") {
            return self.received(path, step).await;
        }
        if let Some(account) = text("socket") {
            self.listen(account).await;
            return Ok(json!({}));
        }
        let account = text("as");
        if step.get("tell").is_some() {
            let message = self.names.fill(&step["tell"]);
            self.listener(account.unwrap_or_default()).tell(message);
            return Ok(json!({}));
        }
        if let Some(name) = text("event") {
            return self.event(account.unwrap_or_default(), name, step).await;
        }
        match text("call") {
            Some(call) => self.call(account, call, step).await,
            None => Ok(json!({})),
        }
    }

    /// Returns the receiver's path of a step. Each story has its own.
    fn path(&self, path: &str) -> String {
        self.names.fill_text(&format!("/{{word}}{path}"))
    }

    async fn received(&self, path: &str, step: &Value) -> Result<Value, String> {
        let count = step["count"].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(1);
        let recorded = &step["expect"]["requests"];
        let comes = !recorded.is_null() && recorded.as_array().is_none_or(|list| list.len() >= count);
        let requests = self.stage.receiver.requests(&self.path(path), count, self.patient && comes).await;
        let requests = Value::Array(requests);
        let picked = match step["pick"].as_str() {
            Some(path) => pick(&requests, &self.names.fill_text(path))?,
            None => requests,
        };
        Ok(json!({"requests": picked}))
    }

    async fn listen(&mut self, account: &str) {
        match self.cast.sockets.get_mut(account) {
            Some(listener) if !listener.is_over() => listener.restart(),
            _ => {
                let listener = Listener::open(&self.stage.host, self.cast.client(account)).await;
                self.cast.sockets.insert(account.to_owned(), listener);
            }
        }
    }

    fn listener(&mut self, account: &str) -> &mut Listener {
        let found = self.cast.sockets.get_mut(account);
        found.unwrap_or_else(|| panic!("the story opens no socket of {account}"))
    }

    async fn event(&mut self, account: &str, name: &str, step: &Value) -> Result<Value, String> {
        let names = self.names.clone();
        let holds = |event: &Value, wanted: &Map<String, Value>| {
            wanted.iter().all(|(path, value)| {
                let value = names.fill(value);
                let found = pick(event, path);
                found.is_ok_and(|found| match &value {
                    Value::Array(values) => values.contains(&found),
                    value => found == *value,
                })
            })
        };
        let fits = |event: &Value| {
            step["where"].as_object().is_none_or(|wanted| holds(event, wanted))
                && !step["not"].as_object().is_some_and(|unwanted| holds(event, unwanted))
        };
        let patient = self.patient && !step["expect"]["event"].is_null();
        let Some(mut event) = self.listener(account).event(name, patient, fits).await else {
            return Ok(json!({"event": null}));
        };
        if let Some(event) = event.as_object_mut() {
            event.remove("seq");
        }
        if let Some(path) = step["pick"].as_str() {
            event = pick(&event, &self.names.fill_text(path))?;
        }
        Ok(json!({"event": event}))
    }

    async fn call(&mut self, account: Option<&str>, call: &str, step: &Value) -> Result<Value, String> {
        let call = self.names.fill_text(call);
        let (method, path) = call.split_once(' ').ok_or("a call is a method and a path")?;
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in step["headers"].as_object().into_iter().flatten() {
            headers.push((name.clone(), self.names.fill_text(value.as_str().unwrap_or_default())));
        }
        let (body, kind) = self.body(step)?;
        if let Some(kind) = kind
            && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            headers.push(("content-type".to_owned(), kind.to_owned()));
        }
        let anonymous = self.stage.host.anonymous();
        if let Some(account) = account {
            let bearer = format!("Bearer {}", self.cast.client(account).token());
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("authorization"));
            headers.push(("authorization".to_owned(), bearer));
        }
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let response = anonymous.request(method, &escape(path), &headers, body).await;
        let mut shown = shown(&response, step);
        if let Some(path) = step["pick"].as_str().filter(|_| response.status < 300) {
            shown["json"] = pick(&shown["json"], &self.names.fill_text(path))?;
        }
        Ok(shown)
    }

    /// Returns a step's body and its content type.
    fn body(&self, step: &Value) -> Result<(Vec<u8>, Option<&'static str>), String> {
        if let Some(raw) = step["raw"].as_str() {
            return Ok((self.names.fill_text(raw).into_bytes(), None));
        }
        if let Some(encoded) = step["base64"].as_str() {
            let bytes = BASE64.decode(encoded.as_bytes()).map_err(|error| format!("`base64`: {error}"))?;
            return Ok((bytes, None));
        }
        if let Some(form) = self.names.fill(&step["form"]).as_object() {
            let mut pairs = form_urlencoded::Serializer::new(String::new());
            pairs.extend_pairs(form.iter().map(|(key, value)| (key, plain(value))));
            return Ok((pairs.finish().into_bytes(), Some("application/x-www-form-urlencoded")));
        }
        match step.get("body") {
            Some(body) => Ok((self.names.fill(body).to_string().into_bytes(), Some("application/json"))),
            None => Ok((Vec::new(), None)),
        }
    }
}

fn shown(response: &TestResponse, step: &Value) -> Value {
    let mut shown = json!({"status": response.status});
    if let Some(names) = step["show_headers"].as_array() {
        let names = names.iter().filter_map(Value::as_str);
        let last = |name: &str| response.headers(name).last().map(|value| Value::from(*value));
        let headers: Map<String, Value> =
            names.map(|name| (name.to_owned(), last(name).unwrap_or_default())).collect();
        shown["headers"] = headers.into();
    }
    match serde_json::from_slice::<Value>(&response.body) {
        Ok(json) => shown["json"] = json,
        Err(_) if response.status >= 300 => shown["text"] = "<any>".into(),
        Err(_) => shown["text"] = response.text().chars().take(TEXT).collect::<String>().into(),
    }
    shown
}

/// Escapes what a path may not hold. Escapes that the story wrote stay.
fn escape(path: &str) -> String {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || b"/?&=%:@+,~.*-_".contains(&byte);
    let escaped = path
        .bytes()
        .map(|byte| if is_kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    escaped.collect()
}
