//! The backtests on public data: naive intervals are too narrow, and widened ones cover what they say, at a better score.

#![allow(clippy::print_stdout, reason = "a test says what it skips, and its figures with --nocapture")]

use std::fs::File;
use std::path::PathBuf;

use consil_pathways::backtest::Backtest;
use consil_pathways::ensemble::{LawEnsemble, TrendEnsemble};
use consil_pathways::run::without_highest_losses;
use consil_pathways::trend::read_horizons;
use consil_pathways::{Basis, Date, FitConfig, Law, RunColumns, Source, Table};
use consil_random::Key;

fn data(path: &str) -> Option<File> {
    let Some(folder) = std::env::var_os("CONSIL_DATA").map(PathBuf::from) else {
        println!("skipped: CONSIL_DATA not set");
        return None;
    };
    Some(File::open(folder.join(path)).expect("the data set is there"))
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

/// Prints and checks one origin: coverage in range after widening, and a better score than before.
fn check(naive: &Backtest, widened: &Backtest, origin: &str) {
    let (before, after) = (naive.of_origin(origin).expect("cases"), widened.of_origin(origin).expect("cases"));
    println!("{origin}: {before:?} -> {after:?}");
    assert!((0.75..=0.9).contains(&after.coverage), "{origin}: {after:?}");
    assert!(after.score < before.score, "{origin}: {before:?} {after:?}");
}

#[test]
fn losses_of_larger_runs_are_covered_as_often_as_said() {
    let Some(file) = data("pathways/chinchilla/svg_extracted_data.csv") else { return };
    let table = Table::read(file, Source::new("svg_extracted_data.csv", Basis::Measured)).expect("a table");
    let compute = Some("Training FLOP");
    let columns = RunColumns {
        datum: consil_pathways::run::Datum::Token,
        parameters: "Model Size",
        tokens: None,
        unique_tokens: None,
        compute,
        loss: "loss",
    };
    let runs = without_highest_losses(columns.read(&table).expect("runs"), 5).expect("more runs than that");
    let (origins, key) = ([1e20, 3e20, 1e21], Key::new(7));
    let naive = LawEnsemble::single(FitConfig::new(Law::Hoffmann)).backtest(&runs, &origins, key).expect("a backtest");
    // An independent computation found 43, 40 and 22 per cent; a bootstrap of 23 cases in the last one is coarse.
    for (origin, independent) in naive.origins().into_iter().zip([0.43, 0.40, 0.22]) {
        let coverage = naive.of_origin(origin).expect("cases").coverage;
        assert!((coverage - independent).abs() < 0.07, "{origin}: {coverage}");
    }
    let ensemble = LawEnsemble::default().backtest(&runs, &origins, key).expect("a backtest");
    let widened = ensemble.leave_one_out().expect("three origins");
    for origin in naive.origins() {
        check(&naive, &widened, origin);
    }
    // Origins are nested: half of the cases are about a truth that another origin has too, and those lend each other their scores. Without that, coverage
    // falls short of what is said, and at the first origin nothing is left to learn from.
    let record = ensemble.record().expect("three origins");
    assert_eq!((record.widening.n_cases, record.widening.n_truths), (190, 104));
    assert!(record.origins[0].unshared.is_none());
    let unshared = record.overall.unshared.expect("cases");
    println!("without shared truths: {unshared:?}");
    assert!((0.5..0.75).contains(&unshared.coverage), "{unshared:?}");
    // The order of the origins, and how often each is named, change nothing.
    let shuffled = LawEnsemble::default().backtest(&runs, &[1e21, 1e20, 3e20, 1e20], key).expect("a backtest");
    assert_eq!(shuffled, ensemble);
    // What had come by an origin teaches less than that: the score is better than without, and the coverage falls short, as the book says.
    let known = ensemble.from_earlier().expect("three origins");
    for origin in ["3e20 FLOP", "1e21 FLOP"] {
        let (before, after) = (ensemble.of_origin(origin).expect("cases"), known.of_origin(origin).expect("cases"));
        assert!(after.score < before.score && (0.5..0.75).contains(&after.coverage), "{origin}: {before:?} {after:?}");
    }
}

#[test]
fn horizons_of_2025_are_covered_by_what_was_known_in_2024() {
    let Some(file) = data("pathways/metr/benchmark_results_1_0.yaml") else { return };
    let source = Source::new("benchmark_results_1_0.yaml", Basis::Measured);
    let (horizons, _) = read_horizons(file, source, day("2026-01-01")).expect("horizons");
    let origins = ["2023-12-31", "2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31"].map(day);
    let naive = TrendEnsemble::default().backtest(&horizons, &origins, 365.0).expect("a backtest");
    let last = "2024-12-31";
    // One of seven, as an independent computation has it.
    assert!(naive.of_origin(last).expect("cases").coverage < 0.15);
    check(&naive, &naive.leave_one_out().expect("five origins"), last);
    let record = naive.record().expect("five origins");
    println!("{record:#?}");
    assert!(record.widening.n_truths < record.widening.n_cases);
    let shuffled: Vec<Date> = origins.iter().rev().chain(&origins[..2]).copied().collect();
    assert_eq!(TrendEnsemble::default().backtest(&horizons, &shuffled, 365.0).expect("a backtest"), naive);
    // By the end of 2024 no forecast made since the end of 2023 had gone wrong: what was known then widened nothing.
    let known = naive.from_earlier().expect("five origins");
    assert_eq!(known.of_origin(last).expect("cases").coverage, naive.of_origin(last).expect("cases").coverage);
}
