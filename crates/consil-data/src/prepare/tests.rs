use std::collections::BTreeMap;
use std::path::Path;

use super::*;
use crate::{DataConfig, Image, ModalityConfig, NoiseConfig, Source, open};

/// The training split of a manifest, with one modality in column `x`.
fn split(config: &ModalityConfig, manifest: &str) -> Split {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.jsonl"), manifest).unwrap();
    std::fs::write(folder.path().join("y.jsonl"), manifest).unwrap();
    let data = DataConfig { train: Some("x.jsonl".into()), test: Some("y.jsonl".into()), ..DataConfig::default() };
    open(&data, &BTreeMap::from([("x".to_owned(), config.clone())]), folder.path(), 1).unwrap().train
}

fn fit(config: &ModalityConfig, manifest: &str) -> Preparation {
    let split = split(config, manifest);
    Preparation::fit("x", config, &split, &Item::of("x", config.count)).unwrap()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[test]
fn a_sensor_is_standardised_padded_and_trimmed() {
    let config = ModalityConfig { length: Some(3), ..ModalityConfig::new(ModalityKind::Sensor) };
    // Channel 0 holds 0, 2, 4, 2 (mean 2, variance 2); channel 1 holds 5 four times.
    let preparation = fit(&config, "{\"x\": [[0, 5], [2, 5]]}\n{\"x\": [[4, 5], [2, 5]]}\n{\"x\": null}\n");
    assert_eq!((preparation.shape(), preparation.time()), (vec![2, 3], Some(3)));
    let short = preparation.apply(&Value::Series { channels: 2, values: vec![0.0, 5.0, f32::NAN, 6.0] }).unwrap();
    assert!(close(&short.values, &[-(2f32.sqrt()), 0.0, 0.0, 0.0, 1.0, 0.0]), "{:?}", short.values);
    assert_eq!(short.mask.unwrap(), [1.0, 1.0, 0.0]);
    let long = preparation.apply(&Value::Series { channels: 2, values: vec![2.0; 10] }).unwrap();
    assert!(close(&long.values, &[0.0, 0.0, 0.0, -3.0, -3.0, -3.0]));
    assert_eq!(long.mask.unwrap(), [1.0; 3]);
    let narrow = preparation.apply(&Value::Series { channels: 1, values: vec![1.0] });
    assert_eq!(narrow, Err(PrepareError::Channels { expected: 2, found: 1 }));
    let wrong = preparation.apply(&Value::Text("x".to_owned()));
    assert_eq!(wrong, Err(PrepareError::Kind { expected: ModalityKind::Sensor, found: ModalityKind::Text }));
}

#[test]
fn a_table_puts_absent_numbers_at_the_mean() {
    let config = ModalityConfig::new(ModalityKind::Table);
    let preparation = fit(&config, "{\"x\": [1, 10]}\n{\"x\": [3, null]}\n{\"x\": null}\n");
    let row = |row: &[f32]| preparation.apply(&Value::Row(row.to_vec())).unwrap().values;
    assert!(close(&row(&[3.0, 12.0]), &[1.0, 2.0]));
    assert!(close(&row(&[f32::NAN, 10.0]), &[0.0, 0.0]));
    let raw = fit(&ModalityConfig { normalize: false, ..config }, "{\"x\": [1, 10]}\n");
    assert_eq!(raw.apply(&Value::Row(vec![3.0, 12.0])).unwrap().values, [3.0, 12.0]);
}

#[test]
fn words_are_numbered_by_frequency() {
    let config = ModalityConfig { length: Some(4), vocabulary: 4, ..ModalityConfig::new(ModalityKind::Text) };
    let preparation = fit(&config, "{\"x\": \"the cat The dog\"}\n{\"x\": \"the cat\"}\n");
    let Preparation::Text(text) = &preparation else { panic!("a text preparation") };
    assert_eq!(text.vocabulary(), ["<pad>", "<unk>", "the", "cat"]);
    let prepared = preparation.apply(&Value::Text("The DOG cat".to_owned())).unwrap();
    assert_eq!((prepared.values, prepared.mask.unwrap()), (vec![2.0, 1.0, 3.0, 0.0], vec![1.0, 1.0, 1.0, 0.0]));
    let long = preparation.apply(&Value::Text("cat ".repeat(9))).unwrap();
    assert_eq!((long.values, long.mask.unwrap()), (vec![3.0; 4], vec![1.0; 4]));
}

fn image(channels: usize, pixels: &[u8]) -> Image {
    Image { height: 2, width: pixels.len() / channels / 2, channels, pixels: pixels.to_vec() }
}

#[test]
fn demo_images_come_out_standardised() {
    let config = ModalityConfig::new(ModalityKind::Vision);
    let data = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
    let data = open(&data, &BTreeMap::from([("x".to_owned(), config.clone())]), Path::new("."), 1).unwrap();
    let preparation = Preparation::fit("x", &config, &data.train, &[Item::new("x")]).unwrap();
    let mut moments = super::moments::Moments::new(1);
    for row in 0..data.train.len() {
        let value = data.train.value(row, &Item::new("x")).unwrap().unwrap();
        moments.add(preparation.apply(&value).unwrap().values);
    }
    // Fitted on every other row: the rest differs by the error of a mean over 3,000 images.
    let (mean, sd) = moments.finish();
    assert!(mean[0].abs() < 0.02 && (sd[0] - 1.0).abs() < 0.02, "{mean:?} {sd:?}");
}

#[test]
fn images_change_size_and_colour() {
    let make = |channels: usize, size: [usize; 2]| {
        serde_json::from_value::<Preparation>(serde_json::json!({
            "kind": "vision", "channels": channels, "height": size[0], "width": size[1],
            "mean": vec![0.0; channels], "sd": vec![1.0; channels],
        }))
        .unwrap()
    };
    let apply = |p: &Preparation, image: Image| p.apply(&Value::Image(image)).map(|p| p.values);
    // Channels come first: a red-green-blue-black square.
    let colours = image(3, &[255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0]);
    let planes = apply(&make(3, [2, 2]), colours.clone()).unwrap();
    assert_eq!(planes, [1., 0., 0., 0., 0., 1., 0., 0., 0., 0., 1., 0.]);
    // The luma of ITU-R BT.601, to within the rounding of a level.
    let grey = apply(&make(1, [2, 2]), colours).unwrap();
    assert!(grey.iter().zip([0.299, 0.587, 0.114, 0.0]).all(|(a, b)| (a - b).abs() < 1.0 / 255.0), "{grey:?}");
    assert!(close(&apply(&make(3, [2, 1]), image(1, &[51, 102])).unwrap(), &[0.2, 0.4, 0.2, 0.4, 0.2, 0.4]));
    // Shrinking averages; a flat image stays flat.
    assert!(close(&apply(&make(1, [1, 1]), image(1, &[0, 100, 100, 200])).unwrap(), &[100.0 / 255.0]));
    assert!(close(&apply(&make(1, [5, 7]), image(1, &[51; 8])).unwrap(), &[0.2; 35]));
    let empty = Image { height: 0, width: 0, channels: 1, pixels: Vec::new() };
    assert_eq!(apply(&make(1, [2, 2]), empty), Err(PrepareError::Empty { kind: ModalityKind::Vision }));
}

#[test]
fn a_video_is_sampled_evenly_frame_after_frame() {
    let preparation: Preparation = serde_json::from_value(serde_json::json!({
        "kind": "video", "frames": 3,
        "image": { "channels": 1, "height": 2, "width": 1, "mean": [0.0], "sd": [1.0] },
    }))
    .unwrap();
    assert_eq!(preparation.shape(), [3, 2, 1]);
    let video = |n: u8| Value::Video((0..n).map(|t| image(1, &[51 * t, 51 * t])).collect());
    let levels = |n| {
        let values = preparation.apply(&video(n)).unwrap().values;
        values.chunks(2).map(|frame| (frame[0] * 5.0).round() as u8).collect::<Vec<_>>()
    };
    assert_eq!([levels(3), levels(6), levels(1), levels(2)], [[0, 1, 2], [1, 3, 5], [0, 0, 0], [0, 1, 1]]);
    assert!(preparation.apply(&Value::Video(Vec::new())).is_err());
}

fn demo_voice(noise: Option<NoiseConfig>) -> (Split, ModalityConfig) {
    let mut config = ModalityConfig { noise, ..ModalityConfig::new(ModalityKind::Audio) };
    config.features.log_mel = 16;
    let data = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
    let data = open(&data, &BTreeMap::from([("x".to_owned(), config.clone())]), Path::new("."), 1).unwrap();
    (data.train.select(&(0..300).collect::<Vec<_>>()), config)
}

#[test]
fn audio_is_padded_with_the_mean_and_masked() {
    let (split, config) = demo_voice(None);
    let preparation = Preparation::fit("x", &config, &split, &[Item::new("x")]).unwrap();
    let [1, 16, time] = preparation.shape()[..] else { panic!("{:?}", preparation.shape()) };
    let mut longest = 0;
    for row in 0..split.len() {
        let value = split.value(row, &Item::new("x")).unwrap().unwrap();
        let Value::Audio { samples, .. } = &value else { panic!("audio") };
        let prepared = preparation.apply(&value).unwrap();
        // A window of 256 samples at 8 kHz, half a window apart.
        let n_frames = 1 + samples.len() / 128;
        let mask = prepared.mask.unwrap();
        assert_eq!(mask.iter().filter(|m| **m == 1.0).count(), n_frames);
        assert!(prepared.values.chunks(time).all(|band| band[n_frames..].iter().all(|x| *x == 0.0)));
        longest = longest.max(n_frames);
    }
    assert_eq!(longest, time, "the longest training clip sets the length");
}

#[test]
fn longer_padding_never_changes_the_frames() {
    let (split, config) = demo_voice(None);
    let at = |length| {
        let config = ModalityConfig { length: Some(length), ..config.clone() };
        Preparation::fit("x", &config, &split, &[Item::new("x")]).unwrap()
    };
    let (short, long) = (at(20), at(60));
    let value = split.value(5, &Item::new("x")).unwrap().unwrap();
    let (a, b) = (short.apply(&value).unwrap(), long.apply(&value).unwrap());
    for band in 0..16 {
        assert_eq!(a.values[band * 20..][..20], b.values[band * 60..][..20]);
    }
}

#[test]
fn noise_belongs_to_the_row_and_is_the_same_each_time() {
    let noise = Some(NoiseConfig { snr_db: [-3.0, 9.0] });
    let ((clean, _), (noisy, _)) = (demo_voice(None), demo_voice(noise));
    let samples = |split: &Split, row| match split.value(row, &Item::new("x")).unwrap() {
        Some(Value::Audio { samples, .. }) => samples,
        other => panic!("{other:?}"),
    };
    let mut ratios = Vec::new();
    for row in 0..100 {
        let (c, n) = (samples(&clean, row), samples(&noisy, row));
        assert_eq!(n, samples(&noisy, row));
        let added: Vec<f32> = n.iter().zip(&c).map(|(n, c)| n - c).collect();
        ratios.push(10.0 * (consil_signal::mean_power(&c) / consil_signal::mean_power(&added)).log10());
    }
    // Uniform between −3 and 9 dB; a clip of 2,000 samples measures its ratio to about 0.14 dB.
    assert!(ratios.iter().all(|r| (-3.6..9.6).contains(r)), "{ratios:?}");
    let mean = ratios.iter().sum::<f64>() / 100.0;
    assert!((mean - 3.0).abs() < 1.4, "4 standard errors of the mean: {mean}");
}

#[test]
fn a_preparation_read_back_prepares_the_same() {
    let (split, config) = demo_voice(Some(NoiseConfig { snr_db: [0.0, 3.0] }));
    let preparation = Preparation::fit("x", &config, &split, &[Item::new("x")]).unwrap();
    let read: Preparation = serde_json::from_str(&serde_json::to_string(&preparation).unwrap()).unwrap();
    let value = split.value(7, &Item::new("x")).unwrap().unwrap();
    assert_eq!(preparation.apply(&value), read.apply(&value));

    let config = ModalityConfig::new(ModalityKind::Text);
    let text = fit(&config, "{\"x\": \"to be or not\"}\n");
    let read: Preparation = serde_json::from_str(&serde_json::to_string(&text).unwrap()).unwrap();
    let value = Value::Text("not to be".to_owned());
    assert_eq!(text.apply(&value), read.apply(&value));
}

#[test]
fn what_cannot_be_fitted_says_why() {
    let config = ModalityConfig::new(ModalityKind::Text);
    let split = split(&config, "{\"x\": null, \"y\": 1}\n{\"x\": null}\n");
    let error = Preparation::fit("x", &config, &split, &[Item::new("x")]).unwrap_err();
    assert!(error.to_string().contains("absent from every training row"), "{error}");

    let (split, mut config) = demo_voice(None);
    config.features.fmax = Some(9_000.0);
    let error = Preparation::fit("x", &config, &split, &[Item::new("x")]).unwrap_err();
    assert!(error.to_string().contains("9000 Hz"), "{error}");
}
