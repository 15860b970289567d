//! Switchtower: a terminal console, and the core behind it, for clusters that must fail over.
//!
//! The map of the crate, from the inside outwards. A room may name only the rooms that stand before it in its own
//! line; `tests/shape.rs` parses every file and holds this.
//!
//! - [`core`]: the model, plans and the run machine. Pure: values in, values out; no clock, no sockets, no files.
//! - [`config`] (core): the configuration file, and every problem of it with key and remedy.
//! - [`wire`] (core): what clients and the monitor say to each other.
//! - [`store`] (core): the journal, one append-only checksummed file.
//! - [`ssh`] (core, config): kept connections to hosts.
//! - [`driver`] (core, wire, ssh): how a service is started, stopped and looked at on a host: units, processes, OCF agents, commands.
//! - [`probe`] (core, ssh, driver): watching hosts at an interval, and when they say something by themselves.
//! - [`run`] (core, store): carries out what the pure run machine asks for, journal first.
//! - [`host`] (core, wire): the service on a host that supervises processes.
//! - [`monitor`] (core, config, wire, store, ssh, driver, probe, run): the daemon with the one task that changes state; where there are two, the way to the other one.
//! - [`words`] (core, wire): what people read: lines with tones, entries as sentences, a plan in sections, marks and ages.
//! - [`client`] (core, wire, ssh): reaching a monitor, on this machine or through SSH.
//! - [`cli`] (core, config, wire, words, the root of client): the verbs, their output and exit codes.
//! - [`console`] (core, config, wire, words, the root of client): the terminal interface; sessions are recorded and played again.
//! - [`demo`] (core, config, wire, ssh, host, client): a whole cluster of real parts on one machine, and what can be broken in it.
//! - [`app`]: the one place that wires everything; `main` calls it.

pub mod app;
pub mod cli;
pub mod client;
pub mod config;
pub mod console;
pub mod core;
pub mod demo;
pub mod driver;
pub mod host;
pub mod monitor;
pub mod probe;
pub mod run;
pub mod ssh;
pub mod store;
pub mod wire;
pub mod words;
