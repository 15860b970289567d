//! Who acts when they begin, one after the other or together, with what their journals hold.

use super::duo::other;
use super::*;

#[test]
fn neither_acts_before_it_has_heard_the_other_one_and_a_new_cluster_begins_with_the_first() {
    for order in [[FIRST, SECOND], [SECOND, FIRST]] {
        let mut duo = Duo::new();
        duo.start(order[0]);
        duo.seconds(20);
        assert!(!duo.acts(order[0]) && duo.sites[order[0]].disk.is_empty(), "it writes and does nothing alone");
        assert!(duo.state(order[0]).acts(duo.now()).starts_with("WAITING for the monitor"), "{}", duo.told());
        duo.start(order[1]);
        duo.seconds(3);
        assert!(duo.acts(FIRST));
        duo.in_step();
        let Body::TermTaken { holder, .. } = &duo.sites[SECOND].disk[0].body else { panic!() };
        assert_eq!((holder.as_str(), duo.sites[SECOND].disk[0].term), ("b1", Term(2)));
    }
}

#[test]
fn after_a_restart_of_either_the_last_holder_goes_on_and_the_other_one_follows() {
    let mut duo = Duo::running();
    for i in [FIRST, SECOND, FIRST] {
        duo.restart(i);
        duo.seconds(3);
        assert!(duo.acts(FIRST), "{}", duo.told());
        duo.in_step();
        duo.crash(i, 0);
        duo.seconds(8);
        assert!(!duo.acts(SECOND), "the standby never acts by itself");
        duo.start(i);
        duo.seconds(3);
        duo.in_step();
        assert!(duo.acts(FIRST));
    }
    assert_eq!(duo.sites[SECOND].aside.len(), 0);
}

#[test]
fn one_that_acts_alone_and_restarts_waits_until_it_has_heard_the_other_one_again() {
    let mut duo = Duo::running();
    duo.link = [false, false];
    duo.seconds(5);
    assert!(duo.acts(FIRST), "it goes on while it lives");
    duo.restart(FIRST);
    duo.seconds(30);
    assert!(!duo.acts(FIRST) && !duo.acts(SECOND));
    duo.link = [true, true];
    duo.seconds(3);
    duo.in_step();
}

#[test]
fn one_whose_disk_was_lost_takes_the_journal_of_the_other_one_and_lets_it_act() {
    for i in [FIRST, SECOND] {
        let mut duo = Duo::running();
        duo.crash(i, 0);
        duo.lose_disk(i);
        duo.start(i);
        duo.seconds(4);
        duo.in_step();
        assert!(duo.acts(other(i)), "the one that still has the journal acts: {}", duo.told());
        assert_eq!(duo.sites[i].tail(), duo.sites[other(i)].tail());
    }
}

#[test]
fn a_journal_that_breaks_at_the_standby_is_made_whole_again_by_the_one_that_acts() {
    let mut duo = Duo::running();
    duo.sites[SECOND].broken = Some(1);
    drop(duo.ask(FIRST, crate::wire::Request::Acknowledge { reason: None }));
    duo.seconds(2);
    assert!(duo.state(SECOND).acts(duo.now()).contains("STANDBY"), "{}", duo.told());
    assert!(duo.state(FIRST).uncopied(duo.now()).is_some());
    duo.sites[SECOND].broken = None;
    duo.seconds(5);
    duo.in_step();
}

#[test]
fn a_journal_that_breaks_where_it_acts_is_opened_again_and_the_same_one_goes_on_under_a_newer_term() {
    let mut duo = Duo::running();
    duo.sites[FIRST].broken = Some(0);
    drop(duo.ask(FIRST, crate::wire::Request::Acknowledge { reason: None }));
    duo.seconds(3);
    assert!(!duo.acts(FIRST) && !duo.acts(SECOND));
    duo.sites[FIRST].broken = None;
    duo.seconds(3);
    assert!(duo.acts(FIRST));
    duo.in_step();
    assert_eq!(duo.sites[FIRST].tail().term, Term(4));
}

#[test]
fn one_whose_lease_never_got_into_the_journal_does_not_go_on_as_if_it_had() {
    let mut duo = Duo::new();
    duo.sites[FIRST].broken = Some(0);
    duo.start(FIRST);
    duo.start(SECOND);
    duo.seconds(2);
    assert!(!duo.acts(FIRST) && duo.sites[FIRST].disk.is_empty());
    duo.link = [false, false];
    duo.sites[FIRST].broken = None;
    duo.seconds(6);
    assert!(!duo.acts(FIRST), "it has to hear the other one once more: {}", duo.told());
    duo.link = [true, true];
    duo.seconds(6);
    duo.in_step();
}

#[test]
fn a_monitor_under_the_wrong_name_is_not_listened_to() {
    let mut duo = Duo::running();
    let standing = Standing { monitor: HostName::new("b1").unwrap(), acts: true, ..duo.state(SECOND).standing().unwrap() };
    duo.apply(FIRST, duo.answer(FIRST, standing));
    let why = duo.state(FIRST).uncopied(duo.now()).unwrap();
    assert!(why.contains("the configuration of one of the two is wrong"), "{why}");
    assert!(duo.acts(FIRST));
}

#[test]
fn a_standby_reads_a_new_configuration_at_once_and_asks_nobody() {
    let mut duo = Duo::running();
    let loaded = |duo: &Duo, name: &str| {
        let text = include_str!("../../../../../config/minimal.toml");
        let mut loaded = crate::config::parse(text, "c.toml").unwrap();
        loaded.cluster = (*duo.sites[0].setup.cluster).clone();
        loaded.content = Value::Null;
        loaded.cluster.name = crate::core::model::ClusterName::new(name).unwrap();
        Box::new(loaded)
    };
    let before = duo.sites[SECOND].disk.len();
    duo.apply(SECOND, Event::Loaded(crate::monitor::event::Reload::Signal, Ok(loaded(&duo, "another"))));
    assert_eq!(duo.sites[SECOND].restarts, 0, "a file of another cluster is refused there as well");
    duo.apply(SECOND, Event::Loaded(crate::monitor::event::Reload::Signal, Ok(loaded(&duo, "c"))));
    assert_eq!((duo.sites[SECOND].restarts, duo.sites[SECOND].disk.len()), (1, before), "it has no term to write under");
    duo.seconds(3);
    duo.in_step();
}

#[test]
fn nobody_begins_on_an_answer_that_was_under_way_while_the_other_one_began() {
    let mut duo = Duo::new();
    duo.start(FIRST);
    duo.start(SECOND);
    let before = duo.state(FIRST).standing().unwrap();
    let late = duo.answer(SECOND, before);
    duo.seconds(2);
    assert!(duo.acts(FIRST) && !duo.acts(SECOND), "{}", duo.told());
    duo.apply(SECOND, late);
    assert!(!duo.acts(SECOND), "it stood so when nobody acted");
    duo.in_step();
}

#[test]
fn a_journal_of_other_sites_is_not_acted_on() {
    let mut duo = Duo::running();
    let mut cluster = (*duo.sites[SECOND].setup.cluster).clone();
    std::mem::swap(&mut cluster.sites.primary, &mut cluster.sites.secondary);
    duo.sites[SECOND].setup.cluster = std::sync::Arc::new(cluster);
    duo.sites[SECOND].disk.clear();
    duo.crash(SECOND, 0);
    duo.start(SECOND);
    duo.seconds(3);
    assert_eq!(duo.part(SECOND), Part::Standby, "it has copied it all the same: {}", duo.told());
    duo.crash(FIRST, 0);
    duo.seconds(5);
    let why = duo.take_over(SECOND, true).unwrap().try_recv().unwrap().unwrap_err().message;
    assert!(why.contains("primary site") && !duo.acts(SECOND), "{why}");
}
