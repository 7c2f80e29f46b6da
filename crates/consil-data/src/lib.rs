//! Samples of every modality, manifests, decoders, group-aware splits, client partitions and the embedded demo data.
//!
//! - [`open`] reads a spec's `[data]` and `[modality.NAME]` sections into [`Data`]: a training, a validation and a test
//!   [`Split`], whose
//!   values are decoded when they are asked for. A value that a row does not have is absent, never an error.
//! - [`Preparation`] turns a [`Value`] into the numbers that a network reads. It is fitted on the training rows and
//!   stored with a checkpoint.
//! - [`Loader`] serves batches of prepared values from memory.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::path::Path;
//! use consil_data::{DataConfig, Item, Loader, ModalityConfig, ModalityKind, Source, fit, open};
//!
//! let config = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
//! let image = ModalityConfig::new(ModalityKind::Vision);
//! let modalities = BTreeMap::from([("image".to_owned(), image)]);
//! let data = open(&config, &modalities, Path::new("."), 7)?;
//!
//! let fitted = fit(&modalities, &data.train)?;
//! assert_eq!(fitted.preparations["image"].shape(), [1, 8, 8]);
//!
//! let loader = Loader::new(&data.train, &fitted.preparations, 1 << 20);
//! let batch = loader.batch(&[0, 1, 2], &Item::new("image"))?;
//! assert_eq!((batch.values.len(), batch.present), (3 * 64, vec![1.0; 3]));
//! # Ok::<(), consil_data::DataError>(())
//! ```

mod augment;
mod cache;
mod categories;
mod check;
mod column;
mod compose;
mod config;
mod data;
mod date;
mod decoding;
mod error;
mod export;
mod file;
mod folder;
mod holdout;
mod idx;
mod infer;
mod inspect;
mod kind;
mod leakage;
mod limits;
mod loader;
mod manifest;
mod modality;
mod moments;
mod natural;
mod partition;
mod paths;
mod pool;
mod split;
mod statistics;
mod table;
mod target;
mod unicode;
mod value;

pub use check::{Report, check};
pub use config::{ComposeConfig, DataConfig, Pairing, Source, SplitConfig};
pub use data::{BadRows, Data, Rows, RowsOptions, UnusedSetting, open, open_rows, open_with, unused_settings};
pub use error::{BadRow, DataError, Fault, PoolFault, Warning};
pub use export::{ExportError, export};
pub use file::{Encoding, FileFault};
pub use idx::{IdxArray, IdxElements};
pub use infer::{ColumnKind, Inferred, InferredColumn, infer};
pub use inspect::{Counts, Inspection, inspect, row_lengths};
pub use kind::ModalityKind;
pub use loader::{Batch, Loader, by_length};
pub use modality::{
    AudioPreparation, Augment, ColumnType, Features, ImagePreparation, ModalityConfig, NoiseConfig, Preparation,
    PrepareError, Prepared, SensorPreparation, Series, TablePreparation, TextPreparation, Time, Value,
    VideoPreparation, View, Waveform, decode,
};
pub use partition::{PartitionConfig, PartitionError, dirichlet, iid, whole_groups};
pub use paths::{data_folder, resolve as resolve_path};
pub use pool::{Embedded, IdxFiles, PoolConfig, PoolPart, Words};
pub use split::Split;
pub use statistics::{Fitted, Moments, Survey, TargetSpread, TargetSurvey, fit, survey};
pub use table::{CellKind, Table, TableColumn, TableError};
pub use target::{Target, TargetColumn, TargetConfig, TargetKind, TargetRef, TargetsConfig};
pub use value::{Image, Item, TableCell};
