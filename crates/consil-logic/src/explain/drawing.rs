//! Proofs as pictures.

use crate::proof::{Proof, ProofNode, Step, short};

/// Pixels of a line, of an indentation, and of a character of the monospaced text.
const LINE: usize = 22;
const INDENT: usize = 20;
const CHARACTER: f64 = 7.3;

impl Proof {
    /// The proof as an SVG image: one line for each goal, below and to the right of the goal that it is for; a bar behind
    /// each uncertain leaf is as long as the leaf is probable.
    pub fn to_svg(&self) -> String {
        struct Line<'a> {
            node: &'a ProofNode,
            depth: usize,
            parent: Option<usize>,
        }
        let mut lines: Vec<Line> = Vec::new();
        let mut pending = vec![(&self.tree, 0, None)];
        while let Some((node, depth, parent)) = pending.pop() {
            let at = lines.len();
            lines.push(Line { node, depth, parent });
            pending.extend(node.children.iter().rev().map(|child| (child, depth + 1, Some(at))));
        }
        let texts: Vec<String> = lines
            .iter()
            .map(|line| match &line.node.step {
                Step::Rule | Step::Certain => line.node.goal.to_string(),
                Step::Leaf { probability, label, .. } => {
                    format!("{}  [{}, {label}]", line.node.goal, short(*probability))
                }
                Step::Negated { probability } => format!("{}  [{}]", line.node.goal, short(*probability)),
            })
            .collect();
        let end =
            |(line, text): (&Line, &String)| (line.depth * INDENT) as f64 + CHARACTER * text.chars().count() as f64;
        let width = lines.iter().zip(&texts).map(end).fold(0.0, f64::max) + 40.0;
        let height = LINE * (lines.len() + 1) + 10;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" viewBox=\"0 0 {width:.0} \
             {height}\" font-family=\"monospace\" font-size=\"12\">\n<text x=\"10\" y=\"18\" font-weight=\"bold\">{}</text>\n",
            short(self.probability),
        );
        for (at, (line, text)) in lines.iter().zip(&texts).enumerate() {
            let (x, y) = (10 + line.depth * INDENT, LINE * (at + 2) - 4);
            let probability = match &line.node.step {
                Step::Leaf { probability, .. } | Step::Negated { probability } => Some(*probability),
                Step::Rule | Step::Certain => None,
            };
            if let Some(p) = probability.filter(|p| p.is_finite()) {
                let bar = p * CHARACTER * text.chars().count() as f64;
                out += &format!(
                    "<rect x=\"{x}\" y=\"{}\" width=\"{bar:.1}\" height=\"{LINE}\" fill=\"#4c8\" fill-opacity=\"0.25\"/>\n",
                    y - 15
                );
            }
            if let Some(parent) = line.parent {
                let (left, top) = (x - INDENT + 5, LINE * (parent + 2));
                let elbow = format!("M{left} {top}V{}H{}", y - 4, x - 3);
                out += &format!("<path d=\"{elbow}\" fill=\"none\" stroke=\"#888\"/>\n");
            }
            out += &format!("<text x=\"{x}\" y=\"{y}\">{}</text>\n", escaped(text));
        }
        out + "</svg>\n"
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
