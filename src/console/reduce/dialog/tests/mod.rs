mod back;
mod keys;
mod random;
mod runs;
mod shut;
mod small;
mod typed;
