mod anything;
mod looks;
pub(in crate::console) mod stage;
mod tables;
