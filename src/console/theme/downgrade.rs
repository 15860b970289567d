//! Fewer colours: the nearest of 256, the nearest of 16, or none.
//!
//! Used by [`super::Theme::at_level`]; the numbers of the 256 colours also serve the pictures of the screen. Pure.
//! Letters keep at least some contrast to their ground, also where another colour would have been nearer.

use super::Colours;
use ratatui::style::{Color, Style};

/// Red, green and blue, 0 to 255 each.
pub type Rgb = (u8, u8, u8);

/// The contrast below which letters are hard to read; kept in a step down where the theme had it.
const READABLE: f64 = 3.0;

/// The sixteen colours as most terminals draw them, in the order of their numbers.
pub const ANSI: [Rgb; 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

/// The number of a colour with a name, 0 to 15, or of one of the 256; none for an exact one or the terminal's own.
pub fn number(colour: Color) -> Option<u8> {
    Some(match colour {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(index) => index,
        Color::Rgb(..) | Color::Reset => return None,
    })
}

/// The name of a number below 16; other numbers stay numbers.
fn named(index: u8) -> Color {
    const NAMES: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    NAMES.get(usize::from(index)).copied().unwrap_or(Color::Indexed(index))
}

/// One of the 256 colours, with the first sixteen taken from `ansi`.
pub fn indexed(index: u8, ansi: &[Rgb; 16]) -> Rgb {
    if let Some(colour) = ansi.get(usize::from(index)) {
        return *colour;
    }
    let step = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
    match index {
        16..=231 => {
            let cube = index - 16;
            (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        _ => {
            let grey = 8 + 10 * index.saturating_sub(232);
            (grey, grey, grey)
        }
    }
}

/// What a colour looks like; none for the terminal's own.
pub fn rgb(colour: Color, ansi: &[Rgb; 16]) -> Option<Rgb> {
    match colour {
        Color::Rgb(red, green, blue) => Some((red, green, blue)),
        other => number(other).map(|index| indexed(index, ansi)),
    }
}

/// How well two colours can be told apart as letters and ground, 1 to 21 (WCAG 2, contrast ratio).
pub fn contrast(one: Rgb, other: Rgb) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    let light = |(red, green, blue): Rgb| 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue) + 0.05;
    let (one, other) = (light(one), light(other));
    one.max(other) / one.min(other)
}

/// The style with at most so many colours, drawn over `ground` where it has no background of its own.
pub(super) fn style(mut style: Style, ground: Style, level: Colours) -> Style {
    if level == Colours::None {
        style.fg = None;
        style.bg = None;
        style.underline_color = None;
        return style;
    }
    let back = style.bg.or(ground.bg).and_then(|colour| rgb(colour, &ANSI));
    let stepped_back = style.bg.or(ground.bg).map(|colour| step(colour, None, level)).and_then(|colour| rgb(colour, &ANSI));
    let readable = |colour| back.zip(rgb(colour, &ANSI)).is_some_and(|(back, fore)| contrast(back, fore) >= READABLE);
    style.fg = style.fg.map(|colour| step(colour, stepped_back.filter(|_| readable(colour)), level));
    style.bg = style.bg.map(|colour| step(colour, None, level));
    style
}

/// The nearest colour of the level; one that can be read on `back`, where that is given.
fn step(colour: Color, back: Option<Rgb>, level: Colours) -> Color {
    let limit = match (level, colour) {
        (_, Color::Reset) | (Colours::True, _) | (Colours::Ansi256, Color::Indexed(_)) => return colour,
        (Colours::Ansi256, Color::Rgb(..)) => 16..=255,
        _ => 0..=15,
    };
    // Names, and numbers below sixteen, are what the terminal itself defines: there is nothing nearer.
    if let Some(index) = number(colour).filter(|index| *index < 16) {
        return named(index);
    }
    let Some(wanted) = rgb(colour, &ANSI) else { return colour };
    let nearest = |kept: &dyn Fn(Rgb) -> bool| {
        limit.clone().filter(|index| kept(indexed(*index, &ANSI))).min_by_key(|index| distance(indexed(*index, &ANSI), wanted))
    };
    let fits = |candidate| back.is_none_or(|back| contrast(candidate, back) >= READABLE);
    nearest(&fits).or_else(|| nearest(&|_| true)).map_or(colour, named)
}

/// How far apart two colours look, as a square; red and blue weigh by how much red there is ("redmean").
fn distance(one: Rgb, other: Rgb) -> i64 {
    let red_mean = (i64::from(one.0) + i64::from(other.0)) / 2;
    let square = |a: u8, b: u8| (i64::from(a) - i64::from(b)).pow(2);
    (512 + red_mean) * square(one.0, other.0) + 1024 * square(one.1, other.1) + (767 - red_mean) * square(one.2, other.2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_colours_step_to_the_known_nearest_ones() {
        for (from, to256, to16) in [
            (Color::Rgb(0, 0, 0), Color::Indexed(16), Color::Black),
            (Color::Rgb(255, 255, 255), Color::Indexed(231), Color::White),
            (Color::Rgb(255, 0, 0), Color::Indexed(196), Color::LightRed),
            (Color::Rgb(200, 0, 0), Color::Indexed(160), Color::Red),
            (Color::Rgb(128, 128, 128), Color::Indexed(244), Color::DarkGray),
            (Color::Indexed(196), Color::Indexed(196), Color::LightRed),
            (Color::Indexed(3), Color::Indexed(3), Color::Yellow),
            (Color::Cyan, Color::Cyan, Color::Cyan),
            (Color::Reset, Color::Reset, Color::Reset),
        ] {
            assert_eq!(step(from, None, Colours::True), from, "{from}");
            assert_eq!(step(from, None, Colours::Ansi256), to256, "{from}");
            assert_eq!(step(from, None, Colours::Ansi16), to16, "{from}");
        }
    }

    #[test]
    fn the_256_colours_have_their_known_values() {
        for (index, wanted) in
            [(1, (205, 0, 0)), (16, (0, 0, 0)), (110, (135, 175, 215)), (231, (255, 255, 255)), (232, (8, 8, 8)), (255, (238, 238, 238))]
        {
            assert_eq!(indexed(index, &ANSI), wanted, "{index}");
        }
    }

    #[test]
    fn contrast_is_as_the_guidelines_compute_it() {
        assert!((contrast((0, 0, 0), (255, 255, 255)) - 21.0).abs() < 1e-9);
        assert!((contrast((118, 118, 118), (255, 255, 255)) - 4.54).abs() < 0.01);
        assert!((contrast((9, 9, 9), (9, 9, 9)) - 1.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn letters_that_could_be_read_still_can(fg: Rgb, bg: Rgb, level in prop::sample::select(vec![Colours::Ansi16, Colours::Ansi256])) {
            let exact = Style::new().fg(Color::Rgb(fg.0, fg.1, fg.2)).bg(Color::Rgb(bg.0, bg.1, bg.2));
            prop_assume!(contrast(fg, bg) >= READABLE);
            let fewer = style(exact, Style::new(), level);
            let look = |colour: Option<Color>| rgb(colour.unwrap(), &ANSI).unwrap();
            prop_assert!(contrast(look(fewer.fg), look(fewer.bg)) >= READABLE);
            let most = if level == Colours::Ansi16 { 15 } else { 255 };
            prop_assert!(number(fewer.fg.unwrap()).unwrap() <= most && number(fewer.bg.unwrap()).unwrap() <= most);
        }
    }
}
