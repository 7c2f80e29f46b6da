//! Numbers as people read them.

/// `12,345`.
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

/// A share in 0–1 as `97.3 %`; `—` where it is not a number.
pub fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1} %", share * 100.0) } else { "—".to_owned() }
}

/// Seconds as `8.4 s`, or `2:05`, or `1:02:05`.
pub fn seconds(seconds: f64) -> String {
    if seconds < 59.95 { format!("{seconds:.1} s") } else { clock(seconds) }
}

/// Seconds as `0:08`, or `1:02:05`: a clock whose digits stay in place.
pub fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// A loss or another plain number in four significant digits.
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

/// A metric by its name: accuracies as percentages, all else as plain numbers.
pub fn metric(name: &str, value: f64) -> String {
    let is_share = name.ends_with("accuracy") || name.starts_with("concept.");
    if is_share { percent(value) } else { number(value) }
}

/// `1 row`, `2 rows`, `12,345 rows`.
pub fn count(n: usize, singular: &str) -> String {
    format!("{} {singular}{}", thousands(n), if n == 1 { "" } else { "s" })
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
            [seconds(8.44), seconds(59.96), seconds(125.0), seconds(3725.4)],
            ["8.4 s", "1:00", "2:05", "1:02:05"]
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
        assert_eq!(percent(f64::NAN), "—");
    }
}
