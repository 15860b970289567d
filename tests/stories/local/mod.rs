//! Stories that need no root and no hosts.

mod console;
mod harness;
mod lies;
mod pty;
