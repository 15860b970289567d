//! User stories, one file each, in one test binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod ssh;
