//! The backtests on public data: naive intervals are too narrow; widened by what was known at each origin, they cover nearly what they say, at a better score.

#![allow(clippy::print_stdout, reason = "a test says what it skips, and its figures with --nocapture")]

use std::fs::File;
use std::path::PathBuf;

use consil_pathways::backtest::{Backtest, Performance};
use consil_pathways::ensemble::{LawEnsemble, TrendEnsemble, TrendWindow};
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

fn of<'b>(backtest: &'b Backtest, known: &'b Backtest, origin: &str) -> (Performance, Performance) {
    let pair = (backtest.of_origin(origin).expect("cases"), known.of_origin(origin).expect("cases"));
    println!("{origin}: {:?} -> {:?}", pair.0, pair.1);
    pair
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
    let rolling = LawEnsemble::default().rolling(&runs, &origins, key).expect("a backtest");
    let known = rolling.as_known();
    let record = rolling.record().expect("origins");
    println!("{record:#?}");
    assert_eq!(record.origins.len(), 3);
    for (row, n_covered) in record.origins.iter().zip([(80, 90), (75, 90), (70, 90)]) {
        let (before, after) = of(&naive, &known, &row.origin);
        let percent = 100.0 * after.coverage;
        assert!((f64::from(n_covered.0)..=f64::from(n_covered.1)).contains(&percent), "{row:?}");
        // Against the same law alone, and against the members before they were widened.
        assert!(after.score < before.score && after.score < row.naive.score, "{row:?}");
    }
    let together = record.overall.widened.expect("cases");
    assert!((0.75..=0.9).contains(&together.coverage), "{together:?}");
    // Of all that roll, the named ones among them.
    let all = Backtest { shown: Vec::new(), ..rolling }.record().expect("origins");
    println!("{:#?} {:#?}", all.overall, all.widening);
    assert!((0.75..=0.9).contains(&all.widening.coverage), "{all:?}");
    // The order of the origins, and how often each is named, change nothing.
    let again = LawEnsemble { n_resamples: 100, ..LawEnsemble::single(FitConfig::new(Law::Hoffmann)) };
    let [once, shuffled] = [&origins[..], &[1e21, 1e20, 3e20, 1e20]].map(|of| again.backtest(&runs, of, key));
    assert_eq!(once.expect("a backtest"), shuffled.expect("a backtest"));
}

#[test]
fn horizons_of_2025_are_covered_by_what_was_known_in_2024() {
    let last = "2024-12-31";
    for (version, straight, known_then) in [("1_0", 0.15, 0.75), ("1_1", 0.01, 0.75)] {
        let Some(file) = data(&format!("pathways/metr/benchmark_results_{version}.yaml")) else { return };
        let source = Source::new(format!("benchmark_results_{version}.yaml"), Basis::Measured);
        let (horizons, _) = read_horizons(file, source, day("2026-01-01")).expect("horizons");
        // One straight line: one of seven, or none of four, as an independent computation has it.
        let line = TrendEnsemble { members: vec![TrendWindow::All], level: 0.8 };
        let naive = line.backtest(&horizons, &[day(last)], 365.0).expect("a backtest").of_origin(last).expect("cases");
        assert!(naive.coverage < straight, "{naive:?}");
        let rolling = TrendEnsemble::default().rolling(&horizons, &[day(last)], 365.0).expect("a backtest");
        let (_, after) = of(&rolling, &rolling.as_known(), last);
        println!("line alone {naive:?}");
        assert!(after.coverage >= known_then && after.score < naive.score, "{after:?}");
        let all =
            TrendEnsemble::default().rolling(&horizons, &[], 365.0).expect("a backtest").record().expect("origins");
        println!("{:#?} {:#?}", all.overall, all.widening);
        assert!((0.75..=1.0).contains(&all.widening.coverage), "{all:?}");
    }
}
