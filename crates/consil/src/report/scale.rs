//! From values to places along an axis, and the round values to mark on it.

/// What an axis measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Whole numbers from 1: epochs, rounds.
    Count,
    /// Any quantity; 0 is always on the axis.
    Amount,
    /// A share, in 0–1, shown as a percentage.
    Share,
}

/// An axis: a stretch of values laid over a stretch of the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    /// The least value.
    pub from: f64,
    /// The greatest value.
    pub to: f64,
    start: f64,
    end: f64,
    /// The values to mark.
    pub ticks: Vec<f64>,
    measure: Measure,
}

impl Scale {
    /// An axis over the finite ones of `values`, laid from `start` to `end` on the page, with about `n_ticks` marks.
    pub fn over(values: impl Iterator<Item = f64>, measure: Measure, (start, end): (f64, f64), n_ticks: usize) -> Self {
        let (least, most) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| (least.min(v), most.max(v)));
        let (least, most) = if least > most { (0.0, 1.0) } else { (least, most) };
        let (from, to) = match measure {
            Measure::Count => (least.min(1.0), most.max(2.0)),
            Measure::Amount => (least.min(0.0), if most > 0.0 { most } else { 1.0 }),
            Measure::Share => (0.0, 1.0),
        };
        let step = match measure {
            Measure::Count => round_step((to - from) / n_ticks as f64).max(1.0).round(),
            _ => round_step((to - from) / n_ticks as f64),
        };
        // Counts begin at 1, but their marks stand at round numbers; other axes begin and end at a mark.
        let (from, to) = match measure {
            Measure::Count => (from, to),
            _ => (step * (from / step + 1e-9).floor(), step * (to / step - 1e-9).ceil()),
        };
        let first = (from / step - 1e-9).ceil() as i64;
        let last = (to / step + 1e-9).floor() as i64;
        let mut ticks: Vec<f64> = (first..=last).map(|i| i as f64 * step).collect();
        if measure == Measure::Count && step > 1.0 && from == 1.0 {
            ticks.retain(|tick| *tick >= 1.0);
            ticks.insert(0, 1.0);
        }
        Self { from, to, start, end, ticks, measure }
    }

    /// Where a value stands on the page.
    pub fn place(&self, value: f64) -> f64 {
        self.start + (value - self.from) / (self.to - self.from) * (self.end - self.start)
    }

    /// A value as a mark shows it.
    pub fn mark(&self, value: f64) -> String {
        match self.measure {
            Measure::Count => format!("{value:.0}"),
            Measure::Share => format!("{:.0} %", 100.0 * value),
            Measure::Amount => {
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

    fn ticks(values: &[f64], measure: Measure) -> Vec<String> {
        let scale = Scale::over(values.iter().copied(), measure, (0.0, 100.0), 5);
        scale.ticks.iter().map(|tick| scale.mark(*tick)).collect()
    }

    #[test]
    fn marks_are_round() {
        assert_eq!(ticks(&[0.1, 2.9], Measure::Amount), ["0", "1", "2", "3"]);
        assert_eq!(ticks(&[0.04], Measure::Amount), ["0.00", "0.01", "0.02", "0.03", "0.04"]);
        assert_eq!(ticks(&[-3.0, 7.0], Measure::Amount), ["−4", "−2", "0", "2", "4", "6", "8"]);
        assert_eq!(ticks(&[12.0], Measure::Amount), ["0.0", "2.5", "5.0", "7.5", "10.0", "12.5"]);
        assert_eq!(ticks(&[0.4], Measure::Share), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
        assert_eq!(ticks(&[1.0, 20.0], Measure::Count), ["1", "5", "10", "15", "20"]);
        assert_eq!(ticks(&[1.0, 3.0], Measure::Count), ["1", "2", "3"]);
    }

    #[test]
    fn no_value_and_one_value_give_an_axis() {
        for values in [vec![], vec![f64::NAN], vec![0.0], vec![5.0], vec![f64::INFINITY]] {
            for measure in [Measure::Count, Measure::Amount, Measure::Share] {
                let scale = Scale::over(values.iter().copied(), measure, (10.0, 20.0), 5);
                assert!(scale.ticks.len() >= 2, "{values:?} {measure:?}: {scale:?}");
                assert!(scale.ticks.iter().all(|tick| scale.place(*tick).is_finite()));
            }
        }
    }

    proptest! {
        #[test]
        fn every_value_lies_on_the_axis(values in prop::collection::vec(0.0..1e6f64, 1..20), scale in -6..6i32) {
            let values: Vec<f64> = values.iter().map(|v| v * 10f64.powi(scale)).collect();
            let axis = Scale::over(values.iter().copied(), Measure::Amount, (0.0, 100.0), 5);
            for value in values {
                prop_assert!((-1e-6..=100.0 + 1e-6).contains(&axis.place(value)));
            }
            prop_assert!((2..=12).contains(&axis.ticks.len()));
        }
    }
}
