//! The list of modalities: the only place where all are named. Names in specs, the schema, and dispatch follow from it.
//!
//! What a modality does stands in its own file of `modality/`, which the list names.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Hands the list to a macro: of each modality its documentation, its name in a spec, its type and its preparation.
macro_rules! with_modalities {
    ($follow:ident) => {
        $follow! {
            /// A still image: PNG, JPEG, or a slice of an idx array. `[C, H, W]`.
            Vision = "vision": vision::Vision, ImagePreparation;
            /// A waveform: WAV. `[1, n_mels, T]`.
            Audio = "audio": audio::Audio, AudioPreparation;
            /// A sentence: a cell, or a text file. Word numbers `[T]`.
            Text = "text": text::Text, TextPreparation;
            /// A sequence of images: a folder of frames. `[T·C, H, W]`.
            Video = "video": video::Video, VideoPreparation;
            /// A multi-channel time series: CSV, a JSON array, or a slice of an idx array. `[C, T]`.
            Sensor = "sensor": sensor::Sensor, SensorPreparation;
            /// A row of numbers, categories, truth values and dates: columns of the manifest. `[D]`.
            Table = "table": table::Table, TablePreparation;
        }
    };
}

/// The kinds, by the list.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal: $modality:ty, $preparation:ty;)+) => {
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
