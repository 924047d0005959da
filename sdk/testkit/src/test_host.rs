//! [`TestHost`]: the world before a call, the call itself, and its effects.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::{fs, mem};

use jackfield_sdk::host::{self, Host};
use jackfield_sdk::{
    Actor, Call, Channel, Ctx, Entry, Invocation, Outcome, Place, Plugin, Post, Reply, Request, Result,
};
use jackfield_templates::add;
use serde_json::Value;

use crate::effect::Effect;
use crate::manifest::Manifest;
use crate::world::{SharedWorld, StoredValue, World};

/// 1 January 2026, 00:00 UTC: the time of a world unless the test sets it.
const NEW_YEAR_MS: u64 = 1_767_225_600_000;

/// The server's address in calls.
const SITE: &str = "https://chat.example.org";

/// The team of every channel that [`TestHost::channel`] makes.
const TEAM: &str = "team";

/// An in-memory host for the thread that made it. It serves host calls until it is dropped; of several hosts, the one
/// used last serves them.
pub struct TestHost {
    world: Rc<RefCell<World>>,
    actor: Option<Actor>,
    place: Option<Place>,
    calls: Cell<u32>,
    /// Distinguishes the hosts of a thread.
    number: u64,
}

thread_local! {
    static NEXT: Cell<u64> = const { Cell::new(1) };
    /// The number of the host that serves now; 0 if there is none.
    static SERVING: Cell<u64> = const { Cell::new(0) };
}

// === impl TestHost: before a call ===

impl TestHost {
    /// Makes an empty world at the start of 2026: no users, channels or values.
    pub fn new() -> Self {
        let host = Self {
            world: Rc::new(RefCell::new(World::new(NEW_YEAR_MS))),
            actor: None,
            place: None,
            calls: Cell::new(0),
            number: NEXT.replace(NEXT.get() + 1),
        };
        host.serve();
        host
    }

    /// Sets the time, in Unix milliseconds; values with a time to live expire accordingly.
    #[must_use]
    pub fn now(self, ms: u64) -> Self {
        self.world.borrow_mut().now_ms = ms;
        self
    }

    /// Makes this user the actor of later calls; the id is `user-` and the name.
    #[must_use]
    pub fn user(mut self, name: &str) -> Self {
        let actor = Actor {
            id: format!("user-{name}"),
            username: name.to_owned(),
            display_name: name.to_owned(),
            locale: "en".to_owned(),
            is_bot: false,
            is_admin: false,
        };
        self.actor = Some(actor.clone());
        self.known_user(actor)
    }

    /// Adds a user to the directory who makes no calls.
    #[must_use]
    pub fn known_user(self, user: Actor) -> Self {
        {
            let users = &mut self.world.borrow_mut().users;
            users.retain(|known| known.id != user.id);
            users.push(user);
        }
        self
    }

    /// Makes this channel the place of later calls; the id is `channel-` and the name, the team is `team`.
    #[must_use]
    pub fn channel(mut self, name: &str) -> Self {
        let channel = Channel {
            id: format!("channel-{name}"),
            team_id: Some(TEAM.to_owned()),
            name: name.to_owned(),
            display_name: name.to_owned(),
            kind: "public".to_owned(),
            member_count: 2,
        };
        self.place =
            Some(Place { team_id: channel.team_id.clone(), channel_id: channel.id.clone(), root_id: None });
        self.known_channel(channel)
    }

    /// Adds a channel to the directory in which no calls are made.
    #[must_use]
    pub fn known_channel(self, channel: Channel) -> Self {
        {
            let channels = &mut self.world.borrow_mut().channels;
            channels.retain(|known| known.id != channel.id);
            channels.push(channel);
        }
        self
    }

    /// Adds a stored value, with version 1.
    #[must_use]
    pub fn value(self, key: &str, value: impl AsRef<[u8]>) -> Self {
        let entry = Entry { value: value.as_ref().to_vec(), version: 1 };
        let stored = StoredValue { entry, expires_ms: None };
        self.world.borrow_mut().stored.values.insert(key.to_owned(), stored);
        self
    }

    /// Sets the value of a setting.
    #[must_use]
    pub fn setting(self, key: &str, json: impl Into<Value>) -> Self {
        self.world.borrow_mut().settings.insert(key.to_owned(), json.into());
        self
    }

    /// Adds an existing post.
    #[must_use]
    pub fn known_post(self, post: Post) -> Self {
        self.world.borrow_mut().stored.posts.push(post);
        self
    }

    /// Loads the `*.hbs` files of a folder, for functions that are called directly. [`TestHost::command`] and
    /// [`TestHost::bridge`] take the plugin's own templates from its manifest.
    #[must_use]
    pub fn templates(self, folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        let files = fs::read_dir(folder).unwrap_or_else(|fault| {
            panic!("the template folder {} cannot be read: {fault}", folder.display())
        });
        for file in files {
            let path = file.unwrap_or_else(|fault| panic!("{}: {fault}", folder.display())).path();
            if path.extension().is_none_or(|extension| extension != "hbs") {
                continue;
            }
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let source =
                fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
            add(&mut self.world.borrow_mut().templates, &name, &source)
                .unwrap_or_else(|fault| panic!("{fault}"));
        }
        self
    }
}

// === impl TestHost: calls ===

impl TestHost {
    /// Makes the context of a new call, for calling a function directly. Nothing is rolled back if that function fails.
    pub fn ctx(&self) -> Ctx {
        self.serve();
        Ctx::new(self.call(self.actor.clone()))
    }

    /// Runs a command as it is typed, slash included. A failed call leaves only its log.
    pub fn command<P: Plugin>(&self, typed: &str) -> Result<Option<Reply>> {
        let line = typed
            .strip_prefix('/')
            .unwrap_or_else(|| panic!("`{typed}` is not a command: it does not start with a slash"));
        let (name, raw) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let invocation =
            Invocation { name: name.to_owned(), raw: raw.trim().to_owned(), ..Invocation::default() };
        let call = self.prepare(&Manifest::read(P::manifest()), self.actor.clone());
        self.all_or_nothing(|| P::command(&call, &invocation))
    }

    /// Sends a request to a bridge, as the bridge's verifier would let it pass. A failed call leaves only its log.
    pub fn bridge<P: Plugin>(
        &self,
        bridge: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Result<Outcome> {
        let manifest = Manifest::read(P::manifest());
        let Some((_, verifier)) = manifest.bridges.iter().find(|(name, _)| name == bridge) else {
            panic!("{} declares no bridge `{bridge}`, but {:?}", manifest.id, manifest.bridges);
        };
        let request = Request {
            bridge: bridge.to_owned(),
            method: "POST".to_owned(),
            query: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_ref().to_vec(),
            verified_by: (verifier != "none").then(|| verifier.clone()),
        };
        let call = self.prepare(&manifest, None);
        self.all_or_nothing(|| P::bridge(&call, &request))
    }

    /// Returns everything done so far, in order.
    pub fn effects(&self) -> Vec<Effect> {
        self.world.borrow().effects.clone()
    }

    /// Returns a stored value as it is now.
    pub fn stored(&self, key: &str) -> Option<Vec<u8>> {
        let entry = SharedWorld(Rc::clone(&self.world)).kv_get(key);
        entry.ok().flatten().map(|entry| entry.value)
    }

    fn prepare(&self, manifest: &Manifest, actor: Option<Actor>) -> Ctx {
        self.serve();
        self.world.borrow_mut().templates.clone_from(&manifest.templates);
        Ctx::new(self.call(actor))
    }

    fn call(&self, actor: Option<Actor>) -> Call {
        let number = self.calls.replace(self.calls.get() + 1) + 1;
        Call {
            call_id: format!("{number:026}"),
            actor,
            place: self.place.clone(),
            now_ms: self.world.borrow().now_ms,
            deadline_ms: 5000,
            site_url: SITE.to_owned(),
        }
    }

    fn all_or_nothing<T>(&self, call: impl FnOnce() -> Result<T>) -> Result<T> {
        let (stored, before) = {
            let world = self.world.borrow();
            (world.stored.clone(), world.effects.len())
        };
        let answer = call();
        if answer.is_err() {
            let world = &mut *self.world.borrow_mut();
            world.stored = stored;
            let during = world.effects.split_off(before);
            let logs = during.into_iter().filter(|effect| matches!(effect, Effect::Log { .. }));
            world.effects.extend(logs);
        }
        answer
    }

    fn serve(&self) {
        host::install(Box::new(SharedWorld(Rc::clone(&self.world))));
        SERVING.set(self.number);
    }
}

impl Default for TestHost {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        if SERVING.get() == self.number {
            SERVING.set(0);
            mem::drop(host::uninstall());
        }
    }
}
