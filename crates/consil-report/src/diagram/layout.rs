//! Draws a diagram as SVG: columns from left to right, boxes as wide as their text.

use std::fmt::Write;

use super::{Arrow, Block, BlockId, BlockKind, Diagram};

const MARGIN: f64 = 24.0;
const PADDING: f64 = 12.0;
const TITLE_SIZE: f64 = 14.0;
const LINE_SIZE: f64 = 11.0;
const LINE_HEIGHT: f64 = 16.0;
const BETWEEN_ROWS: f64 = 20.0;
/// Room between columns for an arrow without label.
const BETWEEN_COLUMNS: f64 = 56.0;
/// An upper bound on a character's width, in font sizes, of the fonts named below: their monospaced faces advance by at most 0.61, and bold
/// sans-serif titles on average by less than 0.68.
const LINE_ADVANCE: f64 = 0.61;
const TITLE_ADVANCE: f64 = 0.68;
/// Longer lines are cut.
const MOST_CHARACTERS: usize = 56;

impl Diagram {
    /// The diagram as an SVG document, dark on white.
    pub fn svg(&self) -> String {
        let layout = self.layout();
        let title_height = if self.title.is_empty() { 0.0 } else { 2.0 * LINE_HEIGHT };
        let (width, height) = (
            layout.width.max(text_width(&self.title, TITLE_SIZE, TITLE_ADVANCE) + 2.0 * MARGIN),
            layout.height + title_height,
        );
        let root = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" role="img" aria-label="{}">"#,
            escape(&self.title)
        );
        let paper = format!(r##"<rect width="{width:.0}" height="{height:.0}" fill="#ffffff"/>"##);
        let mut lines = vec![root, STYLE.to_owned(), paper];
        if !self.title.is_empty() {
            lines.push(format!(
                r#"<text class="title" x="{MARGIN}" y="{:.1}">{}</text>"#,
                MARGIN + 8.0,
                escape(&self.title)
            ));
        }
        lines.push(format!(r#"<g transform="translate(0 {title_height:.0})">"#));
        // Arrows first, so that boxes stand before those that pass behind them.
        lines.extend(self.arrows.iter().map(|arrow| draw_arrow(arrow, &layout.places)));
        lines.extend(self.blocks.iter().zip(&layout.places).map(|(block, place)| draw_block(block, place)));
        let labelled = self.arrows.iter().filter(|arrow| !arrow.label.is_empty());
        lines.extend(labelled.map(|arrow| draw_label(arrow, &layout.places)));
        lines.push("</g>\n</svg>".to_owned());
        lines.join("\n")
    }

    fn layout(&self) -> Layout {
        let columns = self.columns();
        let n_columns = columns.iter().max().map_or(0, |c| c + 1);
        let size = |block: &Block| {
            let title = text_width(&shortened(&block.title), TITLE_SIZE, TITLE_ADVANCE);
            let lines = block.lines.iter().map(|l| text_width(&shortened(l), LINE_SIZE, LINE_ADVANCE));
            let height = 2.0 * PADDING + TITLE_SIZE + LINE_HEIGHT * block.lines.len() as f64;
            (lines.fold(title, f64::max) + 2.0 * PADDING, height)
        };
        let sizes: Vec<(f64, f64)> = self.blocks.iter().map(size).collect();
        let mut by_column: Vec<Vec<usize>> = vec![Vec::new(); n_columns];
        columns.iter().enumerate().for_each(|(i, column)| by_column[*column].push(i));
        let stacked = |column: &Vec<usize>| {
            column.iter().map(|i| sizes[*i].1).sum::<f64>() + BETWEEN_ROWS * column.len().saturating_sub(1) as f64
        };
        let tallest = by_column.iter().map(stacked).fold(0.0, f64::max);
        let mut places = vec![Place::default(); self.blocks.len()];
        let mut x = MARGIN;
        for column in &by_column {
            let width = column.iter().map(|i| sizes[*i].0).fold(0.0, f64::max);
            let mut y = MARGIN + (tallest - stacked(column)) / 2.0;
            for i in column {
                places[*i] = Place { x, y, width, height: sizes[*i].1 };
                y += sizes[*i].1 + BETWEEN_ROWS;
            }
            let labels = self.arrows.iter().filter(|a| column.contains(&a.from.0));
            let widest = labels.map(label_width).fold(0.0, f64::max);
            x += width + BETWEEN_COLUMNS + widest;
        }
        let right = places.iter().map(|p| p.x + p.width).fold(0.0, f64::max);
        Layout { places, width: right + MARGIN, height: tallest + 2.0 * MARGIN }
    }

    /// Each box's column: one more than the last of those that point to it. Arrows that close a circle count once for each box at
    /// most, so that the search ends.
    fn columns(&self) -> Vec<usize> {
        let mut columns = vec![0; self.blocks.len()];
        for _ in 0..self.blocks.len() {
            for Arrow { from: BlockId(from), to: BlockId(to), .. } in &self.arrows {
                if from != to && columns[*from] + 1 > columns[*to] && columns[*from] + 1 < self.blocks.len() {
                    columns[*to] = columns[*from] + 1;
                }
            }
        }
        columns
    }
}

struct Layout {
    places: Vec<Place>,
    width: f64,
    height: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    x: f64,
    y: f64,
    width: f64,
    height: f64,
}

const STYLE: &str = r##"<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0.5 L8 4 L0 7.5 Z" fill="#4a5568"/></marker></defs>
<style>
.title { font: bold 14px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1a202c; }
.line { font: 11px "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; fill: #2d3748; }
.arrow { fill: none; stroke: #4a5568; stroke-width: 1.4; marker-end: url(#tip); }
</style>"##;

fn colours(kind: BlockKind) -> (&'static str, &'static str) {
    match kind {
        BlockKind::Data => ("#edf2f7", "#718096"),
        BlockKind::Network => ("#e6f0fb", "#2b6cb0"),
        BlockKind::Symbols => ("#fdf6e3", "#b7791f"),
        BlockKind::Rules => ("#f3ecfb", "#6b46c1"),
        BlockKind::Answer => ("#e6f7ec", "#2f855a"),
    }
}

fn draw_block(block: &Block, place: &Place) -> String {
    let (fill, stroke) = colours(block.kind);
    let Place { x, y, width, height } = place;
    let mut text = format!(
        r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="6" fill="{fill}" stroke="{stroke}" stroke-width="1.4"/>"#
    );
    let left = x + PADDING;
    let mut baseline = y + PADDING + 0.8 * TITLE_SIZE;
    let title = escape(&shortened(&block.title));
    // Writing to a String cannot fail.
    let _ = write!(text, "\n<text class=\"title\" x=\"{left:.1}\" y=\"{baseline:.1}\">{title}</text>");
    for line in &block.lines {
        baseline += LINE_HEIGHT;
        let line = escape(&shortened(line));
        let _ = write!(text, "\n<text class=\"line\" x=\"{left:.1}\" y=\"{baseline:.1}\">{line}</text>");
    }
    text
}

fn draw_arrow(arrow: &Arrow, places: &[Place]) -> String {
    let ((x0, y0), (x1, y1)) = ends(arrow, places);
    // Level below its label, so that it does not run through it.
    let level = if arrow.label.is_empty() { x0 } else { x0 + label_width(arrow) };
    let bend = ((x1 - level).abs() / 2.0).max(BETWEEN_COLUMNS / 2.0);
    let (c0, c1) = (level + bend, x1 - bend);
    format!(
        r#"<path class="arrow" d="M{x0:.1} {y0:.1} H{level:.1} C{c0:.1} {y0:.1} {c1:.1} {y1:.1} {x1:.1} {y1:.1}"/>"#
    )
}

/// The label stands just right of where its arrow begins, in the room kept for it.
fn draw_label(arrow: &Arrow, places: &[Place]) -> String {
    let ((x, y), _) = ends(arrow, places);
    let label = escape(&shortened(&arrow.label));
    format!(r#"<text class="line" x="{:.1}" y="{:.1}">{label}</text>"#, x + 8.0, y - 6.0)
}

fn label_width(arrow: &Arrow) -> f64 {
    text_width(&shortened(&arrow.label), LINE_SIZE, LINE_ADVANCE)
}

fn ends(arrow: &Arrow, places: &[Place]) -> ((f64, f64), (f64, f64)) {
    let (from, to) = (places[arrow.from.0], places[arrow.to.0]);
    ((from.x + from.width, from.y + from.height / 2.0), (to.x, to.y + to.height / 2.0))
}

/// An upper bound on the width of a text in pixels; East Asian characters and emoji are twice as wide as letters.
fn text_width(text: &str, size: f64, advance: f64) -> f64 {
    let units: f64 =
        text.chars().map(|c| if c >= '\u{1100}' && !('\u{2000}'..'\u{2e80}').contains(&c) { 2.0 } else { 1.0 }).sum();
    units * size * advance
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MOST_CHARACTERS {
        return text.to_owned();
    }
    text.chars().take(MOST_CHARACTERS - 1).chain(['…']).collect()
}

/// The text with XML's special characters escaped, and without characters that XML forbids.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
