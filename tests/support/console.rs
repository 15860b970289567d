//! The console as its user has it: the real program in a real terminal, with a home of its own, and its words waited for.

use super::cluster::{Cluster, PROGRAM};
use super::pty::Pty;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A console in a terminal. Dropped, both are gone.
pub struct Console {
    pty: Pty,
    home: tempfile::TempDir,
}

/// How a console is started; the plain one has 80x24 cells and nothing special.
#[derive(Clone, Copy)]
pub struct How<'a> {
    /// Options of the console.
    pub args: &'a [&'a str],
    /// More variables of its environment.
    pub env: &'a [(&'a str, &'a str)],
    /// The terminal's size.
    pub size: (u16, u16),
    /// What its settings file holds.
    pub settings: &'a str,
    /// What the file of the user's own theme `mine` holds.
    pub theme: &'a str,
}

/// The plain way.
pub const PLAIN: How<'_> = How { args: &[], env: &[], size: (80, 24), settings: "", theme: "" };

impl Console {
    /// A console of a cluster.
    #[track_caller]
    pub fn of(cluster: &Cluster, how: &How<'_>) -> Self {
        Self::at(&cluster.lab.dir().join("run"), how)
    }

    /// A console of 80x24 cells that has a picture of its cluster, which is well.
    #[track_caller]
    pub fn well(cluster: &Cluster) -> Self {
        let console = Self::of(cluster, &PLAIN);
        console.wait_header("the cluster is seen well", |header| header.contains("◉ OK"));
        console
    }

    /// A console where nothing answers: there is not even a folder of a monitor.
    #[track_caller]
    pub fn alone(how: &How<'_>) -> Self {
        Self::at(Path::new("/nonexistent/switchtower"), how)
    }

    #[track_caller]
    fn at(run_dir: &Path, how: &How<'_>) -> Self {
        Self::started(&[PROGRAM], run_dir, how)
    }

    /// A console started with these words, such as those that make it another user's.
    #[track_caller]
    pub fn started(words: &[&str], run_dir: &Path, how: &How<'_>) -> Self {
        let words: Vec<&str> = words.iter().copied().chain(["--run-dir", run_dir.to_str().unwrap(), "console"]).collect();
        Self::program(&words, how)
    }

    /// The home of the one who looks at it.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// A program that ends in a console, with its own words, in a terminal and a home of its own.
    #[track_caller]
    pub fn program(words: &[&str], how: &How<'_>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("config/switchtower");
        std::fs::create_dir_all(&config).unwrap();
        std::fs::write(config.join("console.toml"), how.settings).unwrap();
        std::fs::create_dir(config.join("themes")).unwrap();
        std::fs::write(config.join("themes/mine.toml"), how.theme).unwrap();
        std::fs::set_permissions(home.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut args = words[1..].to_vec();
        args.extend(how.args);
        let (config, state) = (home.path().join("config"), home.path().join("state"));
        let own = [
            ("HOME", home.path().to_str().unwrap()),
            ("XDG_CONFIG_HOME", config.to_str().unwrap()),
            ("XDG_STATE_HOME", state.to_str().unwrap()),
            ("TZ", "UTC"),
            // A user has none of those of a developer.
            ("RUST_BACKTRACE", "0"),
        ];
        let env: Vec<_> = own.into_iter().chain(how.env.iter().copied()).collect();
        let pty = Pty::spawn(words[0], &args, &env, how.size.0, how.size.1);
        Self { pty, home }
    }

    /// Where it saves screens.
    pub fn screens(&self) -> PathBuf {
        self.home.path().join("state/switchtower/screens")
    }

    /// The first line.
    pub fn header(&self) -> String {
        self.row(0)
    }

    /// The second line.
    pub fn acts(&self) -> String {
        self.row(1)
    }

    /// The line of the screen that holds this text; empty where there is none.
    pub fn line_of(&self, text: &str) -> String {
        self.text().lines().find(|line| line.contains(text)).unwrap_or_default().to_owned()
    }

    /// Waits until the first line is so.
    #[track_caller]
    pub fn wait_header(&self, what: &str, mut good: impl FnMut(&str) -> bool) {
        self.wait_for(what, |screen| good(&screen.rows(0, screen.size().1.get()).next().unwrap_or_default()));
    }

    /// Waits until the second line is so.
    #[track_caller]
    pub fn wait_acts(&self, what: &str, mut good: impl FnMut(&str) -> bool) {
        self.wait_for(what, |screen| good(&screen.rows(0, screen.size().1.get()).nth(1).unwrap_or_default()));
    }

    /// Waits until a line of the screen holds all of these texts.
    #[track_caller]
    pub fn wait_line(&self, texts: &[&str]) {
        self.wait_for(&format!("a line with {texts:?}"), |screen| {
            screen.rows(0, screen.size().1.get()).any(|line| texts.iter().all(|text| line.contains(text)))
        });
    }

    /// Waits until this text is nowhere on the screen.
    #[track_caller]
    pub fn wait_gone(&self, text: &str) {
        self.wait_for(&format!("{text:?} is gone"), |screen| !screen.rows(0, screen.size().1.get()).any(|line| line.contains(text)));
    }

    /// Types a line of the palette and runs it.
    #[track_caller]
    pub fn command(&self, line: &str) {
        self.keys(&[":"]);
        self.wait_text("enter runs, esc closes");
        self.send(line);
        self.wait_text(&format!(":{line}"));
        self.keys(&["enter"]);
    }

    /// Opens the dialog of a switchover and waits until it wants the word.
    #[track_caller]
    pub fn plan(&self, line: &str, word: &str) {
        self.command(line);
        self.wait_text(&format!("type {word} to go on"));
    }

    /// Types the word of the dialog that is open and confirms it.
    #[track_caller]
    pub fn confirm(&self, word: &str) {
        self.send(word);
        self.wait_text(&format!("type {word} to go on: {word}"));
        self.keys(&["enter"]);
    }
}

impl Deref for Console {
    type Target = Pty;

    fn deref(&self) -> &Pty {
        &self.pty
    }
}

impl DerefMut for Console {
    fn deref_mut(&mut self) -> &mut Pty {
        &mut self.pty
    }
}
