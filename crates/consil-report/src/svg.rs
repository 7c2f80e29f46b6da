//! Drawings as SVG: figures that say what they show, marks with titles, labels, lines.
//!
//! It knows shapes and text and nothing of what is drawn: colours come from classes of the page's style sheet, so that drawings follow the reader's light or
//! dark theme.
//!
//! ```
//! use consil_report::svg::{at, figure};
//!
//! let drawing = figure("flag", (30.0, 20.0), ("A flag", "a bar on white"), |svg| {
//!     svg.empty("rect", &[("width", &at(30.0)), ("height", &at(6.25)), ("class", &"bar")]);
//! });
//! assert!(drawing.starts_with("<svg viewBox=\"0 0 30 20\" role=\"img\""));
//! ```

use crate::markup::{Attribute, Markup};

/// A drawing `width` × `height` units large, of the class `plot`, that a reader without eyes meets as `title` and `description`; `id` is unique in the
/// page. The page shows it at most a third larger than drawn (its style reads `--w`), so that its text is never larger than the page's.
pub fn figure(
    id: &str,
    (width, height): (f64, f64),
    (title, description): (&str, &str),
    draw: impl FnOnce(&mut Markup),
) -> String {
    let mut svg = Markup::default();
    let view_box = format!("0 0 {width} {height}");
    let (title_id, text_id) = (format!("{id}-t"), format!("{id}-d"));
    let named = format!("{title_id} {text_id}");
    let room = format!("--w:{width}");
    let attributes: [Attribute<'_>; 5] =
        [("viewBox", &view_box), ("role", &"img"), ("aria-labelledby", &named), ("class", &"plot"), ("style", &room)];
    svg.element("svg", &attributes, |svg| {
        svg.text("title", &[("id", &title_id)], title);
        svg.text("desc", &[("id", &text_id)], description);
        draw(svg);
    });
    svg.into_string()
}

impl Markup {
    /// An element without content but for a title, which browsers show under the pointer.
    pub fn mark(&mut self, tag: &str, attributes: &[Attribute<'_>], title: &str) {
        self.element(tag, attributes, |svg| svg.text("title", &[], title));
    }

    /// A line of text at a place.
    pub fn label(&mut self, (x, y): (f64, f64), class: &str, text: &str) {
        self.text("text", &[("x", &at(x)), ("y", &at(y)), ("class", &class)], text);
    }

    /// A straight line.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let ends = [at(x1), at(y1), at(x2), at(y2)];
        let [x1, y1, x2, y2] = &ends;
        self.empty("line", &[("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2), ("class", &class)]);
    }
}

/// A coordinate: a tenth of a unit is as fine as the eye needs.
pub fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// Places as the attribute `points` of a polyline or polygon.
pub fn points(places: &[(f64, f64)]) -> String {
    places.iter().map(|(x, y)| format!("{},{}", at(*x), at(*y))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_says_what_it_shows() {
        let svg = figure("f", (10.0, 5.0), ("a < b", "\"q\""), |svg| svg.line((0.0, 0.0), (1.5, 2.0), "grid"));
        assert_eq!(
            svg,
            "<svg viewBox=\"0 0 10 5\" role=\"img\" aria-labelledby=\"f-t f-d\" class=\"plot\" style=\"--w:10\"><title id=\"f-t\">a &lt; b</title>\
             <desc id=\"f-d\">&quot;q&quot;</desc><line x1=\"0\" y1=\"0\" x2=\"1.5\" y2=\"2\" class=\"grid\"/></svg>"
        );
    }
}
