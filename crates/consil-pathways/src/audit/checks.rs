//! The checks, by the file that each needs.

use std::io::Read;

use consil_random::Key;

use super::{AuditError, AuditFile, AuditRow, agi_definition};
use crate::allocate::{Budget, Demand};
use crate::capability::{Components, ScoreTable};
use crate::date::Date;
use crate::fit::{Fit, FitConfig, Objective};
use crate::law::Law;
use crate::run::{Design, Run, RunColumns, without_highest_losses};
use crate::source::{Basis, Source};
use crate::table::Table;
use crate::trend::{Observation, ObservationColumns, Trend, read_horizons};

const HOFFMANN: &str = "Besiroglu et al. 2024, Chinchilla scaling: a replication attempt";
const MUENNIGHOFF: &str = "Muennighoff et al. 2023, Scaling data-constrained language models";
const METR: &str = "METR, Measuring AI ability to complete long tasks";
const EPOCH: &str = "Epoch AI, Training compute of notable models";
const RUAN: &str = "Ruan et al. 2024, Observational scaling laws, worked out again from their table";
const HENDRYCKS: &str = "Hendrycks et al. 2025, A definition of AGI";

/// The columns of the digitised runs: sizes and compute, from which tokens follow.
pub(super) const CHINCHILLA_COLUMNS: RunColumns<'static> = RunColumns {
    datum: crate::run::Datum::Token,
    parameters: "Model Size",
    tokens: None,
    unique_tokens: None,
    compute: Some("Training FLOP"),
    loss: "loss",
};

/// The eight benchmarks of the table.
const BENCHMARKS: [&str; 8] =
    ["MMLU", "ARC-C", "HellaSwag", "Winograd", "TruthfulQA", "GSM8K", "XWinograd", "HumanEval"];

const N_RESAMPLES: usize = 4000;

/// Rows of one source.
struct Rows<'s> {
    publication: &'static str,
    source: &'s Source,
    rows: Vec<AuditRow>,
}

impl<'s> Rows<'s> {
    fn new(publication: &'static str, source: &'s Source) -> Self {
        Self { publication, source, rows: Vec::new() }
    }

    fn add(&mut self, check: impl Into<String>, published: f64, ours: f64, tolerance: f64) {
        let ok = (ours - published).abs() <= tolerance;
        let (publication, source) = (self.publication, self.source.clone());
        self.rows.push(AuditRow { check: check.into(), published, publication, ours, tolerance, ok, source });
    }
}

/// Checks that need no file: laws with published constants, and scores that a paper prints.
pub(super) fn constants() -> Vec<AuditRow> {
    let source = Source::new("constants of the authors' code for the paper", Basis::Measured).dated("2023");
    let mut rows = Rows::new(MUENNIGHOFF, &source);
    let e = f64::exp;
    let law = [e(6.255414), e(7.3049974), e(0.6254804), 0.3526596, 0.3526596, 5.309743, 15.387756];
    for (n, d, published) in [(6.34e9, 242e9, 2.2256440889984477), (8.67e9, 178e9, 2.2269634075087867)] {
        let ours = Law::DataConstrained.loss(&law, &Design::new(n, d).with_unique_tokens(25e9));
        // Sixteen digits through ln and exp of numbers near 25.
        rows.add(format!("Muennighoff law, L({n:.2e}, {d:.2e}, 2.5e10)"), published, ours, 1e-12);
    }
    let agi = agi_definition::source();
    let mut scores = Rows::new(HENDRYCKS, &agi);
    for (model, name) in ["GPT-4", "GPT-5"].into_iter().enumerate() {
        let published = f64::from(agi_definition::PUBLISHED[model]);
        scores.add(format!("AGI definition, {name}, total"), published, f64::from(agi_definition::total(model)), 0.0);
        for domain in &agi_definition::DOMAINS {
            let ours = f64::from(agi_definition::domain_score(domain, model));
            let check = format!("AGI definition, {name}, {}", domain.name.to_lowercase());
            scores.add(check, f64::from(domain.published[model]), ours, 0.0);
        }
    }
    [rows.rows, scores.rows].concat()
}

/// Checks that need a file.
pub(super) fn of_file(
    file: AuditFile,
    reader: Box<dyn Read>,
    today: Date,
    key: Key,
) -> Result<Vec<AuditRow>, AuditError> {
    let source = Source::new(file.path(), Basis::Measured);
    match file {
        AuditFile::Chinchilla => chinchilla(&Table::read(reader, source.licence("CC BY, Epoch AI"))?, key),
        AuditFile::Horizons10 | AuditFile::Horizons11 => {
            let (observations, source) = read_horizons(reader, source.licence("METR"), today)?;
            horizons(file, &observations, &source, today)
        }
        AuditFile::Models => growth(&Table::read(reader, source.licence("CC BY, Epoch AI"))?, today),
        AuditFile::Benchmarks => benchmarks(&Table::read(reader, source.licence("Apache-2.0"))?),
    }
}

fn chinchilla(table: &Table, key: Key) -> Result<Vec<AuditRow>, AuditError> {
    let runs: Vec<Run> = without_highest_losses(CHINCHILLA_COLUMNS.read(table)?, 5)?;
    let mut rows = Rows::new(HOFFMANN, table.source());
    let least_absolute = FitConfig::new(Law::Hoffmann).objective(Objective::LeastAbsolute).fit(&runs)?;
    estimates(&mut rows, "least absolute deviation", &least_absolute, [482.01, 2085.43, 1.8169, 0.3478, 0.3658]);
    let huber = FitConfig::new(Law::Hoffmann).fit(&runs)?;
    estimates(&mut rows, "Huber, δ = 1e-3", &huber, [477.84, 2143.86, 1.8172, 0.3473, 0.3672]);
    rows.add("Chinchilla, Huber, δ = 1e-3, objective", 0.001_018_274_1, huber.value(), 1e-10);

    let bootstrap = huber.bootstrap(N_RESAMPLES, key.child("audit"))?;
    let published = [124.52, 1293.28, 0.02566, 0.01540, 0.02060];
    let names = Law::Hoffmann.parameters().iter().map(|parameter| parameter.name);
    for ((name, published), ours) in names.zip(published).zip(bootstrap.standard_errors()) {
        // Two bootstraps of 4,000 differ by some 3 per cent; that of B, which has a long tail, by more.
        rows.add(format!("Chinchilla, standard error of {name}"), published, ours, 0.1 * published);
    }
    let spent = Budget::Compute(5.88e23);
    let point = huber.allocate(&bootstrap, spent, Demand::default(), 0.8)?;
    rows.add("Chinchilla, tokens per parameter at 5.88e23 FLOP", 17.9, point.tokens_per_parameter, 0.05);
    if let Some(intervals) = point.intervals {
        let interval = intervals.tokens_per_parameter;
        // The ends of a bootstrap interval scatter by 2 (low) and 3 per cent (high).
        rows.add("the same, lower end of the 80 % interval", 10.2, interval.low, 0.06 * 10.2);
        rows.add("the same, upper end of the 80 % interval", 28.7, interval.high, 0.08 * 28.7);
    }
    Ok(rows.rows)
}

fn estimates(rows: &mut Rows<'_>, objective: &str, fit: &Fit, published: [f64; 5]) {
    let names = Law::Hoffmann.parameters().iter().map(|parameter| parameter.name);
    for ((name, published), ours) in names.zip(published).zip(fit.estimates()) {
        let tolerance = if matches!(name, "A" | "B") { 0.002 * published } else { 5e-4 };
        rows.add(format!("Chinchilla, {objective}, {name}"), published, ours, tolerance);
    }
}

fn horizons(
    file: AuditFile,
    observations: &[Observation],
    source: &Source,
    today: Date,
) -> Result<Vec<AuditRow>, AuditError> {
    let mut rows = Rows::new(METR, source);
    let from_2023 = Date::from_ymd(2023, 1, 1).unwrap_or(today);
    let to_march_2025 = Date::from_ymd(2025, 3, 31).unwrap_or(today);
    let doubling = |keep: &dyn Fn(Date) -> bool| {
        let kept: Vec<Observation> = observations.iter().filter(|o| keep(o.date)).cloned().collect();
        Trend::fit(&kept, today).map(|trend| trend.doubling_days().unwrap_or(f64::INFINITY))
    };
    if file == AuditFile::Horizons10 {
        let ours = doubling(&|date| date <= to_march_2025)?;
        rows.add("METR 1.0, doubling time to March 2025, days", 212.0, ours, 0.5);
    } else {
        rows.add("METR 1.1, doubling time from 2023, days", 130.801, doubling(&|date| date >= from_2023)?, 5e-4);
        rows.add("METR 1.1, doubling time of all time, days", 196.475, doubling(&|_| true)?, 5e-4);
    }
    Ok(rows.rows)
}

fn growth(table: &Table, today: Date) -> Result<Vec<AuditRow>, AuditError> {
    let columns = ObservationColumns {
        name: "Model",
        date: "Publication date",
        value: "Training compute (FLOP)",
        required: Some("Notability criteria"),
    };
    let from = Date::from_ymd(2010, 1, 1).unwrap_or(today);
    let trend = Trend::fit(&columns.read(table, from, today)?, today)?;
    let interval = trend.growth_interval(0.9);
    let mut rows = Rows::new(EPOCH, table.source());
    rows.add("notable models, growth of training compute per year", 4.7, trend.growth_per_year(), 0.05);
    // Epoch's interval is a bootstrap over another day's list, printed with two digits.
    rows.add("the same, lower end of the 90 % interval", 4.3, interval.low, 0.1);
    rows.add("the same, upper end of the 90 % interval", 5.2, interval.high, 0.1);
    Ok(rows.rows)
}

fn benchmarks(table: &Table) -> Result<Vec<AuditRow>, AuditError> {
    let components = Components::fit(&ScoreTable::read(table, "Model", &BENCHMARKS)?)?;
    let share = |n: usize| 100.0 * components.explained[..n].iter().sum::<f64>();
    let mut rows = Rows::new(RUAN, table.source());
    rows.add("benchmarks, share of the first component, per cent", 81.0, share(1), 0.05);
    rows.add("benchmarks, share of the first three components, per cent", 96.7, share(3), 0.05);
    Ok(rows.rows)
}
