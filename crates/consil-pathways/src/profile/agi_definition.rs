//! The score of "A Definition of AGI" (Hendrycks et al., 2025, arXiv:2510.18212): ten domains of the Cattell–Horn–Carroll theory, ten points each.
//!
//! The points of each sub-score, and those of GPT-4 (2023) and GPT-5 (2025), are facts from the text of its first version.

use serde::Serialize;

use crate::evidence::Evidence;
use crate::pathway::Stage;

/// A domain: ten points in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Domain {
    /// K: general knowledge.
    Knowledge,
    /// RW: reading and writing.
    ReadingWriting,
    /// M: mathematics.
    Mathematics,
    /// R: on-the-spot reasoning.
    Reasoning,
    /// WM: working memory.
    WorkingMemory,
    /// MS: long-term memory storage.
    MemoryStorage,
    /// MR: long-term memory retrieval.
    MemoryRetrieval,
    /// V: visual processing.
    Visual,
    /// A: auditory processing.
    Auditory,
    /// S: speed.
    Speed,
}

/// A sub-score: its name in files, its points, and those of GPT-4 and GPT-5.
pub(super) type Row = (&'static str, f64, f64, f64);

impl Domain {
    /// All, in the order of the paper.
    pub const ALL: [Self; 10] = [
        Self::Knowledge,
        Self::ReadingWriting,
        Self::Mathematics,
        Self::Reasoning,
        Self::WorkingMemory,
        Self::MemoryStorage,
        Self::MemoryRetrieval,
        Self::Visual,
        Self::Auditory,
        Self::Speed,
    ];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Knowledge => "knowledge",
            Self::ReadingWriting => "reading-writing",
            Self::Mathematics => "mathematics",
            Self::Reasoning => "reasoning",
            Self::WorkingMemory => "working-memory",
            Self::MemoryStorage => "memory-storage",
            Self::MemoryRetrieval => "memory-retrieval",
            Self::Visual => "visual",
            Self::Auditory => "auditory",
            Self::Speed => "speed",
        }
    }

    /// Its sub-scores.
    pub(super) const fn rows(self) -> &'static [Row] {
        match self {
            Self::Knowledge => &[
                ("commonsense", 2.0, 2.0, 2.0),
                ("science", 2.0, 2.0, 2.0),
                ("social-science", 2.0, 2.0, 2.0),
                ("history", 2.0, 2.0, 2.0),
                ("culture", 2.0, 0.0, 1.0),
            ],
            Self::ReadingWriting => &[
                ("letter-word", 1.0, 0.0, 1.0),
                ("reading", 3.0, 2.0, 3.0),
                ("writing", 3.0, 3.0, 3.0),
                ("usage", 3.0, 1.0, 3.0),
            ],
            Self::Mathematics => &[
                ("arithmetic", 2.0, 2.0, 2.0),
                ("algebra", 2.0, 1.0, 2.0),
                ("geometry", 2.0, 0.0, 2.0),
                ("probability", 2.0, 1.0, 2.0),
                ("calculus", 2.0, 0.0, 2.0),
            ],
            Self::Reasoning => &[
                ("deduction", 2.0, 0.0, 2.0),
                ("induction", 4.0, 0.0, 2.0),
                ("theory-of-mind", 2.0, 0.0, 2.0),
                ("planning", 1.0, 0.0, 1.0),
                ("adaptation", 1.0, 0.0, 0.0),
            ],
            Self::WorkingMemory => &[
                ("textual", 2.0, 2.0, 2.0),
                ("auditory", 2.0, 0.0, 0.0),
                ("visual", 4.0, 0.0, 1.0),
                ("cross-modal", 2.0, 0.0, 1.0),
            ],
            Self::MemoryStorage => {
                &[("associative", 4.0, 0.0, 0.0), ("meaningful", 3.0, 0.0, 0.0), ("verbatim", 3.0, 0.0, 0.0)]
            }
            Self::MemoryRetrieval => &[("fluency", 6.0, 4.0, 4.0), ("hallucinations", 4.0, 0.0, 0.0)],
            Self::Visual => &[
                ("perception", 4.0, 0.0, 2.0),
                ("generation", 3.0, 0.0, 2.0),
                ("reasoning", 2.0, 0.0, 0.0),
                ("spatial-scanning", 1.0, 0.0, 0.0),
            ],
            Self::Auditory => &[
                ("phonetic", 1.0, 0.0, 0.0),
                ("speech-recognition", 4.0, 0.0, 4.0),
                ("voice", 3.0, 0.0, 2.0),
                ("rhythmic", 1.0, 0.0, 0.0),
                ("musical-judgment", 1.0, 0.0, 0.0),
            ],
            Self::Speed => &[
                ("perceptual-search", 1.0, 0.0, 0.0),
                ("perceptual-compare", 1.0, 0.0, 0.0),
                ("reading-speed", 1.0, 1.0, 1.0),
                ("writing-speed", 1.0, 1.0, 1.0),
                ("number-facility", 1.0, 1.0, 1.0),
                ("simple-reaction", 1.0, 0.0, 0.0),
                ("choice-reaction", 1.0, 0.0, 0.0),
                ("inspection-time", 1.0, 0.0, 0.0),
                ("comparison-speed", 1.0, 0.0, 0.0),
                ("pointer-fluency", 1.0, 0.0, 0.0),
            ],
        }
    }
}

/// A system whose sub-scores the paper states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedSystem {
    /// Its name.
    pub name: &'static str,
    column: Column,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Gpt4,
    Gpt5,
}

/// GPT-4 as of 2023: 27 points.
pub const GPT_4: PublishedSystem = PublishedSystem { name: "GPT-4 (2023)", column: Column::Gpt4 };
/// GPT-5 (Auto) as of 2025: 57 points in the first version of the paper.
pub const GPT_5: PublishedSystem = PublishedSystem { name: "GPT-5 (2025)", column: Column::Gpt5 };
/// Both.
pub const PUBLISHED_SYSTEMS: [PublishedSystem; 2] = [GPT_4, GPT_5];

/// A sub-score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubScore {
    /// Its name.
    pub name: String,
    /// The points that there are.
    pub most: f64,
    /// The points that the system has; none where nobody assessed it.
    pub points: Option<f64>,
    /// What it rests on.
    pub evidence: Evidence,
}

/// A domain's score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DomainScore {
    /// The domain.
    pub domain: Domain,
    /// Its sub-scores.
    pub parts: Vec<SubScore>,
}

impl DomainScore {
    /// Points that are known.
    pub fn points(&self) -> f64 {
        self.parts.iter().filter_map(|part| part.points).sum()
    }

    /// Points of what nobody assessed: the score may be higher by so much.
    pub fn unassessed(&self) -> f64 {
        self.parts.iter().filter(|part| part.points.is_none()).map(|part| part.most).sum()
    }
}

/// The whole score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgiScore {
    /// The system.
    pub system: String,
    /// All ten domains.
    pub domains: Vec<DomainScore>,
}

impl AgiScore {
    /// A published system's score.
    pub fn published(system: PublishedSystem) -> Self {
        let evidence = Evidence::Cited { document: "Hendrycks et al., 2025, arXiv:2510.18212 v1".to_owned() };
        let part = |row: &Row| SubScore {
            name: row.0.to_owned(),
            most: row.1,
            points: Some(if system.column == Column::Gpt4 { row.2 } else { row.3 }),
            evidence: evidence.clone(),
        };
        let domain = |domain: Domain| DomainScore { domain, parts: domain.rows().iter().map(part).collect() };
        Self { system: system.name.to_owned(), domains: Domain::ALL.map(domain).to_vec() }
    }

    /// Points of 100 that are known.
    pub fn total(&self) -> f64 {
        self.domains.iter().map(DomainScore::points).sum()
    }

    /// The least and the greatest that the score can be, given what nobody assessed.
    pub fn bounds(&self) -> (f64, f64) {
        let total = self.total();
        (total, total + self.domains.iter().map(DomainScore::unassessed).sum::<f64>())
    }

    /// The stage that the known points reach; none below narrow. A score cannot tell the superintelligent stage: it ends at a well-educated adult.
    pub fn stage(&self) -> Option<Stage> {
        let half = self.domains.iter().filter(|domain| domain.points() >= 5.0).count();
        match half {
            _ if self.total() >= 100.0 => Some(Stage::General),
            5.. => Some(Stage::Broad),
            1.. => Some(Stage::Narrow),
            0 => None,
        }
    }
}
