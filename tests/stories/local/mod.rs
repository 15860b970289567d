//! Stories that need no root and no hosts.

mod console;
mod demo;
mod harness;
mod host;
mod lies;
mod pty;
