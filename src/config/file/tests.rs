//! Real files with real modes.

use super::*;
use std::fs::{Permissions, create_dir, set_permissions, write};
use std::os::unix::fs::{PermissionsExt, symlink};

fn mode(path: &Path, mode: u32) {
    set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// A folder with a configuration in it, of these modes; the folder that is to be kept, and the file.
fn laid(folder_mode: u32, file_mode: u32) -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("etc");
    create_dir(&folder).unwrap();
    let file = folder.join("cluster.toml");
    write(&file, "text").unwrap();
    mode(&file, file_mode);
    mode(&folder, folder_mode);
    (temporary, file)
}

#[test]
fn a_file_that_only_its_owner_may_write_is_read() {
    for (folder, file) in [(0o755, 0o644), (0o700, 0o600), (0o1777, 0o644), (0o1775, 0o640)] {
        let (_kept, path) = laid(folder, file);
        assert_eq!(read(&path), Ok("text".to_owned()), "{folder:o} {file:o}");
    }
}

#[test]
fn a_file_or_folder_that_others_may_write_is_refused_with_its_mode() {
    for (folder, file, shown) in [(0o755, 0o664, "0664"), (0o755, 0o646, "0646"), (0o777, 0o644, "0777"), (0o775, 0o644, "0775")] {
        let (_kept, path) = laid(folder, file);
        let problems = read(&path).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].found.ends_with(&format!("has mode {shown}")), "{}", problems[0]);
        assert!(problems[0].remedy.starts_with("run: chmod go-w '/"), "{}", problems[0]);
    }
    let (_kept, path) = laid(0o777, 0o666);
    assert_eq!(read(&path).unwrap_err().len(), 2);
}

#[test]
fn a_link_does_not_hide_who_may_write() {
    let (kept, path) = laid(0o777, 0o644);
    let link = kept.path().join("link.toml");
    symlink(&path, &link).unwrap();
    assert!(read(&link).unwrap_err()[0].found.ends_with("0777"));

    let (kept, path) = laid(0o755, 0o644);
    let open = kept.path().join("open");
    create_dir(&open).unwrap();
    mode(&open, 0o777);
    let link = open.join("link.toml");
    symlink(&path, &link).unwrap();
    assert!(read(&link).unwrap_err()[0].found.contains("open has mode 0777"));
}

#[test]
fn what_is_no_file_or_too_large_or_no_text_is_refused() {
    let (kept, path) = laid(0o755, 0o644);
    assert!(read(&kept.path().join("missing")).unwrap_err()[0].found.contains("No such file"));
    assert!(read(kept.path()).unwrap_err()[0].found.contains("no ordinary file"));
    let pipe = kept.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    assert!(read(&pipe).unwrap_err()[0].found.contains("no ordinary file"));
    write(&path, b"fine\nfine\nnot \xff fine").unwrap();
    let problem = &read(&path).unwrap_err()[0];
    assert_eq!((problem.line, problem.why.as_str()), (Some(3), "TOML is UTF-8 text"));
    write(&path, " ".repeat(4 << 20)).unwrap();
    assert!(read(&path).is_ok());
    write(&path, " ".repeat((4 << 20) + 1)).unwrap();
    assert!(read(&path).unwrap_err()[0].found.contains("4 MiB"));
}

#[test]
fn a_configuration_is_loaded_from_its_path() {
    let (_kept, path) = laid(0o755, 0o644);
    let problems = crate::config::load(&path).unwrap_err();
    assert_eq!(problems.origin, path.to_string_lossy());
    write(&path, include_str!("../../../config/minimal.toml")).unwrap();
    assert_eq!(crate::config::load(&path).unwrap().cluster.name.as_str(), "shop");
}
