//! Host name patterns of known_hosts: exact names, wildcards, negation, hashed names. Pure and bounded.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The names field of a line.
#[derive(Clone, Debug)]
pub(super) enum Names {
    /// `|1|salt|hash`: one name, its HMAC-SHA1.
    Hashed { salt: Vec<u8>, hash: Vec<u8> },
    /// Patterns, lower case; negated ones begin with `!`.
    Patterns(Vec<String>),
}

impl Names {
    /// `None` if a hashed name is malformed.
    pub(super) fn parse(field: &str) -> Option<Self> {
        if let Some(hashed) = field.strip_prefix("|1|") {
            let (salt, hash) = hashed.split_once('|')?;
            return Some(Self::Hashed { salt: STANDARD.decode(salt).ok()?, hash: STANDARD.decode(hash).ok()? });
        }
        let patterns = field.split(',').filter(|p| !p.is_empty()).map(str::to_ascii_lowercase);
        Some(Self::Patterns(patterns.collect()))
    }

    /// Whether a name (lower case, `[name]:port` for other ports than 22) is meant. A negated match wins over all.
    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Hashed { salt, hash } => {
                Hmac::<Sha1>::new_from_slice(salt).is_ok_and(|mac| mac.chain_update(name.as_bytes()).verify_slice(hash).is_ok())
            }
            Self::Patterns(patterns) => {
                let mut meant = false;
                for pattern in patterns {
                    match pattern.strip_prefix('!') {
                        Some(negated) if glob(negated.as_bytes(), name.as_bytes()) => return false,
                        Some(_) => {}
                        None => meant |= glob(pattern.as_bytes(), name.as_bytes()),
                    }
                }
                meant
            }
        }
    }
}

/// `*` and `?` as in a shell, without recursion: at most `pattern * name` steps.
fn glob(mut pattern: &[u8], mut name: &[u8]) -> bool {
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern.split_first(), name.split_first()) {
            (Some((b'*', rest)), _) => {
                retry = Some((rest, name));
                pattern = rest;
            }
            (Some((p, p_rest)), Some((n, n_rest))) if *p == b'?' || p == n => {
                pattern = p_rest;
                name = n_rest;
            }
            (None, None) => return true,
            _ => match retry.and_then(|(p, n)| n.split_first().map(|(_, n)| (p, n))) {
                // Let the last star take one byte more.
                Some((p, n)) => {
                    retry = Some((p, n));
                    pattern = p;
                    name = n;
                }
                None => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by definition, in exponential time.
    fn slow(pattern: &[u8], name: &[u8]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some((b'*', rest)) => (0..=name.len()).any(|at| slow(rest, &name[at..])),
            Some((p, rest)) => name.split_first().is_some_and(|(n, tail)| (*p == b'?' || p == n) && slow(rest, tail)),
        }
    }

    proptest! {
        #[test]
        fn globs_match_by_definition(pattern in "[ab*?]{0,8}", name in "[ab]{0,8}") {
            prop_assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), slow(pattern.as_bytes(), name.as_bytes()));
        }

        #[test]
        fn any_field_is_read_and_matched_in_time(field in "[*?a!,|1=]{0,300}", name in "a{0,300}") {
            let begun = std::time::Instant::now();
            let _ = Names::parse(&field).is_some_and(|names| names.matches(&name));
            prop_assert!(begun.elapsed() < std::time::Duration::from_secs(1));
        }
    }

    #[test]
    fn globs_match_like_a_shell() {
        let cases = [
            ("*", "", true),
            ("*", "abc", true),
            ("a*c", "abbc", true),
            ("a*c", "abbd", false),
            ("*.lan", "db1.lan", true),
            ("*.lan", "lan", false),
            ("db?", "db1", true),
            ("db?", "db", false),
            ("*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaa", false),
            ("[*.lan]:2222", "[db1.lan]:2222", true),
            ("", "", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(glob(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_negated_pattern_wins_wherever_it_stands() {
        for field in ["*.lan,!db1.lan", "!db1.lan,*.lan"] {
            let names = Names::parse(field).unwrap();
            assert!(!names.matches("db1.lan"));
            assert!(names.matches("db2.lan"));
        }
    }
}
