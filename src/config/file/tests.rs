//! Real files with real modes.

use super::*;
use std::fs::{Permissions, create_dir, set_permissions, write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;

/// As the monitor reads it.
fn strictly(path: &Path) -> Result<String, Vec<Problem>> {
    read(path, Owners::trusted())
}

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
        assert_eq!(strictly(&path), Ok("text".to_owned()), "{folder:o} {file:o}");
    }
}

#[test]
fn a_file_or_folder_that_others_may_write_is_refused_with_its_mode() {
    for (folder, file, shown) in [(0o755, 0o664, "0664"), (0o755, 0o646, "0646"), (0o777, 0o644, "0777"), (0o775, 0o644, "0775")] {
        let (_kept, path) = laid(folder, file);
        let problems = strictly(&path).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].found.ends_with(&format!("has mode {shown}")), "{}", problems[0]);
        assert!(problems[0].remedy.starts_with("run: chmod go-w '/"), "{}", problems[0]);
    }
    let (_kept, path) = laid(0o777, 0o666);
    assert_eq!(strictly(&path).unwrap_err().len(), 2);
}

#[test]
fn a_link_does_not_hide_who_may_write() {
    let (kept, path) = laid(0o777, 0o644);
    let link = kept.path().join("link.toml");
    symlink(&path, &link).unwrap();
    assert!(strictly(&link).unwrap_err()[0].found.ends_with("0777"));

    let (kept, path) = laid(0o755, 0o644);
    let open = kept.path().join("open");
    create_dir(&open).unwrap();
    mode(&open, 0o777);
    let link = open.join("link.toml");
    symlink(&path, &link).unwrap();
    assert!(strictly(&link).unwrap_err()[0].found.contains("/open belongs to "));
}

#[test]
fn what_is_no_file_or_too_large_or_no_text_is_refused() {
    let (kept, path) = laid(0o755, 0o644);
    assert!(strictly(&kept.path().join("missing")).unwrap_err()[0].found.contains("No such file"));
    assert!(strictly(kept.path()).unwrap_err()[0].found.contains("no ordinary file"));
    let pipe = kept.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    assert!(strictly(&pipe).unwrap_err()[0].found.contains("no ordinary file"));
    write(&path, b"fine\nfine\nnot \xff fine").unwrap();
    let problem = &strictly(&path).unwrap_err()[0];
    assert_eq!((problem.line, problem.why.as_str()), (Some(3), "TOML is UTF-8 text"));
    write(&path, " ".repeat(4 << 20)).unwrap();
    assert!(strictly(&path).is_ok());
    write(&path, " ".repeat((4 << 20) + 1)).unwrap();
    assert!(strictly(&path).unwrap_err()[0].found.contains("4 MiB"));
}

#[test]
fn a_configuration_is_loaded_from_its_path() {
    let (_kept, path) = laid(0o755, 0o644);
    let problems = crate::config::load(&path).unwrap_err();
    assert_eq!(problems.origin, path.to_string_lossy());
    write(&path, include_str!("../../../config/minimal.toml")).unwrap();
    assert_eq!(crate::config::load(&path).unwrap().cluster.name.as_str(), "shop");
}

#[test]
fn every_folder_above_the_file_and_above_each_link_counts() {
    let (kept, path) = laid(0o755, 0o644);
    let (upper, other) = (kept.path().join("upper"), kept.path().join("other"));
    let (lower, hop) = (upper.join("lower"), other.join("hop"));
    for folder in [&upper, &lower, &other] {
        create_dir(folder).unwrap();
        mode(folder, 0o755);
    }
    symlink(&lower, &hop).unwrap();
    symlink(&path, lower.join("link.toml")).unwrap();
    let named = other.join("../other/hop/link.toml");
    assert_eq!(strictly(&named), Ok("text".to_owned()));
    for open in [&upper, &lower, &other, &kept.path().to_owned()] {
        mode(open, 0o775);
        let problems = strictly(&named).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].found.starts_with(&format!("{} belongs to ", open.display())), "{}", problems[0]);
        assert_eq!(problems[0].remedy, format!("run: chmod go-w '{}'", open.display()));
        mode(open, 0o755);
    }
    symlink("b.toml", kept.path().join("a.toml")).unwrap();
    symlink("a.toml", kept.path().join("b.toml")).unwrap();
    assert!(strictly(&kept.path().join("a.toml")).unwrap_err()[0].found.contains("symbolic links"));
}

#[test]
fn what_belongs_to_another_account_is_refused_for_all_but_those_who_only_look() {
    let (kept, path) = laid(0o755, 0o644);
    let me = kept.path().metadata().unwrap().uid();
    let strange = if me == 0 { 1234 } else { me };
    let asks = if me == 0 { 0 } else { me + 1 };
    let lower = path.parent().unwrap();
    if me == 0 {
        std::os::unix::fs::chown(lower, Some(strange), None).unwrap();
    }
    let problems = read(&path, Owners::RootAnd(asks)).unwrap_err();
    let of_lower = problems.iter().find(|p| p.found.starts_with(&format!("{} belongs", lower.display()))).unwrap();
    assert_eq!(of_lower.found, format!("{} belongs to user {strange} and has mode 0755", lower.display()));
    assert!(of_lower.why.contains("neither root nor the account"), "{of_lower}");
    assert_eq!(of_lower.remedy, format!("run: chown -h root '{}'", lower.display()));
    assert_eq!(read(&path, Owners::RootAnd(strange)), Ok("text".to_owned()), "its own account may read it");
    assert_eq!(read(&path, Owners::Any), Ok("text".to_owned()));
    mode(lower, 0o1777);
    let problems = read(&path, Owners::RootAnd(asks)).unwrap_err();
    let of_lower = problems.iter().find(|p| p.found.contains("mode 1777")).unwrap();
    assert!(of_lower.remedy.contains("chown") && of_lower.remedy.contains("chmod go-w"), "{of_lower}");
}
