//! Measures a command call through the host's runtime, against bare wasmtime calling the same component.
//!
//! The floor instantiates the component for each call, on an engine with the same allocator, without deadline, limits,
//! recorded effects or log. Both run their calls sequentially on one thread.

#![expect(clippy::print_stdout, reason = "a measurement prints its figures")]

use std::time::{Duration, Instant};

use jackfield::budget::Budgets;
use jackfield::clock::Clock;
use jackfield::model::{Actor, Call, CommandInvocation};
use jackfield::plugin::RULES;
use jackfield::plugin::package::Package;
use jackfield::runtime::{CompileLimits, Program, ProgramSource, Runtime, RuntimeLimits};
use jackfield::shutdown::Tasks;
use jackfield::store::Store;
use jackfield_tests::plugin_file;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store as GuestStore};

mod bindings {
    wasmtime::component::bindgen!({ path: "../sdk/wit", world: "jackfield:plugin/on-command" });
}

use bindings::exports::jackfield::plugin::command::{GuestIndices, Invocation};
use bindings::jackfield::plugin::types::{Actor as GuestActor, Context};

/// The allocator of the server binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: u32 = 20_000;
const WARM_UP: u32 = 1_000;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    let component = plugin_file("hello-plugin");
    let ours = runtime.block_on(ours(&component));
    let floor = floor(&component);
    let micros = |span: Duration| span.as_secs_f64() * 1e6 / f64::from(ROUNDS);
    println!(
        "call: /hello of hello-plugin, {} bytes, {ROUNDS} calls, each in a fresh instance",
        component.len()
    );
    println!("  ours, through runtime      {:8.1} us a call", micros(ours));
    println!("  floor, bare wasmtime       {:8.1} us a call", micros(floor));
    println!("  ratio                      {:8.2}", ours.as_secs_f64() / floor.as_secs_f64());
}

async fn ours(component: &[u8]) -> Duration {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tasks = Tasks::default();
    let url = format!("sqlite://{}", folder.path().join("bench.db").display());
    let store = Store::open(&url, 1, &tasks).await.expect("a database opens");
    let clock = Clock::system();
    let compile = CompileLimits { in_process: false, time: Duration::from_mins(2), memory: 1 << 30 };
    let limits =
        RuntimeLimits { memory: 64 << 20, values: 10 << 20, calls_per_plugin: 32, calls: 256, compile };
    let memory = Budgets::default().plugins;
    let runtime = Runtime::new(limits, RULES, memory, None, store, clock.clone()).expect("the engine starts");
    let program = load(&runtime, component).await;
    let call = a_call(&program, &clock);
    let command = CommandInvocation { name: "hello".to_owned(), args: Vec::new(), raw: String::new() };
    let run = async |rounds: u32| {
        for _ in 0..rounds {
            let finished = runtime.call(&program, &call, &command, Duration::from_secs(5)).await;
            assert!(finished.expect("the call succeeds").value.is_some());
        }
    };
    run(WARM_UP).await;
    let began = Instant::now();
    run(ROUNDS).await;
    began.elapsed()
}

async fn load(runtime: &Runtime, component: &[u8]) -> Program {
    let package = Package::read(component).expect("a package");
    let source = ProgramSource {
        plugin: package.manifest.plugin.id.clone(),
        digest: package.digest.clone(),
        component: component.to_vec(),
        triggers: package.exports.clone(),
        limits: package.manifest.call_limits(),
        templates: package.manifest.compile_templates().expect("templates compile"),
    };
    runtime.load(source).await.expect("the plugin loads")
}

fn a_call(program: &Program, clock: &Clock) -> Call {
    let id = "a".repeat(26);
    let user: jackfield::model::UserId = id.parse().expect("an id");
    let actor = Actor {
        id: user.clone(),
        username: "anna".to_owned(),
        display_name: "Anna".to_owned(),
        locale: "en".to_owned(),
        is_bot: false,
        is_admin: false,
    };
    Call {
        id,
        plugin: program.plugin().clone(),
        bot: user,
        actor: Some(actor),
        place: None,
        now: clock.now(),
        site_url: "http://localhost".to_owned(),
    }
}

fn floor(component: &[u8]) -> Duration {
    let mut config = Config::new();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(PoolingAllocationConfig::default()));
    let engine = Engine::new(&config).expect("an engine");
    let component = Component::from_binary(&engine, component).expect("the component compiles");
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component).expect("imports are stubbed");
    let pre = linker.instantiate_pre(&component).expect("the component links");
    let indices = GuestIndices::new(&pre).expect("the component has the export");
    let context = Context {
        call_id: "a".repeat(26),
        actor: Some(GuestActor {
            id: "a".repeat(26),
            username: "anna".to_owned(),
            display_name: "Anna".to_owned(),
            locale: "en".to_owned(),
            is_bot: false,
            is_admin: false,
        }),
        place: None,
        now_ms: 1,
        deadline_ms: 5_000,
        site_url: "http://localhost".to_owned(),
    };
    let invocation = Invocation {
        name: "hello".to_owned(),
        subcommand: None,
        args: Vec::new(),
        raw: String::new(),
        trigger_id: None,
    };
    let run = |rounds: u32| {
        for _ in 0..rounds {
            let mut store = GuestStore::new(&engine, ());
            let instance = pre.instantiate(&mut store).expect("an instance");
            let guest = indices.load(&mut store, &instance).expect("the export");
            let reply = guest.call_handle(&mut store, &context, &invocation).expect("the call does not trap");
            assert!(reply.expect("the guest succeeds").is_some());
        }
    };
    run(WARM_UP);
    let began = Instant::now();
    run(ROUNDS);
    began.elapsed()
}
