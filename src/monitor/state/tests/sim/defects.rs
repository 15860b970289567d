//! Defects that the monitor says of itself in its log: in a world they break a rule like any other. So does a panic.

use std::cell::RefCell;
use std::panic::{UnwindSafe, catch_unwind};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// What is said of something that cannot happen.
const DEFECTS: [&str; 4] =
    ["does not fit the journal", "does not fit its run", "what was decided cannot be planned", "the journal cannot be rotated"];

thread_local! {
    static HEARD: RefCell<Option<String>> = const { RefCell::new(None) };
}

struct Listener;

struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        use std::fmt::Write;
        let _ = write!(self.0, "{}={value:?} ", field.name());
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut words = Words(String::new());
        event.record(&mut words);
        if DEFECTS.iter().any(|defect| words.0.contains(defect)) {
            HEARD.with(|heard| {
                heard.borrow_mut().get_or_insert(words.0);
            });
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What `world` comes to, unless the monitor has said meanwhile that it has a defect, or something has panicked.
pub(super) fn heard(world: impl FnOnce() -> Result<(), String> + UnwindSafe) -> Result<(), String> {
    HEARD.with(|heard| heard.borrow_mut().take());
    let end = tracing::subscriber::with_default(Listener, || catch_unwind(world));
    if let Some(defect) = HEARD.with(|heard| heard.borrow_mut().take()) {
        return Err(format!("the monitor has no defect: {defect}"));
    }
    end.unwrap_or_else(|_| Err("nothing panics".to_owned()))
}
