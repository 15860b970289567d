//! Two monitors: which of them acts, and whether the other one has what it would need to, in one line.

use super::text::span;
use crate::core::pair::Part;
use crate::wire::PairView;

/// The line, as the monitor that was asked sees it.
#[must_use]
pub fn pair_line(pair: &PairView) -> String {
    let PairView { me, other, .. } = pair;
    let heard = match (&pair.lost, pair.heard_ms) {
        (Some(why), Some(ms)) => format!("last heard {} ago: {why}", span(ms)),
        (Some(why), None) => format!("not heard: {why}"),
        (None, Some(ms)) => format!("heard {} ago", span(ms)),
        (None, None) => "not heard yet".to_owned(),
    };
    let copy = match (pair.behind, pair.behind_ms) {
        (Some(0), _) => ", has the whole journal".to_owned(),
        (Some(n), Some(ms)) => format!(", {} of the journal behind for {}", entries(n), span(ms)),
        (Some(n), None) => format!(", {} of the journal behind", entries(n)),
        (None, _) => String::new(),
    };
    match pair.part {
        Part::Acting if pair.lost.is_some() => format!("{me} acts; {other} is not there ({heard}{copy})"),
        Part::Acting => format!("{me} acts; {other} follows ({heard}{copy})"),
        Part::Standby => format!("{other} acts ({heard}); {me}, this one, follows{copy}"),
        Part::Waiting => format!("{me}, this one, waits for {other} ({heard})"),
    }
}

fn entries(n: u64) -> String {
    if n == 1 { "1 entry".to_owned() } else { format!("{n} entries") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::HostName;

    #[test]
    fn each_part_says_who_acts_and_what_the_other_one_has() {
        let host = |name| HostName::new(name).unwrap();
        let view = |part, heard_ms, lost: Option<&str>, behind, behind_ms| PairView {
            me: host("s1"),
            other: host("n1"),
            part,
            heard_ms,
            other_acts: None,
            lost: lost.map(str::to_owned),
            behind,
            behind_ms,
            other_config: false,
            rival: false,
        };
        for (view, line) in [
            (view(Part::Acting, Some(400), None, Some(0), None), "s1 acts; n1 follows (heard 400 ms ago, has the whole journal)"),
            (
                view(Part::Acting, Some(41_000), Some("no answer"), Some(3), Some(40_000)),
                "s1 acts; n1 is not there (last heard 41 s ago: no answer, 3 entries of the journal behind for 40 s)",
            ),
            (
                view(Part::Standby, Some(400), None, Some(1), None),
                "n1 acts (heard 400 ms ago); s1, this one, follows, 1 entry of the journal behind",
            ),
            (view(Part::Waiting, None, None, None, None), "s1, this one, waits for n1 (not heard yet)"),
        ] {
            assert_eq!(pair_line(&view), line);
        }
    }
}
