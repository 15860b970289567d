//! The console beside real hosts: what an operator sees there and does there. One file a question.

mod journey;

/// A component that others rest on, and one on top of it.
const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("web", &["db"])];
