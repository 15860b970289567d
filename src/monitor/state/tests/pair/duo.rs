//! The two, their disks and the world around them. After every event it is audited what must hold always.

use super::*;
use crate::core::model::{Device, Fence, Instance};

/// The monitor that is named first, on b1 at the secondary site.
pub(super) const FIRST: usize = 0;
/// The other one, on a1 beside what serves.
pub(super) const SECOND: usize = 1;
pub(super) const HOSTS: [&str; 2] = ["b1", "a1"];
pub(super) const TICK: Duration = Duration::from_millis(200);
/// Beats and looks come after so many ticks.
pub(super) const BEAT: u64 = 5;

/// One monitor and its machine.
pub(super) struct Site {
    pub(super) setup: Setup,
    /// None while it does not run.
    pub(super) state: Option<State>,
    pub(super) life: u64,
    /// What is on stable storage.
    pub(super) disk: Vec<Record>,
    /// What is on its way there.
    pub(super) pending: VecDeque<Vec<Record>>,
    /// Nothing gets to the disk.
    pub(super) slow: bool,
    /// Writing fails; so many entries of what fails get there all the same.
    pub(super) broken: Option<usize>,
    reopening: bool,
    /// What was set aside.
    pub(super) aside: Vec<Record>,
    pub(super) told: Option<Standing>,
    pub(super) batches: VecDeque<Vec<Record>>,
    pub(super) place: Option<PeerMark>,
    /// The life of the other one that this one is connected to.
    pub(super) line: Option<u64>,
    pub(super) orders: Vec<Order>,
    pub(super) restart: bool,
    pub(super) restarts: usize,
}

pub(super) struct Duo {
    pub(super) sites: [Site; 2],
    base: Instant,
    pub(super) later: Duration,
    pub(super) ticks: u64,
    /// Whether each reaches the other one.
    pub(super) link: [bool; 2],
    /// What becomes of the next questions.
    pub(super) fates: VecDeque<Fate>,
    /// Questions that were given up, and are on their way all the same.
    pub(super) late: Vec<(usize, u64, PeerAsk)>,
    pub(super) running: BTreeSet<Instance>,
    pub(super) off: BTreeSet<HostName>,
    pub(super) fence: Outcome,
    /// Files are rotated after so many entries.
    pub(super) rotates: Option<usize>,
    /// Somebody has vouched for a monitor that lived.
    pub(super) lied: bool,
    pub(super) disk_lost: bool,
    /// Entries that were on stable storage at both, as long as nothing may be lost.
    pub(super) common: BTreeSet<(Term, u64)>,
    /// All that ever were.
    pub(super) copied: BTreeSet<(Term, u64)>,
    pub(super) terms: BTreeMap<Term, usize>,
}

pub(super) fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

pub(super) fn other(i: usize) -> usize {
    1 - i
}

/// What the pair runs by: both hosts have a fence device.
fn pair_setup(i: usize) -> Setup {
    let mut cluster = shop();
    for name in HOSTS {
        let device = Device::Command { argv: vec!["/bin/power".into()] };
        cluster.hosts.get_mut(&host(name)).unwrap().fence = Some(Fence { device, timeout_ms: 1_000 });
    }
    let side = [Side::Secondary, Side::Primary][i];
    let pair = PairSetup { me: host(HOSTS[i]), other: host(HOSTS[other(i)]), first: i == FIRST, side, moves: false };
    Setup { pair: Some(pair), ..setup_of(cluster) }
}

impl Site {
    fn new(i: usize) -> Self {
        Self {
            setup: pair_setup(i),
            state: None,
            life: 0,
            disk: Vec::new(),
            pending: VecDeque::new(),
            slow: false,
            broken: None,
            reopening: false,
            aside: Vec::new(),
            told: None,
            batches: VecDeque::new(),
            place: None,
            line: None,
            orders: Vec::new(),
            restart: false,
            restarts: 0,
        }
    }

    pub(super) fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for record in &self.disk {
            ledger.apply(record).unwrap();
        }
        ledger
    }

    pub(super) fn tail(&self) -> Tail {
        self.disk.last().map_or_else(Tail::default, |record| PeerMark::of(record).tail)
    }
}

impl Duo {
    /// Both are installed, and neither runs yet.
    pub(super) fn new() -> Self {
        Self {
            sites: [Site::new(FIRST), Site::new(SECOND)],
            base: Instant::now(),
            later: Duration::ZERO,
            ticks: 0,
            link: [true, true],
            fates: VecDeque::new(),
            late: Vec::new(),
            running: wanted(&shop(), Some(Side::Primary)),
            off: BTreeSet::new(),
            fence: Outcome::Done,
            rotates: None,
            lied: false,
            disk_lost: false,
            common: BTreeSet::new(),
            copied: BTreeSet::new(),
            terms: BTreeMap::new(),
        }
    }

    /// Both run, have heard each other, and are in step.
    pub(super) fn running() -> Self {
        let mut duo = Self::new();
        duo.start(FIRST);
        duo.start(SECOND);
        duo.seconds(3);
        duo.in_step();
        duo
    }

    pub(super) fn now(&self) -> Now {
        Now { steady: self.base + self.later, wall: jiff::Timestamp::UNIX_EPOCH + self.later }
    }

    pub(super) fn state(&self, i: usize) -> &State {
        self.sites[i].state.as_ref().unwrap()
    }

    pub(super) fn part(&self, i: usize) -> Part {
        self.state(i).standing().map(|_| self.state(i).pair_view(self.now()).unwrap().part).unwrap()
    }

    /// Whether it may act, and nothing keeps it from it.
    pub(super) fn acts(&self, i: usize) -> bool {
        self.sites[i].state.as_ref().is_some_and(|state| state.closed().is_none() && state.ledger.rival().is_none())
    }

    /// Exactly one acts, and the other one has the same journal.
    pub(super) fn in_step(&self) {
        assert_ne!(self.acts(FIRST), self.acts(SECOND), "exactly one acts: {}", self.told());
        assert_eq!(self.sites[FIRST].disk, self.sites[SECOND].disk, "{}", self.told());
        let acting = if self.acts(FIRST) { FIRST } else { SECOND };
        assert_eq!(self.state(acting).uncopied(self.now()), None, "{}", self.told());
        assert_eq!(self.part(other(acting)), Part::Standby);
    }

    /// How both stand, for a test that has failed.
    pub(super) fn told(&self) -> String {
        let line = |i: usize| {
            let site = &self.sites[i];
            let acts = site.state.as_ref().map(|state| state.acts(self.now()));
            format!("{}: {acts:?}, {:?} of {} entries, aside {}", HOSTS[i], site.tail(), site.disk.len(), site.aside.len())
        };
        format!("{} | {}", line(FIRST), line(SECOND))
    }

    // What happens to a monitor.

    pub(super) fn start(&mut self, i: usize) {
        self.off.remove(&host(HOSTS[i]));
        self.flush(i, true);
        let site = &mut self.sites[i];
        site.life += 1;
        (site.told, site.place, site.line, site.restart, site.reopening) = (None, None, None, false, false);
        site.batches.clear();
        let pair = site.setup.pair.clone().unwrap();
        let lease = Single::of_two(pair.me.as_str(), pair.first);
        let mut state = State::new(site.setup.clone(), Box::new(lease), site.ledger());
        let effects = state.begin(Vec::new(), self.now()).unwrap();
        self.sites[i].state = Some(state);
        self.take(i, effects);
        self.look(i);
    }

    /// It is gone at once; `kept` batches of what was on its way to the disk get there.
    pub(super) fn crash(&mut self, i: usize, kept: usize) {
        let site = &mut self.sites[i];
        site.state = None;
        site.orders.clear();
        site.pending.truncate(kept);
        self.flush(i, true);
    }

    pub(super) fn lose_disk(&mut self, i: usize) {
        assert!(self.sites[i].state.is_none());
        self.sites[i].disk.clear();
        self.sites[i].pending.clear();
        self.disk_lost = true;
        self.common.clear();
    }

    /// Its configuration is reloaded: this life ends, and the next one begins.
    pub(super) fn restart(&mut self, i: usize) {
        self.take(i, vec![Effect::Restart]);
        self.tick();
    }

    pub(super) fn apply(&mut self, i: usize, event: Event) {
        let now = self.now();
        let Some(state) = &mut self.sites[i].state else { return };
        let effects = state.apply(event, now);
        self.take(i, effects);
        self.audit();
    }

    pub(super) fn take(&mut self, i: usize, effects: Vec<Effect>) {
        for effect in effects {
            let site = &mut self.sites[i];
            match effect {
                Effect::Append(records) => {
                    site.pending.push_back(records);
                    self.flush(i, false);
                }
                Effect::Rotate(index, at, summary) => {
                    let record = Record { index, term: summary.term, at, body: Body::Summary { summary } };
                    site.pending.push_back(vec![record]);
                    self.flush(i, false);
                }
                Effect::Carry(order) => {
                    self.audit_order(i, &order);
                    self.sites[i].orders.push(*order);
                }
                Effect::Refresh(ask) => {
                    self.look(i);
                    self.apply(i, Event::Refreshed(ask));
                }
                Effect::Reply(reply, answer) => drop(reply.send(answer)),
                Effect::Show(reply, shown) => drop(reply.send(shown)),
                Effect::Standing(standing) => site.told = Some(standing),
                Effect::Copy(records) => site.batches.push_back(records),
                Effect::ReadMark(index, reply) => {
                    let mark = site.disk.iter().find(|record| record.index == index).map(PeerMark::of);
                    let _ = reply.send(Ok(serde_json::to_value(mark).unwrap()));
                }
                Effect::Cut { keep, first: _ } => self.cut(i, keep),
                Effect::Reopen => site.reopening = true,
                Effect::Restart => {
                    site.restart = true;
                    site.restarts += 1;
                }
                Effect::Take(host, ..) => self.apply(i, Event::Taken { host, result: Ok(()) }),
                Effect::SecondLook(_) | Effect::Accept(..) | Effect::Publish(_) | Effect::Begin(_) | Effect::Load(_) => {}
            }
        }
    }

    // Disks.

    /// What is on its way to the disk gets there. `anyway`: also where it is slow.
    pub(super) fn flush(&mut self, i: usize, anyway: bool) {
        while !self.sites[i].slow || anyway {
            let site = &mut self.sites[i];
            let Some(batch) = site.pending.pop_front() else { return };
            let (upto, before) = (batch.last().unwrap().index, site.disk.len());
            let result = match site.broken {
                None => {
                    site.disk.extend(batch);
                    Ok(())
                }
                Some(kept) => {
                    // What fails may get there in part; what comes behind it does not.
                    site.disk.extend(batch.into_iter().take(kept));
                    site.broken = Some(0);
                    Err("disk full".to_owned())
                }
            };
            let due = self.rotates.is_some_and(|n| self.sites[i].disk.len().is_multiple_of(n));
            let new: Vec<Record> = self.sites[i].disk[before..].to_vec();
            self.note_common();
            self.note_terms(i, &new);
            self.apply(i, Event::Written { upto, result, due });
        }
    }

    pub(super) fn cut(&mut self, i: usize, keep: u64) {
        self.flush(i, true);
        let site = &mut self.sites[i];
        let at = site.disk.iter().position(|record| record.index > keep).unwrap_or(site.disk.len());
        let at = if keep == 0 { 0 } else { at };
        let gone = site.disk.split_off(at);
        let count = gone.len() as u64;
        site.aside.extend(gone);
        let ledger = site.ledger();
        self.apply(i, Event::Pair(PairEvent::Cut(Box::new(ledger), count)));
    }

    /// The journal is opened again, if it can be.
    pub(super) fn reopen(&mut self, i: usize) {
        let site = &mut self.sites[i];
        if site.reopening && site.broken.is_none() && site.state.is_some() {
            site.reopening = false;
            site.pending.clear();
            let ledger = site.ledger();
            self.apply(i, Event::Reopened(Box::new(ledger)));
        }
    }

    // Time.
}
