use std::path::Path;

use super::*;
use crate::{Augment, Data, DataConfig, ModalityKind, Source, open};

struct Demo {
    data: Data,
    modalities: BTreeMap<String, ModalityConfig>,
    preparations: BTreeMap<String, Preparation>,
}

fn demo(augment: Augment) -> Demo {
    let kinds = [("hand", ModalityKind::Sensor), ("image", ModalityKind::Vision), ("voice", ModalityKind::Audio)];
    // Each kind is changed in the ways that it has.
    let modality = |kind| {
        let (is_audio, has_time) = (kind == ModalityKind::Audio, kind != ModalityKind::Vision);
        let band_mask = if is_audio { augment.band_mask } else { 0 };
        let time_mask = if has_time { augment.time_mask } else { 0 };
        ModalityConfig { augment: Augment { band_mask, time_mask, ..augment }, ..ModalityConfig::new(kind) }
    };
    let modalities: BTreeMap<_, _> = kinds.into_iter().map(|(name, kind)| (name.to_owned(), modality(kind))).collect();
    let mut config = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
    config.compose = Some(crate::ComposeConfig { train: Some(200), test: Some(50), ..Default::default() });
    let data = open(&config, &modalities, Path::new("."), 5).unwrap();
    let fit = |(name, config): (&String, &ModalityConfig)| {
        let preparation = Preparation::fit(name, config, &data.train).unwrap();
        (name.clone(), preparation)
    };
    let preparations = modalities.iter().map(fit).collect();
    Demo { data, modalities, preparations }
}

#[test]
fn a_batch_is_the_prepared_rows_padded_to_the_longest_whatever_the_cache() {
    let demo = demo(Augment::default());
    let rows = [3usize, 0, 199, 3];
    for item in demo.data.train.items() {
        let preparation = &demo.preparations[&item.modality];
        let prepared: Vec<Prepared> = rows
            .iter()
            .map(|row| preparation.apply(&demo.data.train.value(*row, item).unwrap().unwrap()).unwrap())
            .collect();
        let time = prepared.iter().filter_map(|prepared| prepared.steps).max();
        for cache_bytes in [0, 4 * preparation.len() * 2, usize::MAX] {
            let loader = Loader::new(&demo.data.train, &demo.preparations, cache_bytes);
            for _ in 0..2 {
                let batch = loader.batch(&rows, item).unwrap();
                assert_eq!((batch.time(), &batch.present), (time, &vec![1.0; 4]), "{item} with {cache_bytes} bytes");
                let width = batch.shape.iter().product::<usize>();
                assert_eq!(batch.values.len(), 4 * width);
                for (nth, prepared) in prepared.iter().enumerate() {
                    let got = &batch.values[nth * width..][..width];
                    let (Some(time), Some(steps)) = (time, prepared.steps) else {
                        assert_eq!(got, prepared.values);
                        continue;
                    };
                    for (got, expected) in got.chunks(time).zip(prepared.values.chunks(steps)) {
                        assert_eq!(got[..steps], *expected);
                        assert!(got[steps..].iter().all(|x| *x == 0.0));
                    }
                    let mask = &batch.mask.as_ref().unwrap()[nth * time..][..time];
                    assert!(mask.iter().enumerate().all(|(t, m)| (*m == 1.0) == (t < steps)));
                }
            }
        }
    }
}

#[test]
fn batches_of_a_fixed_length_pad_and_cut_to_it() {
    let mut demo = demo(Augment::default());
    let voice = Item::new("voice");
    let preparation = demo.preparations.get_mut("voice").unwrap();
    preparation.fix_length();
    let time = preparation.time().unwrap();
    let loader = Loader::new(&demo.data.train, &demo.preparations, usize::MAX);
    for row in 0..20 {
        assert_eq!(loader.batch(&[row], &voice).unwrap().time(), Some(time));
    }
    let longest = loader.lengths(&(0..200).collect::<Vec<_>>(), &voice).unwrap().into_iter().max();
    assert_eq!(longest, Some(time));
}

#[test]
fn a_batch_is_padded_further_where_a_network_wants_more() {
    let mut batch = Batch {
        values: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
        mask: Some(vec![1.0, 1.0, 1.0, 0.0]),
        present: vec![1.0; 2],
        shape: vec![2, 2],
    };
    batch.pad(2);
    assert_eq!(batch.shape, [2, 2]);
    batch.pad(3);
    assert_eq!(batch.values, [1.0, 2.0, 0.0, 3.0, 4.0, 0.0, 5.0, 6.0, 0.0, 7.0, 8.0, 0.0]);
    assert_eq!((batch.mask.unwrap(), batch.shape), (vec![1.0, 1.0, 0.0, 1.0, 0.0, 0.0], vec![2, 3]));
}

#[test]
fn the_cache_keeps_to_its_bytes() {
    let demo = demo(Augment::default());
    let image = Item::new("image");
    let loader = Loader::new(&demo.data.train, &demo.preparations, 10 * 64 * 4 + 100);
    loader.batch(&(0..200).collect::<Vec<_>>(), &image).unwrap();
    let kept = loader.shelves[&image].rows.iter().filter(|row| row.get().is_some()).count();
    assert_eq!((kept, loader.bytes_left.load(Ordering::Relaxed)), (10, 100));
}

#[test]
fn absent_values_are_zeros_that_are_not_present() {
    let folder = tempfile::tempdir().unwrap();
    let lines = "{\"x\": [[1], [2]]}\n{\"x\": null}\n{\"x\": [[3]]}\n";
    ["x.jsonl", "y.jsonl"].iter().for_each(|name| std::fs::write(folder.path().join(name), lines).unwrap());
    let modalities = BTreeMap::from([("x".to_owned(), ModalityConfig::new(ModalityKind::Sensor))]);
    let config = DataConfig { train: Some("x.jsonl".into()), test: Some("y.jsonl".into()), ..DataConfig::default() };
    let data = open(&config, &modalities, folder.path(), 1).unwrap();
    let item = Item::new("x");
    let preparation = Preparation::fit("x", &modalities["x"], &data.train).unwrap();
    let preparations = BTreeMap::from([("x".to_owned(), preparation)]);
    let batch = Loader::new(&data.train, &preparations, 1 << 20).batch(&[0, 1, 2], &item).unwrap();
    assert_eq!(batch.present, [1.0, 0.0, 1.0]);
    assert_eq!(batch.mask.unwrap(), [1.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(batch.values[2..4], [0.0, 0.0]);
    assert!(batch.values[0] < 0.0 && batch.values[4] > 0.0 && batch.values[5] == 0.0);

    let unknown = Loader::new(&data.train, &preparations, 0).batch(&[0], &Item::at("x", 1)).unwrap_err();
    assert!(unknown.to_string().contains("no item x(1); items: x"), "{unknown}");
}

#[test]
fn threads_get_what_one_thread_gets() {
    let demo = demo(Augment::default());
    let voice = Item::new("voice");
    let rows: Vec<usize> = (0..200).collect();
    let alone = Loader::new(&demo.data.train, &demo.preparations, usize::MAX).batch(&rows, &voice).unwrap();
    let shared = Loader::new(&demo.data.train, &demo.preparations, 30_000);
    std::thread::scope(|scope| {
        let ask = || shared.batch(&rows, &voice).unwrap();
        let (first, second) = (scope.spawn(ask), scope.spawn(ask));
        assert_eq!(first.join().unwrap(), alone);
        assert_eq!(second.join().unwrap(), alone);
    });
}

#[test]
fn training_batches_change_with_the_key_and_nothing_else() {
    let augment = Augment { shift: 1, time_mask: 4, band_mask: 2, jitter: 0.1, scale: 0.1 };
    let demo = demo(augment);
    let loader = Loader::new(&demo.data.train, &demo.preparations, usize::MAX).with_augmentation(&demo.modalities);
    let rows = [0, 1, 2, 3];
    for item in demo.data.train.items() {
        let at = |step| loader.batch_train(&rows, item, Key::new(1).at(step)).unwrap();
        assert_eq!(at(1), at(1));
        assert_ne!(at(1).values, at(2).values, "{item}");
        // A row's change does not depend on who else is in the batch.
        let alone = loader.batch_train(&[2], item, Key::new(1).at(1)).unwrap();
        let together = at(1);
        let (width, own) = (together.shape.iter().product::<usize>(), alone.time().unwrap_or(1));
        let row = &together.values[2 * width..3 * width];
        for (a, b) in row.chunks(together.time().unwrap_or(1)).zip(alone.values.chunks(own)) {
            assert_eq!(a[..own], *b, "{item}");
        }
        // The rows themselves stay as they were.
        let plain = Loader::new(&demo.data.train, &demo.preparations, 0).batch(&rows, item).unwrap();
        assert_eq!(loader.batch(&rows, item).unwrap(), plain);
        assert_ne!(at(1).values, plain.values);
    }
}

#[test]
fn a_shifted_image_is_one_of_its_nine_neighbours() {
    let demo = demo(Augment { shift: 1, ..Augment::default() });
    let loader = Loader::new(&demo.data.train, &demo.preparations, usize::MAX).with_augmentation(&demo.modalities);
    let image = Item::new("image");
    let Preparation::Vision(preparation) = &demo.preparations["image"] else { panic!("an image preparation") };
    let black = preparation.black()[0];
    let plain = loader.batch(&[0], &image).unwrap().values;
    let moved = |down: isize, right: isize| -> Vec<f32> {
        let at = |y: isize, x: isize| {
            let inside = (0..8).contains(&(y - down)) && (0..8).contains(&(x - right));
            if inside { plain[((y - down) * 8 + x - right) as usize] } else { black }
        };
        (0..64).map(|i| at(i / 8, i % 8)).collect()
    };
    let neighbours: Vec<Vec<f32>> =
        (-1..=1).flat_map(|d| (-1..=1).map(move |r| (d, r))).map(|(d, r)| moved(d, r)).collect();
    let mut seen = [false; 9];
    for step in 0..200 {
        let shifted = loader.batch_train(&[0], &image, Key::new(1).at(step)).unwrap().values;
        let which = neighbours.iter().position(|n| *n == shifted).expect("a shift by at most one pixel");
        seen[which] = true;
    }
    assert_eq!(seen, [true; 9]);
}
