//! Charts of a fitted scaling law against its runs.

use consil_report::{Chart, Dash, Measure, Series};

use crate::fit::Fit;
use crate::run::Design;

/// Observed losses against those that the law predicts: on the diagonal where the law is right.
pub fn predicted_against_observed(id: &str, fit: &Fit) -> Chart {
    let title = "Predicted against observed loss";
    let mut chart = Chart::new(id, title, (Measure::Amount, "predicted loss"), (Measure::Amount, "observed loss"));
    let points: Vec<(f64, f64)> = fit.runs().iter().map(|run| (fit.loss(&run.design), run.loss)).collect();
    let (low, high) = points
        .iter()
        .flat_map(|(a, b)| [*a, *b])
        .fold((f64::INFINITY, 0.0), |(l, h): (f64, f64), x| (l.min(x), h.max(x)));
    let diagonal = Series::line("equal", 6, vec![(low, low), (high, high)]).with_dash(Dash::Dashed);
    chart.series = vec![diagonal, Series::dots("run", 0, points)];
    chart
}

/// Residuals of the logarithm of the loss by compute: without a trend where the law fits.
pub fn residuals(id: &str, fit: &Fit) -> Chart {
    let axes = ((Measure::Logarithm, "training compute, FLOP"), (Measure::Amount, "ln observed − ln predicted"));
    let mut chart = Chart::new(id, "Residuals by compute", axes.0, axes.1);
    // The fit minimises predicted less observed; a run above the law is to stand above the line.
    let points = fit.runs().iter().zip(fit.residuals()).map(|(run, residual)| (run.design.compute, -residual));
    chart.series = vec![Series::dots("run", 0, points.collect())];
    chart.rules = vec![(0.0, String::new())];
    chart
}

/// Loss by parameters at each of several budgets of compute, as the law has it, with the runs within a fifth of each budget.
pub fn isoflop(id: &str, fit: &Fit, budgets: &[f64]) -> Chart {
    let axes = ((Measure::Logarithm, "parameters"), (Measure::Amount, "loss"));
    let mut chart = Chart::new(id, "Loss at equal compute", axes.0, axes.1);
    let parameters = || fit.runs().iter().map(|run| run.design.parameters);
    let (low, high) = parameters().fold((f64::INFINITY, 0.0), |(l, h): (f64, f64), n| (l.min(n), h.max(n)));
    if low >= high {
        return chart;
    }
    for (i, budget) in budgets.iter().enumerate() {
        let near = fit.runs().iter().filter(|run| (run.design.compute / budget).ln().abs() < 0.2);
        let runs: Vec<(f64, f64)> = near.map(|run| (run.design.parameters, run.loss)).collect();
        let worst = fit.runs().iter().map(|run| run.loss).fold(0.0, f64::max);
        let curve = (0..=80).map(|step| low * (high / low).powf(f64::from(step) / 80.0));
        let curve = curve.map(|n| (n, fit.loss(&Design::of_compute(n, *budget)))).filter(|(_, loss)| *loss <= worst);
        let name = format!("{budget:.0e} FLOP");
        chart.series.push(Series::line(name.clone(), i, curve.collect()));
        chart.series.push(Series::dots(name, i, runs));
    }
    chart
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::FitConfig;
    use crate::law::Law;
    use crate::run::Run;

    #[test]
    fn a_run_above_the_law_stands_above_the_line() {
        let mut runs: Vec<Run> = (0..40)
            .map(|k| {
                let (n, d) = (1e8 * 1.6f64.powi(k % 8), 1e9 * 2.1f64.powi(k / 8));
                let loss = 1.8 + 480.0 / n.powf(0.35) + 2100.0 / d.powf(0.37);
                Run { origin: format!("row {k}"), design: Design::new(n, d), loss }
            })
            .collect();
        runs[17].loss *= 1.3;
        let fit = FitConfig::new(Law::Hoffmann).fit(&runs).expect("a fit");
        let points = &residuals("r", &fit).series[0].points;
        // Huber's function leaves one spoiled run of forty where it is.
        assert!((points[17].1 - 1.3f64.ln()).abs() < 0.01, "{:?}", points[17]);
    }
}
