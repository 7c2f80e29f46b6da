//! From values to places along an axis, and the round values to mark on it.

/// What an axis measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Any quantity.
    Amount,
    /// A positive quantity by its logarithm.
    Logarithm,
    /// Calendar years.
    Year,
    /// A share, in 0–1, shown as a percentage.
    Share,
}

/// An axis: a stretch of values laid over a stretch of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
    /// The values to mark.
    pub ticks: Vec<f64>,
    measure: Measure,
}

impl Scale {
    /// An axis over the finite ones of `values` (positive ones, on a logarithmic axis), laid from `start` to `end`, with about `n_ticks` marks.
    pub fn over(values: impl Iterator<Item = f64>, measure: Measure, (start, end): (f64, f64), n_ticks: usize) -> Self {
        let turned = |x: f64| if measure == Measure::Logarithm { x.log10() } else { x };
        let (least, most) = values
            .map(turned)
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| (least.min(v), most.max(v)));
        let (least, most) = match (least, most) {
            _ if measure == Measure::Share => (0.0, 1.0),
            (a, b) if a > b => (0.0, 1.0),
            (a, b) if b - a <= 1e-9 * a.abs().max(1e-9) => (a - 0.5 * a.abs().max(1.0), b + 0.5 * b.abs().max(1.0)),
            both => both,
        };
        let step = round_step((most - least) / n_ticks as f64);
        let step = if matches!(measure, Measure::Logarithm | Measure::Year) { step.max(1.0).round() } else { step };
        // Axes begin and end at a mark, but for years: the future begins today.
        let (from, to) = match measure {
            Measure::Year => (least, most),
            Measure::Logarithm if most - least < 2.0 => (least - 0.04, most + 0.04),
            _ => (step * (least / step + 1e-9).floor(), step * (most / step - 1e-9).ceil()),
        };
        let first = (from / step - 1e-9).ceil() as i64;
        let last = (to / step + 1e-9).floor() as i64;
        let mut ticks: Vec<f64> = (first..=last).map(|i| i as f64 * step).collect();
        if measure == Measure::Logarithm {
            ticks = ticks.into_iter().map(|power| 10f64.powf(power)).collect();
            if ticks.len() < 2 {
                ticks = mantissas(10f64.powf(from), 10f64.powf(to));
            }
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
            Measure::Year => format!("{value:.0}"),
            Measure::Share => format!("{:.0} %", 100.0 * value),
            Measure::Logarithm => power_of_ten(value),
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

/// 1, 2 and 5 times powers of ten between two values.
fn mantissas(low: f64, high: f64) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let all = (first..=last).flat_map(|power| [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0].map(|m| m * 10f64.powi(power)));
    all.filter(|tick| (low..=high).contains(tick)).collect()
}

/// `10²⁶` for powers of ten from 10⁵ and below 10⁻³, digits for others.
pub(crate) fn power_of_ten(value: f64) -> String {
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

/// The least of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= step * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}
