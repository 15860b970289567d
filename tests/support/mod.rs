//! Helpers of the user stories.

pub mod sshd;
