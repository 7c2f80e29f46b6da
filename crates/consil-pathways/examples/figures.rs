//! Prints the figures of `docs/pathways.md` from the public data sets that `CONSIL_DATA` holds:
//! `cargo run --release -p consil-pathways --example figures`.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;

use consil_pathways::allocate::{Budget, Demand, FlopPrice};
use consil_pathways::audit::{AuditFile, audit};
use consil_pathways::backtest::{Backtest, Performance, Widening};
use consil_pathways::capability::{Components, ScoreTable, TaskCurve};
use consil_pathways::ensemble::{DATE_LIMIT, DateForecast, LawEnsemble, TrendEnsemble, TrendWindow};
use consil_pathways::run::without_highest_losses;
use consil_pathways::trend::{ObservationColumns, read_horizons};
use consil_pathways::{Basis, Date, Design, Fit, FitConfig, Law, Run, RunColumns, Source, Table, Trend};
use consil_random::Key;

type Outcome = Result<(), Box<dyn Error>>;

/// Where the figures go, and where the data are.
struct Figures<W> {
    out: W,
    data: PathBuf,
    today: Date,
    key: Key,
}

fn main() -> Outcome {
    let data = std::env::var_os("CONSIL_DATA").ok_or("set CONSIL_DATA to the folder of data sets")?;
    let today = Date::from_ymd(2026, 1, 1).ok_or("a date")?;
    let mut figures = Figures { out: std::io::stdout().lock(), data: data.into(), today, key: Key::new(7) };
    figures.fit()?;
    figures.data_constrained()?;
    figures.horizons()?;
    figures.epoch()?;
    figures.benchmarks()?;
    figures.audit()
}

impl<W: Write> Figures<W> {
    fn open(&self, path: &str) -> Result<(File, Source), Box<dyn Error>> {
        let file = File::open(self.data.join(path)).map_err(|error| format!("{path}: {error}"))?;
        Ok((file, Source::new(path, Basis::Measured)))
    }

    fn table(&self, path: &str) -> Result<Table, Box<dyn Error>> {
        let (file, source) = self.open(path)?;
        Ok(Table::read(file, source)?)
    }

    fn fit(&mut self) -> Outcome {
        let table = self.table("pathways/chinchilla/svg_extracted_data.csv")?;
        let compute = Some("Training FLOP");
        let columns = RunColumns {
            datum: consil_pathways::run::Datum::Token,
            parameters: "Model Size",
            tokens: None,
            unique_tokens: None,
            compute,
            loss: "loss",
        };
        let runs = without_highest_losses(columns.read(&table)?, 5)?;
        writeln!(self.out, "== fit: {}", table.source())?;
        let config = FitConfig::new(Law::Hoffmann);
        let fit = config.fit(&runs)?.with_sources(vec![table.source().clone()]);
        let bootstrap = fit.bootstrap(4000, self.key)?;
        self.report(&fit, 4000)?;
        let short =
            config.fit(&runs.iter().filter(|run| run.design.compute < 1.5e19).cloned().collect::<Vec<Run>>())?;
        writeln!(self.out, "-- the same law on runs below 1.5e19 FLOP only")?;
        self.report(&short, 1000)?;
        writeln!(self.out, "== allocate")?;
        let price = FlopPrice { usd_per_hour: 2.0, peak_flop_per_second: 989e12, utilisation: 0.4 };
        for (budget, demand) in [
            (Budget::Compute(5.88e23), Demand::default()),
            (Budget::Money(1e6, price), Demand::default()),
            (Budget::Money(1e6, price), Demand { inference_tokens: 5e12, ..Demand::default() }),
            (Budget::Money(1e6, price), Demand { tokens_per_parameter: Some(200.0), ..Demand::default() }),
        ] {
            let a = fit.allocate(&bootstrap, budget, demand, 0.8)?;
            writeln!(self.out, "{budget:?} {demand:?}")?;
            let (n, d) = (a.design.parameters, a.design.tokens);
            writeln!(self.out, "   N {n:.3e}, D {d:.3e}, D/N {:.1}, loss {:.4}", a.tokens_per_parameter, a.loss)?;
            writeln!(
                self.out,
                "   efficiency {:.3?}, extrapolation {:.1?}, USD {:.0?}",
                a.efficiency, a.extrapolation, a.cost_usd
            )?;
            if let Some(i) = a.intervals {
                let (n, r, l) = (i.parameters, i.tokens_per_parameter, i.loss);
                writeln!(
                    self.out,
                    "   80 %: N [{:.2e}, {:.2e}], D/N [{:.1}, {:.1}], loss [{:.4}, {:.4}]",
                    n.low, n.high, r.low, r.high, l.low, l.high
                )?;
            }
        }
        writeln!(self.out, "== backtest: losses")?;
        let origins = [1e20, 3e20, 1e21];
        let naive = LawEnsemble::single(config).backtest(&runs, &origins, self.key)?;
        let ensemble = LawEnsemble::default();
        let backtest = ensemble.rolling(&runs, &origins, self.key)?;
        self.backtest(&naive, &backtest)?;
        let widening = ensemble.rolling(&runs, &[], self.key)?.widening()?;
        let design = Design::new(70e9, 1.4e12);
        let fitted = ensemble.fit(&runs, self.key)?.with_sources(vec![table.source().clone()]);
        let forecast = fitted.forecast(&design, &widening)?;
        writeln!(
            self.out,
            "70e9 parameters, 1.4e12 tokens: {:.3} naive [{:.3}, {:.3}], widened [{:.3}, {:.3}], extrapolation {:.0}",
            forecast.point,
            forecast.naive.low,
            forecast.naive.high,
            forecast.interval.low,
            forecast.interval.high,
            forecast.extrapolation
        )?;
        self.widening(&forecast.widening)
    }

    fn report(&mut self, fit: &Fit, n_resamples: usize) -> Outcome {
        let report = fit.report(&fit.bootstrap(n_resamples, self.key)?, 0.8)?;
        writeln!(
            self.out,
            "{} runs, objective {:.10}, {} starts, {} of the best 4 agree",
            report.n_runs, report.value, report.n_starts, report.n_agreeing
        )?;
        for e in &report.estimates {
            write!(self.out, "{:6} {:10.5}", e.name, e.value)?;
            if let (Some(error), Some(i), Some(identification)) = (e.standard_error, e.interval, e.identification) {
                write!(
                    self.out,
                    "  ± {error:.4}  bootstrap [{:.4}, {:.4}]  profile [{:.4?}, {:.4?}]  {identification:?}",
                    i.low, i.high, e.profile_low, e.profile_high
                )?;
            }
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn data_constrained(&mut self) -> Outcome {
        let table = self.table("pathways/datablations/runs_182.csv")?;
        let columns = RunColumns {
            datum: consil_pathways::run::Datum::Token,
            parameters: "params",
            tokens: Some("tokens"),
            unique_tokens: Some("unique_tokens"),
            compute: None,
            loss: "val_loss",
        };
        let runs = columns.read(&table)?;
        writeln!(self.out, "== fit: {}", table.source())?;
        let fit = FitConfig::new(Law::DataConstrained).fit(&runs)?.with_sources(vec![table.source().clone()]);
        self.report(&fit, 1000)
    }

    fn backtest(&mut self, naive: &Backtest, backtest: &Backtest) -> Outcome {
        let known = backtest.as_known();
        let show = |p: Option<Performance>| {
            p.map_or("-".to_owned(), |p| format!("{:3.0} % {:.4}", 100.0 * p.coverage, p.score))
        };
        writeln!(self.out, "{:12} {:>4}  {:14} {:14} {:14}", "origin", "n", "naive", "members", "as known then")?;
        for origin in naive.origins() {
            let [naive, members, known] = [naive, backtest, &known].map(|of| of.of_origin(origin));
            let n = naive.as_ref().map_or(0, |p| p.n);
            writeln!(self.out, "{origin:12} {n:4}  {:14} {:14} {:14}", show(naive), show(members), show(known))?;
        }
        let overall = backtest.record()?.overall;
        let (members, known) = (show(Some(overall.naive)), show(overall.widened));
        writeln!(self.out, "{:12} {:>4}  {:14} {members:14} {known:14}", "all", "", "")?;
        Ok(())
    }

    fn widening(&mut self, w: &Widening) -> Outcome {
        writeln!(
            self.out,
            "   reach {:.4}; in {} cases ({} truths) of {} rolling origins, nominal {:.0} % covered {:.1} %, widened {:.1} % as known then",
            w.reach,
            w.n_judged,
            w.n_truths,
            w.n_origins,
            100.0 * w.level,
            100.0 * w.naive_coverage,
            100.0 * w.coverage
        )?;
        Ok(())
    }

    fn horizons(&mut self) -> Outcome {
        let days = ["2023-12-31", "2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31"];
        let origins: Vec<Date> = days.iter().filter_map(|text| Date::parse(text)).collect();
        for version in ["1_0", "1_1"] {
            let (file, source) = self.open(&format!("pathways/metr/benchmark_results_{version}.yaml"))?;
            let (horizons, source) = read_horizons(file, source, self.today)?;
            writeln!(self.out, "== trend: {source}")?;
            let trend = Trend::fit(&horizons, self.today)?.with_sources(vec![source.clone()]);
            self.trend(&trend)?;
            let from_2023: Vec<_> =
                horizons.iter().filter(|o| Some(o.date) >= Date::from_ymd(2023, 1, 1)).cloned().collect();
            let recent = Trend::fit(&from_2023, self.today)?;
            writeln!(
                self.out,
                "from 2023: doubles in {:.1} days (90 %: {:.0?})",
                recent.doubling_days().unwrap_or(f64::INFINITY),
                recent.doubling_interval(0.9).map(|i| (i.low, i.high))
            )?;
            let ensemble = TrendEnsemble::default();
            let line = TrendEnsemble { members: vec![TrendWindow::All], ..ensemble.clone() };
            let backtest = ensemble.rolling(&horizons, &origins, 365.0)?;
            self.backtest(&line.backtest(&horizons, &origins, 365.0)?, &backtest)?;
            let rolling = ensemble.rolling(&horizons, &[], 365.0)?;
            let widening = rolling.widening()?;
            let fitted = ensemble.fit(&horizons, self.today)?.with_sources(vec![source]);
            for (name, minutes) in [("a working day", 480.0), ("a working week", 2400.0), ("a working year", 120_000.0)]
            {
                match fitted.date_of(minutes, DATE_LIMIT, Some(&widening))? {
                    DateForecast::Within { date, earliest, latest, extrapolation, .. } => {
                        let latest = latest.map_or("beyond the limit".to_owned(), |latest| latest.to_string());
                        writeln!(
                            self.out,
                            "{name}: {date} (80 %: {earliest} to {latest}), extrapolation {extrapolation:.2}"
                        )?;
                    }
                    DateForecast::BeyondLimit { limit, chance_on_limit, .. } => {
                        writeln!(
                            self.out,
                            "{name}: no day is named beyond {limit}; on that day with a chance of {chance_on_limit:.4}"
                        )?;
                    }
                    DateForecast::Passed { before } => writeln!(self.out, "{name}: before {before}")?,
                    DateForecast::Never => writeln!(self.out, "{name}: never")?,
                }
            }
            let day = Date::from_ymd(2026, 12, 31).ok_or("a date")?;
            let f = fitted.forecast(day, &widening)?;
            writeln!(
                self.out,
                "{day}: {:.0} min, naive [{:.0}, {:.0}], widened [{:.0}, {:.0}], extrapolation {:.2}",
                f.point, f.naive.low, f.naive.high, f.interval.low, f.interval.high, f.extrapolation
            )?;
            self.widening(&f.widening)?;
        }
        Ok(())
    }

    fn trend(&mut self, trend: &Trend) -> Outcome {
        let (first, last) = trend.span();
        let (growth, i) = (trend.growth_per_year(), trend.growth_interval(0.9));
        writeln!(
            self.out,
            "{} from {first} to {last}: {growth:.2} times a year (90 %: {:.2} to {:.2}), R² {:.2}",
            trend.observations().len(),
            i.low,
            i.high,
            trend.r_squared()
        )?;
        writeln!(
            self.out,
            "doubles in {:.1} days (90 %: {:.0?})",
            trend.doubling_days().unwrap_or(f64::INFINITY),
            trend.doubling_interval(0.9).map(|i| (i.low, i.high))
        )?;
        let b = trend.breakpoint(999, self.key)?;
        writeln!(
            self.out,
            "bends most on {}: {:.2} times a year before, {:.2} after; F {:.2}, p {:.3}",
            b.date, b.growth_before, b.growth_after, b.statistic, b.p_value
        )?;
        Ok(())
    }

    fn epoch(&mut self) -> Outcome {
        let table = self.table("pathways/epoch/all_ml_systems_full_view.csv")?;
        let from = Date::from_ymd(2010, 1, 1).ok_or("a date")?;
        for value in ["Training compute (FLOP)", "Training compute cost (2023 USD)"] {
            let columns = ObservationColumns {
                name: "Model",
                date: "Publication date",
                value,
                required: Some("Notability criteria"),
            };
            let trend = Trend::fit(&columns.read(&table, from, self.today)?, self.today)?;
            writeln!(self.out, "== trend: {value}, {}", table.source())?;
            self.trend(&trend)?;
        }
        Ok(())
    }

    fn benchmarks(&mut self) -> Outcome {
        let table = self.table("pathways/obs/base_43dad32.csv")?;
        let all = ["MMLU", "ARC-C", "HellaSwag", "Winograd", "TruthfulQA", "GSM8K", "XWinograd", "HumanEval"];
        let components = Components::fit(&ScoreTable::read(&table, "Model", &all)?)?;
        writeln!(self.out, "== capability: {}", table.source())?;
        writeln!(
            self.out,
            "{} filled in {} rounds; explained {:.3?}",
            components.n_filled, components.n_rounds, components.explained
        )?;
        writeln!(self.out, "first component {:.3?}", components.loadings[0])?;
        // GSM8K from the other seven: models of at most 1e23 FLOP say what larger ones reach.
        let others: Vec<&str> = all.into_iter().filter(|name| *name != "GSM8K").collect();
        let components = Components::fit(&ScoreTable::read(&table, "Model", &others)?)?;
        let (task, compute) = (table.column("GSM8K")?, table.column("FLOPs (1E21)")?);
        let (mut known, mut later) = (Vec::new(), Vec::new());
        for (row, capability) in components.capabilities.iter().enumerate() {
            if let (Some(score), Some(flop)) = (task.number(row)?, compute.number(row)?) {
                let of = if flop <= 84.0 { &mut known } else { &mut later };
                of.push((*capability, score));
            }
        }
        let curve = TaskCurve::fit(&known, 0.0)?;
        let bootstrap = curve.bootstrap(400, self.key);
        let forecast = |x: f64| curve.forecast(x, &bootstrap, 0.8, None);
        let forecasts: Vec<_> = later.iter().map(|(x, y)| (forecast(*x), *y)).collect();
        let held = forecasts.iter().filter(|(forecast, score)| forecast.interval.holds(*score)).count();
        let error = forecasts.iter().map(|(f, y)| (f.score - y).abs()).sum::<f64>() / forecasts.len() as f64;
        writeln!(
            self.out,
            "GSM8K from {} models of at most 8.4e22 FLOP: error there {:.3}; mean error of {} larger ones {error:.3}, {held} within 80 % intervals",
            known.len(),
            curve.error,
            later.len()
        )?;
        Ok(())
    }

    fn audit(&mut self) -> Outcome {
        let data = self.data.clone();
        let open = |file: AuditFile| Ok(Some(Box::new(File::open(data.join(file.path()))?) as Box<dyn Read>));
        let audit = audit(open, self.today, self.key)?;
        writeln!(self.out, "== audit: {} checks, all ok: {}", audit.rows.len(), audit.is_complete_and_ok())?;
        for row in
            audit.rows.iter().filter(|row| !row.check.starts_with("AGI definition") || row.check.ends_with("total"))
        {
            writeln!(
                self.out,
                "| {} | {} | {:.7} | {:.2e} | {} |",
                row.check, row.published, row.ours, row.tolerance, row.ok
            )?;
        }
        Ok(())
    }
}
