//! Pools and what is composed from them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::fixture::{Fixture, modalities, modality};
use consil_data::{
    Data, DataConfig, DataError, Item, ModalityConfig, ModalityKind, PartitionConfig, Series, Source, Split, Value,
    Warning, Waveform, check, export, open,
};
use consil_random::Key;

fn demo_modalities() -> BTreeMap<String, ModalityConfig> {
    modalities([("gesture", ModalityKind::Sensor), ("image", ModalityKind::Vision), ("voice", ModalityKind::Audio)])
}

fn demo(seed: u64) -> Data {
    let config = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
    open(&config, &demo_modalities(), Path::new("."), seed).unwrap()
}

/// The `[data]` and `[modality]` sections of a spec.
fn spec(text: &str) -> (DataConfig, BTreeMap<String, ModalityConfig>) {
    #[derive(serde::Deserialize)]
    struct Spec {
        data: DataConfig,
        modality: BTreeMap<String, ModalityConfig>,
    }
    let spec: Spec = toml::from_str(text).unwrap();
    (spec.data, spec.modality)
}

fn concepts(split: &Split, item: &Item) -> Vec<String> {
    (0..split.len()).map(|row| split.concept(row, item).unwrap().to_owned()).collect()
}

#[test]
fn the_demo_composes_triples_from_disjoint_items() {
    let data = demo(7);
    assert_eq!((data.train.len(), data.test.len(), data.valid.is_none()), (6_000, 2_000, true));
    assert!(data.warnings.is_empty() && data.train.target(0).is_none());
    // 6,000 draws leave out an item of 1,348 with probability e^−4.45, of 400 or 280 practically never.
    let distinct = &data.distinct["train"];
    assert!((1_310..=1_348).contains(&distinct["image"]), "{distinct:?}");
    assert_eq!((distinct["gesture"], distinct["voice"]), (400, 280));
    let voices = |split: &Split| -> BTreeSet<String> {
        (0..split.len()).map(|row| split.attribute(row, "voice.voice").unwrap().to_owned()).collect()
    };
    assert!(voices(&data.train).is_disjoint(&voices(&data.test)));
    // Labels are near uniform: 600 of each digit, give or take 5 standard deviations of 23.
    for item in [Item::new("image"), Item::new("voice")] {
        let labels = concepts(&data.train, &item);
        for digit in 0..10 {
            let count = labels.iter().filter(|label| **label == digit.to_string()).count();
            assert!((485..=715).contains(&count), "{item} {digit}: {count}");
        }
    }
}

#[test]
fn composition_is_a_function_of_the_seed() {
    let image = Item::new("image");
    let (a, b, c) = (demo(7), demo(7), demo(8));
    assert_eq!(concepts(&a.train, &image), concepts(&b.train, &image));
    assert_ne!(concepts(&a.train, &image), concepts(&c.train, &image));
    assert_eq!(a.train.value(10, &image).unwrap(), b.train.value(10, &image).unwrap());
}

#[test]
fn items_of_a_list_are_drawn_independently_or_without_reuse() {
    let text = r#"
        data.pool.digit.embedded = "digits"
        data.compose = { reuse = false, valid = 60 }
        modality.image = { kind = "vision", pool = "digit", count = 2 }
    "#;
    let (config, modalities) = spec(text);
    let data = open(&config, &modalities, Path::new("."), 7).unwrap();
    // 1,348 training images: validation pairs take their share of items, the rest makes pairs; 449 test images make
    // 224.
    assert_eq!(data.test.len(), 224);
    assert_eq!(data.distinct["test"]["image"], 448);
    assert_eq!(data.distinct["train"]["image"], 2 * data.train.len());
    let valid = data.valid.as_ref().unwrap();
    assert_eq!((valid.len(), data.distinct["valid"]["image"]), (60, 120));
    let pixels = |split: &Split| -> Vec<Vec<u8>> {
        (0..split.len())
            .flat_map(|row| (0..2).map(move |i| (row, Item::at("image", i))))
            .map(|(row, item)| match split.value(row, &item).unwrap() {
                Some(Value::Image(image)) => image.pixels,
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let train: BTreeSet<Vec<u8>> = pixels(&data.train).into_iter().collect();
    let shared = pixels(valid).into_iter().filter(|image| train.contains(image)).count();
    assert_eq!(shared, 0, "validation images are not trained on");

    let (config, modalities) = spec(&text.replace("valid = 60", "train = 700"));
    let error = open(&config, &modalities, Path::new("."), 7).unwrap_err().to_string();
    assert!(error.contains("1400 items are needed") && error.contains("1348"), "{error}");
}

#[test]
fn with_one_label_for_all_the_target_is_the_label() {
    let (config, modalities) = spec(
        r#"
        data.pool.digit.embedded = "digits"
        data.pool.word.embedded = "spoken"
        data.compose = { reuse = false, pairing = "same-label" }
        modality.image = { kind = "vision", pool = "digit" }
        modality.voice = { kind = "audio", pool = "word" }
        "#,
    );
    let data = open(&config, &modalities, Path::new("."), 7).unwrap();
    assert_eq!((data.train.len(), data.distinct["train"]["image"]), (1_348, 1_348));
    for row in 0..data.train.len() {
        let target = data.train.target(row).unwrap();
        assert_eq!(data.train.concept(row, &Item::new("image")), Some(target));
        assert_eq!(data.train.concept(row, &Item::new("voice")), Some(target));
    }
}

fn clips(files: &Fixture) {
    for (digit, speaker, index) in
        (0..3).flat_map(|d| ["ann", "bob"].map(|s| (d, s))).flat_map(|(d, s)| [0, 1].map(|i| (d, s, i)))
    {
        files.wav(&format!("clips/{digit}_{speaker}_{index}.wav"), 100 + 10 * digit);
    }
}

#[test]
fn file_names_carry_labels_and_attributes_choose_the_test_part() {
    let files = Fixture::new();
    clips(&files);
    let text = r#"
        data.group = "voice.speaker"
        data.compose = { train = 50, test = 50 }
        modality.voice = { kind = "audio", pool = "clips" }
        [data.pool.clips]
        files = "clips/*.wav"
        pattern = "{label}_{speaker}_{index}.wav"
        test = { index = [0] }
    "#;
    let (config, modalities) = spec(text);
    let data = open(&config, &modalities, files.path(), 1).unwrap();
    for row in 0..50 {
        assert_eq!(data.train.attribute(row, "voice.index"), Some("1"));
        assert_eq!(data.test.attribute(row, "voice.index"), Some("0"));
        let digit: usize = data.train.concept(row, &Item::new("voice")).unwrap().parse().unwrap();
        let Some(Value::Audio(Waveform { samples, .. })) = data.train.value(row, &Item::new("voice")).unwrap() else {
            panic!()
        };
        assert_eq!(samples.len(), 100 + 10 * digit);
    }
    // The index splits the recordings and not the speakers, which the group column shows.
    assert!(matches!(&data.warnings[..], [Warning::GroupLeak { groups, .. }] if groups[..] == ["ann", "bob"]));

    let (config, modalities) = spec(&text.replace("{ index = [0] }", "{ speaker = \"bob\" }"));
    assert!(open(&config, &modalities, files.path(), 1).unwrap().warnings.is_empty());

    let (config, modalities) = spec(&text.replace("{ index = [0] }", "{ person = \"bob\" }"));
    let error = open(&config, &modalities, files.path(), 1).unwrap_err().to_string();
    assert!(error.contains("\"person\"") && error.contains("index, label, speaker"), "{error}");

    files.wav("clips/odd.wav", 10);
    let (config, modalities) = spec(text);
    let DataError::Rows(rows) = open(&config, &modalities, files.path(), 1).unwrap_err() else { panic!("bad rows") };
    assert!(rows.len() == 1 && rows[0].to_string().contains("odd.wav") && rows[0].to_string().contains("rename"));
}

#[test]
fn a_corrupt_clip_of_a_pool_is_found_by_check() {
    let files = Fixture::new();
    clips(&files);
    files.text("clips/2_eve_0.wav", "RIFF");
    let (config, modalities) = spec(
        r#"
        data.pool.clips = { files = "clips/*.wav", pattern = "{label}_{speaker}_{index}.wav", test = { index = [0] } }
        data.compose = { train = 200, test = 200 }
        modality.voice = { kind = "audio", pool = "clips" }
        "#,
    );
    let report = check(&config, &modalities, files.path(), 1).unwrap();
    assert_eq!(report.bad.len(), 1, "once, however many rows draw it");
    assert!(report.bad[0].to_string().contains("2_eve_0.wav"), "{}", report.bad[0]);
}

fn idx(files: &Fixture, name: &str, shape: &[u32], bytes: &[u8]) {
    let mut whole = vec![0, 0, 8, shape.len() as u8];
    shape.iter().for_each(|axis| whole.extend(axis.to_be_bytes()));
    whole.extend(bytes);
    std::fs::write(files.path().join(name), whole).unwrap();
}

#[test]
fn pairs_of_arrays_are_pools_of_images_series_and_rows() {
    let files = Fixture::new();
    idx(&files, "x", &[2, 2, 3], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    idx(&files, "y", &[2], &[4, 9]);
    idx(&files, "rows", &[2, 2], &[1, 2, 3, 4]);
    idx(&files, "short", &[1], &[4]);
    let text = r#"
        data.pool.p = { train = { images = "x", labels = "y" }, test = { items = "x", labels = "y" } }
        data.compose = { reuse = false }
        modality.x = { kind = "vision", pool = "p" }
    "#;
    let run = |text: &str| {
        let (config, modalities) = spec(text);
        open(&config, &modalities, files.path(), 1)
    };
    let seen = |data: &Data| -> BTreeMap<String, Value> {
        let x = Item::new("x");
        (0..2)
            .map(|row| (data.test.concept(row, &x).unwrap().to_owned(), data.test.value(row, &x).unwrap().unwrap()))
            .collect()
    };
    let images = seen(&run(text).unwrap());
    assert!(
        matches!(&images["9"], Value::Image(i) if (i.height, i.width) == (2, 3) && i.pixels == [7, 8, 9, 10, 11, 12])
    );
    let series = seen(&run(&text.replace("vision", "sensor")).unwrap());
    assert_eq!(series["4"], Value::Series(Series { channels: 3, names: None, values: vec![1., 2., 3., 4., 5., 6.] }));
    let rows = seen(&run(&text.replace("vision", "table").replace("\"x\", l", "\"rows\", l")).unwrap());
    assert_eq!(rows["9"], Value::of_numbers(&[3.0, 4.0]));

    let fails = |text: &str| run(text).unwrap_err().to_string();
    assert!(fails(&text.replace("vision", "table")).contains("no table values"));
    assert!(fails(&text.replace("\"y\"", "\"short\"")).contains("2 items but 1 labels"));
    assert!(fails(&text.replace("\"x\", l", "\"none\", l")).contains("none"));
    assert!(fails(&text.replace("pool = \"p\"", "pool = \"q\"")).contains("pool \"q\", which does not exist"));
    assert!(fails(&text.replace(", pool = \"p\"", "")).contains("needs `pool"));
    assert!(
        fails("data.pool.p = {}\ndata.compose = {}\nmodality.x = { kind = \"vision\", pool = \"p\" }")
            .contains("embedded")
    );
    assert!(fails(&text.replace("\"x\", l", "\"$NO_SUCH_FOLDER/x\", l")).contains("NO_SUCH_FOLDER"));
    let other =
        "data.pool.p.embedded = \"spoken\"\ndata.compose = {}\nmodality.x = { kind = \"vision\", pool = \"p\" }";
    assert!(fails(other).contains("audio items"), "{}", fails(other));
}

#[test]
fn partitions_follow_targets_and_attributes_of_items() {
    let mut data = demo(7);
    let voices = PartitionConfig::Column("voice.voice".to_owned()).apply(&data.train, 5, Key::new(1)).unwrap();
    let of_site = |rows: &[usize]| -> BTreeSet<String> {
        rows.iter().map(|row| data.train.attribute(*row, "voice.voice").unwrap().to_owned()).collect()
    };
    for (i, a) in voices.iter().enumerate() {
        assert!(voices[i + 1..].iter().all(|b| of_site(a).is_disjoint(&of_site(b))));
    }
    let unknown = PartitionConfig::Column("voice.speaker".to_owned()).apply(&data.train, 5, Key::new(1)).unwrap_err();
    assert!(unknown.to_string().contains("voice.voice"), "{unknown}");
    assert!(PartitionConfig::Groups.apply(&data.train, 5, Key::new(1)).is_err());

    let labels = concepts(&data.train, &Item::new("image"));
    data.train.set_targets(labels.clone());
    let sites = PartitionConfig::Dirichlet(0.05).apply(&data.train, 5, Key::new(1)).unwrap();
    let largest = sites.iter().map(|rows| rows.iter().filter(|row| labels[**row] == "3").count()).max().unwrap();
    assert!(largest > 300, "at α = 0.05 one site holds most of a label: {largest} of about 600");
}

#[test]
fn exported_samples_open_again_with_the_same_values() {
    let data = demo(7);
    let folder = tempfile::tempdir().unwrap();
    let rows = [5, 17, 400];
    export(&data.train, &rows, &folder.path().join("train.csv")).unwrap();
    std::fs::copy(folder.path().join("train.csv"), folder.path().join("copy.csv")).unwrap();
    let config = DataConfig { train: Some("train.csv".into()), test: Some("copy.csv".into()), ..DataConfig::default() };
    let with_concept = |name: &str, kind| ModalityConfig { concept: Some(format!("{name}-label")), ..modality(kind) };
    let modalities =
        demo_modalities().into_iter().map(|(name, m)| (name.clone(), with_concept(&name, m.kind))).collect();
    let read = open(&config, &modalities, folder.path(), 1).unwrap();
    for (at, row) in rows.into_iter().enumerate() {
        for item in data.train.items() {
            assert_eq!(
                read.train.value(at, item).unwrap(),
                data.train.value(row, item).unwrap(),
                "{item} of row {row}"
            );
            assert_eq!(read.train.concept(at, item), data.train.concept(row, item));
        }
    }
}
