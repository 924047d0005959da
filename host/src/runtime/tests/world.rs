//! A runtime over its own store, with a user and a channel in it.

use std::path::PathBuf;

use crate::model::{
    Channel, ChannelKind, CommandInvocation, CommandReply, Place, Team, TeamId, TeamKind, TeamMember,
    TimeZone, Timestamp, User, UserId,
};
use crate::runtime::*;
use crate::secret::{Secret, sha256_hex};
use crate::shutdown::Tasks;
use crate::store::NewUser;
use crate::template::Templates;

/// Longer than any well-behaved guest needs on a busy machine.
pub(super) const LONG: Duration = Duration::from_mins(1);

/// A runtime over a store of its own with one user and one channel.
pub(super) struct World {
    pub(super) runtime: Runtime,
    pub(super) clock: Clock,
    pub(super) user: UserId,
    pub(super) channel: Channel,
    pub(super) folder: tempfile::TempDir,
    _tasks: Tasks,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(Self::limits()).await
    }

    pub(super) fn limits() -> RuntimeLimits {
        let compile = CompileLimits { in_process: false, time: LONG, memory: 1 << 30 };
        RuntimeLimits { memory: 64 << 20, values: 10 << 20, calls: 4, calls_per_plugin: 2, compile }
    }

    pub(super) async fn with(limits: RuntimeLimits) -> Self {
        Self::with_memory(limits, 256 << 20).await
    }

    /// Creates a runtime whose calls may use this many bytes of memory together.
    pub(super) async fn with_memory(limits: RuntimeLimits, total: usize) -> Self {
        let (folder, tasks) = (tempfile::tempdir().unwrap(), Tasks::default());
        let clock = Clock::manual(Timestamp::from_millis(1_700_000_000_000));
        let store =
            Store::open(&format!("sqlite://{}/a.db", folder.path().display()), 2, &tasks).await.unwrap();
        let user = store.create_user(NewUser { user: user(&clock), password_hash: None }).await.unwrap().id;
        let channel = town_square(&store, &clock, &user).await;
        let memory = Budget::new("tests", total / 1024);
        let compiled = Some(Self::compiled(folder.path().join("compiled")));
        let runtime =
            Runtime::new(limits, Rules::for_members(), memory, compiled, store, clock.clone()).unwrap();
        Self { runtime, clock, user, channel, folder, _tasks: tasks }
    }

    /// Names a directory for compiled code, with the key of these tests.
    pub(super) fn compiled(directory: PathBuf) -> CompiledCode {
        CompiledCode { directory, key: Secret::new("key") }
    }

    pub(super) fn source(component: Vec<u8>, limits: CallLimits) -> ProgramSource {
        ProgramSource {
            plugin: "com.acme.a".parse().unwrap(),
            digest: sha256_hex(&component),
            component,
            triggers: ["command".to_owned()].into(),
            limits,
            templates: Templates::default(),
        }
    }

    pub(super) async fn load(&self, component: Vec<u8>) -> Program {
        self.runtime.load(Self::source(component, CallLimits::default())).await.unwrap()
    }

    pub(super) fn call(&self) -> Call {
        Call {
            id: "c".repeat(26),
            plugin: "com.acme.a".parse().unwrap(),
            bot: self.user.clone(),
            actor: None,
            place: Some(Place {
                team_id: self.channel.team_id.clone(),
                channel_id: self.channel.id.clone(),
                root_id: None,
            }),
            now: self.clock.now(),
            site_url: "https://chat.example".to_owned(),
        }
    }

    pub(super) async fn run(
        &self,
        program: &Program,
        deadline: Duration,
    ) -> Result<CallOutput<Option<CommandReply>>, Fault> {
        let command = CommandInvocation { name: "a".to_owned(), args: Vec::new(), raw: "b c".to_owned() };
        self.runtime.call(program, &self.call(), &command, deadline).await
    }

    pub(super) async fn answer(&self, component: Vec<u8>) -> Result<CallOutput<Option<CommandReply>>, Fault> {
        let program = self.load(component).await;
        self.run(&program, LONG).await
    }
}

pub(super) fn user(clock: &Clock) -> User {
    User {
        id: clock.id(),
        number: 0,
        username: "anna".to_owned(),
        email: "anna@example.com".to_owned(),
        nickname: String::new(),
        first_name: String::new(),
        last_name: String::new(),
        position: String::new(),
        locale: "en".to_owned(),
        roles: "system_user".to_owned(),
        is_bot: false,
        props: serde_json::Map::new(),
        notify_props: serde_json::Map::new(),
        timezone: TimeZone::default(),
        create_at: clock.now(),
        update_at: clock.now(),
        delete_at: Timestamp::NEVER,
        last_password_update: Timestamp::NEVER,
        bot_description: String::new(),
        picture_at: Timestamp::NEVER,
        email_verified: false,
        mfa_active: false,
    }
}

async fn town_square(store: &Store, clock: &Clock, user: &UserId) -> Channel {
    let team_id: TeamId = clock.id();
    let (now, never) = (clock.now(), Timestamp::NEVER);
    let team = Team {
        id: team_id.clone(),
        name: "team".to_owned(),
        display_name: "Team".to_owned(),
        description: String::new(),
        kind: TeamKind::Open,
        open: true,
        email: String::new(),
        company_name: String::new(),
        allowed_domains: String::new(),
        picture_at: never,
        invite_id: "i".repeat(26),
        create_at: now,
        update_at: now,
        delete_at: never,
    };
    let channel = Channel {
        id: clock.id(),
        team_id: Some(team_id.clone()),
        gid: "00000000-0000-0000-0000-000000000001".to_owned(),
        kind: ChannelKind::Public,
        name: "town-square".to_owned(),
        display_name: "Town Square".to_owned(),
        header: String::new(),
        purpose: String::new(),
        creator_id: None,
        create_at: now,
        update_at: now,
        delete_at: never,
    };
    let member =
        TeamMember { team_id, user_id: user.clone(), roles: "team_user".to_owned(), delete_at: never };
    store.create_team(team, vec![channel.clone()], member).await.unwrap();
    channel
}
