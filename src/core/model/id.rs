//! Names that users give, checked once: they are safe to print, to use in a file name, and to type.
//!
//! A name that reaches the rest of the program has passed [`check`]; nothing else makes one.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Longest name, in bytes.
pub const MAX_NAME: usize = 63;

/// Why a text cannot be a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing was given.
    #[error("a name cannot be empty")]
    Empty,
    /// More than [`MAX_NAME`] bytes.
    #[error("a name has at most {MAX_NAME} characters, this one has {0}")]
    TooLong(usize),
    /// A character outside the alphabet.
    #[error("a name is made of ASCII letters, digits and {allowed}, and starts with a letter or digit; {found:?} is not one of them here")]
    Character {
        /// What else may stand in this kind of name.
        allowed: &'static str,
        /// The first character that may not.
        found: char,
    },
}

fn check(text: &str, extra: &'static str) -> Result<(), BadName> {
    if text.is_empty() {
        return Err(BadName::Empty);
    }
    if text.len() > MAX_NAME {
        return Err(BadName::TooLong(text.len()));
    }
    let bad = |(at, c): (usize, char)| !(c.is_ascii_alphanumeric() || (at > 0 && extra.contains(c)));
    match text.char_indices().find(|&pair| bad(pair)) {
        Some((_, found)) => Err(BadName::Character { allowed: extra, found }),
        None => Ok(()),
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $id:ident, $extra:literal) => {
        $(#[$doc])*
        ///
        /// A clone shares the text: names stand in many places of a large cluster.
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $id(Arc<str>);

        impl $id {
            /// Checks `text` and keeps it.
            ///
            /// # Errors
            /// When the text is empty, too long, or has a character that a name may not have.
            pub fn new(text: impl Into<String>) -> Result<Self, BadName> {
                let text = text.into();
                check(&text, $extra)?;
                Ok(Self(text.into()))
            }

            /// The name as it was written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $id {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                Self::new(text)
            }
        }

        impl From<$id> for String {
            fn from(name: $id) -> String {
                name.0.as_ref().to_owned()
            }
        }

        impl std::fmt::Display for $id {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

name!(
    /// A cluster: what a journal, a configuration file and a console belong to.
    ClusterName, "._-"
);
name!(
    /// One of the two sites between which roles move; the word that an operator types to confirm.
    SiteName, "._-"
);
name!(
    /// A host as the configuration calls it; where it is reached stands in the configuration.
    HostName, "._-"
);
name!(
    /// A component, a pair of placements. `agent/a` is a name too.
    ComponentName, "._-/"
);
name!(
    /// A process as its host service's configuration calls it.
    ProcessName, "_-"
);
name!(
    /// A hook: a command that runs before or after a move.
    HookName, "._-"
);
name!(
    /// A set of components that count together.
    GroupName, "._-"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_use_are_accepted() {
        for good in ["db", "node-a", "agent/a", "a.b_c", "9lives"] {
            assert_eq!(ComponentName::new(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn names_that_could_do_harm_are_refused() {
        for bad in ["", "a b", "a\"b", "a\nb", "$(reboot)", "`id`", "-rf", "/etc", "é", "a;b", "a'b", &"x".repeat(64)] {
            assert!(ComponentName::new(bad).is_err(), "{bad:?} was accepted");
        }
        assert!(HostName::new("a/b").is_err());
    }

    #[test]
    fn a_clone_of_a_name_takes_no_room_of_its_own() {
        let name = HostName::new("a1").unwrap();
        assert!(std::ptr::eq(name.as_str(), name.clone().as_str()));
        assert_eq!(size_of::<HostName>(), 16);
    }

    #[test]
    fn a_name_read_from_json_is_checked_too() {
        assert!(serde_json::from_str::<SiteName>("\"north\"").is_ok());
        assert!(serde_json::from_str::<SiteName>("\"no rth\"").is_err());
    }
}
