//! Tests: statistics merged from sites against those of all rows in one place.

use std::path::Path;

use consil_fed::OneWorker;

use super::*;
use crate::model::FittedValues;

const SPEC: &str = r#"
name = "sites"
[data]
train = "train.csv"
test = "test.csv"
[data.target.label]
kind = "class"
[data.target.size]
kind = "number"
weight = 0.5
[modality.words]
kind = "text"
[modality.row]
kind = "table"
columns = ["a"]
[network.seen]
input = "row"
[logic]
program = "none.pl"
query = "label(L)"
target = "label"
open = "known"
"#;

/// Twelve rows, of which the class `10` and the fact `at(c, 10)` stand in one alone.
fn rows() -> String {
    let line = |i: usize| {
        let (class, fact) = if i == 7 { ("10", "at(c, 10)") } else { (["2", "low"][i % 2], ["at(a, 9)", ""][i % 2]) };
        format!("word{} or,{},{class},{},{fact}\n", i % 3, i * i, 1_700_000_000 + i)
    };
    let fields = |line: String| {
        let mut cells: Vec<String> = line.trim_end().splitn(5, ',').map(str::to_owned).collect();
        cells[4] = format!("\"{}\"\n", cells[4]);
        cells.join(",")
    };
    "words,a,label,size,known\n".to_owned() + &(0..12).map(line).map(fields).collect::<String>()
}

fn opened(train: &str) -> (Spec, Split) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("train.csv"), train).unwrap();
    std::fs::write(folder.path().join("test.csv"), rows()).unwrap();
    let spec = Spec::parse("sites.toml", SPEC, &[]).unwrap();
    let data = consil_data::open(&spec.data, &spec.modality, folder.path(), 7).unwrap();
    (spec, data.train)
}

#[test]
fn sites_fit_what_all_rows_together_would() {
    let (spec, train) = opened(&rows());
    let fit = |parts: &[Vec<usize>]| {
        let (fitted, notes) = fit_by_sites(&spec, &train, parts, Key::new(1), &OneWorker).unwrap();
        let preparations = serde_json::to_string(&fitted.preparations).unwrap();
        (preparations, fitted.targets, fitted.open_facts, notes)
    };
    let pooled = consil_data::fit(&spec.modality, &train).unwrap();
    let whole = fit(&[(0..12).collect()]);
    assert_eq!(whole.0, serde_json::to_string(&pooled.preparations).unwrap());
    let values = |name: &str| &whole.1.iter().find(|target| target.name == name).unwrap().values;
    assert_eq!(*values("label"), FittedValues::Class(["2", "10", "low"].map(str::to_owned).to_vec()));
    // The mean of 0 … 11, and the deviation √(143/12).
    assert_eq!(*values("size"), FittedValues::Numbers(vec![(1_700_000_005.5, (143f64 / 12.0).sqrt())]));
    assert_eq!(whole.1.iter().map(|target| target.weight).sum::<f64>(), 1.5);
    assert_eq!(whole.2, ["at(a, 9)", "at(c, 10)"]);
    // A site without a class, a fact or a row knows of them by the others.
    for parts in [vec![vec![7], (0..7).chain(8..12).collect()], vec![(6..12).collect(), vec![], (0..6).collect()]] {
        assert_eq!(fit(&parts), whole, "{parts:?}");
    }
}

#[test]
fn every_bad_row_of_every_site_is_named() {
    // Open facts are read by the rules, after the manifest.
    let bad = rows().replace("\"at(c, 10)\"", "\"at(X, 10)\"").replacen("\"\"", "\"at(\"", 1);
    let (spec, train) = opened(&bad);
    let parts: Vec<Vec<usize>> = vec![(0..4).collect(), (4..6).collect(), (6..12).collect()];
    let error = fit_by_sites(&spec, &train, &parts, Key::new(1), &OneWorker).unwrap_err();
    let StatisticsError::Data(DataError::Rows(rows)) = &error else { panic!("{error}") };
    let places: Vec<(Option<usize>, Option<&str>)> = rows.iter().map(|bad| (bad.row, bad.column.as_deref())).collect();
    assert_eq!(places, [(Some(3), Some("known")), (Some(9), Some("known"))], "{error}");
}

#[test]
fn the_sites_of_the_demo_fit_what_its_rows_do() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/demo/consil.toml"));
    let change = ["data.compose.train=400".parse().unwrap()];
    let spec = Spec::parse("demo", &text.unwrap(), &change).unwrap();
    let train = consil_data::open(&spec.data, &spec.modality, Path::new("."), 7).unwrap().train;
    let pooled = consil_data::fit(&spec.modality, &train).unwrap();
    let (fitted, _) = fit(&spec, &train).unwrap();
    assert_eq!(
        serde_json::to_string(&fitted.preparations).unwrap(),
        serde_json::to_string(&pooled.preparations).unwrap()
    );
}
