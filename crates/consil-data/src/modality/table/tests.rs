use super::*;

fn config(columns: &[(&str, ColumnType)]) -> ModalityConfig {
    ModalityConfig {
        columns: columns.iter().map(|(name, _)| (*name).to_owned()).collect(),
        types: columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect(),
        ..ModalityConfig::new(ModalityKind::Table)
    }
}

fn row(config: &ModalityConfig, cells: &[&str]) -> Value {
    let cell = |(column, text): (&String, &&str)| typed(&Cell::of_text(text, &[]), config.column_type(column)).unwrap();
    Value::Row(config.columns.iter().zip(cells).map(cell).collect())
}

fn fit(config: &ModalityConfig, rows: &[&[&str]]) -> TablePreparation {
    let mut survey = TableSurvey::default();
    rows.iter().for_each(|cells| Table::see(&mut survey, &row(config, cells), 1).unwrap());
    Table::finish(config, &survey, &Nothing)
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[test]
fn every_type_becomes_the_inputs_that_the_page_says() {
    let config = config(&[
        ("age", ColumnType::Number),
        ("smokes", ColumnType::Boolean),
        ("city", ColumnType::Category),
        ("seen", ColumnType::Date),
    ]);
    // Ages 1 and 3: mean 2, deviation 1. Two days: mean 10,957.5, deviation 0.5.
    let preparation = fit(&config, &[&["1", "yes", "Rom", "2000-01-01"], &["3", "", "Bern", "2000-01-02"]]);
    assert_eq!(preparation.shape(), [1 + 2 + 3 + 7]);
    let prepared = preparation.apply(&row(&config, &["3", "no", "Rom", "2000-01-01T06:00"])).unwrap();
    let (before, date) = prepared.values.split_at(6);
    // Equally frequent words stand in the order of text: Bern, Rom, all others.
    assert!(close(before, &[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]), "{before:?}");
    // A quarter of a day after the mean less half a day; a Saturday, two days and a quarter after Thursday; six o'clock.
    let week = std::f32::consts::TAU * 2.25 / 7.0;
    assert!(close(&date[..1], &[-0.5]) && close(&date[3..], &[week.sin(), week.cos(), 1.0, 0.0]), "{date:?}");
    assert_eq!((prepared.unknown, prepared.known), (0, 1));

    let other = preparation.apply(&row(&config, &["", "", "Oslo", ""])).unwrap();
    assert!(
        close(&other.values, &[[0.0, 0.0, 1.0, 0.0, 0.0, 1.0].as_slice(), &[0.0; 7]].concat()),
        "{:?}",
        other.values
    );
    assert_eq!((other.unknown, other.known), (1, 0));
    let wrong = preparation.apply(&Value::Row(vec![TableCell::Category("x".to_owned()); 4]));
    assert_eq!(wrong, Err(PrepareError::Column { at: 0, expected: ColumnType::Number }));
}

#[test]
fn dates_are_read_as_they_are_written_unambiguously() {
    // Seconds by `date -u -d … +%s` of GNU coreutils.
    for (text, seconds) in [
        ("1970-01-01", 0),
        ("2000-02-29", 951_782_400),
        ("2026/12/01", 1_796_083_200),
        ("1.12.2026", 1_796_083_200),
        ("2026-12-01T09:50:30Z", 1_796_118_630),
        ("2026-12-01 09:50", 1_796_118_600),
        ("2026-12-01T09:50:30.75+01:00", 1_796_115_030),
        ("2026-12-01T09:50-0530", 1_796_138_400),
        ("1969-12-31", -86_400),
        ("1600-01-01", -11_676_096_000),
    ] {
        assert_eq!(date::date(text), Some(seconds), "{text}");
    }
    for (text, same) in
        [("29.2.2000", "2000-02-29"), ("1600/1/1", "1600-01-01"), ("2026-12-01 09:50", "2026-12-01T09:50:00")]
    {
        assert_eq!(date::written(date::date(text).unwrap()), same);
    }
    for text in ["12/01/2026", "2026-13-01", "2025-02-29", "2026-12", "tomorrow", "2026-12-01T25:00", "1.12.26", ""] {
        assert_eq!(date::date(text), None, "{text}");
    }
}

#[test]
fn every_cell_that_does_not_fit_its_column_is_named() {
    let fault = |text: &str, kind| typed(&Cell::of_text(text, &[]), kind).unwrap_err();
    for text in ["inf", "-1e39", "1e400"] {
        assert_eq!(fault(text, ColumnType::Number), Fault::NotFinite { cell: text.to_owned() });
    }
    for text in ["NaN", "null", "None", "n/a", "-"] {
        let fault = fault(text, ColumnType::Number);
        assert_eq!(fault, Fault::NotANumber { cell: text.to_owned() });
        assert!(fault.fix().contains("data.absent"), "{text}");
    }
    assert_eq!(fault("maybe", ColumnType::Boolean), Fault::NotABoolean { cell: "maybe".to_owned() });
    assert_eq!(fault("12/01/2026", ColumnType::Date), Fault::NotADate { cell: "12/01/2026".to_owned() });
}

#[test]
fn rows_of_version_0_1_are_numbers_alone() {
    let preparation: TablePreparation = serde_json::from_str(r#"{"mean": [2.0, 10.0], "sd": [1.0, 1.0]}"#).unwrap();
    let apply = |numbers: &[f64]| preparation.apply(&Value::of_numbers(numbers)).unwrap().values;
    assert_eq!((apply(&[3.0, 12.0]), apply(&[f64::NAN, 10.0])), (vec![1.0, 2.0], vec![0.0, 0.0]));
    let narrow = preparation.apply(&Value::of_numbers(&[1.0]));
    assert_eq!(narrow, Err(PrepareError::Channels { expected: 2, found: 1 }));
}

#[test]
fn large_numbers_and_close_times_keep_what_tells_them_apart() {
    let config = config(&[("stamp", ColumnType::Number), ("seen", ColumnType::Date)]);
    // 1e9 + {0, 2}: mean 1e9 + 1, deviation 1; two seconds of one day: deviation one second.
    let preparation = fit(&config, &[&["1000000000", "2026-12-01T09:50:00"], &["1000000002", "2026-12-01T09:50:02"]]);
    let of = |cells: &[&str]| preparation.apply(&row(&config, cells)).unwrap().values;
    let (low, high) = (of(&["1000000000", "2026-12-01T09:50:00"]), of(&["1000000002", "2026-12-01T09:50:02"]));
    assert_eq!((low[0], high[0]), (-1.0, 1.0));
    assert!((low[1] + 1.0).abs() < 1e-5 && (high[1] - 1.0).abs() < 1e-5, "{} {}", low[1], high[1]);
    // What was fitted in 32 bits is applied in 32 bits: 1e9 + 2 is 1e9 there.
    let old: TablePreparation = serde_json::from_str(r#"{"mean": [1e9], "sd": [0.1]}"#).unwrap();
    assert_eq!(old.apply(&Value::of_numbers(&[1e9 + 2.0])).unwrap().values, [0.0]);
    let tenth = old.apply(&Value::of_numbers(&[0.3])).unwrap().values[0];
    assert_eq!(tenth.to_bits(), ((0.3f32 - 1e9f32) / 0.1f32).to_bits());
    assert_eq!(serde_json::to_string(&old).unwrap(), r#"{"mean":[1000000000.0],"sd":[0.1]}"#);
    let read: TablePreparation = serde_json::from_str(&serde_json::to_string(&preparation).unwrap()).unwrap();
    assert_eq!(read, preparation);
}

#[test]
fn composed_and_decomposed_words_are_one_category() {
    let config = config(&[("city", ColumnType::Category)]);
    let preparation = fit(&config, &[&["Z\u{fc}rich"], &["Zu\u{308}rich"]]);
    assert_eq!(preparation.shape(), [2]);
}
