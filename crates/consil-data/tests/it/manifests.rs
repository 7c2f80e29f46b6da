//! Manifests and class folders, with good rows, absent values and every kind of bad row.

use std::collections::BTreeMap;

use crate::fixture::{Fixture, modalities, modality};
use consil_data::{
    BadRow, BadRows, DataConfig, DataError, Fault, Item, ModalityConfig, ModalityKind, Rows, RowsOptions, Series,
    SplitConfig, TableCell, Value, Warning, Waveform, check, open, open_rows, open_with,
};

fn manifest(train: &str) -> DataConfig {
    DataConfig { train: Some(train.into()), target: Some("label".into()), ..DataConfig::default() }
}

fn bad_rows(error: DataError) -> Vec<BadRow> {
    match error {
        DataError::Rows(rows) => rows,
        other => panic!("{other}"),
    }
}

#[test]
fn every_modality_is_read_from_one_manifest_and_absent_cells_are_absent() {
    let files = Fixture::new();
    files.png("a.png", 3, 2).wav("a.wav", 200).text("a.csv", "x,y\n1,2\n3,4\n5,6\n").png("clip/1.png", 4, 4).png(
        "clip/0.png",
        4,
        4,
    );
    files.twice(
        "all.csv",
        "image,voice,hand,question,clip,age,weight,label\n\
         a.png,a.wav,a.csv,who is it?,clip,41,80.5,yes\n\
         ,NA,,,,,,no\n\
         a.png,,a.csv,\"why, then\",,,70,yes\n",
    );
    let modalities = modalities([
        ("image", ModalityKind::Vision),
        ("voice", ModalityKind::Audio),
        ("hand", ModalityKind::Sensor),
        ("question", ModalityKind::Text),
        ("clip", ModalityKind::Video),
    ]);
    let table = ModalityConfig { columns: vec!["age".into(), "weight".into()], ..modality(ModalityKind::Table) };
    let modalities = modalities.into_iter().chain([("body".to_owned(), table)]).collect();
    let config = DataConfig { test: Some("all.copy.csv".into()), ..manifest("all.csv") };
    let data = open(&config, &modalities, files.path(), 1).unwrap();

    let value = |row: usize, name: &str| data.train.value(row, &Item::new(name)).unwrap();
    assert!(matches!(value(0, "image"), Some(Value::Image(image)) if (image.height, image.width) == (2, 3)));
    assert!(matches!(value(0, "voice"), Some(Value::Audio(Waveform { rate: 8_000, samples })) if samples.len() == 200));
    assert_eq!(
        value(0, "hand"),
        Some(Value::Series(Series {
            channels: 2,
            names: Some(["x", "y"].map(str::to_owned).into()),
            values: vec![1., 2., 3., 4., 5., 6.]
        }))
    );
    assert_eq!(value(0, "question"), Some(Value::Text("who is it?".to_owned())));
    assert!(matches!(value(0, "clip"), Some(Value::Video(frames)) if frames.len() == 2));
    assert_eq!(value(0, "body"), Some(Value::of_numbers(&[41.0, 80.5])));
    for name in ["image", "voice", "hand", "question", "clip", "body"] {
        assert_eq!(value(1, name), None, "{name}");
        assert!(!data.train.is_present(1, &Item::new(name)).unwrap());
    }
    // One number of a row may be absent on its own.
    assert!(
        matches!(value(2, "body"), Some(Value::Row(row)) if row[..] == [TableCell::Absent, TableCell::Number(70.0)])
    );
    assert_eq!(data.train.target(1), Some("no"));
    assert_eq!(data.train.id(2), "all.csv:4");
    assert_eq!(data.distinct["train"]["image"], 1);
    // The test manifest holds the training rows: the shared files are named.
    assert!(data.warnings.iter().any(|w| matches!(w, Warning::FileLeak { modality, .. } if modality == "image")));
}

#[test]
fn every_bad_row_is_reported_with_its_column_and_how_to_fix_it() {
    let files = Fixture::new();
    files.png("a.png", 2, 2).text("cut.png", "\u{89}PNG no more").wav("a.wav", 50);
    files.twice("bad.csv", "image,age,label\na.png,4,cat\nb.png,x,dgo\ncut.png,5,\na.png,6\na.png,7,dog\n");
    let mut modalities = modalities([("image", ModalityKind::Vision)]);
    modalities.insert("age".to_owned(), modality(ModalityKind::Table));
    let classes = Some(vec!["cat".to_owned(), "dog".to_owned()]);
    let config = DataConfig { classes, test: Some("bad.copy.csv".into()), ..manifest("bad.csv") };

    let rows = bad_rows(open(&config, &modalities, files.path(), 1).unwrap_err());
    let train: Vec<_> =
        rows[..rows.len() / 2].iter().map(|b| (b.row.unwrap(), b.column.as_deref(), &b.fault)).collect();
    assert_eq!(train.len(), 5, "{train:?}");
    assert_eq!(train[0], (5, None, &Fault::Cells { expected: 3, found: 2 }));
    assert_eq!(train[1], (3, Some("age"), &Fault::NotANumber { cell: "x".to_owned() }));
    assert!(matches!(train[2], (3, Some("image"), Fault::MissingFile { path }) if path.ends_with("b.png")));
    let slip = Fault::UnknownClass { label: "dgo".to_owned(), nearest: Some("dog".to_owned()) };
    assert_eq!((train[3], train[4]), ((3, Some("label"), &slip), (4, Some("label"), &Fault::NoTarget)));

    // `check` decodes as well, so it finds the corrupt image; the message names the file, the row and the way out.
    let report = check(&config, &modalities, files.path(), 1).unwrap();
    assert!(!report.is_good());
    let corrupt: Vec<String> =
        report.bad.iter().filter(|b| matches!(b.fault, Fault::Corrupt { .. })).map(ToString::to_string).collect();
    assert_eq!(corrupt.len(), 2, "once for each split: {corrupt:?}");
    assert!(corrupt[1].contains("bad.csv:4") && corrupt[0].contains("cut.png") && corrupt[0].contains("export"));
    assert_eq!(report.bad.len(), 12);
}

#[test]
fn a_corrupt_file_found_while_training_names_its_row() {
    let files = Fixture::new();
    files.wav("a.wav", 50).text("b.wav", "RIFF????WAVE");
    files.twice("voices.csv", "voice,label\na.wav,1\nb.wav,2\n");
    let config = DataConfig { test: Some("voices.copy.csv".into()), ..manifest("voices.csv") };
    let data = open(&config, &modalities([("voice", ModalityKind::Audio)]), files.path(), 1).unwrap();
    let voice = Item::new("voice");
    assert!(data.train.value(0, &voice).is_ok());
    let rows = bad_rows(data.train.value(1, &voice).unwrap_err());
    assert_eq!((rows[0].row, rows[0].column.as_deref()), (Some(3), Some("voice")));
    assert!(rows[0].to_string().contains("b.wav"));
}

#[test]
fn columns_that_do_not_exist_are_named_with_the_nearest() {
    let files = Fixture::new();
    files.text("q.csv", "question,speaker,label\nhow,ann,1\n");
    let text = modalities([("question", ModalityKind::Text)]);
    let fails = |config: DataConfig, modalities: &BTreeMap<String, ModalityConfig>| {
        open(&config, modalities, files.path(), 1).unwrap_err().to_string()
    };
    let wrong = modalities([("questoin", ModalityKind::Text)]);
    assert!(fails(manifest("q.csv"), &wrong).contains("did you mean \"question\"?"));
    let target = DataConfig { target: Some("labels".into()), ..manifest("q.csv") };
    assert!(fails(target, &text).contains("did you mean \"label\"?"));
    let group = DataConfig { group: Some("speakers".to_owned()), ..manifest("q.csv") };
    assert!(fails(group, &text).contains("did you mean \"speaker\"?"));
    assert!(fails(manifest("no.csv"), &text).contains("no.csv"));
    assert!(fails(DataConfig::default(), &text).contains("[data] names no samples"));
}

#[test]
fn a_group_is_never_split_and_a_shared_group_is_a_warning() {
    let files = Fixture::new();
    let rows = |speakers: std::ops::Range<usize>| {
        let mut text = "text,speaker,label\n".to_owned();
        speakers.for_each(|s| (0..5).for_each(|i| text += &format!("word {i},s{s},{}\n", i % 2)));
        text
    };
    files.text("all.csv", &rows(0..20)).text("late.csv", &rows(18..22));
    let text = modalities([("text", ModalityKind::Text)]);
    let split = SplitConfig { valid: 0.1, test: 0.25 };
    let config = DataConfig { group: Some("speaker".to_owned()), split, ..manifest("all.csv") };
    let data = open(&config, &text, files.path(), 3).unwrap();
    let valid = data.valid.as_ref().unwrap();
    assert_eq!((data.train.len(), valid.len(), data.test.len()), (65, 10, 25));
    assert!(data.warnings.is_empty(), "{:?}", data.warnings);

    let config = DataConfig { test: Some("late.csv".into()), ..config };
    let data = open(&config, &text, files.path(), 3).unwrap();
    let leak = data.warnings.iter().find_map(|w| match w {
        Warning::GroupLeak { left: "train", right: "test", groups, .. } => Some(groups.clone()),
        _ => None,
    });
    let in_train = |s: &str| (0..data.train.len()).any(|row| data.train.group(row) == Some(s));
    let shared: Vec<String> = ["s18", "s19"].into_iter().filter(|s| in_train(s)).map(str::to_owned).collect();
    assert!(!shared.is_empty());
    assert_eq!(leak, Some(shared));
}

#[test]
fn without_groups_each_label_is_held_out_in_proportion() {
    let files = Fixture::new();
    let mut text = "text,label\n".to_owned();
    (0..200).for_each(|i| text += &format!("t{i},{}\n", if i < 20 { "rare" } else { "common" }));
    files.text("all.csv", &text);
    let config = DataConfig { split: SplitConfig { valid: 0.0, test: 0.1 }, ..manifest("all.csv") };
    let modalities = modalities([("text", ModalityKind::Text)]);
    let data = open(&config, &modalities, files.path(), 3).unwrap();
    let rare = (0..data.test.len()).filter(|row| data.test.target(*row) == Some("rare")).count();
    assert_eq!((data.train.len(), data.test.len(), rare), (180, 20, 2));
    let again = open(&config, &modalities, files.path(), 3).unwrap();
    let ids = |data: &consil_data::Data| (0..20).map(|row| data.test.id(row)).collect::<Vec<_>>();
    assert_eq!(ids(&data), ids(&again));
    assert_ne!(ids(&data), ids(&open(&config, &modalities, files.path(), 4).unwrap()));
}

#[test]
fn folder_names_are_labels() {
    let files = Fixture::new();
    files
        .png("pets/cat/1.png", 2, 2)
        .png("pets/cat/2.png", 2, 2)
        .png("pets/dog/1.png", 2, 2)
        .text("pets/dog/notes.md", "");
    ["cat/1", "cat/2", "dog/1"].iter().for_each(|name| {
        files.png(&format!("pets.copy/{name}.png"), 2, 2);
    });
    let config = DataConfig { test: Some("pets.copy".into()), ..manifest("pets") };
    let image = modalities([("image", ModalityKind::Vision)]);
    let data = open(&config, &image, files.path(), 1).unwrap();
    let rows: Vec<_> = (0..3).map(|row| (data.train.id(row), data.train.target(row).unwrap())).collect();
    assert_eq!(
        rows,
        [("cat/1.png".to_owned(), "cat"), ("cat/2.png".to_owned(), "cat"), ("dog/1.png".to_owned(), "dog")]
    );

    let two = modalities([("image", ModalityKind::Vision), ("voice", ModalityKind::Audio)]);
    assert!(open(&config, &two, files.path(), 1).unwrap_err().to_string().contains("CSV manifest"));
    let classes = DataConfig { classes: Some(vec!["cat".to_owned()]), ..config };
    assert_eq!(bad_rows(open(&classes, &image, files.path(), 1).unwrap_err()).len(), 2);
}

#[test]
fn jsonl_holds_lists_items_and_inline_series() {
    let files = Fixture::new();
    files.png("a.png", 2, 2);
    files.twice(
        "s.jsonl",
        "{\"image.0\": \"a.png\", \"image.1\": null, \"hand\": [[1, 2], [3, null]], \"label\": 7}\n\
         {\"image.1\": \"a.png\", \"hand\": null, \"label\": 8, \"kind\": \"b\"}\n",
    );
    let image = ModalityConfig { count: Some(2), concept: Some("kind".to_owned()), ..modality(ModalityKind::Vision) };
    let modalities = BTreeMap::from([("image".to_owned(), image), ("hand".to_owned(), modality(ModalityKind::Sensor))]);
    let config = DataConfig { test: Some("s.copy.jsonl".into()), ..manifest("s.jsonl") };
    let missing = open(&config, &modalities, files.path(), 1).unwrap_err().to_string();
    assert!(missing.contains("no column \"kind.0\""), "{missing}");

    let mut modalities = modalities;
    modalities.get_mut("image").unwrap().concept = None;
    let data = open(&config, &modalities, files.path(), 1).unwrap();
    let present = |row, i| data.train.is_present(row, &Item::at("image", i)).unwrap();
    assert_eq!([present(0, 0), present(0, 1), present(1, 0), present(1, 1)], [true, false, false, true]);
    let Some(Value::Series(Series { channels: 2, values, .. })) = data.train.value(0, &Item::new("hand")).unwrap()
    else {
        panic!()
    };
    assert!(values[..3] == [1.0, 2.0, 3.0] && values[3].is_nan());
    assert_eq!(data.train.target(0), Some("7"));
    assert_eq!(data.train.attribute(1, "kind"), Some("b"));
}

#[test]
fn what_no_training_may_begin_with_is_refused() {
    let files = Fixture::new();
    files.twice("a.csv", "age,label\n1,x\n2,y\n");
    let table = BTreeMap::from([("age".to_owned(), modality(ModalityKind::Table))]);
    let fails = |config: DataConfig| check(&config, &table, files.path(), 1).unwrap_err().to_string();
    let same = fails(DataConfig { test: Some("./a.csv".into()), ..manifest("a.csv") });
    assert!(same.contains("data.train and data.test are one file"), "{same}");
    let input = fails(DataConfig { target: Some("age".into()), ..manifest("a.csv") });
    assert!(input.contains("\"age\" is the target \"age\" and an input of modality \"age\""), "{input}");
    let separator = fails(DataConfig { separator: Some('"'), ..manifest("a.csv") });
    assert!(separator.contains("separates no cells"), "{separator}");
}

#[test]
fn bad_rows_are_skipped_on_request_and_counted() {
    let files = Fixture::new();
    files.png("a.png", 2, 2).text("cut.png", "\u{89}PNG no more");
    files.twice("b.csv", "image,age,label\na.png,4,cat\ncut.png,x,cat\na.png\na.png,6,dog\n");
    let mut modalities = modalities([("image", ModalityKind::Vision)]);
    modalities.insert("age".to_owned(), modality(ModalityKind::Table));
    let config = DataConfig { test: Some("b.copy.csv".into()), ..manifest("b.csv") };
    let data = open_with(&config, &modalities, files.path(), 1, BadRows::Skip, &[]).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (2, 2));
    assert_eq!(data.train.id(1), "b.csv:5");
    // Row 3 is wrong twice, row 4 once, in both files.
    assert_eq!(data.skipped.iter().map(|bad| bad.row.unwrap()).collect::<Vec<_>>(), [3, 3, 4, 3, 3, 4]);
}

#[test]
fn the_rows_of_one_file_are_read_once_with_whatever_truth_they_hold() {
    let files = Fixture::new();
    files.twice("a.csv", "who,age,label\np1,1,x\np2,2,y\n");
    files.text("new.csv", "who,age,label\np1,1,x\np2,2,z\np3,many,Y\np4,4,\n").text("bare.csv", "age\n1\n");
    let table = BTreeMap::from([("age".to_owned(), modality(ModalityKind::Table))]);
    let classes = Some(vec!["x".to_owned(), "y".to_owned()]);
    let config =
        DataConfig { id: Some("who".to_owned()), classes, test: Some("a.copy.csv".into()), ..manifest("a.csv") };
    let read = |name: &str, bad_rows| {
        let options = RowsOptions { bad_rows, ignores_targets: false };
        open_rows(&config, &table, files.path(), &files.path().join(name), 1, &[], options)
    };
    let rows = bad_rows(read("new.csv", BadRows::Refuse).unwrap_err());
    assert_eq!(rows.len(), 1, "once: {rows:?}");
    assert_eq!((rows[0].row, &rows[0].fault), (Some(4), &Fault::NotANumber { cell: "many".to_owned() }));
    let Rows { split, skipped, .. } = read("new.csv", BadRows::Skip).unwrap();
    assert_eq!((split.len(), skipped.len()), (3, 1));
    assert_eq!([0, 1, 2].map(|row| split.target(row)), [Some("x"), Some("z"), None]);
    assert_eq!([0, 1, 2].map(|row| split.row_id(row)), [Some("p1"), Some("p2"), Some("p4")]);
    let bare = read("bare.csv", BadRows::Refuse).unwrap().split;
    assert_eq!((bare.target(0), bare.row_id(0)), (None, None));
}

#[test]
fn rows_have_their_own_text() {
    let files = Fixture::new();
    files.text("rules/1.pl", "edge(a,b).");
    files.twice("a.csv", "age,goal,rules,label\n1,\"reach(a,b)\",rules/1.pl,x\n2,,rules/2.pl,y\n");
    let table = BTreeMap::from([("age".to_owned(), modality(ModalityKind::Table))]);
    let config = DataConfig { test: Some("a.copy.csv".into()), ..manifest("a.csv") };
    let train = open(&config, &table, files.path(), 1).unwrap().train;
    assert_eq!(train.text(0, "goal", "logic.query").unwrap(), Some("reach(a,b)"));
    assert_eq!(train.text(1, "goal", "logic.query").unwrap(), None);
    let error = train.text(0, "gaol", "logic.query").unwrap_err().to_string();
    assert!(error.contains("no column \"gaol\" (logic.query); did you mean \"goal\"?"), "{error}");
    assert_eq!(train.path(0, "rules", "logic.facts").unwrap(), Some(files.path().join("rules/1.pl")));
    let rows = bad_rows(train.path(1, "rules", "logic.facts").unwrap_err());
    assert_eq!((rows[0].row, rows[0].column.as_deref()), (Some(3), Some("rules")));
    let fault = Fault::Refused { reason: "it does not parse".to_owned(), fix: "write a term".to_owned() };
    let shown = train.refused(0, "goal", fault).to_string();
    assert!(shown.ends_with("a.csv:2, column \"goal\": it does not parse; write a term"), "{shown}");
}

#[test]
fn rows_that_differ_in_any_input_are_worth_a_row_each() {
    let files = Fixture::new();
    let mut text = "age,note,label\n".to_owned();
    (0..100).for_each(|row| {
        text += &format!("{row},{},x\n", if row % 10 == 0 { format!("n{row}") } else { String::new() })
    });
    files.text("a.csv", &text).text("a.copy.csv", "age,note,label\n1,a,x\n1,a,x\n2,a,x\n1,,x\n1,b,x\n");
    let both = modalities([("age", ModalityKind::Table), ("note", ModalityKind::Text)]);
    let config = DataConfig { test: Some("a.copy.csv".into()), ..manifest("a.csv") };
    let data = open(&config, &both, files.path(), 1).unwrap();
    // A hundred different rows, of which ten have a note.
    assert_eq!((data.distinct["train"]["note"], data.train.n_independent()), (10, 100));
    // Each note and each age recurs; of five rows (1, a) twice, (2, a), (1, –) and (1, b) four differ.
    assert_eq!((data.distinct["test"]["age"], data.distinct["test"]["note"], data.test.n_independent()), (2, 2, 4));
}

#[test]
fn a_copy_of_the_training_rows_is_noticed_by_its_content() {
    let files = Fixture::new();
    files.twice("a.csv", "age,label\n1,x\n2,y\n3,x\n");
    let table = modalities([("age", ModalityKind::Table)]);
    let config = DataConfig { test: Some("a.copy.csv".into()), ..manifest("a.csv") };
    let data = open(&config, &table, files.path(), 1).unwrap();
    assert_eq!(data.warnings, [Warning::RowLeak { left: "train", right: "test", rows: 3, of: 3 }]);
}

#[test]
fn check_finds_series_with_other_channels_and_counts_what_is_absent() {
    let files = Fixture::new();
    files.text("two.csv", "1,2\n3,4\n").text("three.csv", "1,2,3\n");
    files.twice("s.csv", "hand,label\ntwo.csv,a\nthree.csv,b\n,a\n");
    let config = DataConfig { test: Some("s.copy.csv".into()), ..manifest("s.csv") };
    let report = check(&config, &modalities([("hand", ModalityKind::Sensor)]), files.path(), 1).unwrap();
    assert!(
        report.bad.iter().all(|b| b.row == Some(3) && b.fault == Fault::Channels { expected: 2, found: 3, line: None })
    );
    assert_eq!(report.bad.len(), 2);
    assert_eq!(report.absent[&("train".to_owned(), "hand".to_owned())], 1);
    assert_eq!(report.rows, [("train".to_owned(), 3), ("test".to_owned(), 3)]);
}
