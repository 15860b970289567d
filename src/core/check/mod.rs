//! Every order of messages, losses, crashes and people's wishes in small configurations of two sites and two monitors, tried out
//! by a model checker.
//!
//! Who acts, what is planned and decided, what a journal adds up to and how a run goes on is the real code. By hand are the
//! network, the hosts with their guards, the fence devices, and the monitor's state task as far as it is not in the core
//! (`lines` keeps in step with it). An entry is on stable storage as soon as it is written.

mod asked;
mod hosts;
mod lines;
mod model;
#[cfg(test)]
mod tests;
mod world;
