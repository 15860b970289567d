//! Somebody tries Switchtower out: a whole cluster on this machine, as this user, with nothing installed; breaks things in it,
//! sees what happens, and finds nothing of it afterwards.

mod breaks;
mod ends;
mod screen;
mod stage;
