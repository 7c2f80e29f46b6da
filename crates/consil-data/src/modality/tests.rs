use std::collections::BTreeMap;

use super::*;
use crate::{DataConfig, Image, Item, Source, Split, Survey, open};

/// The training split of a manifest, with one modality in column `x`.
fn split(config: &ModalityConfig, manifest: &str) -> Split {
    let folder = tempfile::tempdir().unwrap();
    ["x.jsonl", "y.jsonl"].iter().for_each(|name| std::fs::write(folder.path().join(name), manifest).unwrap());
    let data = DataConfig { train: Some("x.jsonl".into()), test: Some("y.jsonl".into()), ..DataConfig::default() };
    open(&data, &BTreeMap::from([("x".to_owned(), config.clone())]), folder.path(), 1).unwrap().train
}

fn fit(config: &ModalityConfig, manifest: &str) -> Preparation {
    Preparation::fit("x", config, &split(config, manifest)).unwrap()
}

fn close(a: &[f32], b: &[f32]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
}

#[test]
fn the_list_names_each_modality_once_as_specs_do() {
    let names: Vec<&str> = ModalityKind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names, ["vision", "audio", "text", "video", "sensor", "table"]);
    for kind in ModalityKind::ALL {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        assert!(kind.about().starts_with("A ") && !kind.extensions().is_empty());
    }
}

#[test]
fn a_preparation_that_version_0_1_wrote_prepares_as_it_did() {
    let read = |json: &str| serde_json::from_str::<Preparation>(json).unwrap();
    let sensor = read(r#"{"kind":"sensor","channels":1,"length":3,"mean":[1.0],"sd":[2.0]}"#);
    let series = |values: &[f64]| Value::Series(Series { channels: 1, names: None, values: values.to_vec() });
    assert_eq!(sensor.bounds(), Some(Time { length: 3, limit: None }));
    let long = sensor.apply(&series(&[1.0, 3.0, 5.0, 7.0])).unwrap();
    assert_eq!((long.values, long.cut), (vec![0.0, 1.0, 2.0], 1));
    let table = read(r#"{"kind":"table","mean":[1.0],"sd":[2.0]}"#);
    assert_eq!(table.apply(&Value::of_numbers(&[5.0])).unwrap().values, [2.0]);
    let image = read(r#"{"kind":"vision","channels":1,"height":1,"width":1,"mean":[0.5],"sd":[0.25]}"#);
    let pixel = Value::Image(Image { height: 1, width: 1, channels: 1, pixels: vec![255] });
    assert_eq!(image.apply(&pixel).unwrap().values, [2.0]);
    let video =
        read(r#"{"kind":"video","frames":2,"image":{"channels":1,"height":1,"width":1,"mean":[0.5],"sd":[0.25]}}"#);
    assert_eq!(video.shape(), [2, 1, 1]);
    let audio = read(
        r#"{"kind":"audio","rate":8000,"n-fft":256,"hop":128,"n-mels":4,"fmin":0.0,"fmax":null,"length":2,
            "mean":[0,0,0,0],"sd":[1,1,1,1]}"#,
    );
    let clip = audio.apply(&Value::Audio(Waveform { rate: 8_000, samples: vec![0.1; 1_000] })).unwrap();
    assert_eq!((clip.steps, clip.cut), (Some(2), 6));
}

#[test]
fn a_value_of_another_kind_or_beyond_32_bits_is_refused() {
    let preparation = fit(&ModalityConfig::new(ModalityKind::Table), "{\"x\": [1e-3]}\n{\"x\": [3e-3]}\n");
    assert_eq!(preparation.apply(&Value::of_numbers(&[3e38])), Err(PrepareError::NotFinite));
    let wrong = preparation.apply(&Value::Text("x".to_owned()));
    assert_eq!(wrong, Err(PrepareError::Kind { expected: ModalityKind::Table, found: ModalityKind::Text }));
}

fn image(channels: usize, pixels: &[u8]) -> Image {
    Image { height: 2, width: pixels.len() / channels / 2, channels, pixels: pixels.to_vec() }
}

#[test]
fn demo_images_come_out_standardised() {
    let config = ModalityConfig::new(ModalityKind::Vision);
    let data = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
    let data = open(&data, &BTreeMap::from([("x".to_owned(), config.clone())]), Path::new("."), 1).unwrap();
    let preparation = Preparation::fit("x", &config, &data.train).unwrap();
    let (mut sum, mut square, mut n) = (0.0, 0.0, 0.0);
    for row in 0..data.train.len() {
        let value = data.train.value(row, &Item::new("x")).unwrap().unwrap();
        for x in preparation.apply(&value).unwrap().values {
            sum += f64::from(x);
            square += f64::from(x) * f64::from(x);
            n += 1.0;
        }
    }
    // Fitted on the same rows: what is left are the roundings of 32 bits.
    assert!((sum / n).abs() < 1e-5 && (square / n - 1.0).abs() < 1e-5, "{} {}", sum / n, square / n);
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

fn demo_voice(noise: Option<NoiseConfig>) -> (Split, ModalityConfig) {
    let mut config = ModalityConfig { noise, ..ModalityConfig::new(ModalityKind::Audio) };
    config.features.log_mel = 16;
    let data = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
    let data = open(&data, &BTreeMap::from([("x".to_owned(), config.clone())]), Path::new("."), 1).unwrap();
    (data.train.select(&(0..300).collect::<Vec<_>>()), config)
}

#[test]
fn a_clip_has_its_own_number_of_frames() {
    let (split, config) = demo_voice(None);
    let preparation = Preparation::fit("x", &config, &split).unwrap();
    let [1, 16, time] = preparation.shape()[..] else { panic!("{:?}", preparation.shape()) };
    let mut longest = 0;
    for row in 0..split.len() {
        let value = split.value(row, &Item::new("x")).unwrap().unwrap();
        let Value::Audio(Waveform { samples, .. }) = &value else { panic!("audio") };
        let prepared = preparation.apply(&value).unwrap();
        // A window of 256 samples at 8 kHz, half a window apart.
        let n_frames = 1 + samples.len() / 128;
        assert_eq!((prepared.steps, prepared.values.len()), (Some(n_frames), 16 * n_frames));
        longest = longest.max(n_frames);
    }
    assert_eq!(longest, time, "the longest training clip sets the common length");
}

#[test]
fn a_longer_limit_never_changes_the_frames() {
    let (split, config) = demo_voice(None);
    let at = |length| {
        let config = ModalityConfig { length: Some(length), ..config.clone() };
        Preparation::fit("x", &config, &split).unwrap()
    };
    let value = split.value(5, &Item::new("x")).unwrap().unwrap();
    let (a, b) = (at(10).apply(&value).unwrap(), at(60).apply(&value).unwrap());
    let steps = b.steps.unwrap();
    assert!(steps > 10 && a.cut == steps - 10);
    for band in 0..16 {
        assert_eq!(a.values[band * 10..][..10], b.values[band * steps..][..10]);
    }
}

#[test]
fn noise_belongs_to_the_row_and_is_the_same_each_time() {
    let noise = Some(NoiseConfig { snr_db: [-3.0, 9.0] });
    let ((clean, _), (noisy, _)) = (demo_voice(None), demo_voice(noise));
    let samples = |split: &Split, row| match split.value(row, &Item::new("x")).unwrap() {
        Some(Value::Audio(Waveform { samples, .. })) => samples,
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
    let preparation = Preparation::fit("x", &config, &split).unwrap();
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
    let error = Preparation::fit("x", &config, &split).unwrap_err();
    assert!(error.to_string().contains("absent from every training row"), "{error}");

    let (split, config) = demo_voice(None);
    let fails = |change: fn(&mut ModalityConfig)| {
        let mut config = config.clone();
        change(&mut config);
        Preparation::fit("x", &config, &split).unwrap_err().to_string()
    };
    assert!(fails(|c| c.features.fmax = Some(9_000.0)).contains("9000 Hz"));
    // Each of these once reached the allocator.
    assert!(fails(|c| c.features.log_mel = i64::MAX as usize).contains("modality.x.features.log-mel"));
    assert!(fails(|c| c.length = Some(i64::MAX as usize)).contains("modality.x.length"));
    assert!(fails(|c| c.features.n_fft = Some(i64::MAX as usize)).contains("at most"));
    assert!(fails(|c| c.rate = Some(0)).contains("modality.x.rate = 0"));
    assert!(fails(|c| c.augment.jitter = f32::NAN).contains("modality.x.augment.jitter = NaN"));
    let mut config = ModalityConfig::new(ModalityKind::Vision);
    config.size = Some([100_000, 100_000]);
    let data = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
    let modalities = BTreeMap::from([("x".to_owned(), config.clone())]);
    let train = open(&data, &modalities, Path::new("."), 1).unwrap().train;
    let error = Preparation::fit("x", &config, &train).unwrap_err().to_string();
    assert!(error.contains("[1, 100000, 100000]"), "{error}");
    config.channels = Some(i64::MAX as usize);
    let error = Preparation::fit("x", &config, &train).unwrap_err().to_string();
    assert!(error.contains("1 (grey) or 3 (colour)"), "{error}");
}

#[test]
fn all_training_images_decide_colour_and_size() {
    let config = ModalityConfig::new(ModalityKind::Vision);
    let mut survey = AnySurvey::new(ModalityKind::Vision);
    let grey = Image { height: 4, width: 6, channels: 1, pixels: vec![10; 24] };
    let colour = Image { height: 8, width: 8, channels: 3, pixels: vec![20; 192] };
    survey.see(&Value::Image(grey), 1).unwrap();
    survey.see(&Value::Image(colour), 8).unwrap();
    let (preparation, notes) = survey.begin("x", &config).unwrap().finish(&config, &survey).unwrap();
    assert_eq!(preparation.shape(), [3, 8, 8]);
    assert!(notes[0].starts_with("8 of 9 training images have colour and 1 are grey"), "{notes:?}");
    assert!(notes[1].contains("the median, 8 × 8 pixels"), "{notes:?}");
}

#[test]
fn a_survey_of_several_rates_says_which_it_took() {
    let config = ModalityConfig::new(ModalityKind::Audio);
    let mut survey = AnySurvey::new(ModalityKind::Audio);
    let clip = |rate| Value::Audio(Waveform { rate, samples: vec![0.1; 100] });
    survey.see(&clip(44_100), 1).unwrap();
    survey.see(&clip(8_000), 2).unwrap();
    let (preparation, notes) = survey.begin("x", &config).unwrap().finish(&config, &survey).unwrap();
    assert!(matches!(&preparation, Preparation::Audio(audio) if audio.rate() == 8_000));
    assert!(notes[0].contains("2 at 8000 Hz, 1 at 44100 Hz"), "{notes:?}");
    let split = split(&ModalityConfig::new(ModalityKind::Text), "{\"x\": \"a\"}\n");
    assert!(Survey::of("x", &config, &split, &[0]).unwrap_err().to_string().contains("text value where audio"));
}
