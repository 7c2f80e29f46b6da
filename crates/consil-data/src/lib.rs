//! Samples of every sense, manifests, decoders, group-aware splits, client partitions and the embedded demo data.
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
//! use consil_data::{DataConfig, Item, Loader, ModalityConfig, ModalityKind, Preparation, Source, open};
//!
//! let config = DataConfig { source: Some(Source::Demo), ..DataConfig::default() };
//! let image = ModalityConfig::new(ModalityKind::Vision);
//! let modalities = BTreeMap::from([("image".to_owned(), image.clone())]);
//! let data = open(&config, &modalities, Path::new("."), 7)?;
//!
//! let items = [Item::new("image")];
//! let preparation = Preparation::fit("image", &image, &data.train, &items)?;
//! assert_eq!(preparation.shape(), [1, 8, 8]);
//!
//! let preparations = BTreeMap::from([("image".to_owned(), preparation)]);
//! let loader = Loader::new(&data.train, &preparations, 1 << 20);
//! let batch = loader.batch(&[0, 1, 2], &items[0])?;
//! assert_eq!((batch.values.len(), batch.present), (3 * 64, vec![1.0; 3]));
//! # Ok::<(), consil_data::DataError>(())
//! ```

mod audio_view;
mod augment;
mod cache;
mod categories;
mod check;
mod column;
mod compose;
mod config;
mod data;
mod decode;
mod demo;
mod error;
mod export;
mod file;
mod folder;
mod holdout;
mod idx;
mod leakage;
mod loader;
mod manifest;
mod modality;
mod partition;
mod paths;
mod pool;
mod prepare;
mod split;
mod table;
mod target;
mod unicode;
mod value;

pub use check::{Report, check};
pub use config::{ComposeConfig, DataConfig, Pairing, Source, SplitConfig};
pub use data::{BadRows, Data, Rows, RowsOptions, open, open_rows, open_with};
pub use decode::decode;
pub use demo::Embedded;
pub use error::{BadRow, DataError, Fault, PoolFault, Warning};
pub use export::{ExportError, export};
pub use file::{Encoding, FileFault};
pub use idx::{IdxArray, IdxElements};
pub use loader::{Batch, Loader};
pub use modality::{Augment, Features, ModalityConfig, NoiseConfig};
pub use partition::{PartitionConfig, PartitionError, dirichlet, iid, whole_groups};
pub use paths::{data_folder, resolve as resolve_path};
pub use pool::{IdxFiles, PoolConfig, PoolPart, Words};
pub use prepare::{
    AudioPreparation, ImagePreparation, Preparation, PrepareError, Prepared, SensorPreparation, TablePreparation,
    TextPreparation, VideoPreparation,
};
pub use split::Split;
pub use table::{CellKind, Table, TableColumn, TableError};
pub use target::{Target, TargetColumn, TargetConfig, TargetKind, TargetRef, TargetsConfig};
pub use value::{Image, Item, ModalityKind, Value};
