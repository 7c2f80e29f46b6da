//! "A Definition of AGI": ten domains of ten points each, and what two models scored.

use crate::source::{Basis, Source};

/// A domain and its parts.
#[derive(Clone, Copy, Debug)]
pub struct Domain {
    /// The domain.
    pub name: &'static str,
    /// What the paper's table prints as its sum for GPT-4 and for GPT-5.
    pub published: [u32; 2],
    /// Its parts.
    pub parts: &'static [Part],
}

/// A part of a domain: the most points that it gives, and what GPT-4 (2023) and GPT-5 (2025, Auto) scored.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// The part.
    pub name: &'static str,
    /// The most points.
    pub most: u32,
    /// The points of GPT-4 and of GPT-5.
    pub scores: [u32; 2],
}

const fn part(name: &'static str, most: u32, gpt_4: u32, gpt_5: u32) -> Part {
    Part { name, most, scores: [gpt_4, gpt_5] }
}

/// Hendrycks et al. 2025, version 1, the tables of sections 3 to 12.
pub const DOMAINS: [Domain; 10] = [
    Domain {
        name: "General knowledge",
        published: [8, 9],
        parts: &[
            part("Commonsense", 2, 2, 2),
            part("Science", 2, 2, 2),
            part("Social science", 2, 2, 2),
            part("History", 2, 2, 2),
            part("Culture", 2, 0, 1),
        ],
    },
    Domain {
        name: "Reading and writing",
        published: [6, 10],
        parts: &[
            part("Letter-word", 1, 0, 1),
            part("Reading", 3, 2, 3),
            part("Writing", 3, 3, 3),
            part("Usage", 3, 1, 3),
        ],
    },
    Domain {
        name: "Mathematics",
        published: [4, 10],
        parts: &[
            part("Arithmetic", 2, 2, 2),
            part("Algebra", 2, 1, 2),
            part("Geometry", 2, 0, 2),
            part("Probability", 2, 1, 2),
            part("Calculus", 2, 0, 2),
        ],
    },
    Domain {
        name: "On-the-spot reasoning",
        published: [0, 7],
        parts: &[
            part("Deduction", 2, 0, 2),
            part("Induction", 4, 0, 2),
            part("Theory of mind", 2, 0, 2),
            part("Planning", 1, 0, 1),
            part("Adaptation", 1, 0, 0),
        ],
    },
    Domain {
        name: "Working memory",
        published: [2, 4],
        parts: &[
            part("Textual", 2, 2, 2),
            part("Auditory", 2, 0, 0),
            part("Visual", 4, 0, 1),
            part("Cross-modal", 2, 0, 1),
        ],
    },
    Domain {
        name: "Long-term memory storage",
        published: [0, 0],
        parts: &[part("Associative", 4, 0, 0), part("Meaningful", 3, 0, 0), part("Verbatim", 3, 0, 0)],
    },
    Domain {
        name: "Long-term memory retrieval",
        published: [4, 4],
        parts: &[part("Fluency", 6, 4, 4), part("Hallucinations", 4, 0, 0)],
    },
    Domain {
        name: "Visual processing",
        published: [0, 4],
        parts: &[
            part("Perception", 4, 0, 2),
            part("Generation", 3, 0, 2),
            part("Reasoning", 2, 0, 0),
            part("Spatial scanning", 1, 0, 0),
        ],
    },
    Domain {
        name: "Auditory processing",
        published: [0, 6],
        parts: &[
            part("Phonetic", 1, 0, 0),
            part("Speech recognition", 4, 0, 4),
            part("Voice", 3, 0, 2),
            part("Rhythmic", 1, 0, 0),
            part("Musical judgment", 1, 0, 0),
        ],
    },
    Domain {
        name: "Speed",
        published: [3, 3],
        parts: &[
            part("Perceptual search", 1, 0, 0),
            part("Perceptual compare", 1, 0, 0),
            part("Reading speed", 1, 1, 1),
            part("Writing speed", 1, 1, 1),
            part("Number facility", 1, 1, 1),
            part("Simple RT", 1, 0, 0),
            part("Choice RT", 1, 0, 0),
            part("Inspection time", 1, 0, 0),
            part("Comparison speed", 1, 0, 0),
            part("Pointer fluency", 1, 0, 0),
        ],
    },
];

/// The sums that the paper prints for GPT-4 and GPT-5, in per cent.
pub const PUBLISHED: [u32; 2] = [27, 57];

/// Where the scores come from.
pub fn source() -> Source {
    Source::new("Hendrycks et al., A Definition of AGI, arXiv:2510.18212", Basis::Measured).dated("v1, 2025-10")
}

/// The points of one of the two models in a domain.
pub fn domain_score(domain: &Domain, model: usize) -> u32 {
    domain.parts.iter().map(|part| part.scores[model]).sum()
}

/// The points of one of the two models over all domains: per cent, as each domain gives ten.
pub fn total(model: usize) -> u32 {
    DOMAINS.iter().map(|domain| domain_score(domain, model)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_domain_gives_ten_points_and_no_score_exceeds_its_part() {
        for domain in &DOMAINS {
            assert_eq!(domain.parts.iter().map(|part| part.most).sum::<u32>(), 10, "{}", domain.name);
            assert!(domain.parts.iter().all(|part| part.scores.iter().all(|score| *score <= part.most)));
        }
    }
}
