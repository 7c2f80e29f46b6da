//! An explanation for the terminal: bars, and the proof as a tree.

use std::fmt::{self, Display, Formatter};

use super::{Explanation, ModalityView, ProofTree, View};

/// How many classes of a network are shown, the most probable first.
const CLASSES: usize = 3;
/// How many answers are shown.
const ANSWERS: usize = 5;
/// A class less probable than this is left out, unless it is the first or the true one.
const LEAST: f64 = 0.005;
/// The length of a bar of probability 1.
const BAR: usize = 20;

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.answer)?;
        if !self.probability.is_nan() {
            write!(f, " ({})", percent(self.probability))?;
        }
        match (self.is_right(), &self.truth) {
            // A number is hardly ever right to the digit.
            (_, Some(truth)) if self.probability.is_nan() => writeln!(f, ", and the truth is {truth}")?,
            (Some(true), _) => writeln!(f, ", which is right")?,
            (_, Some(truth)) => writeln!(f, ", but the truth is {truth}")?,
            _ => writeln!(f)?,
        }
        for other in &self.others {
            write!(f, "{}: {}", other.target, other.answer)?;
            if let Some(probability) = other.probability {
                write!(f, " ({})", percent(probability))?;
            }
            match &other.truth {
                Some(truth) if *truth != other.answer => writeln!(f, ", and the truth is {truth}")?,
                _ => writeln!(f)?,
            }
        }
        for modality in &self.modalities {
            writeln!(f)?;
            modality.write(f)?;
        }
        if self.modalities.iter().all(|modality| modality.network.is_none()) || self.proofs.is_empty() {
            writeln!(f, "\nanswers")?;
            let answers = self.answers.iter().map(|a| (a.label.as_str(), a.probability)).collect();
            bars(f, answers, ANSWERS, self.truth.as_deref())?;
        }
        for (i, proof) in self.proofs.iter().enumerate() {
            let heading = if i == 0 { "because" } else { "or because" };
            writeln!(f, "\n{heading}")?;
            proof.write(f, "  ", "  ")?;
        }
        match &self.flip {
            Some(flip) => writeln!(f, "\n{}", flip.text),
            None => Ok(()),
        }
    }
}

impl ModalityView {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.item, summary(&self.view, &self.kind))?;
        match &self.network {
            Some(network) => writeln!(f, ", seen by {network}")?,
            None => writeln!(f)?,
        }
        let classes = self.classes.iter().map(String::as_str).zip(self.probabilities.iter().copied()).collect();
        bars(f, classes, CLASSES, self.truth.as_deref())?;
        if let Some(saliency) = &self.saliency {
            writeln!(f, "  what the answer depends on")?;
            for line in saliency.lines() {
                writeln!(f, "  |{line}|")?;
            }
        }
        Ok(())
    }
}

/// What a value is and how large, in a few words.
fn summary(view: &View, kind: &dyn Display) -> String {
    match view {
        View::Image(image) => format!("{kind}, {} × {} pixels", image.width, image.height),
        View::Spectrogram { frames, bands, .. } => format!("{kind}, {frames} frames of {bands} mel bands"),
        View::Series { channels, steps, .. } => format!("{kind}, {steps} steps of {channels} channels"),
        View::Text { text } => format!("{kind}: “{text}”"),
        View::Row { cells } => format!("{kind}, {} columns", cells.len()),
        View::Frames { n_frames, .. } => format!("{kind}, {n_frames} frames"),
        View::Absent => format!("{kind}, absent"),
    }
}

impl ProofTree {
    /// Writes the tree with its root after `first` and all that is below it after `rest`.
    fn write(&self, f: &mut Formatter<'_>, first: &str, rest: &str) -> fmt::Result {
        write!(f, "{first}{}", self.text)?;
        match (self.probability, &self.because) {
            (Some(p), Some(because)) => writeln!(f, "   {} · {because}", percent(p))?,
            (Some(p), None) => writeln!(f, "   {}", percent(p))?,
            (None, Some(because)) => writeln!(f, "   {because}")?,
            (None, None) => writeln!(f)?,
        }
        for (i, child) in self.children.iter().enumerate() {
            let last = i + 1 == self.children.len();
            let (branch, below) = if last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            child.write(f, &format!("{rest}{branch}"), &format!("{rest}{below}"))?;
        }
        Ok(())
    }
}

/// The most probable labels with bars, and the true one wherever it stands.
fn bars(f: &mut Formatter<'_>, mut labels: Vec<(&str, f64)>, most: usize, truth: Option<&str>) -> fmt::Result {
    labels.sort_by(|a, b| b.1.total_cmp(&a.1));
    let shown: Vec<(&str, f64)> = (labels.into_iter().enumerate())
        .filter(|(i, (label, p))| *i == 0 || (*i < most && *p >= LEAST) || Some(*label) == truth)
        .map(|(_, shown)| shown)
        .collect();
    let width = shown.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    for (label, p) in shown {
        let mark = if Some(label) == truth { "  ← truth" } else { "" };
        writeln!(f, "  {label:>width$}  {:<BAR$} {:>7}{mark}", bar(p), percent(p))?;
    }
    Ok(())
}

/// A bar of eighths of a character.
fn bar(probability: f64) -> String {
    let eighths = (probability.clamp(0.0, 1.0) * (8 * BAR) as f64).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]);
    bar
}

/// A probability as a percentage of three digits: `93.4 %`, `0.12 %`, and never 0 or 100 for what is not quite so.
pub(crate) fn percent(p: f64) -> String {
    let value = 100.0 * p;
    if !value.is_finite() {
        return "–".to_owned();
    }
    match value {
        v if v == 0.0 || v == 100.0 => format!("{v:.0} %"),
        v if v < 0.01 => "< 0.01 %".to_owned(),
        v if v < 1.0 => format!("{v:.2} %"),
        v if v < 99.95 => format!("{v:.1} %"),
        v if v < 99.995 => format!("{v:.2} %"),
        _ => "> 99.99 %".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rounded_to_certainty() {
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.000_01), "< 0.01 %");
        assert_eq!(percent(0.004_2), "0.42 %");
        assert_eq!(percent(0.5), "50.0 %");
        assert_eq!(percent(0.999_7), "99.97 %");
        assert_eq!(percent(0.999_999), "> 99.99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(f64::NAN), "–");
    }

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        assert_eq!(bar(1.0).chars().count(), BAR);
        assert_eq!(bar(0.5), "█".repeat(BAR / 2));
        assert_eq!(bar(0.0), "");
        assert_eq!(bar(1.0 / 160.0), "▏");
    }

    #[test]
    fn branches_join_their_goals() {
        let leaf = |text: &str, p: f64, because: &str| ProofTree {
            text: text.into(),
            because: Some(because.into()),
            probability: Some(p),
            children: vec![],
        };
        let inner = ProofTree {
            text: "sum(7)".into(),
            because: None,
            probability: None,
            children: vec![leaf("seen(3)", 0.5, "digit(image) = 3"), leaf("heard(4)", 0.25, "spoken(voice) = 4")],
        };
        let certain = ProofTree { text: "7 > 5".into(), because: None, probability: None, children: vec![] };
        let root = ProofTree {
            text: "large(yes)".into(),
            because: None,
            probability: Some(0.125),
            children: vec![inner, certain],
        };
        struct Shown(ProofTree);
        impl Display for Shown {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                self.0.write(f, "", "")
            }
        }
        assert_eq!(
            Shown(root).to_string(),
            "large(yes)   12.5 %\n\
             ├─ sum(7)\n\
             │  ├─ seen(3)   50.0 % · digit(image) = 3\n\
             │  └─ heard(4)   25.0 % · spoken(voice) = 4\n\
             └─ 7 > 5\n"
        );
    }
}
