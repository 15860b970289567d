//! A decision with everything that it rested on, in sentences.

use super::now;
use crate::cli::past::Found;
use crate::cli::place;
use crate::client::{ClientError, Link};
use crate::core::fact::State;
use crate::core::health::{Health, HostSignals, Own, judge_host};
use crate::core::model::{Cluster, ComponentName, HostName, Mode, Side};
use crate::core::plan::Wanted;
use crate::core::record::{Body, Record, RunId};
use crate::core::trigger::{Acts, Choice, DecisionId, Situation};
use crate::words::{self, Line, Tone, count, span, stance_words, time};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// In how many entries after a decision its run is looked for: it is opened at once.
const NEAR: u32 = 20;

/// The decision, what became of it, and what was known; and its entry.
pub(super) async fn lines(
    link: &mut dyn Link,
    id: DecisionId,
    found: Found,
    config: PathBuf,
) -> Result<(Vec<Line>, Vec<Record>), ClientError> {
    let Found { record, decision } = found;
    let (tone, said) = words::decided(id, &decision.choice, decision.acts, &decision.why);
    let mut lines = vec![Line::of(tone, format!("{said} ({})", time(record.at)))];
    lines.extend(now::reasons(&decision.choice, &decision.why));
    lines.push(Line::from(became(link, id, &decision.choice, decision.acts).await?));
    lines.push(Line::of(Tone::Strong, "It rested on:"));
    let loaded = place::look(config).await.ok().filter(|loaded| loaded.hash == decision.situation.config);
    let situation = situation(&decision.situation, loaded.as_ref().map(|loaded| &loaded.cluster));
    lines.extend(situation.into_iter().map(|(tone, said)| Line::of(tone, format!("  {said}"))));
    lines.push(Line::of(
        Tone::Faint,
        format!("the same again from the same: switchtower replay {id}; every fact: switchtower --json why {id}"),
    ));
    Ok((lines, vec![record]))
}

async fn became(link: &mut dyn Link, id: DecisionId, choice: &Choice, acts: Acts) -> Result<String, ClientError> {
    if acts == Acts::Would {
        return Ok("it was not carried out: the monitor did not act by itself then".to_owned());
    }
    if !matches!(choice, Choice::Act { .. }) {
        return Ok("there was nothing to carry out".to_owned());
    }
    let near = link.log(id.0.saturating_add(1), NEAR).await?.records;
    let run = near.iter().find(|r| matches!(&r.body, Body::RunOpened { decision, .. } if *decision == Some(id)));
    Ok(match run.map(|record| RunId(record.index)) {
        Some(run) => format!("run {run} carried it out: see switchtower why {run}"),
        None => "no run was opened for it".to_owned(),
    })
}

type Said = (Tone, String);

/// What was known: what is wrong first, then the rest.
fn situation(s: &Situation, cluster: Option<&Cluster>) -> Vec<Said> {
    let mut said = Vec::new();
    said.extend(s.closed.iter().map(|why| (Tone::Bad, format!("this monitor could not act: {why}"))));
    let mut hosts: Vec<_> = s.hosts.iter().collect();
    hosts.sort_by_key(|(_, signals)| judge_host(signals).health == Health::Up);
    hosts.into_iter().for_each(|(name, signals)| host(name, signals, &mut said));
    said.extend(s.unguarded.iter().map(|(host, why)| (Tone::Warn, format!("{host} would not take the term: {why}"))));
    said.extend(s.doubts.iter().map(|(host, run)| (Tone::Warn, format!("a step of run {run} on {host} was in doubt"))));
    match cluster {
        Some(cluster) => facts(s, cluster, &mut said),
        None => said.push((
            Tone::Faint,
            format!("facts of services are shown under the configuration of then only, {}: name it with --config", short(&s.config)),
        )),
    }
    said.extend(s.tries.iter().map(|(name, n)| (Tone::Plain, format!("{name} was rescued {} within its hold-down time", times(*n)))));
    said.extend(s.held.iter().map(|(name, run)| (Tone::Plain, format!("{name} was held by run {run}"))));
    if !s.rebooted.is_empty() {
        let who = names(&s.rebooted);
        said.push((Tone::Plain, format!("its host had booted, or may have, since this ran there last: {who}")));
    }
    if !s.excused.is_empty() {
        let who = names(&s.excused);
        said.push((Tone::Plain, format!("not running since the adoption, so not counted as lost: {who}")));
    }
    said.push((Tone::Plain, format!("wanted: {}", wanted(s.wanted, cluster))));
    said.push((Tone::Plain, format!("mode: {}", stance_words(&s.stance))));
    said.push((Tone::Plain, failover(s)));
    said
}

fn names(names: &BTreeSet<ComponentName>) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn times(n: u16) -> String {
    count(usize::from(n), "time")
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

fn wanted(wanted: Wanted, cluster: Option<&Cluster>) -> String {
    let site = |side: Side| {
        let word = if side == Side::Primary { "the primary side" } else { "the secondary side" };
        cluster.map_or_else(|| word.to_owned(), |cluster| cluster.site(side).to_string())
    };
    match wanted {
        Wanted::Unset => "nobody had said which side is to serve".to_owned(),
        Wanted::Stopped => "nothing was to run".to_owned(),
        Wanted::Active(side) => format!("{} serves", site(side)),
        Wanted::Limited(side) => format!("{} serves alone since a failover", site(side)),
    }
}

fn failover(s: &Situation) -> String {
    match &s.last_failover {
        None => "there had been no automatic failover".to_owned(),
        Some(last) => {
            let seen = if last.acknowledged { "acknowledged" } else { "not acknowledged" };
            format!("the last automatic failover was run {}, {} before, {seen}", last.run, span(last.age_ms))
        }
    }
}

fn host(name: &HostName, signals: &HostSignals, said: &mut Vec<Said>) {
    let judged = judge_host(signals);
    let tone = match judged.health {
        Health::Up => Tone::Good,
        Health::Down => Tone::Bad,
        _ => Tone::Warn,
    };
    let own = match &signals.own {
        Own::NotYet => String::new(),
        Own::Answers { age_ms } => format!(" ({} before)", span(*age_ms)),
        Own::Missed { misses, since_ms, .. } => format!(" ({} in a row, over {})", count(*misses as usize, "missed look"), span(*since_ms)),
    };
    said.push((tone, format!("{name}: {}: {}{own}", judged.health.word(), judged.why)));
    said.extend(signals.second.iter().map(|look| (Tone::Plain, format!("  {name}: {}", now::second_look(look)))));
}

/// The components that were not as wanted, or not known to be; in a line how many were.
fn facts(s: &Situation, cluster: &Cluster, said: &mut Vec<Said>) {
    let mut right = 0;
    for (component, side, mode, instance) in cluster.instances() {
        let state = s.picture.state(&instance);
        let runs = component.mode_when(side, s.wanted).is_some_and(|wanted| wanted == mode && wanted != Mode::Stopped);
        let good = if runs { state == State::Active } else { state.proven_stopped() };
        if good {
            right += 1;
            continue;
        }
        let detail = s.picture.fact(&instance).map_or_else(String::new, |fact| format!(" ({})", fact.detail));
        let wanted = if runs { mode } else { Mode::Stopped };
        let tone = if state == State::Unknown { Tone::Warn } else { Tone::Bad };
        said.push((tone, format!("{}: {instance}: wanted {wanted}, was {state}{detail}", component.name)));
        if !s.confirmed.contains(&component.name) {
            said.push((Tone::Plain, format!("  {} was not yet looked at on both sides since its wanted state changed", component.name)));
        }
    }
    said.push((Tone::Plain, format!("{} as wanted", count(right, "service"))));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::fact::{Miss, MissKind};
    use crate::core::health::{SecondLook, Sight};
    use crate::core::model::Instance;
    use crate::core::testing::{fact, shop};
    use crate::core::trigger::LastFailover;
    use crate::wire::testing::situation as made;

    #[test]
    fn a_decision_shows_every_piece_of_evidence_the_worst_first() {
        let cluster = shop();
        let mut s = made("cafe");
        let (a1, b1) = (HostName::new("a1").unwrap(), HostName::new("b1").unwrap());
        let last = Miss { kind: MissKind::Silent, why: "no answer within 3 s".into() };
        let sight = Sight::Nothing { why: "timed out".into() };
        let second = vec![SecondLook { through: b1.clone(), age_ms: 2_000, sight, knows_the_way: true }];
        s.hosts.insert(
            a1.clone(),
            HostSignals { own: Own::Missed { misses: 3, since_ms: 9_000, last }, second, fenced: None, self_stopped: None },
        );
        let db = ComponentName::new("db").unwrap();
        let (_, instance) = cluster.components[&db].instances(Side::Primary).next().unwrap();
        s.picture.put(&Instance { ..instance }, fact(State::Failed));
        s.tries.insert(db, 2);
        s.last_failover = Some(LastFailover { run: RunId(7), age_ms: 60_000, acknowledged: false });
        let said: Vec<String> = situation(&s, Some(&cluster)).into_iter().map(|(_, said)| said).collect();
        let all = [
            "a1: down: two signals: no answer within 3 s; b1 sees nothing of it either (timed out) (3 missed looks in a row, over 9 s)",
            "  a1: b1 saw nothing of it 2 s ago: timed out",
            "b1: up: it answers (400 ms before)",
            "db: db.service on a1: wanted active, was failed ()",
            "  db was not yet looked at on both sides since its wanted state changed",
            "9 services as wanted",
            "db was rescued 2 times within its hold-down time",
            "wanted: north serves",
            "mode: automatic",
            "the last automatic failover was run r7, 1 min before, not acknowledged",
        ];
        assert_eq!(said, all);
        let without: Vec<String> = situation(&s, None).into_iter().map(|(_, said)| said).collect();
        assert!(without.iter().any(|line| line.contains("name it with --config")), "{without:#?}");
    }
}
