//! The kinds of values that a sample may hold: one file each, which says how its files are decoded, what a manifest's cell
//! holds, what is learned of the training rows, how a value becomes numbers, and what there is to see of it.
//!
//! A new modality is a file with an implementation of `Modality`, and a line in the list of `kind.rs`, the only place where all
//! are named.

mod audio;
mod config;
mod lengths;
mod options;
mod prepared;
mod sensor;
mod table;
mod text;
mod video;
mod vision;

use std::hash::{Hash, Hasher};
use std::io;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use audio::AudioView;
pub use audio::{AudioPreparation, Waveform};
pub use config::{Augment, ColumnType, Features, ModalityConfig, NoiseConfig};
pub use prepared::{PrepareError, Prepared, View};
pub use sensor::{SensorPreparation, Series};
pub use table::TablePreparation;
pub(crate) use table::{boolean, typed};
pub use text::TextPreparation;
pub use video::VideoPreparation;
pub use vision::ImagePreparation;

use crate::error::{DataError, Fault};
use crate::idx::IdxArray;
use crate::kind::with_modalities;
use crate::manifest::Cell;
use crate::{Image, ModalityKind, TableCell};

/// One modality.
pub(crate) trait Modality {
    /// What all training values are like, by which it is decided how they are prepared.
    type Survey: Mergeable;
    /// Sums over the training values as that decision has them.
    type Moments: Mergeable;
    /// How a value becomes numbers.
    type Preparation: Prepare;

    /// What a value consists of.
    type Content: Content;

    /// The extensions, lower-case, of the files that hold a value, or of those in a folder that does.
    const EXTENSIONS: &'static [&'static str];
    /// The keys of `[modality.NAME]` that change something for it, besides those of every modality.
    const OPTIONS: &'static [&'static str];
    /// Whether a folder holds a value.
    const IS_FOLDER: bool = false;

    /// Decodes a file (or folder).
    fn decode(path: &Path) -> Result<Value, Fault>;
    /// Slice `i` of an idx array as a value; none where slices of its shape hold none.
    fn slice(array: &IdxArray, i: usize) -> Option<Self::Content> {
        let _ = (array, i);
        None
    }
    /// A value as it is exported.
    fn encode(content: &Self::Content) -> io::Result<Encoded>;
    /// What a cell that is not absent holds.
    fn place(cell: &Cell) -> Result<Place, Fault>;
    /// Counts a value, several times; a fault where it does not go with those before.
    fn see(survey: &mut Self::Survey, value: &Value, times: u32) -> Result<(), Fault>;
    /// Decides, and begins to add up.
    fn begin(modality: &str, config: &ModalityConfig, survey: &Self::Survey) -> Result<Self::Moments, DataError>;
    /// Adds a value, several times.
    fn measure(moments: &mut Self::Moments, value: &Value, times: u32);
    /// The fitted preparation.
    fn finish(config: &ModalityConfig, survey: &Self::Survey, moments: &Self::Moments) -> Self::Preparation;
    /// What was decided where the training values left a choice, as sentences.
    fn notes(config: &ModalityConfig, survey: &Self::Survey, moments: &Self::Moments) -> Vec<String>;
}

/// What a value consists of.
pub(crate) trait Content {
    /// Feeds it to a hasher; numbers by their bits.
    fn hash_into(&self, hasher: &mut impl Hasher);
    /// The bytes that it occupies beyond its own size, as the cache counts them.
    fn bytes(&self) -> usize;
}

/// A value as it is exported.
#[derive(Debug)]
pub(crate) enum Encoded {
    /// In the manifest's cell.
    Cell(String),
    /// A file of this extension.
    File(&'static str, Vec<u8>),
    /// A folder of files, by name.
    Folder(Vec<(String, Vec<u8>)>),
}

/// Statistics that add up over sites, in any order, to those of all rows.
pub(crate) trait Mergeable {
    /// Adds the statistics of other rows.
    fn merge(&mut self, other: &Self) -> Result<(), Fault>;
}

/// How values of one modality become numbers.
pub(crate) trait Prepare {
    /// The shape of a prepared value where all batches have one length.
    fn shape(&self) -> Vec<usize>;
    /// The bounds of the last axis, for modalities with time.
    fn time(&self) -> Option<Time> {
        None
    }
    /// Gives each row the same length.
    fn fix_length(&mut self) {}
    /// Cuts rows at the length that training rows have at most.
    fn limit_length(&mut self) {}
    /// The number of words, for text.
    fn vocabulary(&self) -> Option<usize> {
        None
    }
    /// Prepares a value at its own length.
    fn apply(&self, value: &Value) -> Result<Prepared, PrepareError>;
    /// What there is to see of a value.
    fn view(&self, value: &Value) -> View;
    /// Writes into a modality's options what they left open and was decided here.
    fn resolve(&self, config: &mut ModalityConfig) {
        let _ = config;
    }
    /// What a black pixel of each plane becomes, for values made of planes.
    fn black(&self) -> Vec<f32> {
        Vec::new()
    }
    /// Whether the rows before the time axis are bands of a spectrum.
    fn is_mel(&self) -> bool {
        false
    }
}

/// The bounds of a time axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    /// Steps of a row where all batches have one length.
    pub length: usize,
    /// Steps that no row exceeds, where each batch has its own length; none where all have one. Longer rows are cut, and
    /// counted.
    pub limit: Option<usize>,
}

impl Time {
    /// Steps beyond which a row is cut.
    pub fn most(&self) -> usize {
        self.limit.unwrap_or(self.length)
    }
}

/// What a manifest's cell holds.
pub(crate) enum Place {
    /// A path, relative to the manifest.
    File(String),
    /// The value itself.
    Value(Value),
}

/// The place of a modality whose values are files alone.
fn path_only(cell: &Cell) -> Result<Place, Fault> {
    match cell {
        Cell::Text(path) => Ok(Place::File(path.clone())),
        other => Err(Fault::JsonType { expected: "a path", found: other.text().unwrap_or_default() }),
    }
}

/// Sums of a modality that needs none beyond its survey.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Nothing;

impl Mergeable for Nothing {
    fn merge(&mut self, _: &Self) -> Result<(), Fault> {
        Ok(())
    }
}

/// What follows from the list of modalities.
macro_rules! modalities {
    ($($(#[doc = $doc:literal])+ $kind:ident = $name:literal: $modality:ty, $preparation:ty, $value:ident($content:ty);)+) => {
        impl ModalityKind {
            /// The extensions, lower-case, of the files that hold a value, or of those in a folder that does.
            pub fn extensions(self) -> &'static [&'static str] {
                match self { $(Self::$kind => <$modality>::EXTENSIONS,)+ }
            }

            /// Whether a folder holds a value.
            pub fn is_folder(self) -> bool {
                match self { $(Self::$kind => <$modality>::IS_FOLDER,)+ }
            }

            /// The keys of `[modality.NAME]` that change something for it, besides those of every modality.
            pub(crate) fn options(self) -> &'static [&'static str] {
                match self { $(Self::$kind => <$modality>::OPTIONS,)+ }
            }

            pub(crate) fn decode(self, path: &Path) -> Result<Value, Fault> {
                match self { $(Self::$kind => <$modality>::decode(path),)+ }
            }

            /// Slice `i` of an idx array; none where slices of its shape hold no such value.
            pub(crate) fn slice(self, array: &IdxArray, i: usize) -> Option<Value> {
                match self { $(Self::$kind => <$modality>::slice(array, i).map(Value::$value),)+ }
            }

            pub(crate) fn place(self, cell: &Cell) -> Result<Place, Fault> {
                match self { $(Self::$kind => <$modality>::place(cell),)+ }
            }
        }

        /// One decoded value.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Value {
            $($(#[doc = $doc])+ $value($content),)+
        }

        impl Value {
            /// The modality that this value belongs to.
            pub fn kind(&self) -> ModalityKind {
                match self { $(Self::$value(_) => ModalityKind::$kind,)+ }
            }

            /// Feeds the value to a hasher; numbers by their bits.
            pub(crate) fn hash_into(&self, hasher: &mut impl Hasher) {
                self.kind().hash(hasher);
                match self { $(Self::$value(content) => content.hash_into(hasher),)+ }
            }

            /// The bytes that the value occupies, as the cache counts them.
            pub fn bytes(&self) -> usize {
                size_of::<Self>() + match self { $(Self::$value(content) => content.bytes(),)+ }
            }

            /// The value as it is exported.
            pub(crate) fn encode(&self) -> io::Result<Encoded> {
                match self { $(Self::$value(content) => <$modality>::encode(content),)+ }
            }
        }

        /// How a modality's values become numbers. It is fitted on the training rows and is plain data: a checkpoint carries
        /// it, so that a device and a later `predict` prepare exactly as training did.
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "kind")]
        #[non_exhaustive]
        pub enum Preparation {
            $($(#[doc = $doc])+ #[serde(rename = $name)] $kind($preparation),)+
        }

        impl Preparation {
            /// The kind of the values it takes.
            pub fn kind(&self) -> ModalityKind {
                match self { $(Self::$kind(_) => ModalityKind::$kind,)+ }
            }

            pub(crate) fn inner(&self) -> &dyn Prepare {
                match self { $(Self::$kind(preparation) => preparation,)+ }
            }

            /// Lets each row keep its own length up to [`Preparation::time`], for a network that takes no more; longer rows are
            /// cut there.
            pub fn limit_length(&mut self) {
                match self { $(Self::$kind(preparation) => preparation.limit_length(),)+ }
            }

            /// Gives each row [`Preparation::time`] steps, for a network that takes no other number; longer rows are cut
            /// there.
            pub fn fix_length(&mut self) {
                match self { $(Self::$kind(preparation) => preparation.fix_length(),)+ }
            }
        }

        /// A survey of any kind.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub(crate) enum AnySurvey {
            $(#[serde(rename = $name)] $kind(<$modality as Modality>::Survey),)+
        }

        /// Moments of any kind.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub(crate) enum AnyMoments {
            $(#[serde(rename = $name)] $kind(<$modality as Modality>::Moments),)+
        }

        impl AnySurvey {
            pub fn new(kind: ModalityKind) -> Self {
                match kind { $(ModalityKind::$kind => Self::$kind(Default::default()),)+ }
            }

            pub fn see(&mut self, value: &Value, times: u32) -> Result<(), Fault> {
                match self {
                    $(Self::$kind(survey) => {
                        if value.kind() != ModalityKind::$kind {
                            return Err(Fault::Kind { expected: ModalityKind::$kind, found: value.kind() });
                        }
                        <$modality>::see(survey, value, times)
                    })+
                }
            }

            pub fn merge(&mut self, other: &Self) -> Result<(), Fault> {
                match (self, other) {
                    $((Self::$kind(mine), Self::$kind(theirs)) => mine.merge(theirs),)+
                    _ => Err(Fault::OtherSurvey),
                }
            }

            pub fn begin(&self, modality: &str, config: &ModalityConfig) -> Result<AnyMoments, DataError> {
                Ok(match self { $(Self::$kind(s) => AnyMoments::$kind(<$modality>::begin(modality, config, s)?),)+ })
            }
        }

        impl AnyMoments {
            pub fn measure(&mut self, value: &Value, times: u32) {
                match self { $(Self::$kind(moments) => <$modality>::measure(moments, value, times),)+ }
            }

            pub fn merge(&mut self, other: &Self) -> Result<(), Fault> {
                match (self, other) {
                    $((Self::$kind(mine), Self::$kind(theirs)) => mine.merge(theirs),)+
                    _ => Err(Fault::OtherSurvey),
                }
            }

            /// The fitted preparation, and what was decided; none where the survey is of another kind.
            pub fn finish(&self, config: &ModalityConfig, survey: &AnySurvey) -> Option<(Preparation, Vec<String>)> {
                match (self, survey) {
                    $((Self::$kind(moments), AnySurvey::$kind(survey)) => Some((
                        Preparation::$kind(<$modality>::finish(config, survey, moments)),
                        <$modality>::notes(config, survey, moments),
                    )),)+
                    _ => None,
                }
            }
        }
    };
}

with_modalities!(modalities);

impl Preparation {
    /// The shape of a prepared value where all batches have one length.
    pub fn shape(&self) -> Vec<usize> {
        self.inner().shape()
    }

    /// The number of numbers in a prepared value of that shape.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether a prepared value is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The length of the time axis where all batches have one length, for preparations with time.
    pub fn time(&self) -> Option<usize> {
        self.inner().time().map(|time| time.length)
    }

    /// The bounds of the time axis, for preparations with time.
    pub fn bounds(&self) -> Option<Time> {
        self.inner().time()
    }

    /// The number of words, for text.
    pub fn vocabulary(&self) -> Option<usize> {
        self.inner().vocabulary()
    }

    /// Prepares a value, at its own length.
    ///
    /// # Errors
    /// A value of another kind or width than the training data's, or one that 32 bits do not hold.
    pub fn apply(&self, value: &Value) -> Result<Prepared, PrepareError> {
        let prepared = self.inner().apply(value)?;
        match prepared.values.iter().all(|x| x.is_finite()) {
            true => Ok(prepared),
            false => Err(PrepareError::NotFinite),
        }
    }

    /// Writes into a modality's options what they left open and was decided when the preparation was fitted; what they say stays.
    pub fn resolve(&self, config: &mut ModalityConfig) {
        self.inner().resolve(config);
    }

    /// What there is to see of a value: a waveform as the features that its network is given, all else as it came.
    pub fn view(&self, value: &Value) -> View {
        self.inner().view(value)
    }
}

/// Decodes a file as a value of a kind.
///
/// # Errors
/// A file that does not exist, cannot be decoded, or is empty.
pub fn decode(path: &Path, kind: ModalityKind) -> Result<Value, Fault> {
    kind.decode(path)
}

#[cfg(test)]
mod tests;
