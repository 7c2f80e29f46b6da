//! Numbers for people.

/// A count with its thousands apart: `12,345`.
pub(crate) fn count(n: usize) -> String {
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

/// A share as a percentage with one decimal, in one piece: `93.1 %`.
pub(crate) fn share(value: f64) -> String {
    if value.is_finite() { format!("{:.1}\u{a0}%", 100.0 * value) } else { "–".to_owned() }
}

/// A duration: `0.8 s`, `42 s`, `3 min 05 s`, `2 h 10 min`.
pub(crate) fn seconds(value: f64) -> String {
    match value {
        v if !v.is_finite() => "–".to_owned(),
        v if v < 10.0 => format!("{v:.1} s"),
        v if v < 119.5 => format!("{v:.0} s"),
        v if v < 7170.0 => {
            let whole = v.round() as u64;
            format!("{} min {:02} s", whole / 60, whole % 60)
        }
        v => {
            let minutes = (v / 60.0).round() as u64;
            format!("{} h {:02} min", minutes / 60, minutes % 60)
        }
    }
}

/// Wilson's 95 % interval of a share of which `right` in `n` were seen (E. B. Wilson, 1927, with z = 1.96); none where `n` is 0.
pub(crate) fn wilson(right: usize, n: usize) -> Option<(f64, f64)> {
    const Z: f64 = 1.959_964;
    if n == 0 {
        return None;
    }
    let (n, p) = (n as f64, right as f64 / n as f64);
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    Some((((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.84, 41.6, 185.2, 7799.0].map(seconds), ["0.8 s", "42 s", "3 min 05 s", "2 h 10 min"]);
        assert_eq!(seconds(119.6), "2 min 00 s");
        assert_eq!([0.9314, f64::NAN].map(share), ["93.1\u{a0}%", "–"]);
    }

    #[test]
    fn the_interval_is_wilsons() {
        // Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        for (right, n, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let (a, b) = wilson(right, n).unwrap();
            assert!((a - low).abs() < 5e-5 && (b - high).abs() < 5e-5, "{right} of {n}: {a} {b}");
        }
        assert_eq!(wilson(0, 0), None);
    }
}
