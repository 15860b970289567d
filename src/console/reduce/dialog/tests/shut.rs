use crate::console::act::kit::{Desk, acting, entries, fence_plan, plan, run};
use crate::console::act::{self, TABLE, Takes};
use crate::console::effect::{Effect, Question};
use crate::console::event::{Event, LinkEvent};
use crate::console::settings::Settings;
use crate::console::state::Stage;
use crate::core::command::{End, Role};
use crate::core::health::Health;
use crate::core::model::Initiative;
use crate::core::pair::Part;
use crate::core::record::{RunId, Stance};
use crate::core::trigger::LastFailover;

fn read_only() -> [Desk; 2] {
    let settings = Settings { read_only: true, ..Settings::default() };
    [Desk::with(settings, Role::Operator), Desk::with(Settings::default(), Role::Observer)]
}

/// A line of each row that gets furthest, and a cluster in which it does.
fn worlds(desk: &mut Desk, row: &act::Row) -> String {
    use act::Verb;
    desk.picture(|status| {
        let failover = LastFailover { run: RunId(3), age_ms: 5, acknowledged: false };
        status.last_failover = (row.verb == Verb::Acknowledge).then_some(failover);
        if matches!(row.verb, Verb::Abort | Verb::Watch) {
            status.open_runs = vec![run(&entries(End::Done), 4)];
        }
        if matches!(row.verb, Verb::Resume | Verb::ObserveOnly) {
            let who = crate::wire::testing::alice();
            status.stance = Stance::Paused { who, reason: "x".into(), until: None, then: Initiative::Automatic };
        }
        if matches!(row.verb, Verb::Switchback) {
            status.active = Some(status.sites[1].clone());
        }
        if matches!(row.verb, Verb::Start | Verb::Adopt) {
            status.components[0].placements[0].agrees = false;
            status.components[0].placements[1].observed = None;
        }
        if matches!(row.verb, Verb::MonitorMove | Verb::TakeOver) {
            status.lease.pair = Some(crate::wire::testing::pair(if row.verb == Verb::TakeOver { Part::Waiting } else { Part::Acting }));
        }
        if row.verb == Verb::Manage {
            status.maintenance = vec![crate::wire::testing::maintained()];
        }
        status.hosts[0].answers = Some(false);
        status.hosts[0].health.health = Health::Down;
        status.hosts[0].fence = Some("ipmi".into());
    });
    let behind = match row.takes {
        Takes::OneSite => "south",
        Takes::Host => "a1",
        Takes::HostByWord => "a1 by-word",
        Takes::TimeAndReason => "2h because",
        Takes::Theme => "light",
        Takes::ByWord => "by-word",
        Takes::Upkeep => "set a1 standby because",
        Takes::Cleared => "clear a1",
        Takes::Nothing | Takes::Site | Takes::Run | Takes::Reason | Takes::File => "",
    };
    format!("{} {behind}", row.name).trim_end().to_owned()
}

/// Answers the plan, types everything that could confirm, and presses what could send.
fn pushed(desk: &mut Desk, mut effects: Vec<Effect>, word: &str) -> Vec<Effect> {
    if effects.iter().any(|effect| matches!(effect, Effect::Ask(_, Question::Plan { .. }))) {
        let plan = if word == "c" { fence_plan() } else { plan() };
        let asked = std::mem::take(&mut effects);
        desk.planned(&asked, &plan);
        effects.extend(asked);
    }
    effects.extend(desk.types(word));
    effects.extend(desk.key("tab"));
    effects.extend(desk.types("because"));
    effects.extend(desk.key("enter"));
    effects.extend(desk.pass(4_000));
    for key in ["enter", "y", "enter", "o", "y"] {
        effects.extend(desk.key(key));
    }
    effects
}

#[test]
fn nothing_that_acts_leaves_a_console_that_may_only_look() {
    for row in TABLE {
        for word in ["south", "c", "y", "north"] {
            for mut desk in read_only() {
                let line = worlds(&mut desk, row);
                let effects = desk.line(&line);
                let effects = pushed(&mut desk, effects, word);
                assert!(acting(&effects).is_empty(), "{line} {word}: {effects:?}");
            }
        }
    }
    for at in 0..20 {
        for word in ["south", "y"] {
            for mut desk in read_only() {
                desk.key("a");
                assert_eq!(desk.top(), "menu", "the menu opens");
                (0..at).for_each(|_| drop(desk.key("j")));
                let effects = desk.key("enter");
                let effects = pushed(&mut desk, effects, word);
                assert!(acting(&effects).is_empty(), "row {at}: {effects:?}");
            }
        }
    }
}

#[test]
fn the_same_keys_do_act_for_who_may() {
    let mut acted = 0;
    for row in TABLE {
        let mut desk = Desk::new();
        let line = worlds(&mut desk, row);
        let effects = desk.line(&line);
        let word = if row.palette_only { "c" } else { "south" };
        acted += usize::from(!acting(&pushed(&mut desk, effects, word)).is_empty());
    }
    assert!(acted >= 8, "only {acted} rows act: the test above shows little");
}

#[test]
fn who_may_only_look_sees_the_plan_and_copies_the_line() {
    let [mut desk, _] = read_only();
    let asked = desk.line("switchover");
    let plan = plan();
    desk.planned(&asked, &plan);
    let line = format!("switchtower switchover --to south --confirm south --plan {}", plan.hash().short());
    assert_eq!(desk.key("y"), vec![Effect::Copy(line)]);
}

#[test]
fn while_the_monitor_is_not_heard_nothing_is_typed_and_what_was_typed_is_void() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    desk.down();
    assert!(acting(&desk.key("enter")).is_empty());
    desk.types("south");
    assert_eq!(desk.dialog().word.value(), "");
    let again = desk.picture(|_| {});
    assert!(again.iter().any(|effect| matches!(effect, Effect::Ask(_, Question::Plan { .. }))), "{again:?}");
    desk.planned(&again, &plan());
    desk.types("south");
    assert_eq!(acting(&desk.key("enter")).len(), 1);
}

#[test]
fn a_picture_that_is_old_closes_the_dialog_and_opens_none() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    desk.silence(10_000);
    assert!(acting(&desk.key("enter")).is_empty());
    desk.key("esc");
    assert!(desk.line("switchover").is_empty());
    assert_eq!(desk.top(), "palette");
}

#[test]
fn a_silence_that_nobody_saw_voids_what_was_typed() {
    let mut desk = Desk::new();
    desk.line("automatic");
    assert!(matches!(desk.stage(), Stage::Asking(None)));
    desk.silence(10_000);
    assert!(desk.key("y").is_empty());
    desk.picture(|_| {});
    desk.pass(1_000);
    assert_eq!(acting(&desk.key("y")).len(), 1);
}

#[test]
fn a_connection_that_comes_back_at_once_voids_what_was_typed_all_the_same() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    desk.down();
    let welcome = desk.state.welcome.clone().unwrap();
    desk.event(Event::Link(LinkEvent::Up(welcome)));
    assert!(acting(&desk.key("enter")).is_empty(), "nothing was heard of the cluster since");
    assert_eq!(desk.dialog().word.value(), "");
}
