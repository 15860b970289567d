//! Times, sizes and whole numbers with the bounds of their keys.
//!
//! Used by the declarations in `keys.rs`. A bound is a type, with the reason for it, so that the reader's message and the
//! JSON schema come from one place.

use super::problem::{Problem, bounded};
use super::read::{FromText, Node, Read, wrong_type};
use super::report::Report;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::marker::PhantomData;
use std::time::Duration;

/// The least and the most that a key takes, and why; times in milliseconds, sizes in bytes.
pub(super) trait Bound {
    const MIN: u64;
    const MAX: u64;
    const WHY: &'static str;
}

macro_rules! bounds {
    ($($(#[doc = $doc:literal])+ $name:ident = $min:expr, $max:expr, $why:literal;)+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub(super) struct $name;

        impl Bound for $name {
            const MIN: u64 = $min;
            const MAX: u64 = $max;
            const WHY: &'static str = $why;
        }
    )+ };
}

const SECOND: u64 = 1000;
const HOUR: u64 = 3600 * SECOND;
const DAY: u64 = 24 * HOUR;
const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

bounds! {
    /// Between two looks at a host.
    Interval = 200, HOUR, "a shorter one is a load on every host, a longer one sees a loss too late";
    /// Of a host, before it counts as silent.
    Silence = 300, 10 * SECOND, "a shorter one takes a busy host or network for a lost one, and for a longer one a failover would wait";
    /// For a start or a stop.
    Timeout = SECOND, DAY, "no service starts in less, and nobody waits longer without looking";
    /// For a step of a connection.
    Network = 100, 10 * 60 * SECOND, "a shorter one gives up on healthy hosts, a longer one hides silent ones";
    /// For keepalives in a row.
    Misses = 1, 100, "with none every connection is lost at once, with more a silent host is not noticed";
    /// For a port.
    PortRange = 1, 65535, "these are the ports of TCP";
    /// After an automatic failover.
    Quiet = 0, 30 * DAY, "a longer one is better said as mode = \"observe-only\"";
    /// For attempts to bring a component back where it is.
    Attempts = 0, 100, "with 0 nothing is tried, and what did not help a hundred times does not help";
    /// Within which these attempts count together.
    HoldDown = SECOND, DAY, "in a shorter one no attempt ends, and what was tried days ago says nothing";
    /// For the answer of an acceptance probe.
    Answer = 100, 5 * 60 * SECOND, "a shorter one fails on healthy services, and for a longer one a switchover would wait";
    /// For one call of a fence.
    Call = SECOND, 10 * 60 * SECOND, "no device switches a host off in less, and for a longer one a failover would wait";
    /// Without a sign of the lease's holder.
    SelfStop = 3 * SECOND, HOUR, "a shorter one stops services at every hiccup of the network, and for a longer one a failover would wait";
    /// For a process to count as started by having lived so long.
    Lived = 0, 10 * 60 * SECOND, "what has lived so long has started, and nobody waits longer without looking";
    /// For a process to end after it was told to.
    Ending = 100, HOUR, "a shorter one kills what would have ended by itself, and for a longer one a failover would wait";
    /// For a file of the journal.
    Segment = 64 * KIB, 1024 * MIB, "a smaller file is full at once, a larger one is slow to read";
    /// For the files of the journal.
    Segments = 2, 1000, "the oldest file is removed while the newest is written, and a folder stays readable";
}

/// A time, written as `500ms`, `2s`, `5m`, `1h` or `1d`.
#[derive(Debug)]
pub(super) struct Span<B>(u64, PhantomData<B>);

const TIMES: [(&str, u64); 5] = [("ms", 1), ("s", SECOND), ("m", 60 * SECOND), ("h", HOUR), ("d", 24 * HOUR)];
const SIZES: [(&str, u64); 4] = [("B", 1), ("KiB", KIB), ("MiB", MIB), ("GiB", 1024 * MIB)];

impl<B> Span<B> {
    /// `ms` milliseconds; for defaults, which are known to be in bounds.
    pub(super) fn ms(ms: u64) -> Self {
        Self(ms, PhantomData)
    }

    /// The time in milliseconds.
    pub(super) fn as_ms(&self) -> u64 {
        self.0
    }

    /// The time.
    pub(super) fn duration(&self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl<B: Bound> FromText for Span<B> {
    const WANTED: &'static str = "a time as a number and ms, s, m, h or d";
    const EXAMPLE: &'static str = "\"2s\"";

    fn parse(text: &str) -> Result<Self, String> {
        let ms = amount(text, &TIMES).ok_or("a time is a whole number followed by ms, s, m, h or d, without a space")?;
        in_bounds::<B>(ms, |ms| written(ms, &TIMES)).map(Self::ms)
    }

    fn constraints() -> Value {
        json!({ "pattern": "^[0-9]+(ms|s|m|h|d)$" })
    }
}

impl<B> Serialize for Span<B> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&written(self.0, &TIMES))
    }
}

/// A size, written as `512KiB`, `8MiB` or `1GiB`.
#[derive(Debug)]
pub(super) struct Size<B>(pub(super) u64, PhantomData<B>);

impl<B> Size<B> {
    /// `bytes` bytes; for defaults, which are known to be in bounds.
    pub(super) fn bytes(bytes: u64) -> Self {
        Self(bytes, PhantomData)
    }
}

impl<B: Bound> FromText for Size<B> {
    const WANTED: &'static str = "a size as a number and B, KiB, MiB or GiB";
    const EXAMPLE: &'static str = "\"8MiB\"";

    fn parse(text: &str) -> Result<Self, String> {
        let bytes = amount(text, &SIZES).ok_or("a size is a whole number followed by B, KiB, MiB or GiB, without a space")?;
        in_bounds::<B>(bytes, |bytes| written(bytes, &SIZES)).map(Self::bytes)
    }

    fn constraints() -> Value {
        json!({ "pattern": "^[0-9]+(B|KiB|MiB|GiB)$" })
    }
}

impl<B> Serialize for Size<B> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&written(self.0, &SIZES))
    }
}

/// A whole number.
#[derive(Debug)]
pub(super) struct Whole<B>(pub(super) u64, PhantomData<B>);

impl<B> Whole<B> {
    /// `number`; for defaults, which are known to be in bounds.
    pub(super) fn new(number: u64) -> Self {
        Self(number, PhantomData)
    }
}

impl<B: Bound> Read for Whole<B> {
    const WANTED: &'static str = "a whole number";
    const EXAMPLE: &'static str = "16";

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let Some(number) = node.get_ref().as_integer() else {
            wrong_type::<Self>(node, key, report);
            return None;
        };
        // Beyond 64 bits it is out of bounds in any case, and negative numbers are below every bound.
        let value =
            u64::from_str_radix(number.as_str(), number.radix()).unwrap_or(if number.as_str().starts_with('-') { 0 } else { u64::MAX });
        match in_bounds::<B>(value, |n| n.to_string()) {
            Ok(value) => Some(Self::new(value)),
            Err(why) => {
                let line = Some(report.line(&node.span()));
                let remedy = format!("write a number from {} to {}", B::MIN, B::MAX);
                report.add(Problem::error(key, line, bounded(&number.to_string()), why, remedy));
                None
            }
        }
    }

    fn schema() -> Value {
        json!({ "type": "integer", "minimum": B::MIN, "maximum": B::MAX })
    }
}

impl<B> Serialize for Whole<B> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(self.0)
    }
}

fn in_bounds<B: Bound>(amount: u64, show: impl Fn(u64) -> String) -> Result<u64, String> {
    if (B::MIN..=B::MAX).contains(&amount) {
        return Ok(amount);
    }
    Err(format!("this key takes {} to {}: {}", show(B::MIN), show(B::MAX), B::WHY))
}

/// `text` as a whole number and one of `units`; too large a product counts as the largest there is.
fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    if number.is_empty() {
        return None;
    }
    Some(number.parse::<u64>().map_or(u64::MAX, |number| number.saturating_mul(*factor)))
}

/// `amount` in the largest of `units` that leaves no rest.
fn written(amount: u64, units: &[(&str, u64)]) -> String {
    let fits = units.iter().rev().find(|(_, factor)| amount >= *factor && amount.is_multiple_of(*factor));
    fits.map_or_else(|| format!("{amount}{}", units.first().map_or("", |u| u.0)), |(unit, factor)| format!("{}{unit}", amount / factor))
}
