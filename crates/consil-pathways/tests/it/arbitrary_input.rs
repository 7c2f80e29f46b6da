//! Whatever is read or fitted, the answer is a number or a reason, never a panic.

use consil_pathways::trend::{ObservationColumns, read_horizons};
use consil_pathways::{Basis, Date, Design, FitConfig, Law, Run, RunColumns, Source, Table, Trend};
use proptest::prelude::*;

fn today() -> Date {
    Date::from_ymd(2026, 1, 1).expect("a date")
}

fn source() -> Source {
    Source::new("input", Basis::Measured)
}

/// Text made of pieces that the readers look for.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "n",
        "d",
        "loss",
        "date",
        ",",
        ",",
        "\n",
        "\n",
        "\"",
        "1e9",
        "-3",
        "nan",
        "2024-05-13",
        "2027-01-01",
        "$5",
        " ",
        "  ",
        ":",
        "results:",
        "metrics:",
        "is_sota: true",
        "p50_horizon_length:",
        "estimate: 4",
        "release_date: 2024-01-01",
        "\u{feff}",
        "é",
        "0",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn readers_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in pieces()) {
        for input in [bytes.as_slice(), text.as_bytes()] {
            let _ = read_horizons(input, source(), today());
            let Ok(table) = Table::read(input, source()) else { continue };
            let columns = RunColumns { datum: consil_pathways::run::Datum::Token, parameters: "n", tokens: Some("d"), unique_tokens: None, compute: None, loss: "loss" };
            let _ = columns.read(&table);
            let columns = ObservationColumns { name: "n", date: "date", value: "loss", required: None };
            if let Ok(observations) = columns.read(&table, Date::from_days(0), today()) {
                let _ = Trend::fit(&observations, today());
            }
        }
    }
}

proptest! {
    // Each case fits four laws from all their starts.
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_fit_is_finite_or_refused(
        sizes in prop::collection::vec((0.0f64..60.0, 0.0f64..60.0, 0.0f64..5.0, -5.0f64..5.0), 0..24),
    ) {
        let run = |(k, (n, d, repeats, loss)): (usize, &(f64, f64, f64, f64))| Run {
            origin: format!("run {k}"),
            design: Design::new(n.exp(), d.exp()).with_unique_tokens((d - repeats).exp()),
            loss: loss.exp(),
        };
        let runs: Vec<Run> = sizes.iter().enumerate().map(run).collect();
        for law in [Law::Hoffmann, Law::Kaplan, Law::DataConstrained, Law::OverTraining] {
            if let Ok(fit) = FitConfig::new(law).fit(&runs) {
                prop_assert!(fit.value().is_finite(), "{:?} {:?}", law, fit.estimates());
                prop_assert!(fit.residuals().iter().all(|residual| residual.is_finite()));
            }
        }
    }
}
