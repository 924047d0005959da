//! The contract in Rust, generated from `sdk/wit`. Everything is async, because an import may touch the store and a
//! computing guest yields to other tasks.

wasmtime::component::bindgen!({
    path: "../sdk/wit",
    world: "everything",
    imports: { default: async | trappable },
    exports: { default: async },
});
