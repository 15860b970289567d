use crate::console::act::{completions, offers};
use crate::console::action::{Action, Scope, TABLE};
use crate::console::effect::{Effect, Play};
use crate::console::event::{Event, LinkEvent, RecordEvent, ReplayEvent};
use crate::console::record::Header;
use crate::console::state::{Layer, Pace, Replay, Scene};
use crate::console::ui::testing::{Stage, troubled, well};

/// A record that stands five minutes after its beginning.
fn replayed(cols: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(cols, rows).up(troubled()).journal();
    let scene = stage.state.scene();
    let (format, cluster) = (String::new(), Some("shop".to_owned()));
    let header = Header { format, version: 1, cluster, started: well().at, program: "0.1.0".into(), cols: 80, rows: 24 };
    stage.state.replay = Some(Replay::of(&header));
    stage.event(Event::Replay(ReplayEvent::Ready { first: 0, length: 520_000, notes: Vec::new() }));
    go(&mut stage, 300_000, scene);
    stage
}

fn go(stage: &mut Stage, at: u64, mut scene: Scene) {
    if let Some(picture) = &mut scene.picture {
        picture.received = crate::console::event::Moment(at);
    }
    stage.event(Event::Replay(ReplayEvent::Scene { at, scene: Box::new(scene) }));
    stage.event(Event::Replay(ReplayEvent::Stands { at, playing: true, pace: Pace::default(), said: None }));
}

#[test]
fn a_replay_says_that_it_is_none_of_now_and_where_it_stands() {
    insta::assert_snapshot!("replay_80x24", replayed(80, 24).text());
    let mut stage = replayed(120, 40);
    let pace = Pace::default().faster().faster();
    stage.event(Event::Replay(ReplayEvent::Stands { at: 301_000, playing: false, pace, said: None }));
    insta::assert_snapshot!("replay_120x40", stage.text());
    for cols in 40..200 {
        let text = replayed(cols, 24).text();
        assert!(text.lines().next().unwrap().contains("REPLAY"), "{cols}: {text}");
        assert!(text.lines().nth(1).unwrap().contains("not live"), "{cols}: {text}");
    }
    let mut stage = replayed(80, 24);
    stage.event(Event::Replay(ReplayEvent::Reading(43)));
    assert!(stage.text().lines().next().unwrap().contains("reading 43%"), "{}", stage.text());
}

#[test]
fn ages_grow_by_the_time_of_the_record_and_notices_go_by_ours() {
    let mut stage = replayed(80, 24);
    let age = |stage: &Stage| stage.state.data_age();
    assert_eq!(age(&stage), Some(0));
    stage.event(Event::Said("a word".into()));
    stage.later(4_000);
    assert_eq!(age(&stage), Some(0), "a pause of a week is no week for what is on the screen");
    assert!(stage.text().contains("a word"));
    stage.later(4_000);
    assert!(!stage.text().contains("a word"));
    stage.event(Event::Replay(ReplayEvent::Stands { at: 341_000, playing: true, pace: Pace::default(), said: None }));
    assert_eq!(age(&stage), Some(41_000));
    assert!(stage.text().lines().next().unwrap().contains("~DEGRADED"), "{}", stage.text());
}

#[test]
fn its_keys_lead_through_it_and_mean_nothing_of_that_elsewhere() {
    let mut stage = replayed(80, 24);
    let asked = [
        ("left", Play::By(-5_000)),
        ("right", Play::By(5_000)),
        ("[", Play::Event { forward: false }),
        ("]", Play::Event { forward: true }),
        ("home", Play::Begin),
        ("end", Play::End),
        ("space", Play::Pause),
        ("+", Play::Faster),
        ("-", Play::Slower),
    ];
    for (key, play) in asked {
        assert_eq!(stage.press(&[key]), [Effect::Play(play)], "{key}");
    }
    assert!(stage.state.frozen.is_none());
    stage.press(&["?"]);
    let (help, _) = (stage.text(), stage.press(&["esc"]));
    assert!(help.contains("In a replay") && help.contains("5 seconds back"), "{help}");

    let mut live = Stage::new(80, 24).up(well()).journal();
    for (key, _) in asked.iter().filter(|(key, _)| !matches!(*key, "home" | "end" | "space")) {
        assert_eq!(live.press(&[key]), [], "{key}");
    }
    live.press(&["end"]);
    assert_eq!(live.state.health.selected, live.state.rows().last().map(|row| row.object.clone()), "end is the last line as ever");
    assert_eq!(live.press(&[":"]), []);
    live.press(&["f", "a", "s", "t", "e", "r", "enter"]);
    assert!(live.text().contains("only to be had while a record is played"), "{}", live.text());
    live.press(&["?"]);
    assert!(!live.text().contains("In a replay\n"), "{}", live.text());
}

#[test]
fn everything_that_acts_is_refused_since_this_is_a_record() {
    let mut stage = replayed(80, 24);
    let all = offers(&stage.state, stage.state.selected().as_ref());
    assert!(!all.is_empty() && all.iter().all(|offer| offer.why_not.is_some()), "{all:?}");
    for completion in completions(&stage.state, "").iter().filter(|completion| !TABLE.iter().any(|entry| entry.name == completion.line)) {
        let open = completion.line.starts_with("theme");
        let why = completion.why_not.as_deref();
        assert!(why.is_some_and(|why| why.contains("this is a record")) != open, "{completion:?}");
    }
    let before = stage.state.picture.clone().unwrap().status;
    for line in ["switchover", "start", "pause 2h x", "acknowledge", "fence a1", "abort", "watch", "dump x"] {
        let keys: Vec<String> = line.chars().map(|c| if c == ' ' { "space".to_owned() } else { c.to_string() }).collect();
        stage.press(&[":"]);
        stage.press(&keys.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(stage.press(&["enter"]), [], "{line}");
        assert!(stage.text().contains("this is a record"), "{line}: {}", stage.text());
        assert!(matches!(stage.state.layers.as_slice(), [Layer::Palette(_)]), "{line}");
        stage.press(&["esc"]);
    }
    assert_eq!(stage.press(&["ctrl-r"]), []);
    assert_eq!(stage.state.picture.unwrap().status, before);
}

#[test]
fn another_time_takes_its_notices_along_and_leaves_what_was_selected() {
    let mut stage = replayed(80, 24);
    stage.event(Event::Replay(ReplayEvent::Ready { first: 0, length: 9_000, notes: vec!["1 line cannot be read".into()] }));
    let scene = stage.state.scene();
    stage.press(&["j", "j"]);
    let selected = stage.state.health.selected.clone();
    let down = LinkEvent::Down { why: "gone".into(), remedy: String::new(), retry_ms: 9 };
    let effects = stage.event(Event::Replay(ReplayEvent::Heard { at: 301_000, event: Box::new(down) }));
    assert!(!effects.contains(&Effect::Bell), "what rang then does not ring now");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Title(title) if title.starts_with("REPLAY"))), "{effects:?}");
    assert!(stage.text().contains("no answer") && !stage.text().contains("ctrl-r: now"), "{}", stage.text());
    go(&mut stage, 300_000, scene);
    assert!(!stage.text().contains("no answer"), "{}", stage.text());
    assert_eq!(stage.state.health.selected, selected);
    assert!(stage.text().contains("1 line cannot be read"), "it stays until it was seen");
    stage.press(&["x", "left"]);
    assert!(!stage.text().contains("1 line cannot be read"));
}

#[test]
fn a_session_that_is_recorded_says_so_and_says_when_it_no_longer_is() {
    let mut stage = Stage::new(80, 24).up(well());
    stage.state.recording = true;
    for cols in 40..200 {
        stage.state.size.cols = cols;
        let text = stage.text();
        assert!(text.lines().next().unwrap().contains("REC"), "{cols}: {text}");
    }
    stage.state.size.cols = 80;
    insta::assert_snapshot!("recording", stage.text().lines().next().unwrap());
    stage.event(Event::Record(RecordEvent::Ended { path: "x.record".into(), why: "No space left on device".into() }));
    assert!(!stage.text().contains("REC "));
    assert!(stage.text().contains("no longer recorded: No space left"), "{}", stage.text());
    stage.press(&[":", "d", "u", "m", "p"]);
    assert_eq!(stage.press(&["enter"]), [Effect::Dump(None)]);
}

#[test]
fn what_the_operator_did_is_noted_by_its_name() {
    let mut stage = Stage::new(80, 24).up(well());
    stage.press(&["z", ":"]);
    assert_eq!(stage.state.deeds, [Action::Zoom, Action::Palette]);
    stage.press(&["s", "o", "r", "t", "enter"]);
    assert_eq!(stage.state.deeds.last(), Some(&Action::Sort), "also what was typed as a command");
    assert!(TABLE.iter().filter(|entry| entry.scope == Scope::Replay).count() == 8);
}
