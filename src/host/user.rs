//! Names of users and groups on this host.

use std::io::Read;

/// The most that is read of a file.
const MOST: u64 = 4 * 1024 * 1024;

/// User `uid` in words: its name and number. Blocks on the disk for a moment.
pub(super) fn words(uid: u32) -> String {
    let name =
        find("/etc/passwd", |fields| fields.get(2)?.parse::<u32>().ok().filter(|u| *u == uid).and(fields.first().map(|s| (*s).to_owned())));
    name.map_or_else(|| format!("user {uid}"), |name| format!("{name} (user {uid})"))
}

/// The number of group `name`. Blocks on the disk for a moment.
pub(super) fn group(name: &str) -> Option<u32> {
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
        assert_eq!(super::words(0), "root (user 0)");
        assert_eq!(super::words(4_000_000_001), "user 4000000001");
        assert_eq!((super::group("root"), super::group("no such group")), (Some(0), None));
    }
}
