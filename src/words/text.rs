//! Lines for people, before they are put on a terminal: text in spans, each with a tone.
//!
//! Made by everything that is shown, drawn by `out`. Whatever comes from the cluster is cleaned on the way out, in one
//! place, so that no unit's name and no error's text can reach the terminal as a control sequence.

/// What a span means; it is never said by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    Plain,
    /// What the eye should find first.
    Strong,
    /// In order.
    Good,
    /// Worth a look.
    Warn,
    /// Wrong.
    Bad,
    /// There for completeness.
    Faint,
}

impl Tone {
    /// The parameters of the terminal sequence. Blue and orange-like tones rather than green and red, so that most
    /// colour-blind people can tell them apart.
    pub fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Good => "36",
            Self::Warn => "33",
            Self::Bad => "1;31",
            Self::Faint => "2",
        }
    }
}

/// A line without its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line(Vec<(Tone, String)>);

impl Line {
    /// A line in one tone.
    pub fn of(tone: Tone, text: impl Into<String>) -> Self {
        Self::default().and(tone, text)
    }

    /// A line with nothing in it.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The line with more at its end.
    #[must_use]
    pub fn and(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// Its spans.
    pub fn spans(&self) -> impl Iterator<Item = (Tone, &str)> {
        self.0.iter().map(|(tone, text)| (*tone, text.as_str()))
    }

    /// The line in as many as it takes, none longer than `room` columns unless a word is; all but the first are indented.
    pub fn wrapped(&self, room: usize) -> Vec<Self> {
        const INDENT: &str = "    ";
        let (mut lines, mut line, mut used) = (Vec::new(), Self::empty(), 0);
        for (tone, text) in self.spans() {
            for word in text.split_inclusive(' ') {
                let long = word.trim_end().chars().count();
                if used > INDENT.len() && used + long > room {
                    lines.push(std::mem::replace(&mut line, Self::from(INDENT)));
                    used = INDENT.len();
                }
                line.append(tone, word);
                used += word.chars().count();
            }
        }
        lines.push(line);
        lines
    }

    fn append(&mut self, tone: Tone, text: &str) {
        match self.0.last_mut() {
            Some((last, before)) if *last == tone => before.push_str(text),
            _ => self.0.push((tone, text.to_owned())),
        }
    }

    /// Its text alone.
    pub fn text(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::of(Tone::Plain, text)
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::of(Tone::Plain, text)
    }
}

/// The text of several lines, as a test reads them.
#[cfg(test)]
pub fn joined(lines: &[Line]) -> String {
    lines.iter().map(|line| line.text() + "\n").collect()
}

/// A character that can move the cursor, start a sequence, end a line or turn the direction of writing.
pub fn unsafe_to_show(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// `text` without anything a terminal would act on; without anything but ASCII where the terminal has only that.
pub fn clean(text: &str, ascii: bool) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => Some(' '),
        c if unsafe_to_show(c) => None,
        c if ascii && !c.is_ascii() => Some('?'),
        c => Some(c),
    };
    text.chars().filter_map(shown).collect()
}

/// A number of milliseconds in the way people say it: `340 ms`, `1.2 s`, `3 min 20 s`, `2 h 5 min`, `12 d 3 h`.
pub fn span(ms: u64) -> String {
    let pair = |big: u64, unit: &str, small: u64, rest: &str| match small {
        0 => format!("{big} {unit}"),
        _ => format!("{big} {unit} {small} {rest}"),
    };
    let s = ms / 1000;
    match s {
        0 => format!("{ms} ms"),
        1..=9 if ms % 1000 >= 100 => format!("{s}.{} s", ms % 1000 / 100),
        1..=59 => format!("{s} s"),
        60..=3599 => pair(s / 60, "min", s % 60, "s"),
        3600..=86_399 => pair(s / 3600, "h", s % 3600 / 60, "min"),
        _ => pair(s / 86_400, "d", s % 86_400 / 3600, "h"),
    }
}

/// An age in a column: whole units only, `--` for never.
pub fn age(ms: Option<u64>) -> String {
    match ms.map(|ms| ms / 1000) {
        None => "--".to_owned(),
        Some(s @ 0..=59) => format!("{s}s"),
        Some(s @ 60..=3599) => format!("{}m", s / 60),
        Some(s @ 3600..=86_399) => format!("{}h", s / 3600),
        Some(s) => format!("{}d", s / 86_400),
    }
}

/// A time in UTC, to the millisecond.
pub fn time(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `3 steps`, `1 step`.
pub fn count(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_does_not_reach_it() {
        let bad = "a\u{1b}[2Jb\u{9b}31mc\rd\u{202e}e\u{200b}f\u{7f}g\nh";
        assert_eq!(clean(bad, false), "a[2Jb31mcdefg h");
        assert_eq!(clean("gr\u{fc}n", true), "gr?n");
        assert_eq!(clean("gr\u{fc}n", false), "gr\u{fc}n");
    }

    #[test]
    fn a_long_line_is_wrapped_between_words_and_keeps_its_tones() {
        let line = Line::of(Tone::Bad, "! db").and(Tone::Plain, ": it failed on a1 since its disk is full");
        let wrapped = line.wrapped(20);
        assert_eq!(joined(&wrapped), "! db: it failed on \n    a1 since its \n    disk is full\n");
        assert_eq!(wrapped[0], Line::of(Tone::Bad, "! db").and(Tone::Plain, ": it failed on "));
        assert_eq!(line.wrapped(80), [line]);
        assert_eq!(joined(&Line::from("abcdefghijkl").wrapped(5)), "abcdefghijkl\n", "a word is not cut");
    }

    #[test]
    fn spans_are_said_in_the_units_that_people_use() {
        for (ms, said) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1 s"),
            (1_250, "1.2 s"),
            (59_900, "59 s"),
            (60_000, "1 min"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
            (1_047_600_000, "12 d 3 h"),
        ] {
            assert_eq!(span(ms), said, "{ms}");
        }
        assert_eq!([age(None), age(Some(1500)), age(Some(61_000)), age(Some(u64::MAX))], ["--", "1s", "1m", "213503982334d"]);
    }
}
