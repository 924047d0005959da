//! The house rules that no lint covers, one file per rule in `tidy/`: a pure check on text, tests that prove it can
//! fail, and one test over the real tree. A broken rule names the place and the remedy.

mod tidy {
    mod circles;
    mod code_paths;
    mod config;
    mod facts;
    mod handlers;
    mod header;
    mod imports;
    mod length;
    mod migrations;
    mod names;
    mod paths;
    mod store;
    mod token;
    mod tree;
    mod words;
}
