//! Proofs as JSON.

use crate::proof::{Proof, ProofNode, Step};

impl Proof {
    /// The proof as a JSON object: `probability` and `tree`, each node of which has its `goal`, its `kind` (`rule`, `leaf`,
    /// `certain`, `negated`), for leaves and negations a `probability`, for leaves a `label`, and its `children`.
    pub fn to_json(&self) -> String {
        enum Part<'a> {
            Node(&'a ProofNode),
            Text(&'static str),
        }
        let mut out = format!("{{\"probability\":{},\"tree\":", number(self.probability));
        let mut pending = vec![Part::Text("}"), Part::Node(&self.tree)];
        while let Some(part) = pending.pop() {
            let node = match part {
                Part::Node(node) => node,
                Part::Text(text) => {
                    out += text;
                    continue;
                }
            };
            out += &format!("{{\"goal\":{}", quoted(&node.goal.to_string()));
            match &node.step {
                Step::Rule => out += ",\"kind\":\"rule\"",
                Step::Certain => out += ",\"kind\":\"certain\"",
                Step::Leaf { probability, label, .. } => {
                    let label = quoted(label);
                    out += &format!(",\"kind\":\"leaf\",\"probability\":{},\"label\":{label}", number(*probability));
                }
                Step::Negated { probability } => {
                    out += &format!(",\"kind\":\"negated\",\"probability\":{}", number(*probability));
                }
            }
            out += ",\"children\":[";
            pending.push(Part::Text("]}"));
            for (at, child) in node.children.iter().enumerate().rev() {
                pending.push(Part::Node(child));
                if at > 0 {
                    pending.push(Part::Text(","));
                }
            }
        }
        out
    }
}

/// As many digits as the single-precision weights have that a proof is searched with. JSON has no infinities and no NaN.
fn number(value: f64) -> String {
    if value.is_finite() { format!("{}", value as f32) } else { "null".to_owned() }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            c if (c as u32) < 0x20 => out += &format!("\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
