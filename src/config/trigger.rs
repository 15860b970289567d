//! The rule by which the loss of a component moves the cluster, as it is written.
//!
//! Used by the declarations in `keys.rs`. Whether its group exists and has as many components is found out in `check/`.

use super::read::FromText;
use crate::core::model::GroupName;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::fmt;

/// Whether the loss of a component moves the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TriggerRule {
    /// Its loss alone does.
    Any,
    /// It does once all components of the group are lost.
    AllOf(GroupName),
    /// It does once so many of them are lost, at least 1; what is too large for the number counts as its largest.
    AtLeast(u16, GroupName),
    /// It never does.
    Watch,
}

impl TriggerRule {
    /// The group that it counts in.
    pub(super) fn group(&self) -> Option<&GroupName> {
        match self {
            Self::AllOf(group) | Self::AtLeast(_, group) => Some(group),
            Self::Any | Self::Watch => None,
        }
    }
}

impl fmt::Display for TriggerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::AllOf(group) => write!(f, "all-of {group}"),
            Self::AtLeast(lost, group) => write!(f, "{lost}-of {group}"),
            Self::Watch => f.write_str("watch"),
        }
    }
}

impl FromText for TriggerRule {
    const WANTED: &'static str = "\"any\", \"watch\", \"all-of GROUP\" or a number as \"2-of GROUP\"";
    const EXAMPLE: &'static str = "\"any\"";

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "any" => return Ok(Self::Any),
            "watch" => return Ok(Self::Watch),
            _ => {}
        }
        let (count, group) = text
            .split_once(' ')
            .and_then(|(rule, group)| Some((rule.strip_suffix("-of")?, group)))
            .ok_or("the loss of a component moves the cluster by itself, with all or some of its group, or never")?;
        let group = || GroupName::new(group).map_err(|why| format!("after the blank stands a group: {why}"));
        if count == "all" {
            return group().map(Self::AllOf);
        }
        if count.is_empty() || !count.bytes().all(|b| b.is_ascii_digit()) {
            return Err("before -of stands \"all\" or how many components of the group have to be lost".to_owned());
        }
        match count.parse().unwrap_or(u16::MAX) {
            0 => Err("with none of them lost the cluster would move at once: it takes 1 at least".to_owned()),
            lost => Ok(Self::AtLeast(lost, group()?)),
        }
    }

    fn constraints() -> Value {
        json!({ "pattern": "^(any|watch|(all|0*[1-9][0-9]*)-of [A-Za-z0-9][A-Za-z0-9._-]{0,62})$" })
    }
}

impl Serialize for TriggerRule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
