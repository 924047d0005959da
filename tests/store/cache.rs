//! Rows that servers keep between requests on PostgreSQL: never older than a change, whichever node made it.

use std::time::Duration;

use jackfield::model::{AccessToken, Changes, ChannelChange, IncomingHook, Session, Timestamp, User, UserId};
use jackfield::secret::Secret;
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use jackfield_tests::{Backend, TestStore, run, soon};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::audit::note;
use super::rows::{Room, channel_member, hook, object, room, team_member, user};
use super::sessions::session;

/// Two servers on one database, and a store that keeps nothing.
struct Nodes {
    servers: [Store; 2],
    plain: TestStore,
    tasks: Tasks,
}

/// What the changes are made to.
struct Rows {
    room: Room,
    users: Vec<User>,
    tokens: Vec<(AccessToken, Secret)>,
    sessions: Vec<(Session, Secret)>,
    hooks: Vec<IncomingHook>,
}

/// All that a server may have kept about some rows.
type Kept = Vec<String>;

impl Nodes {
    async fn start(plain: TestStore) -> Self {
        let tasks = Tasks::default();
        let first = Store::open_as_server(plain.url(), 3, &tasks).await.unwrap();
        let second = Store::open_as_server(plain.url(), 3, &tasks).await.unwrap();
        Self { servers: [first, second], plain, tasks }
    }

    async fn stop(self) {
        drop(self.servers);
        self.tasks.stop();
        soon("the servers' tasks end", self.tasks.finished()).await;
    }

    /// Waits until a server answers from its cache: a change without a notification does not show.
    async fn wait_until_cached(&self, server: &Store, user: &UserId) {
        let mut hidden = PgConnection::connect(self.plain.url()).await.unwrap();
        let cached = async {
            loop {
                let before = nickname(server, user).await;
                set_nickname(&mut hidden, user, &format!("{before}+")).await;
                let after = nickname(server, user).await;
                set_nickname(&mut hidden, user, &before).await;
                if after == before {
                    return;
                }
            }
        };
        soon("the server keeps rows", cached).await;
        sqlx::query("select pg_notify('jackfield_changes', '')").execute(&mut hidden).await.unwrap();
        hidden.close().await.unwrap();
    }
}

async fn nickname(store: &Store, user: &UserId) -> String {
    store.user(user).await.unwrap().unwrap().nickname
}

async fn set_nickname(hidden: &mut PgConnection, user: &UserId, nickname: &str) {
    let set = sqlx::query("update users set nickname = $2 where id = $1").bind(user).bind(nickname);
    set.execute(hidden).await.unwrap();
}

impl Rows {
    async fn make(store: &TestStore) -> Self {
        let room = room(store).await;
        let (mut users, mut tokens, mut sessions) = (vec![room.user.clone()], Vec::new(), Vec::new());
        for name in ["bob", "carla"] {
            let user = user(store, name).await;
            store.join_team(team_member(&room.team, &user, "team_user")).await.unwrap();
            store.join_channel(channel_member(&room.channel, &user)).await.unwrap();
            users.push(user);
        }
        for user in &users {
            let token = AccessToken {
                id: store.clock.id(),
                user_id: user.id.clone(),
                description: "a bot's".to_owned(),
                is_active: true,
            };
            let secrets = [Secret::random(), Secret::random()];
            store.create_access_token(token.clone(), &secrets[0], store.clock.now()).await.unwrap();
            let open = session(&store.clock, user);
            store.create_session(open.clone(), &secrets[1], 100).await.unwrap();
            let [first, second] = secrets;
            tokens.push((token, first));
            sessions.push((open, second));
        }
        let mut hooks = Vec::new();
        for user in &users {
            let made = IncomingHook { user_id: user.id.clone(), ..hook(&store.clock, &room) };
            store.hooks().create(made.clone()).await.unwrap();
            hooks.push(made);
        }
        Self { room, users, tokens, sessions, hooks }
    }

    /// Reads everything through the reads that servers answer from what they keep.
    async fn read(&self, store: &Store, now: Timestamp) -> Kept {
        let mut kept = Vec::new();
        for user in &self.users {
            kept.push(format!("{:?}", store.user(&user.id).await.unwrap()));
        }
        for (_, secret) in &self.tokens {
            kept.push(format!("{:?}", store.access_token_by_secret(secret).await.unwrap()));
        }
        for (_, secret) in &self.sessions {
            kept.push(format!("{:?}", store.live_session(secret, now, Timestamp::NEVER).await.unwrap()));
        }
        for hook in &self.hooks {
            kept.push(format!("{:?}", store.hooks().target(&hook.id).await.unwrap()));
        }
        let team = &self.room.team.id;
        kept.push(format!("{:?}", store.team(team).await.unwrap()));
        for channel in [&self.room.channel.id, &self.room.off_topic.id] {
            kept.push(format!("{:?}", store.audience(channel).await.unwrap()));
            kept.push(format!("{:?}", store.channel(channel).await.unwrap()));
            for user in &self.users {
                kept.push(format!("{:?}", store.channel_membership(channel, &user.id).await.unwrap()));
            }
        }
        for user in &self.users {
            kept.push(format!("{:?}", store.team_member(team, &user.id).await.unwrap()));
        }
        kept
    }

    /// Makes one change, chosen at random, through a server.
    async fn change(&self, server: &Store, store: &TestStore, random: &mut StdRng) {
        let at = store.clock.now();
        let which = random.random_range(0..self.users.len());
        let (user, channel) = (&self.users[which], &self.room.channel);
        match random.random_range(0..11) {
            0 => {
                let nickname = format!("name {}", random.random_range(0..1000));
                let changed = User { nickname, update_at: at, ..user.clone() };
                server.update_profile(changed).await.unwrap();
            }
            1 => {
                let audit = note(store, "user.deactivate", &user.id);
                server.set_active(&user.id, random.random(), at, audit).await.unwrap();
            }
            2 => server.set_access_token_active(&self.tokens[which].0.id, random.random()).await.unwrap(),
            3 => server.touch_session(&self.sessions[which].0.id, at).await.unwrap(),
            4 => {
                let hook = IncomingHook { description: format!("at {at:?}"), ..self.hooks[which].clone() };
                server.hooks().update(hook).await.unwrap();
            }
            5 => drop(server.leave_channel(&channel.id, &user.id).await.unwrap()),
            6 => drop(server.join_channel(channel_member(channel, user)).await.unwrap()),
            7 => drop(server.leave_team(&self.room.team.id, &user.id, at).await.unwrap()),
            8 => drop(server.join_team(team_member(&self.room.team, user, "team_user")).await.unwrap()),
            9 => {
                let wanted = if random.random() { "mention" } else { "none" };
                let props = object(json!({"desktop": wanted}));
                server.set_channel_notify(&channel.id, &user.id, props, 100, at).await.unwrap();
            }
            _ => self.archive(server, random, at).await,
        }
    }

    async fn archive(&self, server: &Store, random: &mut StdRng, at: Timestamp) {
        let deleted = Some(if random.random() { at } else { Timestamp::NEVER });
        let change = ChannelChange { delete_at: deleted, ..ChannelChange::default() };
        server.change_channel(&self.room.channel.id, change, Changes::default(), at).await.unwrap();
    }
}

#[tokio::test]
async fn no_server_answers_with_a_row_older_than_a_change() {
    run(Backend::Postgres, async |store: TestStore| {
        let rows = Rows::make(&store).await;
        let nodes = Nodes::start(store).await;
        let now = nodes.plain.clock.now();
        for server in &nodes.servers {
            nodes.wait_until_cached(server, &rows.users[0].id).await;
        }
        let mut random = StdRng::seed_from_u64(14);
        for step in 0..150 {
            let (maker, other) = if random.random() { (0, 1) } else { (1, 0) };
            // Kept before the change, so that a row that stays kept is an old one.
            rows.read(&nodes.servers[maker], now).await;
            rows.read(&nodes.servers[other], now).await;
            rows.change(&nodes.servers[maker], &nodes.plain, &mut random).await;
            let expected = rows.read(&nodes.plain, now).await;
            assert_eq!(
                rows.read(&nodes.servers[maker], now).await,
                expected,
                "step {step}, where it was made"
            );
            // Promised within a second; asserted is only that it shows.
            let shown = async { while rows.read(&nodes.servers[other], now).await != expected {} };
            soon("the change shows on the other node", shown).await;
        }
        nodes.stop().await;
    })
    .await;
}

#[tokio::test]
async fn rows_are_not_kept_while_changes_of_other_nodes_cannot_be_heard() {
    run(Backend::Postgres, async |store: TestStore| {
        let anna = user(&store, "anna").await;
        let nodes = Nodes::start(store).await;
        let [server, _] = &nodes.servers;
        nodes.wait_until_cached(server, &anna.id).await;
        let mut hidden = PgConnection::connect(nodes.plain.url()).await.unwrap();
        let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() \
                   and query in ('select 1', 'LISTEN \"jackfield_changes\";LISTEN \"jackfield_jobs\"')";
        let seen = async {
            for n in 0.. {
                sqlx::query(end).execute(&mut hidden).await.unwrap();
                let nickname = format!("name {n}");
                set_nickname(&mut hidden, &anna.id, &nickname).await;
                if self::nickname(server, &anna.id).await == nickname {
                    return;
                }
            }
        };
        soon("a change without a notification shows", seen).await;
        hidden.close().await.unwrap();
        nodes.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_change_that_was_not_awaited_shows_too() {
    run(Backend::Postgres, async |store: TestStore| {
        let anna = user(&store, "anna").await;
        let nodes = Nodes::start(store).await;
        let [server, _] = &nodes.servers;
        nodes.wait_until_cached(server, &anna.id).await;
        for n in 0..20 {
            nickname(server, &anna.id).await;
            let changed = User { nickname: format!("name {n}"), ..anna.clone() };
            // Stops at some point between its begin and its commit.
            let change = server.update_profile(changed);
            drop(tokio::time::timeout(Duration::from_micros(100 * n), change).await);
            let same =
                async { while nickname(server, &anna.id).await != nickname(&nodes.plain, &anna.id).await {} };
            soon("both agree", same).await;
        }
        nodes.stop().await;
    })
    .await;
}
