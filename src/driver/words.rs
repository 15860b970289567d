//! Words that came from a host, made fit for a screen and a log. Called wherever such a text is kept.

/// Longest text that is kept of what a host says, in characters.
pub(crate) const MOST_CHARACTERS: usize = 200;

/// `text` without control characters, with single blanks, cut to [`MOST_CHARACTERS`].
pub(crate) fn tidy(text: &str) -> String {
    let blank = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
    let words: Vec<&str> = text.split(blank).filter(|word| !word.is_empty()).take(MOST_CHARACTERS).collect();
    let mut whole = words.join(" ");
    if let Some((end, _)) = whole.char_indices().nth(MOST_CHARACTERS) {
        whole.truncate(end);
        whole.push('…');
    }
    whole
}

/// The end of a command's error output, tidied: its last line that says something.
pub(crate) fn last_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().rev().map(tidy).find(|line| !line.is_empty()).unwrap_or_default()
}

/// The beginning of a command's error output, tidied: its first line that says something.
pub(crate) fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(tidy).find(|line| !line.is_empty()).unwrap_or_default()
}

/// Marks that turn or hide text on a terminal.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_line_breaks_do_not_survive() {
        assert_eq!(tidy("a\x1b[31mb\r\nc\u{202e}d\t e "), "a [31mb c d e");
        assert_eq!(first_line(b"\n\x1b \nno \x07room\nlast\n"), "no room");
        assert_eq!(last_line(b"first\nsudo: a password is required\n\n"), "sudo: a password is required");
    }

    proptest! {
        #[test]
        fn whatever_a_host_says_ends_up_short_and_printable(text in "\\PC*|[\\x00-\\x7f]{0,600}") {
            let tidied = tidy(&text);
            prop_assert!(tidied.chars().count() <= MOST_CHARACTERS + 1);
            prop_assert!(!tidied.chars().any(char::is_control));
        }
    }
}
