//! Stories of users and operators, told to the real binary and real hosts: one file a story, what they share in
//! `tests/support`. Modules here use labs and so need root, except those under `local`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says why"
)]

#[path = "../support/mod.rs"]
mod support;

mod agents;
mod api;
mod apply;
mod check;
mod console;
mod driver;
mod failover;
mod faults;
mod fence;
mod hooks;
mod lab;
mod leave;
mod lies;
mod local;
mod maintenance;
mod metrics;
mod modes;
mod operators;
mod pair;
mod processes;
mod rights;
mod service;
mod ssh;
mod sweep;
mod switchover;
mod units;
mod via;
