use super::*;

fn series(text: &str) -> Result<(usize, Vec<f64>), Fault> {
    match parse::series(Path::new("s.csv"), ModalityKind::Sensor, text)? {
        Value::Series(Series { channels, values, .. }) => Ok((channels, values)),
        other => panic!("{other:?}"),
    }
}

fn value(text: &str) -> Value {
    parse::series(Path::new("s.csv"), ModalityKind::Sensor, text).unwrap()
}

fn fit(texts: &[&str], config: &ModalityConfig) -> Result<SensorPreparation, Fault> {
    let mut survey = SensorSurvey::default();
    texts.iter().try_for_each(|text| Sensor::see(&mut survey, &value(text), 1))?;
    let mut moments = Sensor::begin("s", config, &survey).unwrap();
    texts.iter().for_each(|text| Sensor::measure(&mut moments, &value(text), 1));
    Ok(Sensor::finish(config, &survey, &moments))
}

fn config() -> ModalityConfig {
    ModalityConfig::new(ModalityKind::Sensor)
}

#[test]
fn headers_and_separators_are_recognised() {
    let expected = (2, vec![1.0, 2.0, -3.5, 4e3]);
    for text in [
        "x,y\n1,2\n-3.5,4e3\n",
        "\"x\";\"y\"\n1;2\n-3.5;4e3\n",
        "1,2\n-3.5,4e3",
        "1;2\n\n-3.5;4e3\n",
        "1\t2\r\n-3.5\t4e3\r\n",
        " 1  2\n-3.5 4e3",
    ] {
        assert_eq!(series(text).unwrap(), expected, "{text:?}");
    }
}

#[test]
fn an_empty_cell_is_absent() {
    let (channels, values) = series("1,,3\n4,5,6\n").unwrap();
    assert_eq!(channels, 3);
    assert!(values[1].is_nan() && values[4] == 5.0);
}

#[test]
fn faults_name_the_line() {
    let fault = |text: &str| series(text).unwrap_err().to_string();
    assert!(fault("1,2\n3\n").contains("line 2: 1 cells where the header has 2"));
    assert!(fault("1,2\n3,x\n").contains("line 2: \"x\" is not a number"));
    assert!(fault("x,x\n3,4\n").contains("line 1: the header names \"x\" twice"));
    for (cell, says) in [("inf", "finite"), ("-1e39", "finite"), ("1e400", "finite"), ("NaN", "not a number")] {
        let text = fault(&format!("1,2\n3,{cell}\n"));
        assert!(text.contains("line 2: ") && text.contains(says), "{text}");
        // The first line of a file without a header is no header for an infinite number.
        assert!(fault(&format!("{cell},2\n3,4\n")).contains("line 1"), "{cell}");
    }
    assert!(matches!(series("x,y\n"), Err(Fault::NoContent { .. })));
    assert!(matches!(series(""), Err(Fault::NoContent { .. })));
}

#[test]
fn channels_are_read_by_the_names_of_the_header() {
    let preparation = fit(&["x,y\n0,5\n2,5\n", "x,y\n4,5\n2,6\n"], &config()).unwrap();
    let straight = preparation.apply(&value("x,y\n1,2\n3,4\n")).unwrap();
    assert_eq!(preparation.apply(&value("y,x\n2,1\n4,3\n")).unwrap(), straight);
    // Without a header, by place.
    assert_eq!(preparation.apply(&value("1,2\n3,4\n")).unwrap(), straight);
    let other = preparation.apply(&value("x,z\n1,2\n")).unwrap_err();
    assert!(matches!(&other, PrepareError::Header { found, .. } if found[1] == "z"), "{other}");
    // The order of the training files does not matter either: the most frequent header gives it.
    let mixed = fit(&["y,x\n5,0\n5,2\n", "x,y\n4,5\n2,6\n", "x,y\n0,0\n"], &config()).unwrap();
    let again = fit(&["x,y\n0,0\n", "x,y\n4,5\n2,6\n", "y,x\n5,0\n5,2\n"], &config()).unwrap();
    assert_eq!(mixed, again);
    assert!(matches!(fit(&["x,y\n1,2\n", "x,z\n1,2\n"], &config()), Err(Fault::Header { .. })));
    assert!(matches!(fit(&["1,2\n", "1,2,3\n"], &config()), Err(Fault::Channels { .. })));
}

#[test]
fn a_sensor_is_standardised_and_cut() {
    // Channel 0 holds 0, 2, 4, 2 (mean 2, variance 2); channel 1 holds 5 four times.
    let config = ModalityConfig { length: Some(3), ..config() };
    let preparation = fit(&["0,5\n2,5\n", "4,5\n2,5\n"], &config).unwrap();
    assert_eq!(preparation.shape(), [2, 3]);
    let short = preparation.apply(&value("0,5\n,6\n")).unwrap();
    let expected = [-(2f32.sqrt()), 0.0, 0.0, 1.0];
    assert!(short.values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{:?}", short.values);
    assert_eq!((short.steps, short.cut), (Some(2), 0));
    let long = preparation.apply(&value(&"2,2\n".repeat(5))).unwrap();
    assert_eq!((long.values, long.steps, long.cut), (vec![0.0, 0.0, 0.0, -3.0, -3.0, -3.0], Some(3), 2));
    let narrow = preparation.apply(&value("1\n"));
    assert_eq!(narrow, Err(PrepareError::Channels { expected: 2, found: 1 }));
}

#[test]
fn a_small_change_of_a_large_level_is_seen() {
    // 1e9 + {0, 1, 2}: mean 1e9 + 1 and variance 2/3.
    let preparation = fit(&["1000000000\n1000000001\n1000000002\n"], &config()).unwrap();
    let values = preparation.apply(&value("1000000000\n1000000001\n1000000002\n")).unwrap().values;
    let expected = [-(1.5f32.sqrt()), 0.0, 1.5f32.sqrt()];
    assert!(values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{values:?}");
    let read: SensorPreparation = serde_json::from_str(&serde_json::to_string(&preparation).unwrap()).unwrap();
    assert_eq!(read, preparation);
}

/// The gesture of a run that version 0.1 wrote: its samples are scaled in 32 bits, as they were when its weights were learned.
#[test]
fn what_version_0_1_fitted_scales_as_it_did() {
    let stored = r#"{"channels":1,"length":3,"mean":[9.38791275024414],"sd":[2.3808741569519043]}"#;
    let old: SensorPreparation = serde_json::from_str(stored).unwrap();
    assert_eq!(serde_json::to_string(&old).unwrap(), stored);
    let samples = [0.1, 16_777_217.0, -1e9 - 0.5, f64::NAN];
    let series = |values: &[f64]| Value::Series(Series { channels: 1, names: None, values: values.to_vec() });
    let scaled = old.apply(&series(&samples)).unwrap();
    let then = |x: f64| (x as f32 - 9.38791275024414_f64 as f32) / 2.3808741569519043_f64 as f32;
    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    // Each series has three samples: what is beyond was cut.
    assert_eq!(bits(&scaled.values), bits(&samples[..3].iter().map(|x| then(*x)).collect::<Vec<_>>()));
    // What is fitted now keeps the digits of a double, and differs.
    let now = SensorPreparation { is_exact: true, ..old };
    assert_ne!(bits(&now.apply(&series(&samples)).unwrap().values), bits(&scaled.values));
}
