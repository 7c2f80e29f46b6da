//! Columns of a manifest that are inputs and something else too: a group, a row's name, what divides sites, a row's own facts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use consil_data::{
    BadRows, Data, DataConfig, DataError, Item, ModalityConfig, ModalityKind, PartitionConfig, PartitionError,
    RowsOptions, Split, SplitConfig, TableCell, Value, Warning, open, open_rows, open_with,
};
use consil_random::Key;

use crate::fixture::{Fixture, modality};

const CITIES: [&str; 5] = ["Rome", "Oslo", "Bern", "Lima", "Baku"];

/// Rows `from..to`, whose city changes with every row, as CSV and as JSONL under one name.
fn write(files: &Fixture, name: &str, rows: std::ops::Range<usize>) {
    let mut csv = "city,a,note,label\n".to_owned();
    let mut jsonl = String::new();
    for i in rows {
        let (city, label) = (CITIES[i % 5], ["x", "y"][i % 2]);
        csv += &format!("{city},{i},note {i},{label}\n");
        jsonl += &format!("{{\"city\":\"{city}\",\"a\":{i},\"note\":\"note {i}\",\"label\":\"{label}\"}}\n");
    }
    files.text(&format!("{name}.csv"), &csv).text(&format!("{name}.jsonl"), &jsonl);
}

/// A table of `city` and `a`, and a text: every column but the target is an input.
fn inputs() -> BTreeMap<String, ModalityConfig> {
    let mut table = modality(ModalityKind::Table);
    table.columns = vec!["city".to_owned(), "a".to_owned()];
    table.types = BTreeMap::from([("city".to_owned(), consil_data::ColumnType::Category)]);
    BTreeMap::from([("tab".to_owned(), table), ("note".to_owned(), modality(ModalityKind::Text))])
}

fn config(train: &str) -> DataConfig {
    DataConfig {
        train: Some(train.into()),
        target: Some("label".into()),
        split: SplitConfig { valid: 0.2, test: 0.2 },
        ..DataConfig::default()
    }
}

/// The cities of a split's rows by what the model is shown.
fn cities(split: &Split) -> BTreeSet<String> {
    let shown = |row| match split.value(row, &Item::new("tab")).unwrap() {
        Some(Value::Row(cells)) => match &cells[0] {
            TableCell::Category(city) => city.clone(),
            other => panic!("{other}"),
        },
        other => panic!("{other:?}"),
    };
    (0..split.len()).map(shown).collect()
}

fn opened(files: &Path, config: &DataConfig, texts: &[&str]) -> Data {
    open_with(config, &inputs(), files, 7, BadRows::Refuse, texts).unwrap()
}

#[test]
fn a_group_that_is_an_input_is_kept_whole_and_stays_an_input() {
    let files = Fixture::new();
    write(&files, "all", 0..50);
    for train in ["all.csv", "all.jsonl"] {
        let grouped = DataConfig { group: Some("city".to_owned()), ..config(train) };
        let data = open(&grouped, &inputs(), files.path(), 7).unwrap();
        let parts: Vec<BTreeSet<String>> = data.splits().map(cities).collect();
        // Five groups of ten rows: a fifth for each of the two held-out parts is one group.
        assert_eq!(parts.iter().map(BTreeSet::len).collect::<Vec<_>>(), [3, 1, 1], "{train}: {parts:?}");
        assert_eq!(data.splits().map(Split::len).collect::<Vec<_>>(), [30, 10, 10], "{train}");
        let all: BTreeSet<String> = parts.into_iter().flatten().collect();
        assert_eq!(all.len(), 5, "{train}: no city stands on two sides");
        let city = data.test.group(0).unwrap();
        assert_eq!(cities(&data.test), BTreeSet::from([city.to_owned()]), "{train}");
        // Without the group, the same rows are held out one by one.
        assert_eq!(cities(&opened(files.path(), &config(train), &[]).test).len(), 5, "{train}");
    }
}

#[test]
fn a_group_that_is_an_input_and_stands_in_two_given_manifests_is_leakage() {
    let files = Fixture::new();
    write(&files, "all", 0..50);
    write(&files, "late", 50..52);
    for (train, test) in [("all.csv", "late.csv"), ("all.jsonl", "late.jsonl")] {
        let split = SplitConfig { valid: 0.0, test: 0.0 };
        let given = DataConfig { group: Some("city".to_owned()), test: Some(test.into()), split, ..config(train) };
        let leak = open(&given, &inputs(), files.path(), 7).unwrap().warnings.into_iter().find_map(|w| match w {
            Warning::GroupLeak { column, groups, .. } => Some((column, groups)),
            _ => None,
        });
        assert_eq!(leak, Some(("city".to_owned(), vec!["Oslo".to_owned(), "Rome".to_owned()])), "{train}");
    }
}

#[test]
fn a_row_is_called_by_its_input() {
    let files = Fixture::new();
    write(&files, "all", 0..50);
    for train in ["all.csv", "all.jsonl"] {
        for (id, first) in [("note", "note 0"), ("a", "0"), ("city", "Rome")] {
            let named = DataConfig { id: Some(id.to_owned()), ..config(train) };
            let path = files.path().join(train);
            let rows = open_rows(&named, &inputs(), files.path(), &path, 7, &[], RowsOptions::default()).unwrap().split;
            assert_eq!(rows.row_id(0), Some(first), "{train}");
        }
    }
}

#[test]
fn sites_are_divided_by_an_input() {
    let files = Fixture::new();
    write(&files, "all", 0..50);
    for train in ["all.csv", "all.jsonl"] {
        let by = |data: &Data, partition: PartitionConfig| partition.apply(&data.train, 5, Key::new(7));
        let column = || PartitionConfig::Column("city".to_owned());
        let whole = SplitConfig { valid: 0.0, test: 0.2 };
        let rows = DataConfig { split: whole, ..config(train) };
        let data = opened(files.path(), &rows, &["city"]);
        let parts = by(&data, column()).unwrap();
        let site = |rows: &Vec<usize>| cities(&data.train.select(rows));
        assert!(parts.iter().all(|rows| site(rows).len() == 1), "{train}: each site has one city");
        assert_eq!(parts.iter().flat_map(site).collect::<BTreeSet<_>>().len(), 5, "{train}");

        // Four cities are left to train on: "groups" knows four values, no more and no less.
        let grouped = opened(files.path(), &DataConfig { group: Some("city".to_owned()), ..rows.clone() }, &[]);
        let refused = by(&grouped, PartitionConfig::Groups).unwrap_err();
        let values = PartitionError::Values { column: "city".to_owned(), values: 4, sites: 5 };
        assert_eq!(refused.to_string(), values.to_string(), "{train}");

        // Never silently: a column whose text was not asked for, and one that is not there.
        let bare = opened(files.path(), &rows, &[]);
        let refused = by(&bare, column()).unwrap_err();
        assert!(matches!(refused, PartitionError::InputColumn { .. }), "{refused}");
        let refused = by(&bare, PartitionConfig::Column("town".to_owned())).unwrap_err().to_string();
        assert!(refused.contains("no column \"town\"") && refused.contains("city"), "{refused}");
    }
}

#[test]
fn a_row_has_its_facts_from_an_input() {
    let files = Fixture::new();
    write(&files, "all", 0..50);
    for train in ["all.csv", "all.jsonl"] {
        let path = files.path().join(train);
        let read = |texts: &[&str]| {
            open_rows(&config(train), &inputs(), files.path(), &path, 7, texts, RowsOptions::default()).unwrap().split
        };
        let kept = read(&["note", "elsewhere"]);
        assert_eq!(kept.text(3, "note", "logic.facts").unwrap(), Some("note 3"), "{train}");
        let refused = kept.text(3, "elsewhere", "logic.facts").unwrap_err();
        assert!(matches!(refused, DataError::UnknownColumn { .. }), "{train}: {refused}");
        let refused = read(&[]).text(3, "note", "logic.facts").unwrap_err();
        assert!(matches!(refused, DataError::InputColumn { .. }), "{train}: {refused}");
    }
}
