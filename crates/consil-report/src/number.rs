//! Numbers as people read them: one function for each need, the same on the terminal and on a page.

/// What stands where there is no number.
pub const NONE: &str = "–";

/// The digits of a whole number in groups of three: `12,345`.
pub fn thousands(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`, `12,345 rows`.
pub fn count(n: usize, singular: &str) -> String {
    format!("{} {singular}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// A share in 0–1 as `97.3 %`; [`NONE`] where it is not finite.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1} %", 100.0 * share) } else { NONE.to_owned() }
}

/// A share in 0–1 in whole percent, `97 %`, for forecasts, which know no better; [`NONE`] where it is not finite.
pub fn whole_percent(share: f64) -> String {
    if share.is_finite() { format!("{:.0} %", 100.0 * share) } else { NONE.to_owned() }
}

/// An interval of shares as `91.2 – 95.8 %`.
pub fn percent_range((low, high): (f64, f64)) -> String {
    if low.is_finite() { format!("{:.1} – {}", 100.0 * low, percent(high)) } else { NONE.to_owned() }
}

/// The text with its blanks unbreakable, for a page whose lines end where they may.
pub fn unbroken(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

/// A duration: `8.4 s`, `2:05`, `1:02:05`; [`NONE`] where it is not finite.
pub fn seconds(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => NONE.to_owned(),
        s if s < 59.95 => format!("{s:.1} s"),
        s => clock(s),
    }
}

/// Seconds as `0:08`, or `1:02:05`: a clock whose digits stay in place.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A loss or another plain number in four significant digits; what is not finite by its name.
pub fn number(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => value.to_string(),
        0.0 => "0".to_owned(),
        1e-4..1e6 => {
            let before_point = value.abs().log10().floor() as i32 + 1;
            format!("{value:.*}", (4 - before_point).clamp(0, 8) as usize)
        }
        _ => format!("{value:.3e}"),
    }
}

/// A number in a few characters, for quantities over many orders of magnitude: `2.1e26`, `340`, `4.2`, `0.012`.
pub fn amount(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => {
            let text = format!("{x:.2e}");
            let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
            format!("{}e{power}", digits.trim_end_matches('0').trim_end_matches('.'))
        }
        size if size >= 100.0 => format!("{x:.0}"),
        size if size >= 1.0 => format!("{x:.1}"),
        _ => format!("{x:.3}"),
    }
}

/// A metric by its name: accuracies as percentages, all else as plain numbers.
pub fn metric(name: &str, value: f64) -> String {
    let is_share = name.ends_with("accuracy") || name.starts_with("concept.");
    if is_share { percent(value) } else { number(value) }
}

/// Bytes in binary units: `4.0 KiB`.
pub fn bytes(n: u64) -> String {
    scaled(n, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB"])
}

/// A count in decimal units: `1.2 MFLOP`.
pub fn scaled_count(n: u64, unit: &str) -> String {
    scaled(n, 1000.0, &["", "k", "M", "G", "T"].map(|prefix| format!("{prefix}{unit}")))
}

fn scaled<S: AsRef<str>>(n: u64, step: f64, units: &[S]) -> String {
    let (mut value, mut unit) = (n as f64, 0);
    // What rounds to a full step of this unit is one of the next.
    while value >= step - 0.05 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    let unit_name = units[unit].as_ref();
    if unit == 0 { format!("{n} {unit_name}") } else { format!("{value:.1} {unit_name}") }
}

/// `10²⁶` for powers of ten from 10⁵ and below 10⁻³, digits for others.
pub fn power_of_ten(value: f64) -> String {
    let power = value.log10();
    let is_power = (power - power.round()).abs() < 1e-9;
    if is_power && !(-3.0..5.0).contains(&power) {
        let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().collect::<Vec<_>>();
        let raised = format!("{:.0}", power.round().abs());
        let raised: String = raised.bytes().filter_map(|b| digits.get(usize::from(b - b'0'))).collect();
        return format!("10{}{raised}", if power < 0.0 { "⁻" } else { "" });
    }
    if !(1e-3..1e5).contains(&value) {
        return format!("{value:.1e}");
    }
    format!("{value}")
}

/// A binary32 value as the shortest decimal that names it, in binary64: 0.1 for the nearest binary32 to a tenth, which widened bit by bit
/// would read 0.10000000149011612.
pub fn shortest(value: f32) -> f64 {
    // The shortest text of a binary32 reads as a binary64; what is not finite has no such text.
    value.to_string().parse().unwrap_or(f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_from_the_right() {
        let pairs = [(0, "0"), (999, "999"), (1000, "1,000"), (123_456, "123,456"), (1_234_567, "1,234,567")];
        for (n, text) in pairs {
            assert_eq!(thousands(n), text);
        }
    }

    #[test]
    fn times_grow_from_seconds_to_hours() {
        assert_eq!(
            [8.44, 59.96, 125.0, 3725.4, f64::NAN].map(seconds),
            ["8.4 s", "1:00", "2:05", "1:02:05", NONE].map(str::to_owned)
        );
        assert_eq!([clock(0.0), clock(8.6)], ["0:00", "0:09"]);
    }

    #[test]
    fn numbers_keep_four_digits() {
        let pairs =
            [(0.0, "0"), (1.23456, "1.235"), (0.001_234_56, "0.001235"), (1234.56, "1235"), (1.5e-7, "1.500e-7")];
        for (value, text) in pairs {
            assert_eq!(number(value), text);
        }
        assert_eq!(number(f64::NAN), "NaN");
    }

    #[test]
    fn shares_are_percentages_and_losses_are_not() {
        assert_eq!(metric("accuracy", 0.9731), "97.3 %");
        assert_eq!(metric("concept.image", 1.0), "100.0 %");
        assert_eq!(metric("loss", 0.25), "0.2500");
        assert_eq!([percent(f64::NAN), whole_percent(0.974)], [NONE, "97 %"]);
        assert_eq!(percent_range((0.912, 0.958)), "91.2 – 95.8 %");
        assert_eq!(unbroken("97.3 %"), "97.3\u{a0}%");
    }

    #[test]
    fn amounts_are_scaled() {
        assert_eq!([0, 1023, 1024, 1536, 1 << 20].map(bytes), ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB"]);
        assert_eq!(
            [999, 1000, 999_990, 2_500_000].map(|n| scaled_count(n, "FLOP")),
            ["999 FLOP", "1.0 kFLOP", "1.0 MFLOP", "2.5 MFLOP"]
        );
        assert_eq!([2.1e26, 340.2, 4.21, 0.0123].map(amount), ["2.1e26", "340", "4.2", "0.012"]);
    }

    #[test]
    fn a_tenth_stays_a_tenth() {
        assert_eq!([0.1f32, 1e-3, 0.9, 16_777_216.0].map(shortest), [0.1, 1e-3, 0.9, 16_777_216.0]);
        assert!(shortest(f32::NAN).is_nan() && shortest(f32::INFINITY).is_infinite());
    }
}
