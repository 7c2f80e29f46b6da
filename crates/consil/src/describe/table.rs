//! The layers of each network as a table of text.

use std::fmt::{self, Write};

use consil_graph::{Cost, Description};
use consil_report::number::{bytes, scaled_count as count, thousands};

const HEADINGS: [&str; 6] = ["component", "op", "output", "parameters", "FLOPs", "memory"];

/// The description as text.
pub(super) fn table(description: &Description) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, description);
    text
}

fn write(f: &mut String, description: &Description) -> fmt::Result {
    let mut lines: Vec<Option<[String; 6]>> = vec![Some(HEADINGS.map(str::to_owned)), None];
    for component in &description.components {
        for (i, row) in component.rows.iter().enumerate() {
            let name = if i == 0 { component.name.clone() } else { String::new() };
            let (parameters, flops) = (thousands(row.parameters), thousands(row.flops as usize));
            lines.push(Some([name, row.op.clone(), shape(&row.shape), parameters, flops, bytes(row.activation_bytes)]));
        }
        if description.components.len() > 1 {
            lines.push(Some(totals("", &component.total)));
        }
        lines.push(None);
    }
    lines.push(Some(totals("total", &description.total)));
    write_table(f, &lines)?;
    let Cost { parameters, trainable, flops, activation_bytes, peak_activation_bytes, weight_bytes } =
        description.total;
    let (share, weights) = (thousands(trainable), bytes(weight_bytes));
    writeln!(f, "\n{} parameters ({share} trainable), {weights} of weights as f32", thousands(parameters))?;
    let (kept, peak) = (bytes(activation_bytes), bytes(peak_activation_bytes));
    writeln!(
        f,
        "one sample: {} forward, {kept} of activations kept in training, {peak} at once in inference",
        count(flops, "FLOP")
    )
}

fn totals(name: &str, cost: &Cost) -> [String; 6] {
    let (parameters, flops) = (thousands(cost.parameters), thousands(cost.flops as usize));
    [name.to_owned(), "sum".to_owned(), String::new(), parameters, flops, bytes(cost.activation_bytes)]
}

fn shape(shape: &[usize]) -> String {
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    if lengths.is_empty() { "scalar".to_owned() } else { lengths.join("×") }
}

/// Columns as wide as their longest cell, the last three to the right; `None` is a rule.
fn write_table(f: &mut String, lines: &[Option<[String; 6]>]) -> fmt::Result {
    let mut widths = [0; 6];
    for line in lines.iter().flatten() {
        widths.iter_mut().zip(line).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    for line in lines {
        let Some(cells) = line else {
            writeln!(f, "{}", "─".repeat(widths.iter().sum::<usize>() + 2 * (widths.len() - 1)))?;
            continue;
        };
        let padded: Vec<String> = (cells.iter().zip(widths).enumerate())
            .map(|(i, (cell, width))| if i < 3 { format!("{cell:<width$}") } else { format!("{cell:>width$}") })
            .collect();
        writeln!(f, "{}", padded.join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use consil_graph::{Builder, Graph, describe};
    use consil_multimodal::Layers;
    use expect_test::expect;

    use super::*;

    fn build(name: &str, shape: &[usize], layers: &str) -> Graph {
        let mut b = Builder::new();
        let x = b.input("input", shape);
        let y = layers.parse::<Layers>().unwrap().apply(&mut b, name, x).unwrap();
        b.output("y", y);
        b.finish()
    }

    #[test]
    fn the_table_shows_each_op_and_the_sums() {
        let digit = build(
            "digit",
            &[1, 8, 8],
            r#"[{ conv = 16, padding = "same", stride = 2 }, "relu", "flatten", { linear = 10 }]"#,
        );
        let sign = build(
            "sign",
            &[6, 8],
            r#"[{ conv = 4, kernel = 5, groups = 2 }, { max-pool = 2 }, "global-average-pool"]"#,
        );
        // Sums by hand: 160 + 2,570 and 64 parameters; conv 2·9·16·16 and linear 2·256·10; conv 2·15·16 (3 channels a group), pooling 16, mean 8.
        expect![[r#"
            component  op                                     output  parameters   FLOPs   memory
            ─────────────────────────────────────────────────────────────────────────────────────
            digit      conv 1 → 16, 3×3, stride 2, padding 1  16×4×4         160   4,608  1.0 KiB
                       ReLU                                   16×4×4           0     256  1.0 KiB
                       flatten                                256              0       0  1.0 KiB
                       linear 256 → 10                        10           2,570   5,120     40 B
                       sum                                                 2,730   9,984  3.0 KiB
            ─────────────────────────────────────────────────────────────────────────────────────
            sign       conv 6 → 4, 5, 2 groups                4×4             64     480     64 B
                       max pool 2                             4×2              0      16     32 B
                       global average pool                    4                0       8     16 B
                       sum                                                    64     504    112 B
            ─────────────────────────────────────────────────────────────────────────────────────
            total      sum                                                 2,794  10,488  3.1 KiB

            2,794 parameters (2,794 trainable), 10.9 KiB of weights as f32
            one sample: 10.5 kFLOP forward, 3.1 KiB of activations kept in training, 2.0 KiB at once in inference
        "#]]
        .assert_eq(&table(&describe(&[("digit", &digit), ("sign", &sign)])));
    }
}
