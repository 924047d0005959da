//! The house rules that no lint knows, each in a file of its own below `tidy/`: a pure check fed with text, tests
//! that prove it can fail, and one test over the real tree. A broken rule names the place and the remedy.

mod tidy {
    mod circles;
    mod config;
    mod facts;
    mod handlers;
    mod header;
    mod imports;
    mod length;
    mod migrations;
    mod paths;
    mod store;
    mod token;
    mod tree;
    mod words;
}
