//! Reading what `systemctl show` prints. Pure.

use super::unit::{Extra, Sighting};
use super::words::tidy;

/// One unit's block.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    /// Its state.
    pub sighting: Sighting,
    /// What else is known.
    pub extra: Extra,
    /// Units that start it, with how: `("TriggeredBy", "app.socket")`.
    pub related: Vec<(&'static str, String)>,
}

/// The blocks of `text`, one a unit in the order asked; `None` when there are not `count` of them, or one says nothing.
pub(super) fn parse(text: &str, count: usize) -> Option<Vec<Shown>> {
    let mut blocks = vec![Shown::default()];
    for line in text.lines() {
        if line.is_empty() {
            blocks.push(Shown::default());
            continue;
        }
        let (key, value) = line.split_once('=')?;
        if blocks.len() > count {
            return None;
        }
        read(blocks.last_mut()?, key, value);
    }
    // A line end after the last block is no block of its own.
    blocks.truncate(count);
    let complete = blocks.len() == count && blocks.iter().all(|b| !b.sighting.load.is_empty() && !b.sighting.active.is_empty());
    complete.then_some(blocks)
}

fn read(block: &mut Shown, key: &str, value: &str) {
    let Shown { sighting, extra, related } = block;
    let mut relate = |how| related.extend(value.split(' ').filter(|unit| !unit.is_empty()).map(|unit| (how, tidy(unit))));
    match key {
        "LoadState" => sighting.load = tidy(value),
        "ActiveState" => sighting.active = tidy(value),
        "SubState" => sighting.sub = tidy(value),
        "Job" if !matches!(value, "" | "0") => sighting.job = Some(String::new()),
        "InvocationID" => extra.invocation = (value.len() == 32).then(|| tidy(value)),
        "Result" => extra.result = tidy(value),
        "ControlGroup" => extra.group = !value.is_empty(),
        "UnitFileState" => extra.enablement = tidy(value),
        "TriggeredBy" => relate("TriggeredBy"),
        "WantedBy" => relate("WantedBy"),
        "RequiredBy" => relate("RequiredBy"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::fact::State;
    use proptest::prelude::*;

    const TWO: &str = "Result=success\nLoadState=loaded\nActiveState=active\nSubState=running\nUnitFileState=disabled\n\
                       InvocationID=0123456789abcdef0123456789abcdef\nTriggeredBy=a.socket b.timer\nDescription=a=b\n\n\
                       LoadState=not-found\nActiveState=inactive\nSubState=dead\nInvocationID=\n";

    #[test]
    fn blocks_come_in_the_order_asked() {
        let shown = parse(TWO, 2).unwrap();
        assert_eq!(shown[0].sighting.state(), State::Active);
        assert_eq!(shown[0].extra.invocation.as_deref(), Some("0123456789abcdef0123456789abcdef"));
        assert_eq!(shown[0].related, [("TriggeredBy", "a.socket".into()), ("TriggeredBy", "b.timer".into())]);
        assert_eq!(shown[1].sighting.state(), State::Missing);
        assert_eq!(shown[1].extra.invocation, None);
    }

    #[test]
    fn a_queued_job_of_unknown_kind_is_no_proof_of_anything_stopped() {
        let shown = parse("LoadState=loaded\nActiveState=inactive\nSubState=dead\nJob=42\n", 1).unwrap();
        assert_eq!(shown[0].sighting.state(), State::Starting);
    }

    #[test]
    fn an_answer_that_is_cut_or_of_another_question_is_none() {
        assert!(parse(TWO, 1).is_none());
        assert!(parse(TWO, 3).is_none());
        assert!(parse("LoadState=loaded\n", 1).is_none());
        assert!(parse("Failed to connect to bus\n", 1).is_none());
        assert!(parse("", 1).is_none());
    }

    proptest! {
        #[test]
        fn no_output_makes_it_panic(text in "([A-Za-z]{0,12}=?[ -~]{0,20}\n|\n){0,30}", count in 0usize..5) {
            let _ = parse(&text, count);
        }
    }
}
