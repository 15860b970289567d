//! The demonstration.

pub mod component;
pub mod net;
