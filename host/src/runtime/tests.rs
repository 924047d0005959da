//! Calls of guests that succeed, fail, and use imports.

mod guest;
mod imports;
mod logs;
mod rights;
mod world;

use tokio::sync::SemaphorePermit;

use super::*;
use crate::model::{CommandReply, Effect};
use crate::secret::sha256_hex;
use guest::{Guest, plain};
use world::{LONG, World};

fn fault(failed: Result<CallOutput<Option<CommandReply>>, Fault>) -> Fault {
    failed.unwrap_err()
}

#[tokio::test]
async fn a_guest_returns_its_reply() {
    let world = World::new().await;
    let finished = world.answer(plain("")).await.unwrap();
    assert_eq!(finished, CallOutput { value: None, effects: Vec::new() });
}

#[tokio::test]
async fn a_failure_that_the_guest_returns_is_a_refusal() {
    let world = World::new().await;
    // failure.retryable("so"): the result's tag, the variant's tag, pointer and length.
    let body = "(i32.store8 (global.get $answer) (i32.const 1)) (i32.store8 offset=4 (global.get $answer) (i32.const 1))
        (i32.store offset=8 (global.get $answer) (i32.const 16)) (i32.store offset=12 (global.get $answer) (i32.const 2))";
    let fault = fault(world.answer(Guest { imports: "", data: "so", body }.component()).await);
    assert!(matches!(fault, Fault::Refused { kind: RefusalKind::Retryable, text } if text == "so"));
}

#[tokio::test]
async fn a_crash_reports_its_panic_and_frames() {
    let world = World::new().await;
    let body = "(call $report (i32.const 16) (i32.const 4) (i32.const 20) (i32.const 7)) unreachable";
    let crash = Guest { imports: guest::PANIC, data: "boomlib.rs:", body }.component();
    let Fault::Trap { panic, cause, frames } = fault(world.answer(crash).await) else { panic!("no trap") };
    assert_eq!(panic.as_deref(), Some("boom, at lib.rs:"));
    assert_eq!(cause, "wasm trap: wasm `unreachable` instruction executed");
    assert_eq!(frames.len(), 1, "{frames:?}");
}

#[tokio::test]
async fn a_spinning_guest_is_stopped_at_its_deadline() {
    let world = World::new().await;
    let program = world.load(plain("(loop $spin (br $spin))")).await;
    let fault = fault(world.run(&program, Duration::from_millis(30)).await);
    assert!(matches!(fault, Fault::Deadline { limit_ms: 30 }), "{fault:?}");
}

#[tokio::test]
async fn a_plugin_may_only_narrow_its_deadline() {
    let world = World::new().await;
    let time = [("command", Duration::from_millis(20))].into();
    let limits = CallLimits { memory: None, time };
    let source = World::source(plain("(loop $spin (br $spin))"), limits);
    let program = world.runtime.load(source).await.unwrap();
    assert!(matches!(fault(world.run(&program, LONG).await), Fault::Deadline { limit_ms: 20 }));
    let shorter = fault(world.run(&program, Duration::from_millis(10)).await);
    assert!(matches!(shorter, Fault::Deadline { limit_ms: 10 }));
}

#[tokio::test]
async fn a_spinning_guest_leaves_the_thread_to_others() {
    let world = World::new().await;
    let spins = world.load(plain("(loop $spin (br $spin))")).await;
    let answers = world.load(plain("")).await;
    // One thread runs both; the second ends although the first never yields by itself.
    tokio::select! {
        biased;
        failed = world.run(&spins, LONG) => panic!("{failed:?}"),
        answer = world.run(&answers, LONG) => assert_eq!(answer.unwrap().value, None),
    }
}

#[tokio::test]
async fn memory_above_the_limit_is_refused_and_reported() {
    let world = World::new().await;
    let eats =
        plain("(loop $eat (br_if $eat (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable");
    let limit = 64 * 1024 * 1024;
    let eaten = fault(world.answer(eats.clone()).await);
    assert!(matches!(eaten, Fault::Memory { limit_bytes } if limit_bytes == limit), "{eaten:?}");
    let narrow = CallLimits { memory: Some(1024 * 1024), ..CallLimits::default() };
    let program = world.runtime.load(World::source(eats, narrow)).await.unwrap();
    assert!(matches!(fault(world.run(&program, LONG).await), Fault::Memory { limit_bytes: 1_048_576 }));
    let less_than_it_begins_with = CallLimits { memory: Some(1024), ..CallLimits::default() };
    let program = world.runtime.load(World::source(plain(""), less_than_it_begins_with)).await.unwrap();
    assert!(matches!(fault(world.run(&program, LONG).await), Fault::Memory { limit_bytes: 1024 }));
}

#[tokio::test]
async fn a_call_beyond_the_memory_of_all_calls_is_busy() {
    let world = World::with_memory(World::limits(), 16 << 20).await;
    let eats =
        plain("(loop $eat (br_if $eat (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable");
    assert!(matches!(fault(world.answer(eats).await), Fault::Busy));
    // Its memory is free again.
    assert!(world.answer(plain("")).await.is_ok());
    let none = World::with_memory(World::limits(), 1024).await;
    assert!(matches!(fault(none.answer(plain("")).await), Fault::Busy));
}

#[tokio::test]
async fn a_component_that_does_not_compile_in_time_does_not_load() {
    let limits = RuntimeLimits {
        compile: CompileLimits { time: Duration::ZERO, ..World::limits().compile },
        ..World::limits()
    };
    let world = World::with(limits).await;
    let slow = world.runtime.load(World::source(plain(""), CallLimits::default())).await;
    assert!(matches!(slow, Err(LoadError::CompileTime { limit_ms: 0 } | LoadError::CompilerBusy)));
}

#[tokio::test]
async fn a_call_posts_a_bounded_number_of_bytes() {
    let world = World::new().await;
    // Twelve posts of 12,000 bytes each, of which ten fit.
    let body = "(local $left i32) (local.set $left (i32.const 12))
         (memory.fill (i32.const 16384) (i32.const 120) (i32.const 12000))
         (i32.store (i32.const 2060) (i32.const 16)) (i32.store (i32.const 2064) (i32.const 26))
         (i32.store (i32.const 2080) (i32.const 16384)) (i32.store (i32.const 2084) (i32.const 12000))
         (loop $more (call $create (i32.const 2048) (i32.const 512))
            (local.set $left (i32.sub (local.get $left) (i32.const 1))) (br_if $more (local.get $left)))";
    let data = world.channel.id.to_string();
    let finished =
        world.answer(Guest { imports: guest::CREATE, data: &data, body }.component()).await.unwrap();
    assert_eq!(finished.effects.len(), MAX_POSTED / 12_000);
}

#[tokio::test]
async fn a_table_grows_up_to_its_limit() {
    let world = World::new().await;
    // `table.grow` returns -1 if it is refused, or else the previous size.
    let body = "(if (i32.ne (table.grow $grown (ref.null func) (i32.const 20000)) (i32.const -1)) (then unreachable))
        (if (i32.ne (table.grow $grown (ref.null func) (i32.const 19999)) (i32.const 1)) (then unreachable))";
    let grows = Guest { imports: "(table $grown 1 funcref)", data: "", body }.component();
    assert_eq!(world.answer(grows).await.unwrap().value, None);
}

/// Encodes `ok(some(reply))` with a text of `len` bytes that begins at address 0.
fn replies(len: u32) -> Vec<u8> {
    plain(&format!(
        "(drop (memory.grow (i32.const 400))) (i32.store offset=12 (global.get $answer) (i32.const 131072))
         (i32.store8 offset=4 (global.get $answer) (i32.const 1)) (i32.store offset=16 (global.get $answer) (i32.const {len}))"
    ))
}

#[tokio::test]
async fn an_output_above_its_limits_cannot_be_used() {
    let world = World::new().await;
    for len in [2 * 1024 * 1024, 12 * 1024 * 1024, u32::MAX] {
        let fault = fault(world.answer(replies(len)).await);
        assert!(matches!(fault, Fault::BadOutput(_)), "{len}: {fault:?}");
    }
    let said = fault(world.answer(replies(2 * 1024 * 1024)).await).to_string();
    assert_eq!(
        said,
        "the plugin returned an output that this server cannot use: it has 2097152 bytes; at most 262144 are allowed"
    );
}

#[tokio::test]
async fn a_successful_call_returns_its_writes_and_posts_as_effects() {
    let world = World::new().await;
    let imports = [guest::KV_PUT, guest::CREATE].concat();
    let data = format!("note{}", world.channel.id);
    let body = [guest::put(4), guest::create(4)].concat();
    let finished =
        world.answer(Guest { imports: &imports, data: &data, body: &body }.component()).await.unwrap();
    let [Effect::Post { to, message, idempotency_key: None, .. }, Effect::Value(change)] =
        finished.effects.as_slice()
    else {
        panic!("{:?}", finished.effects)
    };
    assert_eq!((&to.channel_id, message.text.as_str()), (&world.channel.id, "note"));
    assert_eq!((change.key.as_str(), change.expected), ("note", None));
    let value = change.value.as_ref().unwrap();
    assert_eq!((value.bytes.as_slice(), value.version), (b"note".as_slice(), 1));

    let crashes = format!("{body} unreachable");
    let failed = world.answer(Guest { imports: &imports, data: &data, body: &crashes }.component()).await;
    assert!(matches!(fault(failed), Fault::Trap { panic: None, .. }));
}

#[tokio::test]
async fn a_guest_reads_its_own_writes() {
    let world = World::new().await;
    let imports = [guest::KV_PUT, guest::KV_GET].concat();
    // The guest crashes unless the value it read exists (tags of result and option) and has the written length.
    let body = guest::put(4)
        + "(call $get (i32.const 16) (i32.const 4) (i32.const 600))
           (if (i32.or (i32.load8_u (i32.const 600)) (i32.eqz (i32.load8_u (i32.const 608)))) (then unreachable))
           (if (i32.ne (i32.load (i32.const 620)) (i32.const 4)) (then unreachable))";
    let finished =
        world.answer(Guest { imports: &imports, data: "note", body: &body }.component()).await.unwrap();
    assert_eq!(finished.effects.len(), 1);
}

#[tokio::test]
async fn a_call_posts_a_bounded_number_of_messages() {
    let world = World::new().await;
    let body = format!(
        "(local $left i32) (local.set $left (i32.const {}))
         (loop $more {} (local.set $left (i32.sub (local.get $left) (i32.const 1))) (br_if $more (local.get $left)))",
        MAX_POSTS + 1,
        guest::create(2)
    );
    let data = format!("hi{}", world.channel.id);
    let finished =
        world.answer(Guest { imports: guest::CREATE, data: &data, body: &body }.component()).await.unwrap();
    assert_eq!(finished.effects.len(), MAX_POSTS);
}

#[tokio::test]
async fn a_value_above_the_quota_is_not_written() {
    let limits = RuntimeLimits { values: 7, ..World::limits() };
    let world = World::with(limits).await;
    // result<u64, error>: the tag of the error at 512, of its variant (0: quota) at 520, the quota at 528.
    let body = guest::put(4)
        + "(if (i32.eqz (i32.load8_u (i32.const 512))) (then unreachable))
           (if (i32.load8_u (i32.const 520)) (then unreachable))
           (if (i64.ne (i64.load (i32.const 528)) (i64.const 7)) (then unreachable))";
    let finished =
        world.answer(Guest { imports: guest::KV_PUT, data: "note", body: &body }.component()).await.unwrap();
    assert_eq!(finished.effects, []);
}

#[tokio::test]
async fn calls_fail_as_busy_above_the_plugins_share_or_the_servers_limit() {
    let world = World::new().await;
    let program = world.load(plain("")).await;
    let share: SemaphorePermit<'_> = program.0.share.calls.acquire_many(2).await.unwrap();
    assert!(matches!(fault(world.run(&program, LONG).await), Fault::Busy));
    drop(share);
    let slots = world.runtime.0.slots.acquire_many(4).await.unwrap();
    assert!(matches!(fault(world.run(&program, Duration::from_millis(20)).await), Fault::Busy));
    drop(slots);
    assert!(world.run(&program, LONG).await.is_ok());
}

#[tokio::test]
async fn an_upgraded_plugin_keeps_its_share() {
    let world = World::new().await;
    let (old, new) = (world.load(plain("")).await, world.load(plain("nop")).await);
    assert_ne!(old.digest(), new.digest());
    assert!(Arc::ptr_eq(&old.0.share, &new.0.share));
}

#[tokio::test]
async fn compiled_code_is_cached_and_verified() {
    let world = World::new().await;
    let component = plain("");
    world.load(component.clone()).await;
    let file = std::fs::read_dir(world.folder.path().join("compiled")).unwrap().next().unwrap().unwrap();
    assert!(file.file_name().to_string_lossy().starts_with(&sha256_hex(&component)));
    let sound = std::fs::read(file.path()).unwrap();

    // Only the file has the code now: an empty component would not compile.
    let digest = sha256_hex(&component);
    let empty =
        || ProgramSource { digest: digest.clone(), ..World::source(Vec::new(), CallLimits::default()) };
    let kept = world.runtime.load(empty()).await.unwrap();
    assert_eq!(world.run(&kept, LONG).await.unwrap().value, None);

    let mut damaged = sound.clone();
    *damaged.last_mut().unwrap() ^= 1;
    std::fs::write(file.path(), &damaged).unwrap();
    assert!(matches!(world.runtime.load(empty()).await, Err(LoadError::Compile(_))));
    world.load(component).await;
    assert_eq!(std::fs::read(file.path()).unwrap().len(), sound.len());
    assert!(world.runtime.load(empty()).await.is_ok());
}

#[cfg(unix)]
#[tokio::test]
async fn a_cache_writable_by_others_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new().await;
    let directory = world.folder.path().join("shared");
    std::fs::create_dir(&directory).unwrap();
    std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).unwrap();
    let limits = world.runtime.limits().clone();
    let (store, memory) = (world.runtime.0.store.clone(), world.runtime.0.memory.clone());
    let compiled = Some(World::compiled(directory));
    let refused = Runtime::new(limits, Rules::for_members(), memory, compiled, store, world.clock.clone());
    assert!(matches!(refused, Err(RuntimeError::CacheShared { .. })));
}

#[tokio::test]
async fn a_component_without_its_trigger_does_not_load() {
    let world = World::new().await;
    let empty = wat::parse_str("(component)").unwrap();
    let refused = world.runtime.load(World::source(empty, CallLimits::default())).await;
    let reason = "the export `command` does not fit this server's contract: it has no function `handle`";
    assert_eq!(refused.unwrap_err().to_string(), reason);
    let refused = world.runtime.load(World::source(b"text".to_vec(), CallLimits::default())).await;
    assert!(matches!(refused, Err(LoadError::Compile(_))));
}
