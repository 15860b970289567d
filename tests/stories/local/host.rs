//! A host service, told to the real binary: processes, terms, what is heard, and people who act by hand.

mod byhand;
mod cut;
mod lease;
mod life;
mod talk;
mod terms;
