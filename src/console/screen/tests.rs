use super::*;
use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::Style;

fn drawn(lines: &[(&str, Style)]) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 12, u16::try_from(lines.len()).unwrap()));
    for (y, (line, style)) in lines.iter().enumerate() {
        buffer.set_string(0, u16::try_from(y).unwrap(), line, *style);
    }
    buffer
}

fn picture(line: &str, style: Style) -> String {
    svg(&drawn(&[(line, style)]), &Palette::default(), "t")
}

/// A small check of XML: elements nest, attributes are quoted, and text holds no bare sign of the markup.
fn well_formed(xml: &str) -> Result<usize, String> {
    let (mut open, mut elements) = (Vec::new(), 0);
    for part in xml.split('<').skip(1) {
        let (tag, text) = part.split_once('>').ok_or(format!("no end of a tag in {part:?}"))?;
        for (at, _) in text.match_indices('&') {
            let entity = text[at..].split_inclusive(';').next().unwrap_or_default();
            if !["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"].contains(&entity) {
                return Err(format!("a bare & in {text:?}"));
            }
        }
        if text.contains('>') || text.contains(|c: char| c.is_control() && c != '\n') || tag.matches('"').count() % 2 != 0 {
            return Err(format!("not escaped: {part:?}"));
        }
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name.to_owned()) {
                return Err(format!("</{name}> closes nothing"));
            }
        } else {
            elements += 1;
            if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap_or_default().to_owned());
            }
        }
    }
    if open.is_empty() { Ok(elements) } else { Err(format!("still open: {open:?}")) }
}

#[test]
fn text_has_no_blanks_at_line_ends_and_a_wide_character_once() {
    let buffer = drawn(&[("a 日本 b", Style::new()), ("", Style::new()), ("  c", Style::new())]);
    assert_eq!(text(&buffer), "a 日本 b\n\n  c\n");
}

#[test]
fn a_run_of_one_style_is_one_text_on_the_grid() {
    let mut buffer = drawn(&[("ab", Style::new())]);
    buffer.set_string(3, 0, "red", Style::new().fg(Color::Red));
    let picture = svg(&buffer, &Palette::default(), "t");
    assert!(picture.contains("<text x=\"9\" y=\"23\" textLength=\"27\""), "{picture}");
    assert!(picture.contains("<text x=\"36\" y=\"23\" textLength=\"27\" lengthAdjust=\"spacingAndGlyphs\" fill=\"#e86868\""), "{picture}");
    assert_eq!(picture.matches("<text").count(), 2, "{picture}");
    assert!(picture.contains("width=\"126\" height=\"36\" viewBox=\"0 0 126 36\""), "{picture}");
}

#[test]
fn wide_characters_keep_the_grid() {
    let picture = picture("日a", Style::new());
    assert!(picture.contains("<text x=\"9\" y=\"23\" textLength=\"18\"") && picture.contains(">日</text>"), "{picture}");
    assert!(picture.contains("<text x=\"27\" y=\"23\""), "{picture}");
}

#[test]
fn markup_on_the_screen_is_only_text_in_the_picture() {
    let buffer = drawn(&[("<&>\"'", Style::new())]);
    let picture = svg(&buffer, &Palette::default(), "</title><script>&\u{7}\u{ffff}");
    assert!(picture.contains(">&lt;&amp;&gt;&quot;&#39;"), "{picture}");
    assert!(picture.contains("<title>&lt;/title&gt;&lt;script&gt;&amp;</title>"), "{picture}");
    well_formed(&picture).unwrap();
}

#[test]
fn control_characters_that_slipped_into_a_cell_are_dropped() {
    let mut buffer = drawn(&[("abc", Style::new())]);
    buffer[(1, 0)].set_symbol("\u{1b}[2J");
    buffer[(2, 0)].set_symbol("\u{7}");
    assert!(!text(&buffer).contains(|c: char| c.is_control() && c != '\n'));
    well_formed(&svg(&buffer, &Palette::default(), "t")).unwrap();
}

#[test]
fn every_modifier_is_seen() {
    for (style, wanted) in [
        (Style::new().bold(), "font-weight=\"bold\""),
        (Style::new().italic(), "font-style=\"italic\""),
        (Style::new().underlined(), "text-decoration=\"underline\""),
        (Style::new().crossed_out(), "text-decoration=\"line-through\""),
        (Style::new().fg(Color::Rgb(200, 100, 0)).bg(Color::Rgb(0, 0, 0)).dim(), "fill=\"#824100\""),
        (Style::new().reversed(), "fill=\"#dcdfe4\"/>"),
        (Style::new().bg(Color::Indexed(196)), "fill=\"#ff0000\"/>"),
        (Style::new().fg(Color::Indexed(244)), "fill=\"#808080\""),
    ] {
        let picture = picture("x", style);
        assert!(picture.contains(wanted), "{wanted} in {picture}");
    }
    assert!(!picture("secret", Style::new().hidden()).contains("secret"));
}

#[test]
fn an_empty_screen_is_an_empty_picture() {
    for area in [Rect::ZERO, Rect::new(0, 0, 0, 5), Rect::new(0, 0, 5, 0), Rect::new(3, 4, 2, 1)] {
        let buffer = Buffer::empty(area);
        assert_eq!(well_formed(&svg(&buffer, &Palette::default(), "t")), Ok(3), "{area}");
        assert!(text(&buffer).trim().is_empty());
    }
}

proptest! {
    #[test]
    fn every_screen_is_a_sound_picture(lines in prop::collection::vec(any::<String>(), 1..4), title in any::<String>(), bits: u16) {
        let style = Style::new().add_modifier(Modifier::from_bits_truncate(bits));
        let lines: Vec<_> = lines.iter().map(|line| (line.as_str(), style)).collect();
        let buffer = drawn(&lines);
        prop_assert_eq!(well_formed(&svg(&buffer, &Palette::default(), &title)).err(), None);
        prop_assert_eq!(text(&buffer).lines().count(), lines.len());
    }
}
