//! Messages between server and sites: questions for statistics, and the answers, which merge.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use consil_data::{DataError, ModalityConfig, Moments, Survey, TargetSpread, TargetSurvey};
use serde::{Deserialize, Serialize};

/// What the server asks.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Asked {
    /// What the values of each modality and target are like.
    #[serde(rename_all = "kebab-case")]
    Survey {
        modalities: BTreeMap<String, ModalityConfig>,
        /// The column of open facts, where the rules have such facts.
        open_facts: Option<String>,
    },
    /// Sums over the values, as these surveys decide to prepare them.
    Sums { modalities: BTreeMap<String, Survey>, targets: BTreeMap<String, TargetSurvey> },
}

/// What a site answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Counted {
    Survey(Surveys),
    Sums(Sums),
}

/// What values are like: of a site's rows, then of all.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Surveys {
    pub modalities: BTreeMap<String, Survey>,
    pub targets: BTreeMap<String, TargetSurvey>,
    /// The open facts that occur, as programs write them.
    pub open_facts: BTreeSet<String>,
}

/// Sums over values: of a site's rows, then of all.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Sums {
    pub modalities: BTreeMap<String, Moments>,
    pub targets: BTreeMap<String, TargetSpread>,
}

impl Surveys {
    /// Adds what another site has.
    pub fn merge(&mut self, theirs: Self) -> Result<(), DataError> {
        self.open_facts.extend(theirs.open_facts);
        let targets = merge(&mut self.targets, theirs.targets, |ours, theirs| {
            ours.merge(theirs);
            Ok(())
        });
        targets.and_then(|()| merge(&mut self.modalities, theirs.modalities, Survey::merge))
    }
}

impl Sums {
    /// Adds what another site has.
    pub fn merge(&mut self, theirs: Self) -> Result<(), DataError> {
        let targets = merge(&mut self.targets, theirs.targets, |ours, theirs| {
            ours.merge(theirs);
            Ok(())
        });
        targets.and_then(|()| merge(&mut self.modalities, theirs.modalities, Moments::merge))
    }
}

fn merge<T>(
    ours: &mut BTreeMap<String, T>,
    theirs: BTreeMap<String, T>,
    add: impl Fn(&mut T, &T) -> Result<(), DataError>,
) -> Result<(), DataError> {
    for (name, theirs) in theirs {
        match ours.entry(name) {
            Entry::Vacant(entry) => {
                entry.insert(theirs);
            }
            Entry::Occupied(mut entry) => add(entry.get_mut(), &theirs)?,
        }
    }
    Ok(())
}
