//! The options of a modality: their ranges, and the kinds that take them; one without effect is refused, since whoever sets it expects
//! one.

use consil_diagnostic::nearest;

use super::config::{Features, NoiseConfig};
use crate::error::DataError;
use crate::limits::{self, MAX_ITEMS, MAX_RATE, MAX_ROWS};
use crate::{ModalityConfig, ModalityKind};

/// An option, and whether a modality sets it to anything but its default.
type ModalityOption = (&'static str, fn(&ModalityConfig) -> bool);

/// The options that not every modality takes; which takes them, its own file says.
const OPTIONS: [ModalityOption; 16] = [
    ("columns", |config| !config.columns.is_empty()),
    ("types", |config| !config.types.is_empty()),
    ("size", |config| config.size.is_some()),
    ("channels", |config| config.channels.is_some()),
    ("features", |config| config.features != Features::default()),
    ("rate", |config| config.rate.is_some()),
    ("length", |config| config.length.is_some()),
    ("max-length", |config| config.max_length.is_some()),
    ("noise", |config| config.noise.is_some()),
    ("normalize", |config| !config.normalize),
    ("vocabulary", |config| config.vocabulary != ModalityConfig::new(config.kind).vocabulary),
    ("augment.shift", |config| config.augment.shift > 0),
    ("augment.time-mask", |config| config.augment.time_mask > 0),
    ("augment.band-mask", |config| config.augment.band_mask > 0),
    ("augment.jitter", |config| config.augment.jitter != 0.0),
    ("augment.scale", |config| config.augment.scale != 0.0),
];

impl ModalityConfig {
    /// Refuses settings that fit no data, or that change nothing.
    pub(crate) fn check(&self, name: &str) -> Result<(), DataError> {
        refuse_without_effect(self, name)?;
        let key = |field: &str| format!("modality.{name}.{field}");
        let count = |field: &str, value: Option<usize>, least: u64, most: u64| match value {
            Some(value) => limits::setting(key(field), value as u64, least, most),
            None => Ok(()),
        };
        let most = limits::MAX_NUMBERS;
        count("count", self.count, 1, MAX_ITEMS)?;
        count("length", self.length, 1, most)?;
        count("max-length", self.max_length, 1, most)?;
        count("vocabulary", Some(self.vocabulary), 3, MAX_ROWS)?;
        count("rate", self.rate.map(|rate| rate as usize), 1, u64::from(MAX_RATE))?;
        count("features.log-mel", Some(self.features.log_mel), 1, 4_096)?;
        for side in self.size.unwrap_or([1, 1]) {
            count("size", Some(side), 1, most)?;
        }
        if let Some(channels) = self.channels.filter(|channels| ![1, 3].contains(channels)) {
            let allowed = "1 (grey) or 3 (colour)".to_owned();
            return Err(DataError::Setting { key: key("channels"), value: channels.to_string(), allowed });
        }
        let number = |field: &str, value: f64, allows: bool, allowed: &str| match allows {
            true => Ok(()),
            false => Err(DataError::Setting { key: key(field), value: value.to_string(), allowed: allowed.to_owned() }),
        };
        let positive = |field: &str, x: f32| {
            number(field, f64::from(x), x.is_finite() && x >= 0.0, "a finite number of at least 0")
        };
        positive("augment.jitter", self.augment.jitter)?;
        positive("augment.scale", self.augment.scale)?;
        if let Some(NoiseConfig { snr_db: [low, high] }) = self.noise {
            for snr in [low, high] {
                let allows = snr.is_finite() && low <= high;
                number("noise.snr-db", snr, allows, "two finite numbers, the lower first")?;
            }
        }
        Ok(())
    }
}

/// Refuses options that change nothing for the kind of a modality, and columns of a table that are named twice or not at all.
fn refuse_without_effect(config: &ModalityConfig, name: &str) -> Result<(), DataError> {
    let refuse = |option: &str, reason: String| {
        Err(DataError::NoEffect { key: format!("modality.{name}.{option}"), kind: config.kind, reason })
    };
    let unused = OPTIONS.iter().find(|(option, is_set)| is_set(config) && !config.kind.options().contains(option));
    if let Some((option, _)) = unused {
        let takes = |kind: &&ModalityKind| kind.options().contains(option);
        let kinds: Vec<&str> = ModalityKind::ALL.iter().filter(takes).map(|kind| kind.name()).collect();
        return refuse(option, format!("it is an option of {}", kinds.join(", ")));
    }
    let columns = &config.columns;
    if config.column.is_some() && !columns.is_empty() {
        return refuse("column", "`columns` names those of the table".to_owned());
    }
    if let Some((_, column)) = columns.iter().enumerate().find(|(at, column)| columns[..*at].contains(column)) {
        return refuse("columns", format!("it names {column:?} twice"));
    }
    if let Some(column) = config.types.keys().find(|column| !columns.contains(column)) {
        let near = nearest(column, columns.iter().map(String::as_str));
        let near = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        return refuse(&format!("types.{column}"), format!("`columns` has no {column:?}{near}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(toml: &str) -> String {
        let config: ModalityConfig = toml::from_str(toml).unwrap();
        config.check("m").unwrap_err().to_string()
    }

    #[test]
    fn an_option_without_effect_names_the_kinds_that_take_it() {
        for (option, kinds) in [
            ("vocabulary = 100", "text"),
            ("rate = 8000", "audio"),
            ("length = 5", "audio, text, video, sensor"),
            ("max-length = 5", "audio, text, sensor"),
            ("size = [8, 8]", "vision, video"),
            ("channels = 1", "vision, video"),
            ("features = { log-mel = 16 }", "audio"),
            ("noise = { snr-db = [0.0, 3.0] }", "audio"),
            ("augment = { shift = 1 }", "vision, audio, video, sensor"),
            ("augment = { time-mask = 1 }", "audio, sensor"),
            ("augment = { band-mask = 1 }", "audio"),
        ] {
            let error = refused(&format!("kind = \"table\"\n{option}\n"));
            let key = option.split(" =").next().unwrap();
            assert!(
                error.contains(&format!("modality.m.{key}")) && error.contains(&format!("option of {kinds}")),
                "{error}"
            );
        }
        assert!(refused("kind = \"vision\"\nlength = 4").contains("modality.m.length has no effect on vision"));
        assert!(refused("kind = \"vision\"\nnoise = { snr-db = [0.0, 3.0] }").contains("option of audio"));
        assert!(refused("kind = \"text\"\naugment = { jitter = 0.1 }").contains("vision, audio, video, sensor, table"));
        assert!(refused("kind = \"text\"\nnormalize = false").contains("modality.m.normalize"));
    }

    #[test]
    fn columns_are_named_once_and_their_types_are_of_columns_there_are() {
        let error = refused("kind = \"table\"\ncolumns = [\"age\"]\ntypes = { agee = \"category\" }");
        assert!(error.contains("modality.m.types.agee") && error.contains("did you mean \"age\"?"), "{error}");
        assert!(refused("kind = \"table\"\ncolumns = [\"x\", \"x\"]").contains("names \"x\" twice"));
        assert!(refused("kind = \"table\"\ncolumn = \"y\"\ncolumns = [\"x\"]").contains("modality.m.column"));
        assert!(refused("kind = \"vision\"\ncolumns = [\"x\"]").contains("option of table"));
    }

    #[test]
    fn every_option_is_one_that_some_kind_takes_and_every_kind_takes_options_that_there_are() {
        let known: Vec<&str> = OPTIONS.iter().map(|(option, _)| *option).collect();
        let taken: Vec<&str> = ModalityKind::ALL.iter().flat_map(|kind| kind.options().iter().copied()).collect();
        assert_eq!(known.iter().filter(|option| !taken.contains(option)).count(), 0);
        assert_eq!(taken.iter().filter(|option| !known.contains(option)).collect::<Vec<_>>(), [&""; 0]);
    }

    #[test]
    fn defaults_written_out_are_no_options() {
        for kind in ModalityKind::ALL {
            let text = toml::to_string(&ModalityConfig::new(*kind)).unwrap();
            toml::from_str::<ModalityConfig>(&text).unwrap().check("m").unwrap();
        }
    }
}
