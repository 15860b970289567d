//! What the monitor does by itself, told to whoever did not ask for it: a failover stays in sight until it was seen.

use super::link::told;
use crate::console::effect::Effect;
use crate::console::state::State;
use crate::core::command::{Command, End};
use crate::core::record::{Body, Record};
use crate::core::run::RunEvent;
use crate::core::trigger::{Acts, Choice};
use crate::words::{Tone, clean, end_tone};

/// Takes in an entry that was written while the console watched.
pub(super) fn news(state: &mut State, record: &Record) -> Vec<Effect> {
    if state.journal.began.is_none_or(|began| record.index <= began) {
        return Vec::new();
    }
    let Some(text) = state.journal.line(record.index).map(|line| clean(&line.text, false)) else { return Vec::new() };
    match &record.body {
        Body::Decided { decision } => match (&decision.choice, decision.acts) {
            (Choice::Act { command: Command::Failover { .. }, .. }, Acts::Does) => keep(state, Tone::Warn, &text),
            (Choice::Act { .. }, Acts::Does | Acts::Would) | (Choice::Hold { .. }, _) => say(state, Tone::Warn, &text),
            (Choice::Act { .. } | Choice::Quiet, _) => Vec::new(),
        },
        // What was asked for here is told by its own dialog.
        Body::Run { run, event: RunEvent::Closed { end } } if !state.tasks.all().any(|task| task.run == Some(*run)) => match end {
            End::Done => say(state, Tone::Good, &text),
            End::NothingChanged { .. } | End::Partly { .. } => keep(state, end_tone(end), &text),
        },
        Body::Serving { failing, .. } if !failing.is_empty() => keep(state, Tone::Bad, &text),
        _ => Vec::new(),
    }
}

fn say(state: &mut State, tone: Tone, text: &str) -> Vec<Effect> {
    state.notices.say(state.clock, tone, text);
    told(state, text)
}

fn keep(state: &mut State, tone: Tone, text: &str) -> Vec<Effect> {
    state.notices.keep(state.clock, tone, text);
    told(state, text)
}

#[cfg(test)]
mod tests {
    use crate::console::effect::Effect;
    use crate::console::event::{Event, LinkEvent, Moment};
    use crate::console::settings::Settings;
    use crate::console::state::{Size, State};
    use crate::console::update::update;
    use crate::core::command::Command;
    use crate::core::model::SiteName;
    use crate::core::record::Record;
    use crate::core::trigger::{Acts, Choice};
    use crate::words::testing::{at, decided, shop_status, situation};

    fn failover(index: u64, acts: Acts) -> Record {
        let command = Command::Failover { to: SiteName::new("south").unwrap() };
        decided(index, Choice::Act { command, plan: "x".into() }, acts, "db is lost", situation("cafe"))
    }

    /// The effects of an entry, and the texts that stay.
    fn heard(record: Record) -> (Vec<Effect>, Vec<String>) {
        let mut state = State::new(Settings::default(), Size { cols: 80, rows: 24 }, at(0));
        let mut take = |event| update(&mut state, Moment(1_000), at(0), Event::Link(event));
        take(LinkEvent::Picture(Box::new(shop_status())));
        let effects = take(LinkEvent::Entries(vec![record]));
        let kept = state.notices.at(Moment(600_000)).map(|notice| notice.text.clone()).collect();
        (effects, kept)
    }

    #[test]
    fn a_failover_stays_in_sight_and_rings() {
        let (effects, kept) = heard(failover(5, Acts::Does));
        assert_eq!(effects, [Effect::Bell]);
        assert!(matches!(kept.as_slice(), [text] if text.contains("failover to south: db is lost")), "{kept:?}");
    }

    #[test]
    fn what_happened_before_the_console_looked_and_what_only_would_be_done_does_not_stay() {
        assert_eq!(heard(failover(4, Acts::Does)), (vec![], vec![]), "it was written before the first picture");
        let (effects, kept) = heard(failover(5, Acts::Would));
        assert_eq!((effects.len(), kept), (1, vec![]));
    }
}
