//! Clients that do not behave: whatever they send or leave out, the monitor answers the others.

use crate::support::cluster::{Cluster, SOON};
use crate::support::proc::Child;
use crate::support::wait;
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// The protocol that the monitor speaks.
const PROTOCOL: u32 = 1;
/// Places on a socket.
const PLACES: usize = 128;
/// A status that takes longer has been held up.
const QUICK: Duration = Duration::from_secs(3);

/// A connection without the program's own client.
pub struct Raw {
    lines: BufReader<UnixStream>,
}

impl Raw {
    /// Connects to a socket, and says nothing.
    pub fn dial(cluster: &Cluster, socket: &str) -> Self {
        let stream = UnixStream::connect(cluster.lab.dir().join("run").join(socket)).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
        Self { lines: BufReader::new(stream) }
    }

    /// Connects and says hello, which must be answered.
    pub fn hello(cluster: &Cluster, socket: &str) -> Self {
        let mut raw = Self::dial(cluster, socket);
        let answer = raw.ask("hello", json!({"protocol": PROTOCOL, "client": "test"}));
        assert_eq!(answer["result"]["protocol"], PROTOCOL, "{answer}");
        raw
    }

    /// Sends bytes as they are; false when the other end is closed.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.lines.get_mut().write_all(bytes).is_ok()
    }

    /// Sends a request.
    pub fn request(&mut self, id: u64, method: &str, params: Value) {
        let line = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
        self.send(format!("{line}\n").as_bytes());
    }

    /// The next line; `None` when the connection is closed.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.lines.read_line(&mut line) {
            Ok(read) => (read > 0).then_some(line),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("neither a line nor the end: {error}"),
        }
    }

    /// The next line, which must be JSON.
    #[track_caller]
    pub fn value(&mut self) -> Value {
        serde_json::from_str(&self.line().expect("a line")).unwrap()
    }

    /// Asks and takes the answer.
    #[track_caller]
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.request(1, method, params);
        self.value()
    }
}

fn hello(protocol: u32) -> Vec<u8> {
    let line = json!({"jsonrpc": "2.0", "id": 1, "method": "hello", "params": {"protocol": protocol, "client": "test"}});
    format!("{line}\n").into_bytes()
}

/// The monitor answers `status` at once.
#[track_caller]
fn assert_answers(cluster: &Cluster, after: &str) {
    let asked = Instant::now();
    let said = cluster.expect(0, &["--json", "status"]);
    assert!(asked.elapsed() < QUICK, "a status took {:?} after {after}", asked.elapsed());
    assert_eq!(serde_json::from_str::<Value>(&said.out).unwrap()["cluster"], "shop");
}

#[test]
fn nonsense_is_answered_with_an_error_or_the_door_and_hurts_nobody() {
    let cluster = Cluster::boot(&[("web", &[])]);
    let mut monitor = cluster.monitor();
    let junk: Vec<u8> = (0..20_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let deep = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":{}}}\n", "[".repeat(30_000));
    let first_words: [(&str, Vec<u8>, &str); 9] = [
        ("plain words", b"GET / HTTP/1.1\n".to_vec(), "not understood"),
        ("an empty line", b"\n".to_vec(), "not understood"),
        ("half a JSON value", b"{\"jsonrpc\":\"2.0\",\n".to_vec(), "not understood"),
        ("a method that does not exist", b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rm\",\"params\":{}}\n".to_vec(), "not understood"),
        ("no hello first", b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\",\"params\":{\"fresh\":false}}\n".to_vec(), "not hello"),
        ("another protocol", hello(PROTOCOL + 1), "speaks protocol"),
        ("deep nesting", deep.into_bytes(), "not understood"),
        ("binary junk", junk, "cannot be read"),
        ("zeros", [vec![0; 5_000], vec![b'\n']].concat(), "not understood"),
    ];
    for (what, bytes, expected) in &first_words {
        for socket in ["operate.sock", "observe.sock"] {
            let mut raw = Raw::dial(&cluster, socket);
            raw.send(bytes);
            let answer = raw.value();
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(message.contains(expected), "{what}: {message}");
            assert!(answer["error"]["data"]["reasons"][0]["remedy"].as_str().is_some_and(|r| !r.is_empty()), "{what}: {answer}");
            assert_eq!(raw.line(), None, "{what} ends the connection");
        }
        assert_answers(&cluster, what);
    }

    // After a good hello a line that makes no sense is answered, and the next one too.
    let mut raw = Raw::hello(&cluster, "operate.sock");
    assert!(raw.send(b"what?\n"));
    assert_eq!(raw.value()["error"]["data"]["kind"], "bad-request");
    assert_eq!(raw.ask("status", json!({"fresh": false}))["result"]["cluster"], "shop");
    let answer = Raw::hello(&cluster, "observe.sock").ask("abort", json!({"run": "r1", "reason": null}));
    assert!(answer["error"]["message"].as_str().unwrap().contains("may only look"), "{answer}");
    assert!(raw.send(b"\xff\xfe\n"));
    assert!(raw.value()["error"]["message"].as_str().unwrap().contains("cannot be read"));
    assert_eq!(raw.line(), None);

    // Asks on and on, and reads nothing.
    let mut greedy = Raw::hello(&cluster, "observe.sock");
    greedy.lines.get_mut().set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let ask = format!("{}\n", json!({"jsonrpc": "2.0", "id": 2, "method": "status", "params": {"fresh": false}}));
    let taken = (0..100_000).take_while(|_| greedy.send(ask.as_bytes())).count();
    assert!((1..100_000).contains(&taken), "{taken} requests were taken of a client that reads nothing");
    assert_answers(&cluster, "a client that reads nothing");
    assert!(monitor.status().is_none());
}

#[test]
fn a_line_without_an_end_and_a_heap_of_values_are_cut_off() {
    let cluster = Cluster::boot(&[("web", &[])]);
    let _monitor = cluster.monitor();
    let mut raw = Raw::dial(&cluster, "observe.sock");
    let block = vec![b'x'; 1024 * 1024];
    let taken = (0..20).take_while(|_| raw.send(&block)).count();
    assert!(taken < 20, "a line of {taken} MiB was taken");
    let answer = raw.value();
    assert_eq!(answer["error"]["data"]["kind"], "bad-request", "{answer}");
    assert_answers(&cluster, "a line that is too long");

    // A heap of values is larger in memory than on the line, and takes its time: it is cut off long before its end.
    let heap = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"hello\",\"params\":[{}0]}}\n", "0,".repeat(7 * 1024 * 1024));
    let senders: Vec<_> = (0..6)
        .map(|_| {
            let (mut raw, heap) = (Raw::dial(&cluster, "observe.sock"), heap.clone());
            std::thread::spawn(move || {
                raw.send(heap.as_bytes());
                raw.line()
            })
        })
        .collect();
    for _ in 0..5 {
        assert_answers(&cluster, "heaps of values");
    }
    for sender in senders {
        let answer = sender.join().unwrap().expect("an answer");
        assert!(answer.contains("cannot be read") && answer.contains("at most 65536 bytes"), "{answer}");
    }
}

#[test]
fn those_who_say_nothing_take_up_a_place_and_no_more() {
    let cluster = Cluster::boot(&[("web", &[])]);
    let _monitor = cluster.monitor();
    let mut served = Raw::hello(&cluster, "observe.sock");
    let mut silent: Vec<Raw> = (0..PLACES - 1).map(|_| Raw::dial(&cluster, "observe.sock")).collect();
    let mut half = silent.pop().unwrap();
    half.send(b"{\"jsonrpc\":\"2.0\",");
    let mut late = [Raw::dial(&cluster, "observe.sock"), Raw::dial(&cluster, "observe.sock")];
    for raw in &mut late {
        let answer = raw.value();
        assert!(answer["error"]["message"].as_str().unwrap().contains("too many clients"), "{answer}");
    }
    assert_eq!(served.ask("status", json!({"fresh": false}))["result"]["cluster"], "shop");
    assert_answers(&cluster, "all places of those who look are taken");
    cluster.expect(0, &["switchover", "--dry-run"]);

    let _operators: Vec<Raw> = (0..PLACES).map(|_| Raw::hello(&cluster, "operate.sock")).collect();
    for _ in 0..5 {
        let said = cluster.expect(6, &["status"]);
        assert!(said.err.contains("too many clients are connected"), "{}", said.err);
    }
    drop(late);
    assert_eq!(half.line(), None, "who does not finish his first line is gone after a while");
    assert_eq!(silent[0].line(), None, "who says nothing too");
    Raw::hello(&cluster, "observe.sock");
}

#[test]
fn a_follower_that_stops_reading_hurts_nobody_and_misses_nothing() {
    let cluster = Cluster::boot(&[("web", &[])]);
    let _monitor = cluster.monitor();
    let mut follower = Child::spawn("follower", &mut cluster.command(&["events", "--follow", "--json"]), cluster.lab.dir());
    let mut operator = Raw::hello(&cluster, "operate.sock");
    let mut refuse = |n: usize| {
        for _ in 0..n {
            let answer = operator.ask("abort", json!({"run": "r999", "reason": null}));
            assert_eq!(answer["error"]["data"]["kind"], "refused", "{answer}");
        }
    };
    wait::until("the follower follows", SOON, || {
        refuse(1);
        !follower.stdout().is_empty()
    });
    follower.signal(Signal::STOP);
    refuse(2_500);
    assert_answers(&cluster, "a follower has stopped reading");
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    follower.signal(Signal::CONT);
    let last = cluster.entries().len() as u64;
    let indices = || -> Vec<u64> {
        let text = follower.stdout();
        text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()?["index"].as_u64()).collect()
    };
    wait::until("the follower has everything", SOON, || indices().last() == Some(&last));
    let seen = indices();
    let distinct: BTreeSet<u64> = seen.iter().copied().collect();
    assert_eq!((distinct.len() as u64, seen.len()), (last - seen[0] + 1, distinct.len()), "every entry, once");
    drop(follower);
}
