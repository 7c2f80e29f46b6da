//! Files for a test, in a folder that goes away with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use consil_data::{ModalityConfig, ModalityKind};

pub struct Fixture(tempfile::TempDir);

impl Fixture {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    pub fn text(&self, name: &str, text: &str) -> &Self {
        fs::write(self.file(name), text).unwrap();
        self
    }

    /// A text file, and a copy of it (`a.csv`, `a.copy.csv`) for another split.
    pub fn twice(&self, name: &str, text: &str) -> &Self {
        let (stem, extension) = name.rsplit_once('.').unwrap();
        self.text(name, text).text(&format!("{stem}.copy.{extension}"), text)
    }

    /// A grey ramp.
    pub fn png(&self, name: &str, width: u32, height: u32) -> &Self {
        image::GrayImage::from_fn(width, height, |x, y| image::Luma([(10 * (x + y)) as u8]))
            .save(self.file(name))
            .unwrap();
        self
    }

    /// A 440 Hz tone at 8 kHz.
    pub fn wav(&self, name: &str, n_samples: usize) -> &Self {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(self.file(name), spec).unwrap();
        for i in 0..n_samples {
            let sample = (i as f64 * 440.0 * std::f64::consts::TAU / 8_000.0).sin();
            writer.write_sample((sample * 20_000.0) as i16).unwrap();
        }
        writer.finalize().unwrap();
        self
    }
}

pub fn modality(kind: ModalityKind) -> ModalityConfig {
    ModalityConfig::new(kind)
}

pub fn modalities<const N: usize>(list: [(&str, ModalityKind); N]) -> BTreeMap<String, ModalityConfig> {
    list.into_iter().map(|(name, kind)| (name.to_owned(), modality(kind))).collect()
}
