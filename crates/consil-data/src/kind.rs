//! The list of modalities: the only place where all are named. Names in specs, the schema, and dispatch follow from it.
//!
//! What a modality does stands in its own file of `modality/`, which the list names.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hands the list to a macro: of each modality its documentation, its name in a spec, its type, its preparation, and what its
/// values are called and consist of.
macro_rules! with_modalities {
    ($follow:ident) => {
        $follow! {
            /// A still image: PNG, JPEG, or a slice of an idx array. `[C, H, W]`.
            Vision = "vision": vision::Vision, ImagePreparation, Image(Image);
            /// A waveform: WAV. `[1, n_mels, T]`.
            Audio = "audio": audio::Audio, AudioPreparation, Audio(Waveform);
            /// A sentence: a cell, or a text file. Word numbers `[T]`.
            Text = "text": text::Text, TextPreparation, Text(String);
            /// A sequence of images: a folder of frames. `[T·C, H, W]`.
            Video = "video": video::Video, VideoPreparation, Video(Vec<Image>);
            /// A multi-channel time series: CSV, a JSON array, or a slice of an idx array. `[C, T]`.
            Sensor = "sensor": sensor::Sensor, SensorPreparation, Series(Series);
            /// A row of numbers, categories, truth values and dates: columns of the manifest. `[D]`.
            Table = "table": table::Table, TablePreparation, Row(Vec<TableCell>);
        }
    };
}

/// The kinds, by the list.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal: $modality:ty, $preparation:ty, $value:ident($content:ty);)+) => {
        /// What a value is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum ModalityKind {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $kind,)+
        }

        impl ModalityKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$kind,)+];

            /// Its name in a spec.
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)+ }
            }

            /// What its values are, in a few words.
            pub fn about(self) -> &'static str {
                match self { $(Self::$kind => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

with_modalities!(kinds);

impl fmt::Display for ModalityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

pub(crate) use with_modalities;
