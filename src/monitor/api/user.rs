//! Names of users and groups on this host.

use std::io::Read;

/// The most that is read of a file.
const MOST: u64 = 4 * 1024 * 1024;

/// The name of user `uid`, or its number where it has none. Blocks on the disk for a moment.
pub(super) fn name(uid: u32) -> String {
    find("/etc/passwd", |fields| fields.get(2)?.parse::<u32>().ok().filter(|u| *u == uid).and(fields.first().map(|s| (*s).to_owned())))
        .unwrap_or_else(|| uid.to_string())
}

/// The number of group `name`.
pub(in crate::monitor) fn group(name: &str) -> Option<u32> {
    find("/etc/group", |fields| if *fields.first()? == name { fields.get(2)?.parse().ok() } else { None })
}

fn find<T>(path: &str, pick: impl Fn(&[&str]) -> Option<T>) -> Option<T> {
    let mut text = String::new();
    std::fs::File::open(path).ok()?.take(MOST).read_to_string(&mut text).ok()?;
    text.lines().find_map(|line| pick(&line.split(':').collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn root_has_a_name_and_a_stranger_a_number() {
        assert_eq!(super::name(0), "root");
        assert_eq!(super::name(4_000_000_001), "4000000001");
        assert_eq!(super::group("root"), Some(0));
        assert_eq!(super::group("no such group"), None);
    }
}
