use super::*;
use crate::core::command::Role;
use crate::core::model::HostName;
use crate::core::record::{Body, Summary, Term};
use crate::store::{Journal, Limits};
use crate::wire::{Failure, FailureKind, Incoming, Outgoing, PROTOCOL, Request, Welcome, encode};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

const LIMITS: Limits = Limits { segment_bytes: 1 << 20, segments: 2 };

/// How the other monitor answers a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Manner {
    #[default]
    Well,
    Refuses,
    Garbage,
    Silent,
    Closes,
    AnswersAnother,
}

/// A monitor that keeps what it is given in a list.
#[derive(Default)]
struct Other {
    records: Vec<Record>,
    aside: Vec<Record>,
    asked: Vec<&'static str>,
    /// From this question on it answers in its manner.
    after: usize,
    manner: Manner,
}

impl Other {
    fn answer(&mut self, ask: PeerAsk) -> Result<Value, Failure> {
        let refused = |what: &str| Err(Failure::one(FailureKind::Refused, what, "begin again"));
        match ask {
            PeerAsk::Standing { .. } => refused("nobody asks that here"),
            PeerAsk::Mark { index } => {
                self.asked.push("mark");
                let mark = self.records.iter().find(|record| record.index == index).map(PeerMark::of);
                Ok(serde_json::to_value(mark).unwrap())
            }
            PeerAsk::Cut { keep, first } => {
                self.asked.push("cut");
                let at = self.records.iter().position(|record| record.index > keep).unwrap_or(self.records.len());
                let gone = self.records.split_off(at);
                let count = gone.len();
                self.aside.extend(gone);
                assert!(first > keep);
                Ok(count.into())
            }
            PeerAsk::Append { after, records } => {
                self.asked.push("append");
                assert!(!records.is_empty() && records.len() <= PEER_ENTRIES);
                if self.tail() != after.tail {
                    return refused("it does not follow");
                }
                self.records.extend(records);
                Ok(self.tail().index.into())
            }
        }
    }

    fn tail(&self) -> Tail {
        self.records.last().map_or_else(Tail::default, |record| PeerMark::of(record).tail)
    }
}

async fn serve(stream: DuplexStream, other: Arc<Mutex<Other>>) {
    let (reader, mut writer) = tokio::io::split(stream);
    let mut lines = BufReader::new(reader).lines();
    let mut questions = 0;
    while let Ok(Some(line)) = lines.next_line().await {
        let asked: Incoming = serde_json::from_str(&line).unwrap();
        let mut id = asked.id;
        let result = match asked.request {
            Request::Hello(_) => {
                let welcome = Welcome { protocol: PROTOCOL, version: "1".into(), cluster: "c".into(), role: Role::Monitor };
                Ok(serde_json::to_value(welcome).unwrap())
            }
            Request::Peer(ask) => {
                questions += 1;
                let mut other = other.lock().unwrap();
                let manner = if questions > other.after { other.manner } else { Manner::Well };
                match manner {
                    Manner::Closes => return,
                    Manner::Silent => continue,
                    Manner::Refuses => Err(Failure::one(FailureKind::Refused, "not now", "later")),
                    Manner::Garbage => Ok(Value::from("a word")),
                    Manner::AnswersAnother => {
                        id += 7;
                        other.answer(ask)
                    }
                    Manner::Well => other.answer(ask),
                }
            }
            _ => panic!("{line}"),
        };
        let (result, error) = match result {
            Ok(value) => (Some(value), None),
            Err(failure) => (None, Some(failure)),
        };
        let line = encode(&Outgoing { jsonrpc: "2.0".into(), id: Some(id), method: None, params: None, result, error });
        writer.write_all(format!("{}\n", line.trim_end()).as_bytes()).await.unwrap();
    }
}

/// This monitor's journal, its way to the other one, and what it says of itself.
struct Mine {
    dir: tempfile::TempDir,
    journal: Journal,
    copyist: Copyist,
    link: PeerLink,
    told: watch::Receiver<Option<Standing>>,
    tell: watch::Sender<Option<Standing>>,
    other: Arc<Mutex<Other>>,
}

fn entry(index: u64, term: u64) -> Record {
    let at = jiff::Timestamp::from_second(i64::try_from(index).unwrap()).unwrap();
    Record { index, term: Term(term), at, body: Body::Note { text: format!("entry {index} of term {term}") } }
}

fn entries(range: std::ops::RangeInclusive<u64>, term: u64) -> Vec<Record> {
    range.map(|index| entry(index, term)).collect()
}

fn standing(tail: Tail) -> Standing {
    let monitor = HostName::new("a1").unwrap();
    Standing { monitor, acts: true, tail, coming: None, broken: false, holder: None, config: "cfg".into(), aside: 0 }
}

impl Mine {
    async fn of(records: Vec<Record>, theirs: Vec<Record>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path(), LIMITS).unwrap().journal;
        for record in &records {
            match record.body {
                Body::Summary { .. } => journal.rotate(record).unwrap(),
                _ => journal.append(std::slice::from_ref(record)).unwrap(),
            }
        }
        let other = Arc::new(Mutex::new(Other { records: theirs, ..Other::default() }));
        let link = connect(&other).await;
        let tail = records.last().map(|record| PeerMark::of(record).tail).unwrap_or_default();
        let (tell, told) = watch::channel(Some(standing(tail)));
        Self { copyist: Copyist::new(dir.path().to_owned()), dir, journal, link, told, tell, other }
    }

    async fn bring(&mut self) -> Result<u64, Unanswered> {
        let theirs = self.other.lock().unwrap().tail();
        self.copyist.bring_in_step(&mut self.link, theirs, &self.told).await
    }

    /// Journals one more entry and tells of it.
    fn write(&mut self, record: &Record) {
        self.journal.append(std::slice::from_ref(record)).unwrap();
        self.tell.send_replace(Some(standing(PeerMark::of(record).tail)));
    }

    fn theirs(&self) -> Vec<Record> {
        self.other.lock().unwrap().records.clone()
    }

    fn aside(&self) -> Vec<Record> {
        self.other.lock().unwrap().aside.clone()
    }

    fn asked(&self, what: &str) -> usize {
        self.other.lock().unwrap().asked.iter().filter(|asked| **asked == what).count()
    }
}

async fn connect(other: &Arc<Mutex<Other>>) -> PeerLink {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(serve(far, other.clone()));
    PeerLink::on(Box::new(near), "c", ANSWER).await.unwrap()
}

#[tokio::test]
async fn one_that_has_everything_is_asked_for_its_last_entry_and_given_nothing() {
    let mut mine = Mine::of(entries(1..=9, 2), entries(1..=9, 2)).await;
    assert_eq!(mine.bring().await.unwrap(), 9);
    assert_eq!((mine.asked("mark"), mine.asked("append"), mine.asked("cut")), (1, 0, 0));
    assert_eq!(mine.bring().await.unwrap(), 9);
    assert_eq!(mine.asked("mark"), 1, "the place is kept");
}

#[tokio::test]
async fn one_that_is_behind_or_has_nothing_is_given_what_it_lacks() {
    for theirs in [0, 1, 4, 699] {
        let mut mine = Mine::of(entries(1..=700, 2), entries(1..=theirs, 2)).await;
        assert_eq!(mine.bring().await.unwrap(), 700);
        assert_eq!(mine.theirs(), entries(1..=700, 2));
        assert_eq!(mine.asked("cut"), 0, "{theirs}");
    }
}

#[tokio::test]
async fn what_only_the_other_one_has_is_set_aside_from_the_last_common_entry_on() {
    for common in [0, 1, 5, 8, 9] {
        let theirs = [entries(1..=common, 2), entries(common + 1..=14, 3)].concat();
        let ours = [entries(1..=common, 2), entries(common + 1..=11, 4)].concat();
        let mut mine = Mine::of(ours.clone(), theirs).await;
        assert_eq!(mine.bring().await.unwrap(), 11);
        assert_eq!(mine.theirs(), ours);
        assert_eq!(mine.aside(), entries(common + 1..=14, 3), "common up to {common}");
    }
}

#[tokio::test]
async fn one_that_is_ahead_on_the_same_way_has_the_rest_set_aside() {
    let mut mine = Mine::of(entries(1..=5, 2), entries(1..=8, 2)).await;
    assert_eq!(mine.bring().await.unwrap(), 5);
    assert_eq!(mine.aside(), entries(6..=8, 2));
}

/// A journal whose oldest entry is 30.
fn rotated() -> Vec<Record> {
    let summary =
        |index| Record { body: Body::Summary { summary: Box::new(Summary { term: Term(2), ..Summary::default() }) }, ..entry(index, 2) };
    [entries(1..=29, 2), vec![summary(30)], entries(31..=39, 2), vec![summary(40)], entries(41..=60, 2)].concat()
}

#[tokio::test]
async fn a_journal_whose_beginning_is_gone_is_begun_anew_where_nothing_is_common() {
    let mut mine = Mine::of(rotated(), Vec::new()).await;
    assert_eq!(mine.bring().await.unwrap(), 60);
    assert_eq!(mine.theirs(), rotated().split_off(29));
    assert_eq!(mine.asked("cut"), 1, "it is told where it begins");
    let mut mine = Mine::of(rotated(), entries(1..=12, 2)).await;
    assert_eq!(mine.bring().await.unwrap(), 60);
    assert_eq!((mine.theirs(), mine.aside().len()), (rotated().split_off(29), 12), "what lies between is in neither journal any more");
}

#[tokio::test]
async fn what_is_common_is_found_also_where_the_beginning_of_this_journal_is_gone() {
    let theirs = [rotated()[..33].to_vec(), entries(34..=70, 3)].concat();
    let mut mine = Mine::of(rotated(), theirs).await;
    assert_eq!(mine.bring().await.unwrap(), 60);
    assert_eq!(mine.aside(), entries(34..=70, 3), "and nothing else is set aside");
    assert_eq!(mine.theirs(), rotated());
}

#[tokio::test]
async fn nothing_goes_over_that_is_not_on_stable_storage_here() {
    let mut mine = Mine::of(entries(1..=9, 2), entries(1..=3, 2)).await;
    mine.tell.send_replace(Some(standing(Tail { term: Term(2), index: 6 })));
    assert_eq!(mine.bring().await.unwrap(), 6);
    assert_eq!(mine.theirs(), entries(1..=6, 2));
}

#[tokio::test]
async fn batches_follow_the_place_and_others_are_left_for_the_next_word() {
    let mut mine = Mine::of(entries(1..=3, 2), entries(1..=3, 2)).await;
    let early = mine.copyist.hand_over(&mut mine.link, entries(4..=4, 2)).await.unwrap();
    assert_eq!(early, None, "its place is not known yet");
    mine.bring().await.unwrap();
    for index in 4..=6 {
        mine.write(&entry(index, 2));
    }
    assert_eq!(mine.copyist.hand_over(&mut mine.link, entries(4..=5, 2)).await.unwrap(), Some(5));
    assert_eq!(mine.copyist.hand_over(&mut mine.link, entries(4..=5, 2)).await.unwrap(), Some(5), "it has it");
    assert_eq!(mine.copyist.hand_over(&mut mine.link, entries(7..=7, 2)).await.unwrap(), None, "a gap");
    assert_eq!(mine.theirs(), entries(1..=5, 2));
    assert_eq!(mine.bring().await.unwrap(), 6);
    mine.copyist.lose_place();
    assert_eq!(mine.copyist.hand_over(&mut mine.link, entries(7..=7, 2)).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn whatever_goes_wrong_is_told_and_the_next_connection_begins_by_looking() {
    for (manner, words) in [
        (Manner::Refuses, "refuses: not now"),
        (Manner::Garbage, "something else than was agreed"),
        (Manner::Silent, "no answer within"),
        (Manner::Closes, "closed the connection"),
        (Manner::AnswersAnother, "answered another question"),
    ] {
        for after in [0, 1, 2] {
            let mut mine = Mine::of(entries(1..=600, 2), entries(1..=3, 2)).await;
            {
                let mut other = mine.other.lock().unwrap();
                (other.manner, other.after) = (manner, after);
            }
            let why = mine.bring().await.unwrap_err().to_string();
            assert!(why.contains(words), "{manner:?} after {after}: {why}");
            assert_eq!(mine.copyist.hand_over(&mut mine.link, entries(601..=601, 2)).await.unwrap(), None, "nobody knows where it is");
            mine.other.lock().unwrap().manner = Manner::Well;
            mine.link = connect(&mine.other).await;
            assert_eq!(mine.bring().await.unwrap(), 600);
            assert_eq!(mine.theirs(), entries(1..=600, 2), "{manner:?} after {after}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_for_another_question_or_is_no_line_ends_the_connection() {
    let (near, mut far) = tokio::io::duplex(1 << 16);
    let hello = tokio::spawn(async move { PeerLink::on(Box::new(near), "c", ANSWER).await.map(drop) });
    far.write_all(b"no json at all\n").await.unwrap();
    assert!(hello.await.unwrap().unwrap_err().to_string().contains("something else"));
    let other = Arc::new(Mutex::new(Other::default()));
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(serve(far, other));
    let why = PeerLink::on(Box::new(near), "another", ANSWER).await.map(drop).unwrap_err().to_string();
    assert!(why.contains("the monitor of cluster c"), "{why}");
}

#[tokio::test]
async fn a_journal_that_cannot_be_read_here_is_told() {
    let mut mine = Mine::of(entries(1..=9, 2), entries(1..=3, 2)).await;
    std::fs::remove_dir_all(mine.dir.path()).unwrap();
    let why = mine.bring().await.unwrap_err().to_string();
    assert!(why.contains("own journal cannot be read"), "{why}");
}
