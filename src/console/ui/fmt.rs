//! Text made to fit into cells: cut, padded, wrapped.
//!
//! Every pane uses this for names and messages. It counts cells exactly as ratatui draws them: by grapheme, and nothing
//! for control characters, which are never drawn. It cleans nothing: what comes from outside is cleaned where it comes in.
//! No character is ever torn, and no result is ever wider than asked for.

use ratatui::buffer::CellWidth as _;
use ratatui::style::Style;
use ratatui::text::Span;

/// What stands where text was cut: one cell, in every terminal.
const CUT: &str = "~";

/// How many cells the text takes when it is drawn.
pub fn width(text: &str) -> usize {
    if plain(text) { text.len() } else { graphemes(text).iter().map(|(_, cells)| cells).sum() }
}

/// The text, or as much of its beginning as there is room for with `~` at the cut. Never padded.
pub fn fit(text: &str, width: usize) -> String {
    if self::width(text) <= width {
        return text.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    let (kept, _) = head(&graphemes(text), width - 1);
    kept + CUT
}

/// The text, or its beginning and its end with one sign between: `⋯`, or `~` for `ascii`. Long names differ at both ends.
pub fn middle(text: &str, width: usize, ascii: bool) -> String {
    if self::width(text) <= width {
        return text.to_owned();
    }
    if width == 0 {
        return String::new();
    }
    let graphemes = graphemes(text);
    let end_room = (width - 1) / 2;
    let (mut start, used) = head(&graphemes, width - 1 - end_room);
    let mut left = width - 1 - used;
    let fitting = |(_, cells): &&(&str, usize)| {
        let fits = *cells <= left;
        left = left.saturating_sub(*cells);
        fits
    };
    let end: Vec<&str> = graphemes.iter().rev().take_while(fitting).map(|(text, _)| *text).collect();
    start.push_str(if ascii { CUT } else { "⋯" });
    start.extend(end.into_iter().rev());
    start
}

/// The text with blanks behind it up to `width`. Longer text is left as it is.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(self::width(text))))
}

/// The text in lines of at most `width` cells, broken between words; words that are too long are broken where they must be.
///
/// A line break in the text begins a new line; other blanks between words become one. A character that is wider than
/// `width` is left out, and a width of 0 gives no line at all.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    if width > 0 {
        text.split('\n').for_each(|paragraph| wrap_one(paragraph, width, &mut lines));
    }
    lines
}

fn wrap_one(paragraph: &str, width: usize, lines: &mut Vec<String>) {
    let (mut line, mut used) = (String::new(), 0);
    for word in paragraph.split_whitespace() {
        let cells = self::width(word);
        let gap = usize::from(!line.is_empty());
        if used + gap + cells <= width {
            line.push_str(if gap == 1 { " " } else { "" });
            line.push_str(word);
            used += gap + cells;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for (grapheme, cells) in graphemes(word).into_iter().filter(|(_, cells)| *cells <= width) {
            if used + cells > width {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(grapheme);
            used += cells;
        }
    }
    lines.push(line);
}

/// As many graphemes as fit into `room` cells, and the cells they take.
fn head(graphemes: &[(&str, usize)], room: usize) -> (String, usize) {
    let (mut kept, mut used) = (String::new(), 0);
    for (grapheme, cells) in graphemes {
        if used + cells > room {
            break;
        }
        kept.push_str(grapheme);
        used += cells;
    }
    (kept, used)
}

/// Whether every byte is one cell.
fn plain(text: &str) -> bool {
    text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
}

/// The graphemes of the text and the cells of each; a control character stands alone and takes none.
fn graphemes(text: &str) -> Vec<(&str, usize)> {
    let mut found = Vec::new();
    for piece in text.split_inclusive(char::is_control) {
        let span = Span::raw(piece.trim_end_matches(char::is_control));
        let mut rest = piece;
        for grapheme in span.styled_graphemes(Style::new()) {
            let Some((symbol, after)) = rest.split_at_checked(grapheme.symbol.len()) else { break };
            found.push((symbol, usize::from(symbol.cell_width())));
            rest = after;
        }
        if !rest.is_empty() {
            found.push((rest, 0));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    /// Where the cursor of ratatui stands after the text.
    fn drawn(text: &str) -> usize {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 400, 1));
        usize::from(buffer.set_string_and_tell(text))
    }

    trait Tell {
        fn set_string_and_tell(&mut self, text: &str) -> u16;
    }

    impl Tell for Buffer {
        fn set_string_and_tell(&mut self, text: &str) -> u16 {
            self.set_stringn(0, 0, text, 400, Style::new()).0
        }
    }

    #[test]
    fn text_that_fits_stays_and_text_that_does_not_is_cut_at_its_end() {
        for (text, width, wanted) in [
            ("alpha", 5, "alpha"),
            ("alpha", 4, "alp~"),
            ("alpha", 1, "~"),
            ("alpha", 0, ""),
            ("", 0, ""),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本~"),
            ("日本語", 4, "日~"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}~"),
        ] {
            assert_eq!(fit(text, width), wanted, "{text} {width}");
        }
    }

    #[test]
    fn a_long_name_keeps_both_its_ends() {
        assert_eq!(middle("db-north-replica-07", 9, true), "db-n~a-07");
        assert_eq!(middle("db-north-replica-07", 8, false), "db-n⋯-07");
        assert_eq!(middle("db-07", 5, false), "db-07");
        assert_eq!(middle("db-07", 1, true), "~");
        assert_eq!(middle("db-07", 2, true), "d~");
        assert_eq!(middle("日本語日本語", 6, true), "日~語");
        assert_eq!(middle("db-07", 0, true), "");
    }

    #[test]
    fn padding_counts_cells_and_not_characters() {
        assert_eq!(pad("日", 4), "日  ");
        assert_eq!(pad("abc", 2), "abc");
    }

    #[test]
    fn text_is_broken_between_words_and_long_words_where_they_must_be() {
        assert_eq!(wrap("no answer from the host", 10), ["no answer", "from the", "host"]);
        assert_eq!(wrap("at /var/lib/switchtower/journal", 10), ["at", "/var/lib/s", "witchtower", "/journal"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
        assert_eq!(wrap("日本語", 3), ["日", "本", "語"]);
        assert_eq!(wrap("日a", 1), ["a"], "no room for a wide character");
        assert!(wrap("words", 0).is_empty());
    }

    proptest! {
        #[test]
        fn width_is_what_is_drawn(text in any::<String>()) {
            prop_assert_eq!(width(&text), drawn(&text));
        }

        #[test]
        fn nothing_is_wider_than_asked_for(text in any::<String>(), max in 0usize..50, ascii: bool) {
            prop_assert!(width(&fit(&text, max)) <= max);
            prop_assert!(width(&middle(&text, max, ascii)) <= max);
            prop_assert!(wrap(&text, max).iter().all(|line| width(line) <= max));
            prop_assert_eq!(width(&pad(&text, max)), max.max(width(&text)));
        }

        #[test]
        fn words_survive_wrapping(words in prop::collection::vec("[a-z日本é]{1,12}", 0..12), max in 2usize..40) {
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&wrap(&words.join(" "), max).concat()), words.concat());
        }

        #[test]
        fn a_cut_text_is_a_beginning_of_it(text in any::<String>(), max in 1usize..50) {
            let cut = fit(&text, max);
            let kept = if cut == text { cut.as_str() } else { cut.strip_suffix(CUT).unwrap() };
            prop_assert!(text.starts_with(kept));
        }
    }
}
