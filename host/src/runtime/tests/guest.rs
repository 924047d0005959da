//! Guests written by hand, so that each does exactly one thing, and tests need no other compiler target.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

/// Where a guest writes its result; all zeros mean `ok(none)`.
const ANSWER: u32 = 1024;

/// A guest that handles commands with this body, a WebAssembly text that may use `$answer` (where the result goes, all
/// zeros) and these further definitions. The texts in `data` are in memory one after the other from address 16.
pub(super) struct Guest<'a> {
    pub(super) imports: &'a str,
    pub(super) data: &'a str,
    pub(super) body: &'a str,
}

impl Guest<'_> {
    pub(super) fn component(&self) -> Vec<u8> {
        let text = format!(
            r#"(module
                {imports}
                (memory (export "memory") 2)
                (global $answer i32 (i32.const {ANSWER}))
                (global $free (mut i32) (i32.const 8192))
                (data (i32.const 16) "{data}")
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (local $at i32)
                    (local.set $at (global.get $free))
                    (global.set $free (i32.and (i32.add (i32.add (local.get $at) (local.get 3)) (i32.const 15)) (i32.const -16)))
                    (local.get $at))
                (func (export "jackfield:plugin/command@1.0.0#handle") (param i32) (result i32)
                    {body}
                    (global.get $answer)))"#,
            imports = self.imports,
            data = self.data,
            body = self.body,
        );
        let mut module = wat::parse_str(text).unwrap();
        let mut resolve = wit_parser::Resolve::default();
        let (package, _) = resolve.push_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk/wit")).unwrap();
        let world = resolve.select_world(&[package], Some("on-command")).unwrap();
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().validate(true).module(&module).unwrap().encode().unwrap()
    }
}

/// A guest without imports and texts.
pub(super) fn plain(body: &str) -> Vec<u8> {
    Guest { imports: "", data: "", body }.component()
}

pub(super) const KV_PUT: &str =
    r#"(import "jackfield:plugin/kv@1.0.0" "put" (func $put (param i32 i32 i32 i32 i32 i64 i32 i32 i32)))"#;

pub(super) const KV_GET: &str =
    r#"(import "jackfield:plugin/kv@1.0.0" "get" (func $get (param i32 i32 i32)))"#;

pub(super) const CREATE: &str =
    r#"(import "jackfield:plugin/messaging@1.0.0" "create" (func $create (param i32 i32)))"#;

pub(super) const PANIC: &str =
    r#"(import "jackfield:plugin/panic@1.0.0" "report" (func $report (param i32 i32 i32 i32)))"#;

pub(super) const LOG: &str =
    r#"(import "jackfield:plugin/log@1.0.0" "log" (func $log (param i32 i32 i32 i32 i32)))"#;

/// Puts the first `len` bytes of the data under a key that is the same bytes; the result goes to address 512.
pub(super) fn put(len: u32) -> String {
    format!(
        "(call $put (i32.const 16) (i32.const {len}) (i32.const 16) (i32.const {len}) \
         (i32.const 0) (i64.const 0) (i32.const 0) (i32.const 0) (i32.const 512))"
    )
}

/// Posts the data's first `len` bytes to the channel whose id (26 bytes) stands right after them; the result goes to
/// address 512.
pub(super) fn create(len: u32) -> String {
    let store = |at: u32, value: u32| format!("(i32.store (i32.const {}) (i32.const {value}))", 2048 + at);
    let fields = [store(12, 16 + len), store(16, 26), store(32, 16), store(36, len)].concat();
    format!("{fields}(call $create (i32.const 2048) (i32.const 512))")
}
