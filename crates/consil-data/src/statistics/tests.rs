use std::path::Path;

use consil_random::Key;
use proptest::prelude::*;

use super::*;
use crate::{DataConfig, ModalityKind, Source, open};

/// Splits of every kind of statistics: images, clips, series with and without headers, sentences, typed rows.
fn splits() -> Vec<(ModalityConfig, Split)> {
    let demo = |kind: ModalityKind| {
        let config = ModalityConfig::new(kind);
        let data = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
        let modalities = BTreeMap::from([("x".to_owned(), config.clone())]);
        let train = open(&data, &modalities, Path::new("."), 1).unwrap().train;
        (config, train.select(&(0..120).collect::<Vec<_>>()))
    };
    let mut text = "x,age,city,seen\n".to_owned();
    let mut stream = Key::new(9).stream();
    for row in 0..120usize {
        let words: Vec<&str> =
            (0..stream.below(9)).map(|_| ["red", "green", "blue", "rot", "grün"][stream.below(5)]).collect();
        let age =
            if row % 7 == 0 { String::new() } else { format!("{:e}", stream.normal() * 10f64.powi(row as i32 % 20)) };
        let city = ["Rom", "Bern", "Oslo"][stream.below(3)];
        text += &format!("{},{age},{city},20{:02}-0{}-11\n", words.join(" "), stream.below(30), 1 + stream.below(9));
    }
    let folder = tempfile::tempdir().unwrap();
    ["a.csv", "b.csv"].iter().for_each(|name| std::fs::write(folder.path().join(name), &text).unwrap());
    let listed = |config: ModalityConfig| {
        let data = DataConfig { train: Some("a.csv".into()), test: Some("b.csv".into()), ..DataConfig::default() };
        let modalities = BTreeMap::from([("x".to_owned(), config.clone())]);
        (config, open(&data, &modalities, folder.path(), 1).unwrap().train)
    };
    let types = [("city", crate::ColumnType::Category), ("seen", crate::ColumnType::Date)];
    let table = ModalityConfig {
        columns: ["age", "city", "seen"].map(str::to_owned).to_vec(),
        types: types.into_iter().map(|(name, kind)| (name.to_owned(), kind)).collect(),
        ..ModalityConfig::new(ModalityKind::Table)
    };
    vec![
        demo(ModalityKind::Vision),
        demo(ModalityKind::Audio),
        demo(ModalityKind::Sensor),
        listed(ModalityConfig::new(ModalityKind::Text)),
        listed(table),
    ]
}

fn fitted(config: &ModalityConfig, split: &Split, sites: &[Vec<usize>]) -> String {
    let merged = |surveys: Vec<Survey>| {
        let mut surveys = surveys.into_iter();
        let mut all = surveys.next().unwrap();
        surveys.for_each(|survey| all.merge(&survey).unwrap());
        all
    };
    let survey = merged(sites.iter().map(|rows| Survey::of("x", config, split, rows).unwrap()).collect());
    // As bytes, the way they travel.
    let survey: Survey = serde_json::from_str(&serde_json::to_string(&survey).unwrap()).unwrap();
    let mut moments = sites.iter().map(|rows| survey.measure(split, rows).unwrap());
    let mut all = moments.next().unwrap();
    moments.for_each(|moments| all.merge(&moments).unwrap());
    serde_json::to_string(&all.finish(&survey).unwrap().0).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn any_division_of_the_rows_over_sites_gives_the_same_preparation(seed in 0u64..1_000, n_sites in 2usize..6) {
        for (config, split) in splits() {
            let whole = fitted(&config, &split, &[(0..split.len()).collect()]);
            let mut stream = Key::new(seed).stream();
            let mut sites = vec![Vec::new(); n_sites];
            (0..split.len()).for_each(|row| sites[stream.below(n_sites)].push(row));
            stream.shuffle(&mut sites);
            prop_assert_eq!(&fitted(&config, &split, &sites), &whole, "{}", config.kind);
        }
    }
}

#[test]
fn a_site_without_a_modality_adds_nothing() {
    let (config, split) = splits().remove(4);
    let whole = fitted(&config, &split, &[(0..120).collect()]);
    assert_eq!(fitted(&config, &split, &[Vec::new(), (0..120).collect()]), whole);
    let none = Survey::of("x", &config, &split, &[]).unwrap();
    assert!(matches!(none.measure(&split, &[0]), Err(DataError::AllAbsent { .. })));
}

#[test]
fn statistics_of_different_surveys_do_not_merge() {
    let (config, split) = splits().remove(0);
    let survey = |size| {
        let config = ModalityConfig { size: Some(size), ..config.clone() };
        let survey = Survey::of("x", &config, &split, &[0, 1]).unwrap();
        survey.measure(&split, &[0, 1]).unwrap()
    };
    let error = survey([8, 8]).merge(&survey([4, 4])).unwrap_err().to_string();
    assert!(error.contains("different surveys"), "{error}");
}
