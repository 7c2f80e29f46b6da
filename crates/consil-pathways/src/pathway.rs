//! The five pathways and the four stages.

use serde::Serialize;

/// A pathway to more general capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pathway {
    /// The same design, larger.
    Scaling,
    /// Better designs: memory, modularity, causal reasoning.
    Architectural,
    /// The faculties of a mind, one by one.
    Cognitive,
    /// Search over designs.
    Evolutionary,
    /// Several of them at once.
    Hybrid,
}

impl Pathway {
    /// All, in the order of tables.
    pub const ALL: [Self; 5] = [Self::Scaling, Self::Architectural, Self::Cognitive, Self::Evolutionary, Self::Hybrid];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scaling => "scaling",
            Self::Architectural => "architectural",
            Self::Cognitive => "cognitive",
            Self::Evolutionary => "evolutionary",
            Self::Hybrid => "hybrid",
        }
    }

    /// Names and pathways, as readers of files want them.
    pub(crate) fn choices() -> [(&'static str, Self); 5] {
        Self::ALL.map(|pathway| (pathway.name(), pathway))
    }
}

/// A stage of capability.
///
/// Stages are defined by the score of "A Definition of AGI" (Hendrycks et al., 2025, arXiv:2510.18212), which reaches 100 where a system matches
/// a well-educated adult in each of ten domains, and, beyond it, by the levels of Morris et al. (2023, arXiv:2311.02462, table 1). The
/// bounds of *narrow* and *broad* are this project's judgement: no source draws them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// At least one domain at half its points.
    Narrow,
    /// At least half of the domains at half their points.
    Broad,
    /// Every domain in full: the score is 100.
    General,
    /// Above all humans in all tasks: Morris et al.'s level 5, general.
    Superintelligent,
}

impl Stage {
    /// All, in order.
    pub const ALL: [Self; 4] = [Self::Narrow, Self::Broad, Self::General, Self::Superintelligent];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Narrow => "narrow",
            Self::Broad => "broad",
            Self::General => "general",
            Self::Superintelligent => "superintelligent",
        }
    }

    /// When a system is at the stage, in a sentence.
    pub const fn criterion(self) -> &'static str {
        match self {
            Self::Narrow => "at least one of the ten domains at half its points",
            Self::Broad => "at least five of the ten domains at half their points",
            Self::General => "all ten domains in full: a score of 100 (arXiv:2510.18212)",
            Self::Superintelligent => {
                "outperforms all humans over a wide range of non-physical tasks (level 5, general, of arXiv:2311.02462)"
            }
        }
    }

    pub(crate) fn choices() -> [(&'static str, Self); 4] {
        Self::ALL.map(|stage| (stage.name(), stage))
    }
}

/// A quantity that all pathways are compared on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Aspect {
    /// Training compute that the stage needs, in FLOP.
    Flop,
    /// What it costs, in US dollars.
    Cost,
    /// When it comes.
    Date,
    /// How probable it is by the horizon.
    Probability,
    /// What holds it back.
    BindingConstraint,
}

impl Aspect {
    /// All, in the order of tables.
    pub const ALL: [Self; 5] = [Self::Flop, Self::Cost, Self::Date, Self::Probability, Self::BindingConstraint];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flop => "flop",
            Self::Cost => "cost",
            Self::Date => "date",
            Self::Probability => "probability",
            Self::BindingConstraint => "binding-constraint",
        }
    }
}
