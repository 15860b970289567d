//! What eyes see that lack one kind of cone: Machado, Oliveira and Fernandes, 2009, severity 1.0.

use super::*;

type Matrix = [[f64; 3]; 3];

const DEUTERANOPIA: Matrix = [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];
const PROTANOPIA: Matrix = [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
const TRITANOPIA: Matrix = [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]];

fn apply(matrix: &Matrix, [a, b, c]: [f64; 3]) -> [f64; 3] {
    matrix.map(|row| row[0] * a + row[1] * b + row[2] * c)
}

fn linear((red, green, blue): Rgb) -> [f64; 3] {
    [red, green, blue].map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

/// CIE L*a*b* for the white of sRGB (D65).
fn lab(light: [f64; 3]) -> [f64; 3] {
    const XYZ: Matrix =
        [[0.412_456_4, 0.357_576_1, 0.180_437_5], [0.212_672_9, 0.715_152_2, 0.072_175], [0.019_333_9, 0.119_192, 0.950_304_1]];
    let root = |part: f64| if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 };
    let [x, y, z] = apply(&XYZ, light);
    let (x, y, z) = (root(x / 0.950_47), root(y), root(z / 1.088_83));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIE76: the distance in that space. From about 2 on a difference is seen; 20 is another colour.
fn difference(one: Rgb, other: Rgb, eyes: &Matrix) -> f64 {
    let seen = |colour| lab(apply(eyes, linear(colour)).map(|part| part.clamp(0.0, 1.0)));
    seen(one).iter().zip(seen(other)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

/// The smallest difference between two of the states as those eyes see them.
fn smallest(theme: &Theme, eyes: &Matrix) -> f64 {
    let colour = |slot| rgb(theme.style(slot).fg.unwrap(), &ANSI).unwrap();
    let pairs = [(Slot::Good, Slot::Warn), (Slot::Good, Slot::Bad), (Slot::Warn, Slot::Bad)];
    pairs.into_iter().map(|(one, other)| difference(colour(one), colour(other), eyes)).fold(f64::INFINITY, f64::min)
}

#[test]
fn eyes_that_lack_a_cone_still_tell_the_states_apart_in_the_themes_made_for_them() {
    for (name, eyes) in [("deuteranopia", DEUTERANOPIA), ("deuteranopia", PROTANOPIA), ("tritanopia", TRITANOPIA)] {
        for level in [Colours::True, Colours::Ansi256] {
            let seen = smallest(&Theme::builtin(name).unwrap().at_level(level), &eyes);
            assert!(seen >= 20.0, "{name} at {level:?}: {seen:.1}");
        }
    }
}

#[test]
fn the_simulation_knows_red_and_green_for_those_who_cannot_tell_them_apart() {
    let (red, green) = ((190, 60, 0), (105, 105, 0));
    let normal = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    assert!(difference(red, green, &normal) > 50.0);
    assert!(difference(red, green, &DEUTERANOPIA) < 20.0, "{}", difference(red, green, &DEUTERANOPIA));
    for eyes in [DEUTERANOPIA, PROTANOPIA, TRITANOPIA] {
        assert!(difference((255, 255, 255), (0, 0, 0), &eyes) > 99.0, "black and white stay");
    }
}
