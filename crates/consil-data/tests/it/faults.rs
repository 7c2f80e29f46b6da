//! Faults found on the built program, each with its right value.

use std::collections::BTreeMap;

use consil_data::{
    ColumnType, DataConfig, DataError, Fault, Item, Loader, ModalityConfig, ModalityKind, Value, check, fit, inspect,
    open,
};

use crate::fixture::{Fixture, modalities, modality};

fn listed(name: &str) -> DataConfig {
    let (stem, extension) = name.rsplit_once('.').unwrap();
    DataConfig {
        train: Some(name.into()),
        test: Some(format!("{stem}.copy.{extension}").into()),
        target: Some("label".into()),
        ..DataConfig::default()
    }
}

#[test]
fn a_manifest_of_a_device_or_a_pipe_is_refused_at_once() {
    let files = Fixture::new();
    let text = modalities([("text", ModalityKind::Text)]);
    let config = DataConfig { train: Some("/dev/zero".into()), ..DataConfig::default() };
    let error = open(&config, &text, files.path(), 1).unwrap_err().to_string();
    assert!(error.contains("a device, not a regular file"), "{error}");
    // And so is one that a row names.
    files.twice("a.csv", "hand,label\n/dev/zero,a\n");
    let report = check(&listed("a.csv"), &modalities([("hand", ModalityKind::Sensor)]), files.path(), 1).unwrap();
    assert!(report.bad[0].to_string().contains("it is a device"), "{}", report.bad[0]);
}

#[test]
fn numbers_that_are_not_finite_have_their_row_and_column() {
    let files = Fixture::new();
    files.twice("a.csv", "age,label\n1,x\n1e400,x\ninf,y\n1e39,y\n2,x\nnull,x\n");
    let table = modalities([("age", ModalityKind::Table)]);
    let DataError::Rows(rows) = open(&listed("a.csv"), &table, files.path(), 1).unwrap_err() else { panic!("rows") };
    let places: Vec<_> = rows[..4].iter().map(|bad| (bad.row.unwrap(), bad.fault.clone())).collect();
    let not_finite = |cell: &str| Fault::NotFinite { cell: cell.to_owned() };
    let expected = [
        (3, not_finite("1e400")),
        (4, not_finite("inf")),
        (5, not_finite("1e39")),
        (7, Fault::NotANumber { cell: "null".to_owned() }),
    ];
    assert_eq!(places, expected);
    assert!(rows[3].to_string().contains("data.absent"), "{}", rows[3]);
    let named = DataConfig { absent: vec![String::new(), "null".to_owned()], ..listed("a.csv") };
    let DataError::Rows(rows) = open(&named, &table, files.path(), 1).unwrap_err() else { panic!("rows") };
    assert_eq!(rows.len(), 6, "the null is absent now, the other three are bad in both files");
}

#[test]
fn sensor_files_are_read_by_their_headers() {
    let files = Fixture::new();
    files.text("a.csv", "x,y\n1,2\n3,4\n").text("b.csv", "y,x\n2,1\n4,3\n").text("c.csv", "x,z\n1,2\n");
    files.twice("all.csv", "hand,label\na.csv,u\na.csv,u\nb.csv,v\n");
    let hand = modalities([("hand", ModalityKind::Sensor)]);
    let data = open(&listed("all.csv"), &hand, files.path(), 1).unwrap();
    let fitted = fit(&hand, &data.train).unwrap();
    let batch = Loader::new(&data.train, &fitted.preparations, 1 << 20).batch(&[0, 2], &Item::new("hand")).unwrap();
    let (first, second) = batch.values.split_at(4);
    assert_eq!(first, second, "the columns stand in another order and hold the same");
    assert!(fitted.notes[0].1.contains("2 different orders"), "{:?}", fitted.notes);
    files.twice("other.csv", "hand,label\na.csv,u\nc.csv,v\n");
    let report = check(&listed("other.csv"), &hand, files.path(), 1).unwrap();
    assert!(report.bad.iter().all(|bad| bad.row == Some(3) && matches!(bad.fault, Fault::Header { .. })));
    assert_eq!(report.bad.len(), 2);
}

#[test]
fn typed_columns_become_inputs_and_what_does_not_fit_is_named() {
    let files = Fixture::new();
    let rows = "age,smokes,city,seen,label\n41,yes,Rom,2026-01-05,a\n,no,Bern,2026-02-05,b\n37,yes,Rom,2026-03-05,a\n";
    files.twice("a.csv", rows);
    let types = [("smokes", ColumnType::Boolean), ("city", ColumnType::Category), ("seen", ColumnType::Date)];
    let table = ModalityConfig {
        columns: ["age", "smokes", "city", "seen"].map(str::to_owned).to_vec(),
        types: types.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect(),
        ..modality(ModalityKind::Table)
    };
    let table = BTreeMap::from([("patient".to_owned(), table)]);
    let data = open(&listed("a.csv"), &table, files.path(), 1).unwrap();
    let fitted = fit(&table, &data.train).unwrap();
    assert_eq!(fitted.preparations["patient"].shape(), [2 + 1 + 3 + 7]);
    assert!(fitted.notes.iter().any(|(_, note)| note.contains("column age is absent from 1 training rows")));
    files.twice("b.csv", "age,smokes,city,seen,label\n41,maybe,Rom,05/01/2026,a\n");
    let DataError::Rows(bad) = open(&listed("b.csv"), &table, files.path(), 1).unwrap_err() else { panic!("rows") };
    let columns: Vec<_> = bad[..2].iter().map(|bad| bad.column.as_deref().unwrap()).collect();
    assert_eq!(columns, ["smokes", "seen"]);
    assert!(bad[1].to_string().contains("YYYY-MM-DD"), "{}", bad[1]);
}

#[test]
fn one_long_text_costs_one_batch_and_is_counted() {
    let files = Fixture::new();
    let mut text = "text,label\n".to_owned();
    (0..300).for_each(|row| text += &format!("{},{}\n", "word ".repeat(5 + row % 8).trim(), row % 2));
    text += &format!("{},1\n", "word ".repeat(200_001).trim());
    files.twice("a.csv", &text);
    let modalities = modalities([("text", ModalityKind::Text)]);
    let data = open(&listed("a.csv"), &modalities, files.path(), 1).unwrap();
    let fitted = fit(&modalities, &data.train).unwrap();
    assert!(fitted.notes[0].1.contains("1 of 301 training rows are cut"), "{:?}", fitted.notes);
    let loader = Loader::new(&data.train, &fitted.preparations, 64 << 20);
    let item = Item::new("text");
    let rows: Vec<usize> = (0..301).collect();
    let lengths = loader.lengths(&rows, &item).unwrap();
    assert_eq!(consil_data::row_lengths(&data.train, &fitted.preparations).unwrap(), Some(lengths.clone()));
    let ordered = consil_data::by_length(&rows, |row| lengths[row], 16, consil_random::Key::new(1));
    let cells =
        |rows: &[usize]| -> usize { rows.chunks(16).map(|rows| loader.batch(rows, &item).unwrap().values.len()).sum() };
    let short: usize = cells(&(0..300).collect::<Vec<_>>());
    // Padded to the longest row of all, an epoch held 301 × 200,001 word numbers.
    assert!(cells(&ordered) < 2 * short, "{} against {short}", cells(&ordered));
    let inspected = inspect(&data.test, &fitted.preparations).unwrap();
    assert_eq!((inspected.counts["text"].cut, inspected.counts["text"].values), (1, 301));
    assert!(inspected.notes()[0].contains("1 of 301 values of modality text"), "{:?}", inspected.notes());
}

#[test]
fn unknown_words_are_counted_and_equal_letters_are_equal() {
    let files = Fixture::new();
    files.text("a.csv", "text,label\ncaf\u{e9} \u{e9}t\u{e9},a\n我喜欢猫,b\n");
    files.text("a.copy.csv", "text,label\ncafe\u{301} e\u{301}te\u{301},a\n我喜欢狗,b\nnever seen,b\n");
    let modalities = modalities([("text", ModalityKind::Text)]);
    let data = open(&listed("a.csv"), &modalities, files.path(), 1).unwrap();
    let fitted = fit(&modalities, &data.train).unwrap();
    let counts = inspect(&data.test, &fitted.preparations).unwrap().counts["text"];
    // Of café, été, 我, 喜, 欢, 狗, never and seen, the dog and the last two are unknown.
    assert_eq!((counts.unknown, counts.words), (3, 8));
}

#[test]
fn a_row_too_far_from_training_is_refused_with_its_place() {
    let files = Fixture::new();
    files.text("a.csv", "age,label\n1e-3,x\n3e-3,y\n").text("a.copy.csv", "age,label\n2e-3,x\n3e38,y\n");
    let table = modalities([("age", ModalityKind::Table)]);
    let data = open(&listed("a.csv"), &table, files.path(), 1).unwrap();
    let fitted = fit(&table, &data.train).unwrap();
    let bad = inspect(&data.test, &fitted.preparations).unwrap().bad;
    assert_eq!((bad.len(), bad[0].0, bad[0].1.row), (1, 1, Some(3)));
    assert!(bad[0].1.to_string().contains("too far from the training data"), "{}", bad[0].1);
}

#[test]
fn rows_that_a_trained_model_cannot_take_are_refused_or_skipped_before_it_is_asked() {
    let files = Fixture::new();
    files.text("x.csv", "u,v\n1,2\n3,4\n").text("y.csv", "u,w\n1,2\n");
    files.twice("a.csv", "hand,text,label\nx.csv,red,x\nx.csv,blue,y\n");
    files.text("new.csv", "hand,text\n,red green\ny.csv,red\ny.csv,red\n");
    let both = modalities([("hand", ModalityKind::Sensor), ("text", ModalityKind::Text)]);
    let data = open(&listed("a.csv"), &both, files.path(), 1).unwrap();
    let preparations = fit(&both, &data.train).unwrap().preparations;
    let read = |bad_rows| {
        let options = consil_data::RowsOptions { bad_rows, ignores_targets: true };
        let path = files.path().join("new.csv");
        let rows = consil_data::open_rows(&listed("a.csv"), &both, files.path(), &path, 1, &[], options);
        rows.unwrap().prepared(&preparations, bad_rows)
    };
    let DataError::Rows(bad) = read(consil_data::BadRows::Refuse).unwrap_err() else { panic!("rows") };
    assert_eq!(bad.iter().map(|bad| bad.row.unwrap()).collect::<Vec<_>>(), [3, 4]);
    let rows = read(consil_data::BadRows::Skip).unwrap();
    assert_eq!((rows.split.len(), rows.skipped.len()), (1, 2));
    let notes = rows.inspection.notes();
    assert!(notes[0].contains("no row has a value of modality hand"), "{notes:?}");
    assert!(notes[1].contains("words of modality text"), "{notes:?}");
}

#[test]
fn a_compressed_manifest_in_latin_1_with_semicolons_is_read_as_named() {
    use std::io::Write;
    let files = Fixture::new();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(b"city;age;label\r\nM\xfcnchen;41;a\r\nRom;4,5;b\r\n").unwrap();
    let packed = packed.finish().unwrap();
    ["a.csv.gz", "b.csv.gz"].iter().for_each(|name| std::fs::write(files.path().join(name), &packed).unwrap());
    let config = DataConfig {
        train: Some("a.csv.gz".into()),
        test: Some("b.csv.gz".into()),
        encoding: consil_data::Encoding::Latin1,
        ..listed("a.csv")
    };
    let mut both = modalities([("city", ModalityKind::Text)]);
    let data = open(&config, &both, files.path(), 1).unwrap();
    assert_eq!(data.train.value(0, &Item::new("city")).unwrap(), Some(Value::Text("München".to_owned())));
    both.insert("age".to_owned(), modality(ModalityKind::Table));
    let DataError::Rows(bad) = open(&config, &both, files.path(), 1).unwrap_err() else { panic!("rows") };
    assert_eq!((bad[0].row, &bad[0].fault), (Some(3), &Fault::NotANumber { cell: "4,5".to_owned() }));
}

#[test]
fn a_manifest_from_others_reads_no_file_outside_the_root() {
    let files = Fixture::new();
    files.png("own/a.png", 2, 2).png("secret.png", 2, 2);
    std::os::unix::fs::symlink(files.path().join("secret.png"), files.path().join("own/link.png")).unwrap();
    files
        .text("own/x.csv", "image,label\na.png,u\n../secret.png,v\nlink.png,u\n")
        .text("own/y.csv", "image,label\na.png,u\n");
    let image = modalities([("image", ModalityKind::Vision)]);
    let config = DataConfig {
        train: Some("own/x.csv".into()),
        test: Some("own/y.csv".into()),
        root: Some("own".into()),
        ..listed("x.csv")
    };
    let DataError::Rows(bad) = open(&config, &image, files.path(), 1).unwrap_err() else { panic!("rows") };
    assert_eq!(bad.iter().map(|bad| bad.row.unwrap()).collect::<Vec<_>>(), [3, 4]);
    assert!(bad[0].to_string().contains("the folder of data.root"), "{}", bad[0]);
    assert!(open(&DataConfig { root: None, ..config.clone() }, &image, files.path(), 1).is_ok());
    let outside = DataConfig { train: Some("own/../z.csv".into()), ..config };
    files.text("z.csv", "image,label\n");
    assert!(open(&outside, &image, files.path(), 1).unwrap_err().to_string().contains("data.root"));
}

#[test]
fn a_class_folder_is_in_natural_order() {
    let files = Fixture::new();
    for name in ["a/10", "a/9", "b/2"] {
        files.png(&format!("train/{name}.png"), 2, 2).png(&format!("test/{name}.png"), 2, 2);
    }
    let config = DataConfig { train: Some("train".into()), test: Some("test".into()), ..DataConfig::default() };
    let data = open(&config, &modalities([("x", ModalityKind::Vision)]), files.path(), 1).unwrap();
    assert_eq!((0..3).map(|row| data.train.id(row)).collect::<Vec<_>>(), ["a/9.png", "a/10.png", "b/2.png"]);
}

#[test]
fn samples_beyond_the_limit_are_refused_before_they_are_drawn() {
    let compose = consil_data::ComposeConfig { train: Some(1_000_000_000_000), test: Some(10), ..Default::default() };
    let config =
        DataConfig { source: Some(consil_data::Source::Demo), compose: Some(compose), ..DataConfig::default() };
    let error = open(&config, &modalities([("x", ModalityKind::Vision)]), std::path::Path::new("."), 1).unwrap_err();
    assert!(error.to_string().contains("data.compose.train = 1000000000000"), "{error}");
}
