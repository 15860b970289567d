//! The shape of the project, held by tests: who may name whom, how large a file may get, which rows are shown by which
//! tests, and what no file may contain.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod layers;
mod names;
mod rows;
mod sizes;
mod table;
mod tree;
mod words;
