//! The abilities of the cognitive pathway: six faculties, what each ability rests on, and how it is measured.

use serde::Serialize;

/// A faculty of the cognitive pathway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Faculty {
    /// Taking in the world.
    Perception,
    /// Keeping it.
    Memory,
    /// Drawing conclusions.
    Reasoning,
    /// Choosing what to do, in which order.
    Planning,
    /// Changing by experience.
    Learning,
    /// Knowing what one knows.
    MetaCognition,
}

impl Faculty {
    /// All, in the order of tables.
    pub const ALL: [Self; 6] =
        [Self::Perception, Self::Memory, Self::Reasoning, Self::Planning, Self::Learning, Self::MetaCognition];

    /// Its name in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Perception => "perception",
            Self::Memory => "memory",
            Self::Reasoning => "reasoning",
            Self::Planning => "planning",
            Self::Learning => "learning",
            Self::MetaCognition => "meta-cognition",
        }
    }
}

/// What is known of an ability before any system is assessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbilityInfo {
    /// The ability.
    pub ability: Ability,
    /// Its faculty.
    pub faculty: Faculty,
    /// Its name in files, within the faculty's table.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// What it rests on: the development plan puts these first. The project's judgement.
    pub requires: &'static [Ability],
    /// Published tasks that measure it.
    pub benchmark: &'static str,
}

macro_rules! abilities {
    ($($ability:ident, $faculty:ident, $name:literal, $about:literal, [$($requires:ident),*], $benchmark:literal;)*) => {
        /// An ability.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Ability {
            $(#[doc = $about] $ability,)*
        }

        /// All abilities with what is known of them, faculty by faculty.
        const INFO: &[AbilityInfo] = &[
            $(AbilityInfo {
                ability: Ability::$ability,
                faculty: Faculty::$faculty,
                name: $name,
                about: $about,
                requires: &[$(Ability::$requires),*],
                benchmark: $benchmark,
            },)*
        ];
    };
}

abilities! {
    Visual, Perception, "visual", "Recognising what is seen", [], "MNIST to ImageNet (Deng et al., 2009)";
    Auditory, Perception, "auditory", "Recognising what is heard", [], "Free Spoken Digits; LibriSpeech (Panayotov et al., 2015)";
    Tactile, Perception, "tactile", "Recognising what is felt or moved", [], "UCI HAR (Anguita et al., 2013); UTD-MHAD (Chen et al., 2015)";
    Integration, Perception, "integration", "Joining modalities into one percept", [Visual, Auditory], "AV-MNIST (Vielzeuf et al., 2018)";
    Attention, Perception, "attention", "Picking out what matters", [], "long-range arena (Tay et al., 2021)";

    Working, Memory, "working", "Holding and changing a few items", [Attention], "n-back; copy and recall tasks (Graves et al., 2014)";
    Semantic, Memory, "semantic", "Facts", [], "MMLU (Hendrycks et al., 2021)";
    Episodic, Memory, "episodic", "What happened, when", [Working, Consolidation], "LongMemEval (Wu et al., 2024)";
    Procedural, Memory, "procedural", "How things are done", [Consolidation], "continual control suites (Wołczyk et al., 2021)";
    Consolidation, Memory, "consolidation", "Keeping old skills while learning new ones", [], "split-MNIST, backward transfer (Lopez-Paz and Ranzato, 2017)";

    Deductive, Reasoning, "deductive", "What follows from rules", [Working], "ProofWriter (Tafjord et al., 2021)";
    Inductive, Reasoning, "inductive", "Rules from examples", [Working, Attention], "ARC-AGI (Chollet, 2019)";
    Abductive, Reasoning, "abductive", "The best explanation", [Deductive, Semantic], "αNLI (Bhagavatula et al., 2020)";
    Analogical, Reasoning, "analogical", "Like to like", [Inductive], "RAVEN (Zhang et al., 2019)";
    Causal, Reasoning, "causal", "What would happen if", [Deductive, Inductive], "CLadder (Jin et al., 2023)";

    Decomposition, Planning, "decomposition", "Parting a goal into parts", [Deductive], "PlanBench (Valmeekam et al., 2023)";
    Lookahead, Planning, "lookahead", "Weighing what comes after", [Causal, Working], "Sokoban; MuZero's games (Schrittwieser et al., 2020)";
    Execution, Planning, "execution", "Carrying long tasks through", [Decomposition, Procedural], "METR time horizon (Kwa et al., 2025)";
    Replanning, Planning, "replanning", "Changing course when things fail", [Lookahead, ErrorDetection], "ALFWorld (Shridhar et al., 2021)";

    FewShot, Learning, "few-shot", "From a handful of examples", [Attention], "Omniglot (Lake et al., 2015)";
    Transfer, Learning, "transfer", "From one task to another", [Semantic], "VTAB (Zhai et al., 2019)";
    Continual, Learning, "continual", "Task after task without forgetting", [Consolidation], "CORe50 (Lomonaco and Maltoni, 2017)";
    MetaLearning, Learning, "meta-learning", "Learning how to learn", [FewShot, Transfer], "Meta-Dataset (Triantafillou et al., 2020)";

    Calibration, MetaCognition, "calibration", "Confidence that matches accuracy", [], "expected calibration error (Guo et al., 2017)";
    ErrorDetection, MetaCognition, "error-detection", "Noticing one's own mistakes", [Calibration], "selective prediction (Geifman and El-Yaniv, 2017)";
    Monitoring, MetaCognition, "monitoring", "Knowing when inputs are unlike training", [Calibration], "OpenOOD (Yang et al., 2022)";
    Strategy, MetaCognition, "strategy", "Choosing how to think", [Monitoring, ErrorDetection], "adaptive compute (Graves, 2016)";
}

impl Ability {
    /// All abilities with what is known of them.
    pub fn all() -> &'static [AbilityInfo] {
        INFO
    }

    /// What is known of this one.
    pub fn info(self) -> &'static AbilityInfo {
        // Variants and rows come from one list, in one order.
        &INFO[self as usize]
    }

    /// Its full name: `memory.working`.
    pub fn path(self) -> String {
        let info = self.info();
        format!("{}.{}", info.faculty.name(), info.name)
    }
}
