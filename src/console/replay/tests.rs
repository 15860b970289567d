use super::index::{Index, Scout};
use super::player::Player;
use super::tape::{Next, Tape};
use super::*;
use crate::console::event::{LinkEvent, Moment, ReplayEvent};
use crate::console::record::{Entry, LONGEST, Recorder};
use crate::console::settings::Settings;
use crate::console::state::{Replay, Scene, Size, State};
use crate::console::ui::testing::{troubled, well};
use crate::console::update::update;
use crate::core::command::{Command, End, Role};
use crate::core::model::Side;
use crate::core::run::Outcome;
use crate::wire::{StatusView, Verdict, Welcome};
use crate::words::testing::{note, run_records, shop_plan};
use proptest::prelude::*;
use std::time::Duration;

fn started() -> jiff::Timestamp {
    well().at
}

/// What happened in a session, by the second.
#[derive(Debug, Clone)]
enum Happens {
    Picture(Box<StatusView>),
    Entry,
    Down,
    Anew,
}

fn well_at(second: u64) -> StatusView {
    let mut status = well();
    status.at += jiff::SignedDuration::from_secs(i64::try_from(second).unwrap());
    status.hosts[0].age_ms = Some(second * 10);
    status
}

/// A session as the recorder writes it.
fn written(happens: &[Happens]) -> String {
    let (out, _) = mpsc::channel(1);
    let mut recorder = Recorder::new(started(), Size { cols: 80, rows: 24 }, None, out);
    let mut hear = |ms, event| recorder.hear(Moment(ms), &Event::Link(event));
    hear(3, LinkEvent::Up(Welcome { protocol: 1, version: "0.1.0".into(), cluster: "shop".into(), role: Role::Operator }));
    hear(5, LinkEvent::Picture(Box::new(well_at(0))));
    let (mut index, mut ms) = (well().sequence, 5);
    for (second, what) in happens.iter().enumerate() {
        ms = 1_000 + u64::try_from(second).unwrap() * 1_000;
        hear(
            ms,
            match what {
                Happens::Picture(status) => LinkEvent::Picture(status.clone()),
                Happens::Entry => {
                    index += 1;
                    LinkEvent::Entries(vec![note(index)])
                }
                Happens::Down => LinkEvent::Down { why: "refused".into(), remedy: "start it".into(), retry_ms: 500 },
                Happens::Anew => {
                    index = well().sequence;
                    LinkEvent::Anew
                }
            },
        );
    }
    recorder.ring().lock().unwrap().record(Moment(ms), "the console was left").concat()
}

/// A file with this in it.
fn file(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.record");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn player(path: &Path, now: Instant) -> Player {
    let Tapes { header, mut tape } = Tapes::open(path).unwrap();
    let index = Index::read(&mut tape, &header, |_| {}).unwrap();
    Player::new(header, tape, index, now)
}

/// What can be seen of a scene.
fn seen(scene: &Scene) -> String {
    let picture = scene.picture.as_ref().map(|picture| (&picture.status, picture.received, picture.skew_ms));
    let journal: Vec<_> = scene.journal.lines().collect();
    format!(
        "{:?} {:?} {picture:?} {:?} {journal:?} {:?} {:?}",
        scene.link, scene.welcome, scene.changes, scene.journal.gap, scene.journal.began
    )
}

/// The state after everything until `ms` was played from the start, as `update` takes it.
fn played_until(text: &str, ms: u64) -> String {
    let header = Header::read(text.lines().next().unwrap().as_bytes()).unwrap();
    let mut scout = Scout::new(&header, Scene::nothing(), 0);
    for line in text.lines().skip(1).filter_map(|line| crate::console::record::Line::read(line.as_bytes())) {
        if line.ms <= ms {
            scout.take(line);
        }
    }
    seen(&scout.end().0)
}

fn any_happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0..100_u64).prop_map(|second| Happens::Picture(Box::new(well_at(second)))),
        2 => Just(Happens::Picture(Box::new(troubled()))),
        2 => Just(Happens::Entry),
        1 => Just(Happens::Down),
        1 => Just(Happens::Anew),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn going_to_any_time_shows_what_playing_until_then_shows(
        happens in prop::collection::vec(any_happens(), 1..30),
        targets in prop::collection::vec(0..31_000_u64, 1..6),
    ) {
        let text = written(&happens);
        let (_folder, path) = file(text.as_bytes());
        let mut player = player(&path, Instant::now());
        for target in targets {
            let at = target.min(1_000 * u64::try_from(happens.len()).unwrap());
            prop_assert_eq!(seen(&player.scene(at).unwrap()), played_until(&text, at), "at {}", at);
        }
    }

    #[test]
    fn what_the_screen_has_after_playing_is_what_going_there_shows(happens in prop::collection::vec(any_happens(), 1..30), ms in 0..31_000_u64) {
        let (_folder, path) = file(written(&happens).as_bytes());
        let begun = Instant::now();
        let mut playing = player(&path, begun);
        let mut state = State::new(Settings::default(), Size { cols: 80, rows: 24 }, started());
        state.replay = Some(Replay::of(Tapes::open(&path).unwrap().header()));
        let mut events = playing.begin(begun).unwrap();
        events.extend(playing.step(begun + Duration::from_millis(ms)).unwrap());
        for event in events {
            update(&mut state, Moment(77), started(), Event::Replay(event));
        }
        let at = state.replay.as_ref().unwrap().at;
        prop_assert_eq!(seen(&state.scene()), seen(&player(&path, begun).scene(at).unwrap()));
    }

    #[test]
    fn whatever_is_in_a_file_is_refused_or_played_and_never_panics(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..40),
        cut in any::<prop::sample::Index>(),
        garbage in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut bytes = written(&[Happens::Entry, Happens::Down, Happens::Picture(Box::new(troubled()))]).into_bytes();
        let head = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        bytes.truncate(head + cut.index(bytes.len() - head));
        bytes.extend(garbage);
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (_folder, path) = file(&bytes);
        if Tapes::open(&path).is_ok() {
            let now = Instant::now();
            let mut player = player(&path, now);
            let mut events = player.begin(now).unwrap();
            for play in [Play::Event { forward: true }, Play::By(-1_000), Play::End, Play::Begin, Play::Event { forward: false }, Play::Pause] {
                events.extend(player.ask(play, now + Duration::from_secs(3)).unwrap());
            }
            prop_assert!(!events.is_empty());
        }
    }
}

#[test]
fn a_long_record_is_sought_from_places_on_the_way() {
    let header = written(&[]).lines().next().unwrap().to_owned();
    let whole = serde_json::to_string(&Entry::Picture(Box::new(troubled()))).unwrap();
    let mut text = format!("{header}\n");
    let mut ms = 0;
    // More than three places are apart at least.
    while text.len() < 7 * 1024 * 1024 {
        ms += 1_000;
        text.push_str(&format!("{{\"ms\":{ms},\"what\":{whole}}}\n"));
        text.push_str(&format!("{{\"ms\":{ms},\"what\":{}}}\n", serde_json::to_string(&Entry::Entries(vec![note(ms)])).unwrap()));
    }
    let (_folder, path) = file(text.as_bytes());
    let mut player = player(&path, Instant::now());
    for at in [ms, ms / 2, 1_000, ms - 1_500] {
        let scene = player.scene(at).unwrap();
        assert_eq!(scene.journal.last(), at / 1_000 * 1_000, "at {at}");
        assert_eq!(scene.journal.lines().count(), usize::try_from((at / 1_000).min(2_000)).unwrap());
        assert_eq!(player.entry(at / 1_000 * 1_000).unwrap(), Some(note(at / 1_000 * 1_000)), "an entry is found as it was kept");
        assert_eq!(player.entry(at + 5_000).unwrap(), None, "what comes later is not known yet");
    }
}

#[test]
fn events_are_stopped_at_in_order() {
    let run = run_records(60, &shop_plan(&Command::Switchover { to: None }, Some(Side::Primary)), |_| Outcome::Done, End::Done);
    let (out, _) = mpsc::channel(1);
    let mut recorder = Recorder::new(started(), Size { cols: 80, rows: 24 }, None, out);
    let mut hear = |ms, event| recorder.hear(Moment(ms), &Event::Link(event));
    let picture = |status: StatusView| LinkEvent::Picture(Box::new(status));
    hear(10, picture(well()));
    hear(20, LinkEvent::Entries((1..=well().sequence).map(note).collect()));
    hear(2_000, LinkEvent::Entries(vec![run[0].clone()]));
    hear(3_000, picture(StatusView { verdict: Verdict::Moving, ..well() }));
    hear(4_000, LinkEvent::Entries(run[1..].to_vec()));
    hear(6_000, LinkEvent::Down { why: "gone".into(), remedy: String::new(), retry_ms: 250 });
    hear(9_000, picture(well()));
    let text = recorder.ring().lock().unwrap().record(Moment(10_000), "x").concat();
    let (_folder, path) = file(text.as_bytes());
    let now = Instant::now();
    let mut player = player(&path, now);
    player.begin(now).unwrap();
    player.ask(Play::Pause, now).unwrap();
    let mut told = Vec::new();
    let mut go = |forward| match player.ask(Play::Event { forward }, now).unwrap().pop() {
        Some(ReplayEvent::Stands { at, said, .. }) => told.push((at + 10, said.unwrap())),
        other => panic!("{other:?}"),
    };
    (0..6).for_each(|_| go(true));
    (0..2).for_each(|_| go(false));
    let told: Vec<_> = told.iter().map(|(at, said)| (*at, said.as_str())).collect();
    let all = [
        (2_000, "a run was opened"),
        (3_000, "another verdict"),
        (4_000, "a run was over"),
        (6_000, "the monitor does not answer"),
        (9_000, "another verdict"),
        (9_000, "there is no event after this"),
        (6_000, "the monitor does not answer"),
        (4_000, "a run was over"),
    ];
    assert_eq!(told, all);
}

#[test]
fn it_is_played_at_its_pace_and_stops_at_its_end() {
    let happens: Vec<Happens> = (1..=20).map(|second| Happens::Picture(Box::new(well_at(second)))).collect();
    let (_folder, path) = file(written(&happens).as_bytes());
    let begun = Instant::now();
    let mut player = player(&path, begun);
    player.begin(begun).unwrap();
    let heard = |events: Vec<ReplayEvent>| events.iter().filter(|event| matches!(event, ReplayEvent::Heard { .. })).count();
    let stands = |events: &[ReplayEvent]| match events.last() {
        Some(ReplayEvent::Stands { at, playing, .. }) => (*at, *playing),
        other => panic!("{other:?}"),
    };
    let after = |s: u64| begun + Duration::from_secs(s);
    assert_eq!(heard(player.step(after(4)).unwrap()), 4);
    player.ask(Play::Faster, after(4)).unwrap();
    assert_eq!(heard(player.step(after(6)).unwrap()), 4, "two seconds at twice the pace");
    player.ask(Play::Pause, after(6)).unwrap();
    assert_eq!(heard(player.step(after(60)).unwrap()), 0);
    player.ask(Play::Pause, after(60)).unwrap();
    (0..6).for_each(|_| drop(player.ask(Play::Slower, after(60)).unwrap()));
    let events = player.step(after(64)).unwrap();
    assert_eq!(stands(&events).0 - 8_002, 2_000, "half the pace is the slowest");
    let events = player.ask(Play::By(60_000), after(64)).unwrap();
    assert_eq!(stands(&events).0, 20_000 - 3, "no further than its end");
    let events = player.step(after(65)).unwrap();
    assert!(!stands(&events).1, "the end pauses it");
}

#[test]
fn a_record_that_is_cut_off_is_played_to_where_it_is_whole_and_that_is_said() {
    let text = written(&[Happens::Entry, Happens::Entry]);
    let notes = |text: &str| {
        let (_folder, path) = file(text.as_bytes());
        let Tapes { header, mut tape } = Tapes::open(&path).unwrap();
        Index::read(&mut tape, &header, |_| {}).unwrap().notes.join("; ")
    };
    assert_eq!(notes(&text), "");
    assert!(notes(&text[..text.len() - 5]).contains("cut off in a line"));
    let (begin, _) = text.trim_end().rsplit_once('\n').unwrap();
    assert!(notes(&format!("{begin}\n")).contains("still being written"));
    assert!(notes(&format!("{begin}\nnonsense\n{{\"ms\":1}}\n")).contains("2 lines of this record cannot be read"));
    assert!(notes(&text.replace("the console was left", "it has reached its limit of 256 MiB")).contains("before its session"));
}

#[test]
fn a_line_without_an_end_takes_no_more_memory_than_a_line_may() {
    let mut text = written(&[]).into_bytes();
    text.extend(std::iter::repeat_n(b'x', LONGEST + 70_000));
    text.extend(b"\n{\"ms\":70,\"what\":\"anew\"}\n");
    let (_folder, path) = file(&text);
    let mut tape = Tape::new(File::open(&path).unwrap(), u64::try_from(text.len()).unwrap());
    tape.raw().unwrap();
    let mut next = Vec::new();
    loop {
        match tape.next().unwrap() {
            Next::Nothing => break,
            Next::Line(..) => next.push("line"),
            Next::Damaged => next.push("damaged"),
            Next::Unfinished => next.push("unfinished"),
        }
    }
    assert_eq!(next[next.len() - 2..], ["damaged", "line"], "{next:?}");
}

#[test]
fn what_is_no_record_is_refused_with_what_to_do() {
    let said = |text: &[u8]| {
        let (_folder, path) = file(text);
        Tapes::open(&path).unwrap_err().to_string()
    };
    for text in [&b""[..], b"{\"version\": 2, \"width\": 80}\n[0.1, \"o\", \"x\"]\n", b"no end", b"\xff\xfe\n", b"{}\n"] {
        let said = said(text);
        assert!(said.contains("it is not a record") && said.contains("--record FILE"), "{said}");
    }
    let (folder, _) = file(b"");
    assert!(Tapes::open(folder.path()).unwrap_err().to_string().contains("is no file"));
    assert!(Tapes::open(Path::new("/dev/zero")).unwrap_err().to_string().contains("is no file"));
    assert!(Tapes::open(&folder.path().join("gone")).unwrap_err().to_string().contains("cannot be read"));
}

#[tokio::test]
async fn the_thread_sends_what_was_heard_and_finds_entries_and_ends_with_the_console() {
    let (_folder, path) = file(written(&[Happens::Entry, Happens::Picture(Box::new(troubled()))]).as_bytes());
    let (out, mut events) = mpsc::channel(64);
    let tapes = Tapes::open(&path).unwrap();
    let mut state = State::new(Settings::default(), Size { cols: 80, rows: 24 }, started());
    state.replay = Some(Replay::of(tapes.header()));
    let stand = Stand::new(tapes, out.clone());
    for _ in 0..3 {
        stand.play(Play::By(5_000));
    }
    stand.ask(Ticket(7), &Question::Entry(well().sequence + 1), &out);
    let found = loop {
        let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await.unwrap().unwrap();
        if let Event::Answer(Ticket(7), Answer::Entry(_, found)) = event {
            break found.unwrap();
        }
        update(&mut state, Moment(0), started(), event);
    };
    assert_eq!(found.map(|record| *record), Some(note(well().sequence + 1)));
    assert_eq!(state.picture.unwrap().status.verdict, Verdict::Degraded, "it stands at its end");
    let mut stand = stand;
    drop(events);
    stand.asks = sync_channel(1).0;
    let ended = tokio::time::timeout(Duration::from_secs(20), stand.gone()).await.unwrap();
    assert!(ended.contains("no longer played"), "{ended}");
}
