//! The signs of the screen, one cell each, every one with a twin in ASCII.
//!
//! Every pane takes its marks from here, so that `--ascii` and `--no-borders` reach all of them. No emoji, no variation
//! selectors, no braille, and none of the signs that East Asian terminals draw two cells wide ("ambiguous" in Unicode's
//! table): ● ▲ ◆ → … • are such, so ◉ ▴ ➝ ⋯ ∙ stand for them. Only lines and blocks have no neutral twin and are kept.

use ratatui::symbols::border::{self, Set};

macro_rules! signs {
    ($($sign:ident $rich:literal $plain:literal, $doc:literal;)+) => {
        /// What a sign says.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Sign { $(#[doc = $doc] $sign,)+ }

        impl Sign {
            /// Every sign, in the order of the enum.
            pub const ALL: [Sign; [$($rich),+].len()] = [$(Sign::$sign),+];

            /// The sign beyond ASCII, and the one in ASCII.
            const fn pair(self) -> (&'static str, &'static str) {
                match self { $(Sign::$sign => ($rich, $plain),)+ }
            }
        }
    };
}

signs! {
    Good "◉" "*", "As it should be.";
    Warn "▴" "!", "Somebody should look at this.";
    Bad "✗" "x", "Wrong.";
    Unknown "?" "?", "Not known.";
    Moving "»" "+", "On its way from one state to another.";
    Late "◔" "o", "Its source did not speak for a while.";
    Lost "◌" "~", "Its source is silent; this is from before.";
    Mismatch "⋕" "#", "What is wanted and what is are not the same.";
    Selected "▸" ">", "The row under the cursor.";
    SortUp "▵" "^", "Sorted by this column, smallest first.";
    SortDown "▿" "v", "Sorted by this column, largest first.";
    TrendUp "⇡" "^", "Growing.";
    TrendDown "⇣" "v", "Shrinking.";
    TrendFlat "⇢" "=", "Neither growing nor shrinking.";
    Check "✓" "v", "A check that passed, a step that is done.";
    Cross "✗" "x", "A check that failed, a step that failed.";
    Skipped "⊘" "-", "A step that was left out, which is not done.";
    Pending "∘" ".", "A step whose turn has not come.";
    Ellipsis "⋯" "~", "Something was cut out here.";
    Bullet "∙" "-", "One item of a list.";
    Arrow "➝" ">", "From here to there.";
    Separator "│" "|", "Between two things on one line.";
}

/// The sign of an empty ... full cell in bars and small charts, in nine steps.
const BARS: [(&str, &str); 9] =
    [(" ", " "), ("▁", "."), ("▂", "."), ("▃", ":"), ("▄", ":"), ("▅", "+"), ("▆", "+"), ("▇", "#"), ("█", "#")];

const SPIN: [(&str, &str); 4] = [("◴", "|"), ("◷", "/"), ("◶", "-"), ("◵", "\\")];

const ASCII: Set<'static> = Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Which signs this console uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// Only ASCII.
    pub ascii: bool,
    /// Lines around the panes; else blanks in the same cells.
    pub borders: bool,
}

impl Glyphs {
    /// The sign, exactly one cell wide.
    pub fn sign(self, sign: Sign) -> &'static str {
        self.choose(sign.pair())
    }

    /// The lines around a pane. The cells are the same with and without lines, so nothing moves.
    pub fn border(self) -> Set<'static> {
        match (self.borders, self.ascii) {
            (false, _) => border::EMPTY,
            (true, true) => ASCII,
            (true, false) => border::PLAIN,
        }
    }

    /// The sign of something at work, at this tick.
    pub fn spinner(self, tick: u64) -> &'static str {
        let at = usize::try_from(tick % SPIN.len() as u64).unwrap_or_default();
        SPIN.get(at).map_or(" ", |pair| self.choose(*pair))
    }

    /// A cell filled by `eighths` of 8 from below; more than 8 is full.
    pub fn bar(self, eighths: u8) -> &'static str {
        BARS.get(usize::from(eighths.min(8))).map_or(" ", |pair| self.choose(*pair))
    }

    fn choose(self, (rich, plain): (&'static str, &'static str)) -> &'static str {
        if self.ascii { plain } else { rich }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

    const RICH: Glyphs = Glyphs { ascii: false, borders: true };
    const PLAIN: Glyphs = Glyphs { ascii: true, borders: true };

    fn lines(set: Set<'static>) -> Vec<&'static str> {
        let Set { top_left, top_right, bottom_left, bottom_right, vertical_left, vertical_right, horizontal_top, horizontal_bottom } = set;
        vec![top_left, top_right, bottom_left, bottom_right, vertical_left, vertical_right, horizontal_top, horizontal_bottom]
    }

    fn all(glyphs: Glyphs) -> Vec<&'static str> {
        let signs = Sign::ALL.into_iter().map(|sign| glyphs.sign(sign));
        let bars = (0..=255).map(|eighths| glyphs.bar(eighths));
        let spin = [0, 1, 2, 3, 4, u64::MAX].map(|tick| glyphs.spinner(tick));
        signs.chain(bars).chain(spin).chain(lines(glyphs.border())).collect()
    }

    #[test]
    fn every_sign_is_one_character_in_one_cell() {
        for sign in all(RICH).into_iter().chain(all(PLAIN)) {
            assert_eq!((sign.chars().count(), sign.width()), (1, 1), "{sign:?}");
        }
    }

    #[test]
    fn no_sign_is_two_cells_wide_where_ambiguous_ones_are_except_lines_and_blocks() {
        for sign in all(RICH) {
            let c = sign.chars().next().unwrap();
            let line_or_block = ('\u{2500}'..='\u{259f}').contains(&c);
            assert!(line_or_block || c.width_cjk() == Some(1), "{c} U+{:04X} is ambiguous", c as u32);
        }
    }

    #[test]
    fn no_sign_is_braille_or_an_emoji_or_changes_its_neighbour() {
        // The emoji among the symbols that Unicode also lists as text, near the ones in use.
        let emoji = "©®‼⁉™ℹ↔↕↖↗↘↙↩↪⌚⏏▪▫▶◀◻◼☀☑✔✖❓❗➡⤴⤵⬅⬆⬇";
        for sign in all(RICH) {
            let c = sign.chars().next().unwrap();
            assert!(!('\u{2800}'..='\u{28ff}').contains(&c) && !('\u{fe00}'..='\u{fe0f}').contains(&c) && c < '\u{1f000}', "{c}");
            assert!(!emoji.contains(c), "{c}");
        }
    }

    #[test]
    fn ascii_means_printable_ascii_everywhere() {
        for sign in all(PLAIN) {
            assert!(sign.chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{sign:?}");
        }
    }

    #[test]
    fn states_have_different_signs_in_both_sets() {
        let states = [Sign::Good, Sign::Warn, Sign::Bad, Sign::Unknown, Sign::Moving, Sign::Late, Sign::Lost, Sign::Mismatch];
        for glyphs in [RICH, PLAIN] {
            for (at, one) in states.iter().enumerate() {
                for other in &states[at + 1..] {
                    assert_ne!(glyphs.sign(*one), glyphs.sign(*other), "{one:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn without_borders_the_lines_are_blanks() {
        for ascii in [false, true] {
            assert!(lines(Glyphs { ascii, borders: false }.border()).into_iter().all(|line| line == " "));
        }
        assert!(lines(PLAIN.border()).into_iter().all(|line| "+-|".contains(line)));
    }

    #[test]
    fn the_spinner_turns_and_the_bar_grows() {
        for glyphs in [RICH, PLAIN] {
            assert_ne!(glyphs.spinner(0), glyphs.spinner(1));
            assert_eq!(glyphs.spinner(0), glyphs.spinner(4));
            assert_eq!((glyphs.bar(0), glyphs.bar(9)), (" ", glyphs.bar(8)));
        }
    }
}
