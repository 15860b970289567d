//! Stories that need no root and no hosts.

mod harness;
mod lies;
mod pty;
