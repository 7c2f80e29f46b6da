//! A comparison as plain text.

use std::fmt::Write as _;

use super::{Comparison, Standing};
use crate::pathway::{Aspect, Pathway, Stage};

impl Comparison {
    /// The comparison as lines of text, for files and logs: pathway by pathway, a line for each cell with what it stands on.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} — {} samples, seed {}, from {:.1} to {:.0}",
            self.forecast, self.n_samples, self.seed, self.today, self.horizon
        );
        for pathway in Pathway::ALL {
            let _ = writeln!(text, "\n{}", pathway.name());
            for stage in Stage::ALL {
                let _ = writeln!(text, "  {}", stage.name());
                for aspect in Aspect::ALL {
                    let Some(cell) = self.cell(pathway, stage, aspect) else { continue };
                    let judges = cell.judges().join(", ");
                    let by = if judges.is_empty() { String::new() } else { format!(" of {judges}") };
                    let far = cell.extrapolation.map_or_else(String::new, |far| {
                        format!(", extrapolates {}{:.1} ×", if far.at_least { "≥ " } else { "" }, far.ratio)
                    });
                    let standing = cell.standing();
                    let note = match standing {
                        Standing::InsufficientEvidence => String::new(),
                        _ => format!("  [{}{by}{far}]", standing.name()),
                    };
                    let _ = writeln!(text, "    {:<19}{}{note}", aspect.name(), cell.text());
                }
            }
        }
        if !self.claims.is_empty() {
            let _ = writeln!(text, "\nwhichever pathway");
            for claim in &self.claims {
                let _ = writeln!(text, "  {:<17}{}  [{}]", claim.stage.name(), claim.text, claim.evidence.sentence());
            }
        }
        text
    }
}
