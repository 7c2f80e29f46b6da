//! From values to places along an axis, and the round values to mark on it.

use crate::number::{amount, number, percent, power_of_ten};

/// What an axis measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Whole numbers from 1: epochs, rounds, steps.
    Count,
    /// Any quantity, over the range that it has.
    Amount,
    /// Any quantity, and 0 is always on the axis: losses, so that a small change looks small.
    FromZero,
    /// A positive quantity by its logarithm.
    Logarithm,
    /// Calendar years.
    Year,
    /// A share, in 0–1, shown as a percentage over the whole of it.
    Share,
}

impl Measure {
    /// A value as a table or a title gives it.
    pub fn text(self, value: f64) -> String {
        match self {
            _ if !value.is_finite() => crate::number::NONE.to_owned(),
            Self::Count => format!("{value:.0}"),
            Self::Share => percent(value),
            Self::FromZero => number(value),
            Self::Year => format!("{value:.1}"),
            Self::Amount | Self::Logarithm => amount(value),
        }
    }
}

/// An axis: a stretch of values laid over a stretch of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The least value; on a logarithmic axis its power of ten.
    pub from: f64,
    /// The greatest value; on a logarithmic axis its power of ten.
    pub to: f64,
    start: f64,
    end: f64,
    /// The values to mark.
    pub ticks: Vec<f64>,
    measure: Measure,
}

impl Axis {
    /// An axis over the finite ones of `values` (positive ones, on a logarithmic axis), laid from `start` to `end` on the page, with about `n_ticks` marks.
    pub fn over(values: impl Iterator<Item = f64>, measure: Measure, (start, end): (f64, f64), n_ticks: usize) -> Self {
        let turned = |x: f64| if measure == Measure::Logarithm { x.log10() } else { x };
        let (least, most) = values
            .map(turned)
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| (least.min(v), most.max(v)));
        let (least, most) = range(measure, (least, most));
        let step = round_step((most - least) / n_ticks as f64);
        let is_whole = matches!(measure, Measure::Count | Measure::Logarithm | Measure::Year);
        let step = if is_whole { step.max(1.0).round() } else { step };
        // Axes begin and end at a mark, but for years, whose future begins today, and counts, which begin at 1.
        let (from, to) = match measure {
            Measure::Year | Measure::Count => (least, most),
            Measure::Logarithm if most - least < 2.0 => (least - 0.04, most + 0.04),
            _ => (step * (least / step + 1e-9).floor(), step * (most / step - 1e-9).ceil()),
        };
        let first = (from / step - 1e-9).ceil() as i64;
        let last = (to / step + 1e-9).floor() as i64;
        let mut ticks: Vec<f64> = (first..=last).map(|i| i as f64 * step).collect();
        match measure {
            Measure::Logarithm => {
                ticks = ticks.into_iter().map(|power| 10f64.powf(power)).collect();
                if ticks.len() < 2 {
                    ticks = mantissas(10f64.powf(from), 10f64.powf(to));
                }
                if ticks.is_empty() {
                    ticks = multiples(10f64.powf(from), 10f64.powf(to), n_ticks);
                }
            }
            Measure::Count if step > 1.0 && from == 1.0 => {
                ticks.retain(|tick| *tick >= 1.0);
                ticks.insert(0, 1.0);
            }
            _ => {}
        }
        Self { from, to, start, end, ticks, measure }
    }

    /// Where a value stands on the page.
    pub fn place(&self, value: f64) -> f64 {
        let turned = if self.measure == Measure::Logarithm { value.log10() } else { value };
        self.start + (turned - self.from) / (self.to - self.from) * (self.end - self.start)
    }

    /// A value as a mark shows it.
    pub fn mark(&self, value: f64) -> String {
        match self.measure {
            Measure::Year | Measure::Count => format!("{value:.0}"),
            Measure::Share => format!("{:.0} %", 100.0 * value),
            Measure::Logarithm => {
                // Marks between two that are usual need more digits than one to be told apart.
                let said = |tick: &f64, digits: usize| (*tick - rounded(*tick, digits)).abs() <= 1e-9 * tick.abs();
                match (1..=12).find(|digits| self.ticks.iter().all(|tick| said(tick, *digits))) {
                    None | Some(..=2) => power_of_ten(rounded(value, 2)),
                    Some(digits) => significant(value, digits),
                }
            }
            Measure::Amount | Measure::FromZero => {
                let exact = |digits: &usize| {
                    let power = 10f64.powi(*digits as i32);
                    self.ticks.iter().all(|tick| (tick * power - (tick * power).round()).abs() < 1e-6)
                };
                let digits = (0..9).find(exact).unwrap_or(9);
                format!("{value:.digits$}").replace('-', "−")
            }
        }
    }
}

/// The range that an axis shows of values from `least` to `most`, which are crossed where there are none.
fn range(measure: Measure, (least, most): (f64, f64)) -> (f64, f64) {
    let (least, most) = if least > most { (0.0, 1.0) } else { (least, most) };
    match measure {
        Measure::Share => (0.0, 1.0),
        Measure::Count => (least.min(1.0), most.max(2.0)),
        Measure::FromZero => (least.min(0.0), if most > 0.0 { most } else { 1.0 }),
        // A single value has room around it.
        _ if most - least <= 1e-9 * least.abs().max(1e-9) => {
            (least - 0.5 * least.abs().max(1.0), most + 0.5 * most.abs().max(1.0))
        }
        _ => (least, most),
    }
}

/// 1, 2 and 5 times powers of ten between two values.
fn mantissas(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let all = (first..=last).flat_map(|power| [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0].map(|m| m * 10f64.powi(power)));
    all.filter(|tick| (low..=high).contains(tick)).collect()
}

/// Multiples of a round step between two values that lie close together, about `n` of them.
fn multiples(low: f64, high: f64, n: usize) -> Vec<f64> {
    let step = round_step((high - low) / n.max(1) as f64);
    ((low / step).ceil() as i64..=(high / step).floor() as i64).map(|i| i as f64 * step).collect()
}

/// A value to some significant digits.
fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits.saturating_sub(1)).parse().unwrap_or(value)
}

/// A value to some significant digits, with an exponent where it is very large or small.
fn significant(value: f64, digits: usize) -> String {
    if !(1e-3..1e5).contains(&value.abs()) {
        return format!("{value:.*e}", digits.saturating_sub(1));
    }
    let whole = value.abs().log10().floor() as i32 + 1;
    format!("{value:.*}", usize::try_from(digits as i32 - whole).unwrap_or(0))
}

/// The least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Measure; 6] =
        [Measure::Count, Measure::Amount, Measure::FromZero, Measure::Logarithm, Measure::Year, Measure::Share];

    fn ticks(values: &[f64], measure: Measure) -> Vec<String> {
        let axis = Axis::over(values.iter().copied(), measure, (0.0, 100.0), 5);
        axis.ticks.iter().map(|tick| axis.mark(*tick)).collect()
    }

    #[test]
    fn marks_are_round() {
        assert_eq!(ticks(&[0.1, 2.9], Measure::FromZero), ["0", "1", "2", "3"]);
        assert_eq!(ticks(&[0.04], Measure::FromZero), ["0.00", "0.01", "0.02", "0.03", "0.04"]);
        assert_eq!(ticks(&[-3.0, 7.0], Measure::FromZero), ["−4", "−2", "0", "2", "4", "6", "8"]);
        assert_eq!(ticks(&[12.0], Measure::FromZero), ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]);
        assert_eq!(ticks(&[0.1, 2.9], Measure::Amount), ["0", "1", "2", "3"]);
        assert_eq!(ticks(&[0.4], Measure::Share), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert_eq!(ticks(&[1.0, 20.0], Measure::Count), ["1", "5", "10", "15", "20"]);
        assert_eq!(ticks(&[1.0, 3.0], Measure::Count), ["1", "2", "3"]);
        assert_eq!(ticks(&[1e20, 1e26], Measure::Logarithm), ["10²⁰", "10²²", "10²⁴", "10²⁶"]);
        assert_eq!(ticks(&[2.2, 4.8], Measure::Logarithm), ["3", "4", "5"]);
        assert_eq!(ticks(&[795_412.9, 857_643.9], Measure::Logarithm), ["7.5e5", "8.0e5", "8.5e5", "9.0e5"]);
        assert_eq!(ticks(&[2.22, 2.24], Measure::Logarithm), ["2.1", "2.2", "2.3", "2.4"]);
        assert_eq!(ticks(&[2026.9, 2060.0], Measure::Year), ["2030", "2040", "2050", "2060"]);
    }

    #[test]
    fn no_value_and_one_value_give_an_axis() {
        for values in [vec![], vec![f64::NAN], vec![0.0], vec![5.0], vec![f64::INFINITY]] {
            for measure in ALL {
                let axis = Axis::over(values.iter().copied(), measure, (10.0, 20.0), 5);
                assert!(!axis.ticks.is_empty(), "{values:?} {measure:?}: {axis:?}");
                assert!(axis.ticks.iter().all(|tick| axis.place(*tick).is_finite()));
            }
        }
    }

    proptest! {
        #[test]
        fn every_value_lies_on_the_axis(values in prop::collection::vec(1e-6..1e6f64, 1..20), power in -6..20i32) {
            let values: Vec<f64> = values.iter().map(|v| v * 10f64.powi(power)).collect();
            for measure in [Measure::Amount, Measure::FromZero, Measure::Logarithm] {
                let axis = Axis::over(values.iter().copied(), measure, (0.0, 100.0), 5);
                for value in &values {
                    prop_assert!((-1e-6..=100.0 + 1e-6).contains(&axis.place(*value)), "{measure:?} {value}");
                }
                prop_assert!((1..=14).contains(&axis.ticks.len()), "{:?}", axis.ticks);
            }
        }
    }
}
