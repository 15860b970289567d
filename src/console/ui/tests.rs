mod anything;
mod looks;
mod stage;
mod tables;
