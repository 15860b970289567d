//! Reaching a monitor on this host, over its Unix sockets.
//!
//! `operate.sock` lets its user act, `observe.sock` only look; who may open which is the file system's matter.

mod connect;
mod sockets;

pub use connect::Local;
pub use sockets::Sockets;

#[cfg(test)]
mod tests;
