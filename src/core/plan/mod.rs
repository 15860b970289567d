//! From a command and a picture of the cluster to a plan, or to a refusal with every reason.
//!
//! A plan is data: what the dialog shows, what `--dry-run` prints, what the journal holds and what runs is one value.
//! One planner a file; the plan does not act and does not know whether it will.

mod builder;
mod checks;
mod site;
mod types;

pub use checks::{Check, Verdict};
pub use site::plan;
pub use types::{Action, Impact, NoReturn, Plan, PlanHash, Step, StepId, Undo, Wanted};

#[cfg(test)]
mod tests;
