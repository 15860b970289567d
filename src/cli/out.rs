//! What the command line writes, and where to: results to standard output, progress and complaints beside it.
//!
//! The one place that writes. A reader that goes away is no error: what is written after that is dropped, and the verbs
//! that print without end look at [`Out::gone`].

use crate::words::{Line, Tone, clean, unsafe_to_show};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

/// How things are to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// One JSON document on standard output; words for people go to standard error.
    pub json: bool,
    /// One fact a line, no columns, no rules, no colour: for screen readers and for `grep`.
    pub plain: bool,
    /// Colours may be used on standard output.
    pub colour: bool,
    /// Only ASCII may be shown.
    pub ascii: bool,
    /// Columns that a line may take; `None` where nobody counts.
    pub width: Option<usize>,
}

impl Look {
    /// How it looks in a pipe.
    pub const PIPE: Self = Self { json: false, plain: false, colour: false, ascii: false, width: None };

    /// What suits standard output and the environment of this process.
    #[must_use]
    pub fn of_this_process(json: bool, plain: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let width = terminal.then(|| rustix::termios::tcgetwinsize(io::stdout()).ok()).flatten();
        Self {
            json,
            plain,
            colour: terminal && !plain && !dumb && !set("NO_COLOR"),
            ascii: !utf8(|name| std::env::var(name).ok()),
            width: width.map(|size| usize::from(size.ws_col)).filter(|width| *width > 0),
        }
    }
}

/// Whether the locale's characters are UTF-8, by the rule of the C library: the first variable that is set counts.
fn utf8(var: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(var).find(|value| !value.is_empty());
    locale.is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        name.contains("utf-8") || name.contains("utf8")
    })
}

/// Standard output and standard error, or what stands for them in a test.
pub struct Out {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    look: Look,
    gone: bool,
    failed: Option<io::Error>,
    /// Stands in the document of `--json` beside what it is made of.
    beside: Map<String, Value>,
    done_before: bool,
}

impl Out {
    /// Writes to `out` and `err`.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>, look: Look) -> Self {
        Self { out, err, look, gone: false, failed: None, beside: Map::new(), done_before: false }
    }

    /// Writes to the process's own standard output and standard error.
    #[must_use]
    pub fn of_this_process(look: Look) -> Self {
        Self::new(Box::new(io::stdout()), Box::new(io::stderr()), look)
    }

    /// How things are to look.
    #[must_use]
    pub fn look(&self) -> Look {
        self.look
    }

    /// Nobody reads standard output any more.
    #[must_use]
    pub fn gone(&self) -> bool {
        self.gone || self.failed.is_some()
    }

    /// What kept standard output from being written, other than a reader that went away.
    #[must_use]
    pub fn failure(&self) -> Option<&io::Error> {
        self.failed.as_ref()
    }

    /// Says something to people: on standard output, or beside the document with `--json`.
    pub(super) fn say(&mut self, line: impl Into<Line>) {
        let text = self.drawn(&line.into());
        if self.look.json { self.put_err(&text) } else { self.put(&text) }
    }

    /// Says several lines.
    pub(super) fn say_all(&mut self, lines: impl IntoIterator<Item = Line>) {
        lines.into_iter().for_each(|line| self.say(line));
    }

    /// Says something on standard error.
    pub(super) fn complain(&mut self, line: impl Into<Line>) {
        let text = self.drawn(&line.into());
        self.put_err(&text);
    }

    /// Writes a result as it is, to standard output: a completion script, a page of the manual, help.
    pub fn raw(&mut self, text: &str) {
        self.put(text);
    }

    /// Writes to standard error as it is: what the reader of the command line says.
    pub fn raw_complaint(&mut self, text: &str) {
        self.put_err(text);
    }

    /// The document of `--json`.
    pub(super) fn document(&mut self, value: &impl Serialize) {
        let text = if self.beside.is_empty() {
            serde_json::to_string_pretty(value).unwrap_or_default()
        } else {
            let mut value = serde_json::to_value(value).unwrap_or_default();
            if let Value::Object(all) = &mut value {
                all.append(&mut self.beside);
            }
            serde_json::to_string_pretty(&value).unwrap_or_default()
        };
        self.put(&format!("{}\n", harmless(&text)));
    }

    /// Keeps something for the document that the verb ends with.
    pub(super) fn remember(&mut self, key: &str, value: &impl Serialize) {
        self.beside.insert(key.to_owned(), serde_json::to_value(value).unwrap_or_default());
    }

    /// From now on it is no longer true that nothing was changed, whatever is refused.
    pub(super) fn something_was_done(&mut self) {
        self.done_before = true;
    }

    /// Something was done by this verb already.
    pub(super) fn done_before(&self) -> bool {
        self.done_before
    }

    /// One line of JSON.
    pub(super) fn json_line(&mut self, value: &impl Serialize) {
        let text = serde_json::to_string(value).unwrap_or_default();
        self.put(&format!("{}\n", harmless(&text)));
    }

    fn drawn(&self, line: &Line) -> String {
        let mut text = String::new();
        for (tone, span) in line.spans() {
            let span = clean(span, self.look.ascii);
            if self.look.colour && !self.look.json && tone != Tone::Plain {
                let _ = write!(text, "\u{1b}[{}m{span}\u{1b}[0m", tone.code());
            } else {
                text.push_str(&span);
            }
        }
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
        text
    }

    fn put(&mut self, text: &str) {
        if self.gone() {
            return;
        }
        match self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.gone = true,
            Err(error) => self.failed = Some(error),
        }
    }

    fn put_err(&mut self, text: &str) {
        // There is nowhere left to complain to.
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }
}

/// JSON whose strings have no character that a terminal would act on: those that JSON itself lets through are escaped.
fn harmless(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        // Every one of them lies in the basic plane, so one escape is enough.
        if c != '\n' && unsafe_to_show(c) {
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::{Caught, caught};

    #[test]
    fn json_is_safe_to_show_and_means_the_same() {
        let text = "a\u{1b}[2J\u{9b}b\u{7f}\u{202e}c\n";
        let shown = harmless(&serde_json::to_string(text).unwrap());
        assert!(!shown.chars().any(unsafe_to_show), "{shown:?}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
    }

    #[test]
    fn colour_is_put_around_text_that_was_cleaned() {
        let Caught { mut out, stdout, .. } = caught(Look { colour: true, ..Look::PIPE });
        out.say(Line::of(Tone::Bad, "x\u{1b}[0m!").and(Tone::Plain, " y  "));
        assert_eq!(stdout.text(), "\u{1b}[1;31mx[0m!\u{1b}[0m y\n");
    }

    #[test]
    fn with_json_words_for_people_go_to_standard_error() {
        let Caught { mut out, stdout, stderr } = caught(Look { json: true, ..Look::PIPE });
        out.say("step 1");
        out.document(&1);
        assert_eq!((stdout.text().as_str(), stderr.text().as_str()), ("1\n", "step 1\n"));
    }

    struct Deaf(io::ErrorKind);
    impl Write for Deaf {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_goes_away_is_no_failure_but_a_full_disk_is() {
        for (kind, fails) in [(io::ErrorKind::BrokenPipe, false), (io::ErrorKind::StorageFull, true)] {
            let mut out = Out::new(Box::new(Deaf(kind)), Box::new(io::sink()), Look::PIPE);
            out.say("x");
            assert!(out.gone());
            assert_eq!(out.failure().is_some(), fails, "{kind:?}");
        }
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        let vars = |all: &'static str, lang: &'static str| {
            utf8(move |name| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            })
        };
        assert!(vars("", "de_DE.UTF-8"));
        assert!(vars("C.utf8", "C"));
        assert!(!vars("C", "de_DE.UTF-8"));
        assert!(!utf8(|_| None));
    }
}
