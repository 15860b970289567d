//! A Unix socket on this machine: bound with its rights in place before anybody can connect; and the names of users and groups
//! that rights are about. Used by whoever listens. Blocks on the disk for a moment.

use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
use std::path::Path;
use tokio::net::UnixListener;

/// The most that is read of a file.
const MOST: u64 = 4 * 1024 * 1024;

/// Why there is no socket.
#[derive(Debug)]
pub enum Unbound {
    /// The system refuses: what was tried.
    Io(&'static str, std::io::Error),
    /// There is no such group on this machine.
    NoGroup(String),
}

/// Binds a socket at `path` for this user, and for the members of `group` where there is one; what stands there is replaced,
/// and its folder is made where it is missing. It is bound in a folder that nobody else can enter, given its rights there,
/// and then moved to its place. Must be called within a runtime.
///
/// # Errors
/// When the folder or the socket cannot be made, or the group does not exist.
pub fn bind(path: &Path, group: Option<&str>) -> Result<UnixListener, Unbound> {
    let io = |what| move |error| Unbound::Io(what, error);
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = |mode| {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true).mode(mode);
        builder
    };
    folder(0o755).create(dir).map_err(io("make its folder"))?;
    let private = dir.join(format!(".making-{}", std::process::id()));
    folder(0o700).create(&private).map_err(io("make a private folder beside it"))?;
    let made = within(&private.join("s"), path, group);
    std::fs::remove_dir_all(&private).map_err(io("remove the private folder beside it"))?;
    made
}

fn within(inside: &Path, path: &Path, name: Option<&str>) -> Result<UnixListener, Unbound> {
    let io = |what| move |error| Unbound::Io(what, error);
    // Left by a life that was killed in this very moment, under the same pid.
    let _ = std::fs::remove_file(inside);
    let listener = UnixListener::bind(inside).map_err(io("bind it"))?;
    let mode = if name.is_some() { 0o660 } else { 0o600 };
    std::fs::set_permissions(inside, std::fs::Permissions::from_mode(mode)).map_err(io("set its mode"))?;
    if let Some(name) = name {
        let id = group(name).ok_or_else(|| Unbound::NoGroup(name.to_owned()))?;
        chown(inside, None, Some(id)).map_err(io("give it to its group"))?;
    }
    std::fs::rename(inside, path).map_err(io("put it in place"))?;
    Ok(listener)
}

/// The name of user `uid`, where there is one.
#[must_use]
pub fn user(uid: u32) -> Option<String> {
    find("/etc/passwd", |fields| fields.get(2)?.parse::<u32>().ok().filter(|u| *u == uid).and(fields.first().map(|s| (*s).to_owned())))
}

/// The number of group `name`.
#[must_use]
pub fn group(name: &str) -> Option<u32> {
    find("/etc/group", |fields| if *fields.first()? == name { fields.get(2)?.parse().ok() } else { None })
}

fn find<T>(path: &str, pick: impl Fn(&[&str]) -> Option<T>) -> Option<T> {
    let mut text = String::new();
    std::fs::File::open(path).ok()?.take(MOST).read_to_string(&mut text).ok()?;
    text.lines().find_map(|line| pick(&line.split(':').collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_has_a_name_and_a_stranger_has_none() {
        assert_eq!((user(0), user(4_000_000_001)), (Some("root".to_owned()), None));
        assert_eq!((group("root"), group("no such group")), (Some(0), None));
    }

    #[tokio::test]
    async fn a_socket_has_its_rights_from_the_beginning_and_replaces_what_was_left() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/some.sock");
        for (group, mode) in [(None, 0o600), (Some("root"), 0o660)] {
            let _socket = bind(&path, group).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
            assert_eq!(std::fs::read_dir(dir.path().join("run")).unwrap().count(), 1, "nothing stays beside it");
        }
        assert!(matches!(bind(&path, Some("no such group")), Err(Unbound::NoGroup(name)) if name == "no such group"));
    }
}
