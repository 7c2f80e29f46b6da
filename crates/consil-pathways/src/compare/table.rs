//! A comparison as plain text.

use super::{Cell, Comparison, Content, Measurement, Row, Standing};
use crate::evidence::Evidence;
use crate::pathway::Pathway;

/// How far cells stand from the margin, behind the name of their aspect.
const INDENT: usize = 16;

impl Comparison {
    /// The comparison as lines of text, none wider than `width` columns as far as its words allow: pathway by pathway, a paragraph for each cell with what it stands on,
    /// and below all the sources that the numbers in brackets name.
    pub fn text(&self, width: usize) -> String {
        let mut page = Page { text: String::new(), sources: Vec::new(), width };
        let about = format!(
            "{}. Cells that are computed come from one run of it: seed {}, {} samples, from {:.1} to {:.0}.",
            self.forecast, self.seed, self.n_samples, self.today, self.horizon
        );
        page.paragraph(0, "", &about);
        for pathway in Pathway::ALL {
            page.heading(&pathway.name().to_uppercase());
            self.rows.iter().filter(|row| row.pathway == pathway).for_each(|row| page.stage(row));
            let measured: Vec<&Measurement> = self.measured.iter().filter(|of| of.pathway == pathway).collect();
            if !measured.is_empty() {
                page.paragraph(2, "", "measured or published, at whatever scale");
                measured.into_iter().for_each(|of| page.measurement(of));
            }
        }
        if !self.claims.is_empty() {
            page.heading("WHICHEVER PATHWAY");
            for claim in &self.claims {
                let note = page.note(&claim.evidence);
                page.paragraph(
                    2,
                    "",
                    &format!("{}, {}: {} {note}", claim.stage.name(), claim.aspect.name(), claim.text),
                );
            }
        }
        if !self.judgements.is_empty() {
            page.heading("JUDGEMENTS AMONG THE INPUTS OF COMPUTED CELLS");
            for input in &self.judgements {
                page.paragraph(2, "", &format!("{}: {}", input.name, input.evidence.detail()));
            }
        }
        page.heading("SOURCES");
        for (at, source) in std::mem::take(&mut page.sources).iter().enumerate() {
            page.paragraph(2, "", &format!("[{}] {source}", at + 1));
        }
        page.text
    }
}

/// Text as it grows.
struct Page {
    text: String,
    /// What has been named by a number so far.
    sources: Vec<String>,
    width: usize,
}

impl Page {
    fn heading(&mut self, words: &str) {
        self.text.push('\n');
        self.paragraph(0, "", words);
    }

    fn stage(&mut self, row: &Row) {
        self.paragraph(2, "", &format!("{}: {}", row.stage.name(), row.stage.criterion()));
        let mut missing: Vec<(&str, Vec<&str>)> = Vec::new();
        for cell in &row.cells {
            match &cell.content {
                Content::InsufficientEvidence { needed } => match missing.iter_mut().find(|(of, _)| of == needed) {
                    Some((_, aspects)) => aspects.push(short(cell)),
                    None => missing.push((needed, vec![short(cell)])),
                },
                _ => {
                    let words = format!("{} {}", cell.text(), self.standing(cell));
                    self.paragraph(4, short(cell), &words);
                }
            }
        }
        // All that is not known of a stage stands together, with what would make it known.
        for (needed, aspects) in missing {
            self.paragraph(4, "unknown", &format!("{}: insufficient evidence; needed: {needed}", aspects.join(", ")));
        }
    }

    fn measurement(&mut self, of: &Measurement) {
        let note = self.note(&of.evidence);
        let cost = of.cost.as_ref().map_or_else(String::new, |cost| format!("; cost: {cost}"));
        self.paragraph(4, "", &format!("{}: {}{cost} {note}", of.subject, of.found));
    }

    fn standing(&mut self, cell: &Cell) -> String {
        let far = cell.extrapolation.filter(|far| far.ratio > 0.0).map_or_else(String::new, |far| {
            format!(", extrapolates {}{:.1} ×", if far.at_least { "≥ " } else { "" }, far.ratio)
        });
        match (cell.standing(), &cell.evidence) {
            (Standing::ComputedFromJudgement, _) => {
                format!(
                    "[computed, from the judgement of {} among {} input{}{far}]",
                    cell.judges().join(", "),
                    cell.inputs.len(),
                    if cell.inputs.len() == 1 { "" } else { "s" }
                )
            }
            (Standing::Computed, _) => format!("[computed from measured and cited inputs{far}]"),
            (_, Some(evidence)) => self.note(evidence),
            (_, None) => String::new(),
        }
    }

    /// What evidence is called in brackets; documents and runs by a number.
    fn note(&mut self, evidence: &Evidence) -> String {
        if let Evidence::Judgement { by, because } = evidence {
            let why = because.as_ref().map_or_else(String::new, |why| format!(": {why}"));
            return format!("[judgement of {by}{why}]");
        }
        let source = evidence.detail();
        if source.is_empty() {
            return format!("[{}]", evidence.word());
        }
        let at = self.sources.iter().position(|known| *known == source).unwrap_or_else(|| {
            self.sources.push(source);
            self.sources.len() - 1
        });
        format!("[{} {}]", evidence.word(), at + 1)
    }

    /// A label, and words behind it that are broken between lines and stay in their column.
    fn paragraph(&mut self, indent: usize, label: &str, words: &str) {
        let margin =
            if label.is_empty() { indent } else { indent + label.chars().count().max(INDENT - indent - 1) + 1 };
        let mut line = format!("{}{label}", " ".repeat(indent));
        let mut used = line.chars().count();
        line.push_str(&" ".repeat(margin.saturating_sub(used)));
        used = used.max(margin);
        let mut is_first = true;
        // A number stays with its sign.
        let words = words.replace(" ×", "\u{a0}×").replace(" %", "\u{a0}%");
        for word in words.split([' ', '\n']).filter(|word| !word.is_empty()) {
            let wide = word.chars().count();
            if !is_first && used + 1 + wide > self.width {
                self.text.push_str(line.trim_end());
                self.text.push('\n');
                let hanging = if label.is_empty() { indent + 2 } else { margin };
                line = " ".repeat(hanging);
                used = hanging;
                is_first = true;
            }
            if !is_first {
                line.push(' ');
                used += 1;
            }
            line.push_str(&word.replace('\u{a0}', " "));
            used += wide;
            is_first = false;
        }
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// An aspect's name that fits its column.
fn short(cell: &Cell) -> &'static str {
    match cell.aspect {
        crate::pathway::Aspect::Flop => "FLOP",
        crate::pathway::Aspect::BindingConstraint => "constraint",
        other => other.name(),
    }
}
