//! The screen and the journal as files: text for people and machines, a picture for reports.

use std::io;
use std::path::{Path, PathBuf};

/// What is to be saved.
#[derive(Debug)]
pub struct Saved {
    /// Of which cluster.
    pub cluster: String,
    /// When.
    pub at: jiff::Timestamp,
    /// The screen as text.
    pub text: String,
    /// The screen as a picture.
    pub svg: String,
    /// The entries of the journal, a line each.
    pub journal: String,
}

/// Writes three files into `folder`, which is made where it is missing; their common path without the endings.
///
/// # Errors
/// Which file could not be written, and why.
pub async fn save(folder: PathBuf, saved: Saved) -> Result<PathBuf, String> {
    let write = move || write(&folder, &saved).map_err(|error| format!("the screen could not be saved in {}: {error}", folder.display()));
    tokio::task::spawn_blocking(write).await.unwrap_or_else(|error| Err(format!("the screen could not be saved: {error}")))
}

fn write(folder: &Path, saved: &Saved) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let name: String = saved.cluster.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
    let stem = folder.join(format!("{name}-{}", saved.at.strftime("%Y%m%dT%H%M%S%3f")));
    for (ending, content) in [("txt", &saved.text), ("svg", &saved.svg), ("journal.txt", &saved.journal)] {
        let path = stem.with_extension(ending);
        // Never over something that is there, nor through a link that somebody has put there.
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        io::Write::write_all(&mut file, content.as_bytes())?;
    }
    Ok(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn three_files_are_written_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let saved = || Saved {
            cluster: "../prod site".into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            text: "t".into(),
            svg: "<svg/>".into(),
            journal: "j\n".into(),
        };
        let into = folder.path().join("new");
        let stem = save(into.clone(), saved()).await.unwrap();
        assert!(stem.starts_with(&into), "a name leads nowhere else: {}", stem.display());
        for (ending, content) in [("txt", "t"), ("svg", "<svg/>"), ("journal.txt", "j\n")] {
            assert_eq!(std::fs::read_to_string(stem.with_extension(ending)).unwrap(), content);
        }
        assert!(save(into, saved()).await.unwrap_err().contains("exists"));
    }
}
