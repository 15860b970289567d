//! User stories, one file each, in one test binary.

#[path = "../support/mod.rs"]
mod support;

mod ssh;
