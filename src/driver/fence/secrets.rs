//! The file of options that nobody is to see, such as a device's password. Called by [`super::call`], on a thread that may
//! wait for the disk.
//!
//! What is in it goes to the agent's standard input and nowhere else; [`Secrets::hide`] takes it out of what the agent says.

use super::call::{CallError, check_line};
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 * 1024;
/// Shorter values are not looked for in what an agent says: they would be found in every sentence.
const SHORTEST_VALUE: usize = 3;

/// The lines of the file. Has no `Debug`.
#[derive(Default)]
pub(in crate::driver) struct Secrets {
    /// `key=value` lines, each with its line end.
    pub lines: String,
    /// What must not be seen, the longest first.
    values: Vec<String>,
}

impl Secrets {
    /// Reads and checks the file at `path`.
    pub(in crate::driver::fence) fn read(path: &Path) -> Result<Self, CallError> {
        let bad = |why: String| CallError::Secrets { path: path.to_owned(), why };
        // A named pipe in its place would wait for a writer.
        let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
        let file =
            OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(|error| bad(format!("cannot be opened: {error}")))?;
        check_file(&file).map_err(bad)?;
        let mut text = String::new();
        file.take(LARGEST + 1).read_to_string(&mut text).map_err(|error| bad(format!("cannot be read as text: {}", error.kind())))?;
        if text.len() as u64 > LARGEST {
            return Err(bad(format!("is larger than {LARGEST} bytes")));
        }
        Self::parse(&text).map_err(bad)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut secrets = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (key, value) = line.split_once('=').ok_or_else(|| format!("line {number} is not key=value"))?;
            check_line(key, value).map_err(|why| format!("line {number}: {why}"))?;
            secrets.lines += &format!("{key}={value}\n");
            secrets.keep(value.trim());
        }
        secrets.values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        secrets.values.dedup();
        Ok(secrets)
    }

    /// Agents take a value without the quotes around it.
    fn keep(&mut self, value: &str) {
        let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let kept = [Some(value), bare].into_iter().flatten().filter(|value| value.chars().count() >= SHORTEST_VALUE);
        self.values.extend(kept.map(str::to_owned));
    }

    /// The same for whom a sentence about what is wrong is enough.
    pub(in crate::driver) fn read_options(path: &Path) -> Result<Self, String> {
        Self::read(path).map_err(|error| error.to_string())
    }

    /// `text` with stars in place of every secret.
    pub fn hide(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, value| text.replace(value.as_str(), "***"))
    }
}

fn check_file(file: &File) -> Result<(), String> {
    let meta = file.metadata().map_err(|error| format!("cannot be looked at: {error}"))?;
    if !meta.is_file() {
        return Err("is no regular file".to_owned());
    }
    if meta.mode() & 0o077 != 0 {
        return Err(format!("can be read or written by others (mode {:03o}): run `chmod 600` on it", meta.mode() & 0o777));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn file(content: &[u8], mode: u32) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        file
    }

    fn refused(content: &[u8], mode: u32) -> String {
        let file = file(content, mode);
        Secrets::read(file.path()).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn lines_are_taken_as_they_are_and_comments_are_left_out() {
        let blank = refused(b"# the switch in rack 4\n\npassword=a=b c\n login = admin \n", 0o600);
        assert!(blank.contains("line 4"), "a blank in a name: {blank}");
        let kept = file(b"# the switch in rack 4\n\npassword=a=b c\n  login=admin\n", 0o400);
        assert_eq!(Secrets::read(kept.path()).ok().unwrap().lines, "password=a=b c\nlogin=admin\n");
    }

    #[test]
    fn a_file_that_others_can_read_or_that_is_no_list_of_options_is_refused_without_a_word_of_it() {
        assert!(refused(b"password=hunter2\n", 0o640).contains("chmod 600"));
        assert!(refused(b"password=hunter2\n", 0o604).contains("chmod 600"));
        for content in [&b"hunter2\n"[..], b"password=hunter2\nhunter2", b"action=hunter2", b"password=hunter2\xff", &[b'a'; 17 * 1024]] {
            let said = refused(content, 0o600);
            assert!(!said.is_empty() && !said.contains("hunter2"), "{said}");
        }
        assert!(Secrets::read(Path::new("/nowhere/secret")).is_err());
        assert!(Secrets::read(Path::new("/dev/zero")).is_err());
    }

    #[test]
    fn no_secret_is_left_in_what_an_agent_says() {
        let kept = file(b"password=abc\nother=abcdef\nquoted=\"xyzzy\"\nshort=no\n", 0o600);
        let secrets = Secrets::read(kept.path()).ok().unwrap();
        assert_eq!(secrets.hide("abcdef, abc and xyzzy: no entry"), "***, *** and ***: no entry");
    }
}
