use super::*;
use crate::console::effect::Effect;
use crate::console::event::Ticket;
use crate::console::ui::testing::{troubled, well};
use crate::core::command::Role;
use crate::core::model::Initiative;
use crate::core::record::Stance;
use crate::wire::{Submit, Welcome};

struct Session {
    recorder: Recorder,
    ms: u64,
}

impl Session {
    fn new() -> Self {
        let (out, _) = mpsc::channel(1);
        Self { recorder: Recorder::new(jiff::Timestamp::UNIX_EPOCH, Size { cols: 80, rows: 24 }, None, out), ms: 0 }
    }

    fn hear(&mut self, ms: u64, event: LinkEvent) {
        self.ms = ms;
        self.recorder.hear(Moment(ms), &Event::Link(event));
    }

    fn picture(&mut self, ms: u64, change: impl FnOnce(&mut StatusView)) {
        let mut status = well();
        change(&mut status);
        self.hear(ms, LinkEvent::Picture(Box::new(status)));
    }

    fn text(&self) -> Vec<String> {
        self.recorder.ring().lock().unwrap().record(Moment(self.ms), "x")
    }

    /// What was recorded, in a word each.
    fn kinds(&self) -> Vec<String> {
        let word = |line: &String| {
            let what = Line::read(line.as_bytes()).unwrap().what;
            let value = serde_json::to_value(&what).unwrap();
            value.as_object().map_or_else(|| value.to_string(), |fields| fields.keys().next().unwrap().clone())
        };
        self.text()[1..].iter().map(word).collect()
    }
}

#[test]
fn a_picture_is_whole_when_more_than_ages_differs_and_once_a_minute() {
    let mut session = Session::new();
    let aged = |age: u64| move |status: &mut StatusView| status.hosts[0].age_ms = Some(age);
    session.picture(0, aged(5));
    session.picture(1_000, aged(7));
    session.picture(2_000, |status| *status = troubled());
    session.picture(3_000, aged(9));
    session.picture(4_000, aged(10));
    assert_eq!(session.kinds(), ["picture", "again", "picture", "picture", "again", "end"]);
    session.picture(63_001, aged(11));
    assert_eq!(session.kinds().iter().filter(|kind| *kind == "picture").count(), 4);
}

#[test]
fn nothing_that_was_typed_gets_into_a_record() {
    let mut session = Session::new();
    let who = crate::words::testing::alice();
    let stance = Stance::Paused { until: None, who: who.clone(), reason: "s3cret words".into(), then: Initiative::Automatic };
    session.picture(0, |status| {
        status.acts = "PAUSED by alice: nothing moves by itself (s3cret words)".into();
        status.stance = stance.clone();
    });
    let body = crate::core::record::Body::StanceSet { who: Some(who), reason: Some("s3cret words".into()), stance };
    session.hear(10, LinkEvent::Entries(vec![crate::words::testing::record(4, body)]));
    let submit = Submit {
        command: Command::Switchover { to: Some(crate::core::model::SiteName::new("south").unwrap()) },
        plan: "0".repeat(64),
        confirm: "typ3d".into(),
        reason: Some("s3cret words".into()),
        overrides: Vec::new(),
    };
    let asks = [Effect::Ask(Ticket(1), Question::Submit { submit, sequence: 4 }), Effect::Copy("typ3d".into())];
    session.recorder.did(Moment(20), &[Action::Palette], &asks);
    let key = crossterm::event::KeyEvent::from(crossterm::event::KeyCode::Char('t'));
    session.recorder.hear(Moment(21), &Event::Raw(Raw::Key(key)));
    session.recorder.hear(Moment(22), &Event::Raw(Raw::Paste("typ3d".into())));
    session.ms = 30;
    let text = session.text().concat();
    assert!(!text.contains("s3cret") && !text.contains("typ3d"), "{text}");
    assert!(text.contains("{\"asked\":\"switchover south\"}") && text.contains("{\"action\":\"command\"}"), "{text}");
    assert_eq!(session.kinds(), ["picture", "entries", "action", "asked", "end"]);
}

#[test]
fn the_name_of_the_cluster_is_in_the_header_once_it_is_known() {
    let mut session = Session::new();
    session.hear(1, LinkEvent::Down { why: "refused".into(), remedy: String::new(), retry_ms: 250 });
    let header = |session: &Session| Header::read(session.text()[0].as_bytes()).unwrap().cluster;
    assert_eq!(header(&session), None);
    session.hear(2, LinkEvent::Up(Welcome { protocol: 1, version: "0.1.0".into(), cluster: "shop".into(), role: Role::Operator }));
    assert_eq!(header(&session).as_deref(), Some("shop"));
    assert_eq!(session.kinds(), ["down", "up", "end"]);
}

#[tokio::test]
async fn what_happens_before_the_monitor_is_heard_is_in_the_file_behind_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("r");
    let (out, _events) = mpsc::channel(1);
    let file = NewFile::create(&path, 1).unwrap();
    let mut recorder = Recorder::new(jiff::Timestamp::UNIX_EPOCH, Size { cols: 80, rows: 24 }, Some(file), out);
    recorder.hear(Moment(1), &Event::Raw(Raw::Resize(100, 30)));
    recorder.did(Moment(2), &[Action::Zoom], &[]);
    let up = LinkEvent::Up(Welcome { protocol: 1, version: "0.1.0".into(), cluster: "shop".into(), role: Role::Operator });
    recorder.hear(Moment(3), &Event::Link(up));
    recorder.finish(Duration::from_secs(20)).await;
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(Header::read(lines[0].as_bytes()).unwrap().cluster.as_deref(), Some("shop"));
    let told: Vec<Entry> = lines[1..].iter().map(|line| Line::read(line.as_bytes()).unwrap().what).collect();
    assert_eq!(told[..2], [Entry::Resize(100, 30), Entry::Action("zoom".into())]);
    assert!(matches!(told[2..], [Entry::Up(_), Entry::End(_)]), "{told:?}");
}
