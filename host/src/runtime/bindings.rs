//! The contract in Rust, generated from `sdk/wit`. Everything async: an import may touch the store, and a guest that
//! computes gives way to other tasks.

wasmtime::component::bindgen!({
    path: "../sdk/wit",
    world: "everything",
    imports: { default: async | trappable },
    exports: { default: async },
});
