//! The project's files, for the other modules: Rust sources with their module paths, and every text file.

use std::path::{Path, PathBuf};

/// A file with its path from the project's root, such as `src/core/mod.rs`.
#[derive(Debug, Clone)]
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    /// For a file below `folder` (such as `src`): the names of the modules that lead to it. The root of a crate
    /// (`lib.rs`, `main.rs`) has none.
    pub fn module(&self, folder: &str) -> Vec<String> {
        let inner = self.path.strip_prefix(folder).unwrap_or(&self.path).trim_matches('/').trim_end_matches(".rs");
        let mut names: Vec<String> = inner.split('/').map(str::to_owned).collect();
        if names.last().is_some_and(|last| last == "mod") || matches!(names.as_slice(), [only] if only == "lib" || only == "main") {
            names.pop();
        }
        names
    }
}

/// The project's root: of this build, or of the tree that the environment names when the test runs.
pub fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// Every Rust source below the folder.
pub fn rust(folder: &str) -> Vec<Source> {
    texts().into_iter().filter(|file| file.path.starts_with(&format!("{folder}/")) && file.path.ends_with(".rs")).collect()
}

/// Every text file of the project, without what is built and what git keeps for itself.
pub fn texts() -> Vec<Source> {
    let (root, mut files) = (root(), Vec::new());
    collect(&root, &root, &mut files);
    assert!(files.len() > 10, "no project in {}", root.display());
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, kind, name) = (entry.path(), entry.file_type().unwrap(), entry.file_name());
        if name == ".git" || name == "target" {
            continue;
        } else if kind.is_dir() {
            collect(root, &path, files);
        } else if kind.is_file()
            && let Ok(text) = std::fs::read_to_string(&path)
        {
            files.push(Source { path: path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), text });
        }
    }
}
