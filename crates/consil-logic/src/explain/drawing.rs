//! Proofs as pictures.

use crate::proof::{Proof, ProofNode, Step, short};

/// Pixels of a line, of an indentation, and of a character of the monospaced text.
const LINE: usize = 22;
const INDENT: usize = 20;
const CHARACTER: f64 = 7.3;

/// A line of a drawing: a goal, how deep it stands, and the line of the goal that it is for.
struct Line<'a> {
    node: &'a ProofNode,
    depth: usize,
    parent: Option<usize>,
    text: String,
}

impl Proof {
    /// The proof as an SVG image: one line for each goal, below and to the right of the goal that it is for; a bar behind
    /// each uncertain leaf is as long as the leaf is probable.
    pub fn to_svg(&self) -> String {
        Self::all_to_svg(std::slice::from_ref(self))
    }

    /// Several proofs as one SVG image, one below the other.
    pub fn all_to_svg(proofs: &[Proof]) -> String {
        let (mut drawn, mut width, mut top) = (String::new(), 0.0, 0);
        for proof in proofs {
            let lines = lines(&proof.tree);
            let end = |line: &Line| (line.depth * INDENT) as f64 + CHARACTER * line.text.chars().count() as f64;
            width = lines.iter().map(end).fold(width, f64::max);
            drawn += &format!(
                "<text x=\"10\" y=\"{}\" font-weight=\"bold\">{}</text>\n",
                top + 18,
                short(proof.probability)
            );
            lines.iter().enumerate().for_each(|(at, line)| draw(line, at, top, &mut drawn));
            top += LINE * (lines.len() + 1) + 10;
        }
        let width = width + 40.0;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{top}\" viewBox=\"0 0 {width:.0} {top}\" \
             font-family=\"monospace\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{drawn}</svg>\n"
        )
    }
}

fn lines(tree: &ProofNode) -> Vec<Line<'_>> {
    let mut lines: Vec<Line> = Vec::new();
    let mut pending = vec![(tree, 0, None)];
    while let Some((node, depth, parent)) = pending.pop() {
        let at = lines.len();
        let text = match &node.step {
            Step::Rule | Step::Certain => node.goal.to_string(),
            Step::Leaf { probability, label, .. } => format!("{}  [{}, {label}]", node.goal, short(*probability)),
            Step::Negated { probability } => format!("{}  [{}]", node.goal, short(*probability)),
        };
        lines.push(Line { node, depth, parent, text });
        pending.extend(node.children.iter().rev().map(|child| (child, depth + 1, Some(at))));
    }
    lines
}

/// Draws line number `at` of a proof whose first line of text is below `top`.
fn draw(line: &Line, at: usize, top: usize, out: &mut String) {
    let (x, y) = (10 + line.depth * INDENT, top + LINE * (at + 2) - 4);
    let probability = match &line.node.step {
        Step::Leaf { probability, .. } | Step::Negated { probability } => Some(*probability),
        Step::Rule | Step::Certain => None,
    };
    if let Some(p) = probability.filter(|p| p.is_finite()) {
        let bar = p * CHARACTER * line.text.chars().count() as f64;
        *out += &format!(
            "<rect x=\"{x}\" y=\"{}\" width=\"{bar:.1}\" height=\"{LINE}\" fill=\"#4c8\" fill-opacity=\"0.25\"/>\n",
            y - 15
        );
    }
    if let Some(parent) = line.parent {
        let elbow = format!("M{} {}V{}H{}", x - INDENT + 5, top + LINE * (parent + 2), y - 4, x - 3);
        *out += &format!("<path d=\"{elbow}\" fill=\"none\" stroke=\"#888\"/>\n");
    }
    *out += &format!("<text x=\"{x}\" y=\"{y}\">{}</text>\n", escaped(&line.text));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
