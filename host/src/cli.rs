//! tmp cli
