//! Lists, sets and tables by name: the kinds of value that hold several others.
//!
//! Used by the declarations in `keys.rs`. All of them are bounded, and one bad item does not hide the problems of the
//! items after it.

use super::problem::{Problem, join, quoted};
use super::read::{At, FromText, Node, Read, wrong_type};
use super::report::{Report, counted};
use crate::core::model::{ComponentName, HookName, HostName, ProcessName};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Values in any order, each of which counts once.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Set<T>(pub(super) Vec<At<T>>);

impl<T: Read + Ord + std::fmt::Display> Read for Set<T> {
    const WANTED: &'static str = "a list";
    const EXAMPLE: &'static str = "[\"...\"]";

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let mut items = Vec::<At<T>>::read(node, key, report)?;
        items.sort_by(|a, b| a.value.cmp(&b.value));
        items.dedup_by(|again, first| {
            let same = again.value == first.value;
            if same {
                let found = quoted(&again.value.to_string());
                report.add(Problem::error(key, again.line, found, "it stands twice in this list", "write it once").into_warning());
            }
            same
        });
        Some(Self(items))
    }

    fn schema() -> Value {
        Vec::<At<T>>::schema()
    }
}

/// Longest list that is read.
const MAX_LIST: usize = 1000;

impl<T: Read> Read for Vec<At<T>> {
    const WANTED: &'static str = "a list";
    const EXAMPLE: &'static str = "[\"...\"]";

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let Some(items) = node.get_ref().as_array() else {
            wrong_type::<Self>(node, key, report);
            return None;
        };
        if items.len() > MAX_LIST {
            let line = Some(report.line(&node.span()));
            let why = format!("a list has at most {MAX_LIST} items");
            report.add(Problem::error(key, line, format!("a list of {}", counted(items.len(), "item")), why, "write a shorter list"));
            return None;
        }
        let read = items.iter().enumerate().map(|(at, item)| {
            let line = Some(report.line(&item.span()));
            T::read(item, &format!("{key}[{at}]"), report).map(|value| At { value, line })
        });
        // Collected twice, so that a bad item does not hide the problems of those after it.
        read.collect::<Vec<_>>().into_iter().collect()
    }

    fn schema() -> Value {
        json!({ "type": "array", "maxItems": MAX_LIST, "items": T::schema() })
    }
}

/// What there are several of, by names of this kind, in words for people.
pub(super) trait Several {
    /// What has them.
    const WHOLE: &'static str;
    /// What is the matter with one that has none.
    const NONE: &'static str;
    /// What to do about too many.
    const TOO_MANY: &'static str;
}

macro_rules! of_a_cluster {
    ($($name:ty),+) => { $(
        impl Several for $name {
            const WHOLE: &'static str = "cluster";
            const NONE: &'static str = "has nothing to move";
            const TOO_MANY: &'static str = "split it into several clusters";
        }
    )+ };
}

of_a_cluster!(HostName, ComponentName);

impl Several for HookName {
    const WHOLE: &'static str = "cluster";
    const NONE: &'static str = "needs no such table";
    const TOO_MANY: &'static str = "put several commands into one script";
}

impl Several for ProcessName {
    const WHOLE: &'static str = "host service";
    const NONE: &'static str = "has nothing to run";
    const TOO_MANY: &'static str = "put some of them under another host's service";
}

/// Tables by name, as `[hosts.NAME]`; at least one, at most `MAX` of them.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Named<N: Ord, T, const MAX: usize>(pub(super) BTreeMap<N, At<T>>);

impl<N: FromText + Several + Ord, T: Read, const MAX: usize> Read for Named<N, T, MAX> {
    const WANTED: &'static str = "a table of tables by name";
    const EXAMPLE: &'static str = "{ NAME = { ... } }";

    fn read(node: &Node<'_>, key: &str, report: &mut Report) -> Option<Self> {
        let Some(table) = node.get_ref().as_table() else {
            wrong_type::<Self>(node, key, report);
            return None;
        };
        if table.len() > MAX {
            let line = Some(report.line(&node.span()));
            let why = format!("one {} has at most {MAX} {key}", N::WHOLE);
            report.add(Problem::error(key, line, format!("{} {key}", table.len()), why, N::TOO_MANY));
            return None;
        }
        if table.is_empty() {
            let line = Some(report.line(&node.span()));
            let remedy = format!("declare one, as in [{key}.NAME]");
            let why = format!("a {} without {key} {}", N::WHOLE, N::NONE);
            report.add(Problem::error(key, line, "an empty table", why, remedy));
        }
        let mut read = BTreeMap::new();
        for (name, node) in table {
            let line = Some(report.line(&name.span()));
            let key = join(key, name.get_ref());
            let value = T::read(node, &key, report);
            match N::parse(name.get_ref()) {
                Ok(name) => drop(value.map(|value| read.insert(name, At { value, line }))),
                Err(why) => {
                    report.add(Problem::error(key, line, quoted(name.get_ref()), why, format!("write {} here", N::WANTED)));
                }
            }
        }
        Some(Self(read))
    }

    fn schema() -> Value {
        json!({ "type": "object", "minProperties": 1, "maxProperties": MAX, "propertyNames": N::constraints(), "additionalProperties": T::schema() })
    }
}

/// A table of at most `most` entries by name, of which nothing that stands in it is ever shown: it may be a password. `what`
/// they are called, `whose` they are, and what to do with too many of them. `each` reads one, or reports why not.
pub(super) fn hidden<T: Read, V>(
    node: &Node<'_>,
    key: &str,
    report: &mut Report,
    (most, what, whose, remedy): (usize, &str, &str, &str),
    mut each: impl FnMut(&str, &str, Option<usize>, &Node<'_>, &mut Report) -> Option<V>,
) -> Option<BTreeMap<String, V>> {
    let line = Some(report.line(&node.span()));
    let Some(table) = node.get_ref().as_table() else {
        let (why, remedy) = (format!("this key takes {}", T::WANTED), format!("write {}, as in {}", T::WANTED, T::EXAMPLE));
        report.add(Problem::error(key, line, "something else, which is not shown", why, remedy));
        return None;
    };
    if table.len() > most {
        report.add(Problem::error(key, line, format!("{} {what}", table.len()), format!("{whose} at most {most} {what}"), remedy));
        return None;
    }
    let read = table.iter().map(|(name, node)| {
        let (key, line) = (join(key, name.get_ref()), Some(report.line(&name.span())));
        each(name.get_ref(), &key, line, node, report).map(|value| (name.get_ref().to_string(), value))
    });
    // Collected twice, so that a bad entry does not hide the problems of those after it.
    read.collect::<Vec<_>>().into_iter().collect()
}
