//! The readers on public data sets, where `CONSIL_DATA` names the folder that holds them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use consil_data::{DataConfig, Item, Loader, ModalityConfig, Preparation, Series, Value, Warning, Waveform, open};

fn spec(text: &str) -> (DataConfig, BTreeMap<String, ModalityConfig>) {
    #[derive(serde::Deserialize)]
    struct Spec {
        data: DataConfig,
        modality: BTreeMap<String, ModalityConfig>,
    }
    let spec: Spec = toml::from_str(text).unwrap();
    (spec.data, spec.modality)
}

fn is_skipped() -> bool {
    let skipped = std::env::var_os("CONSIL_DATA").is_none();
    if skipped {
        println!("skipped: CONSIL_DATA not set");
    }
    skipped
}

#[test]
fn mnist_opens_in_seconds_and_serves_batches_in_microseconds() {
    if is_skipped() {
        return;
    }
    let begin = Instant::now();
    let (config, modalities) = spec(
        r#"
        [data.pool.mnist]
        train = { images = "$CONSIL_DATA/mnist/train-images-idx3-ubyte.gz", labels = "$CONSIL_DATA/mnist/train-labels-idx1-ubyte.gz" }
        test = { images = "$CONSIL_DATA/mnist/t10k-images-idx3-ubyte.gz", labels = "$CONSIL_DATA/mnist/t10k-labels-idx1-ubyte.gz" }
        [data.compose]
        reuse = false
        [modality.image]
        kind = "vision"
        pool = "mnist"
        count = 2
        "#,
    );
    let data = open(&config, &modalities, Path::new("."), 7).unwrap();
    let opened = begin.elapsed();
    assert_eq!((data.train.len(), data.test.len()), (30_000, 5_000));
    // 5,923 of the 60,000 training images are zeros (LeCun, Cortes and Burges).
    let items = Item::of("image", Some(2));
    let zeros = |item: &Item| (0..30_000).filter(|row| data.train.concept(*row, item) == Some("0")).count();
    assert_eq!(zeros(&items[0]) + zeros(&items[1]), 5_923);

    let preparation = Preparation::fit("image", &modalities["image"], &data.train).unwrap();
    let Preparation::Vision(vision) = &preparation else { panic!("an image preparation") };
    // The published mean 0.1307 and deviation 0.3081 of MNIST: black becomes −0.4242. Fitted on 7,500 of the 60,000
    // images.
    assert!((vision.black()[0] + 0.4242).abs() < 0.004, "{:?}", vision.black());
    let preparations = BTreeMap::from([("image".to_owned(), preparation)]);
    let loader = Loader::new(&data.train, &preparations, 512 << 20);
    let rows: Vec<usize> = (0..30_000).collect();
    let begin = Instant::now();
    rows.chunks(64).for_each(|rows| assert_eq!(loader.batch(rows, &items[0]).unwrap().present.len(), rows.len()));
    let first = begin.elapsed();
    let begin = Instant::now();
    rows.chunks(64).for_each(|rows| assert_eq!(loader.batch(rows, &items[0]).unwrap().values.len(), 784 * rows.len()));
    let batch = begin.elapsed() / 469;
    println!("MNIST: opened in {opened:?}; 30,000 images prepared in {first:?}; a kept batch of 64 in {batch:?}");
    // Generous, since tests run unoptimised and beside others; the release build takes about a tenth.
    assert!(opened.as_secs() < 10 && batch.as_millis() < 2, "{opened:?} {batch:?}");
}

#[test]
fn fsdd_reads_all_three_thousand_clips() {
    if is_skipped() {
        return;
    }
    let (config, modalities) = spec(
        r#"
        [data]
        group = "voice.speaker"
        [data.pool.fsdd]
        files = "$CONSIL_DATA/fsdd/*.wav"
        pattern = "{label}_{speaker}_{index}.wav"
        test = { index = [0, 1, 2, 3, 4] }
        [data.compose]
        reuse = false
        [modality.voice]
        kind = "audio"
        pool = "fsdd"
        rate = 16000
        features = { log-mel = 16 }
        "#,
    );
    let data = open(&config, &modalities, Path::new("."), 7).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (2_700, 300));
    // The official split shares its six speakers.
    assert!(
        matches!(&data.warnings[..], [Warning::GroupLeak { groups, .. }] if groups.len() == 6),
        "{:?}",
        data.warnings
    );
    let voice = Item::new("voice");
    for row in 0..data.test.len() {
        let Some(Value::Audio(Waveform { rate: 16_000, samples })) = data.test.value(row, &voice).unwrap() else {
            panic!("a clip")
        };
        assert!(samples.len() > 2_000 && samples.iter().all(|s| s.abs() < 1.5));
    }
}

#[test]
fn inertial_windows_read_as_series_of_numbers() {
    if is_skipped() {
        return;
    }
    let root = std::env::var("CONSIL_DATA").unwrap();
    let packed = std::fs::read(Path::new(&root).join("uci-har-subset/test/body_acc_x_test.txt.gz")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("body_acc_x_test.txt");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&packed[..]), &mut text).unwrap();
    std::fs::write(&path, text).unwrap();
    let value = consil_data::decode(&path, consil_data::ModalityKind::Sensor).unwrap();
    let Value::Series(Series { channels: 128, values, .. }) = value else { panic!("windows of 128 samples") };
    assert_eq!(values.len(), 950 * 128);
    assert!(values.iter().all(|x| x.is_finite()));
}
