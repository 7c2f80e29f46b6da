//! Numbers for people.

/// Digits in groups of three: `61,706`.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in binary units: `4.0 KiB`.
pub(super) fn bytes(n: u64) -> String {
    scaled(n, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB"])
}

/// A count in decimal units: `1.2 MFLOP`.
pub(super) fn count(n: u64, unit: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_scaled() {
        assert_eq!([0, 999, 1000, 61_706, 1_234_567].map(grouped), ["0", "999", "1,000", "61,706", "1,234,567"]);
        assert_eq!([0, 1023, 1024, 1536, 1 << 20].map(bytes), ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB"]);
        assert_eq!(
            [999, 1000, 999_990, 2_500_000].map(|n| count(n, "FLOP")),
            ["999 FLOP", "1.0 kFLOP", "1.0 MFLOP", "2.5 MFLOP"]
        );
    }
}
