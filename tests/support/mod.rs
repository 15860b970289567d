//! What the stories share: labs of real hosts, programs that end with their test, waits for a named condition.
//! Nothing here knows the product; a story brings the two together.

// Each story uses a part of this.
#![allow(dead_code)]

pub mod cluster;
pub mod console;
pub mod figures;
pub mod host;
pub mod lab;
pub mod liar;
pub mod pair;
pub mod proc;
pub mod processes;
pub mod pty;
pub mod service;
pub mod sshd;
pub mod wait;
