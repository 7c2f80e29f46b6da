//! SVG as text: elements close themselves, and every string is escaped.
//!
//! The reports of runs and of pathways draw with it. It knows shapes and text and nothing of what is drawn: scales, axes and colours are the caller's, the last by
//! classes of the page's style sheet.
//!
//! ```
//! use consil_svg::{Svg, at};
//!
//! let drawing = Svg::figure("flag", (30.0, 20.0), ("A flag", "a bar on white"), |svg| {
//!     svg.shape("rect", &[("width", &at(30.0)), ("height", &at(6.25)), ("class", &"bar")]);
//! });
//! assert!(drawing.starts_with("<svg viewBox=\"0 0 30 20\" role=\"img\""));
//! ```

use std::fmt::{Display, Write};

/// A drawing under construction.
#[derive(Default)]
pub struct Svg(String);

/// An attribute: its name and its value.
pub type Attribute<'a> = (&'a str, &'a dyn Display);

impl Svg {
    /// A drawing `width` × `height` units large, of the class `plot`, that a reader without eyes meets as `title` and `description`; `id` is unique in the
    /// page.
    pub fn figure(
        id: &str,
        (width, height): (f64, f64),
        (title, description): (&str, &str),
        draw: impl FnOnce(&mut Svg),
    ) -> String {
        let mut svg = Svg::default();
        let view_box = format!("0 0 {width} {height}");
        let (title_id, text_id) = (format!("{id}-t"), format!("{id}-d"));
        let named = format!("{title_id} {text_id}");
        let attributes: [Attribute<'_>; 4] =
            [("viewBox", &view_box), ("role", &"img"), ("aria-labelledby", &named), ("class", &"plot")];
        svg.element("svg", &attributes, |svg| {
            svg.text("title", &[("id", &title_id)], title);
            svg.text("desc", &[("id", &text_id)], description);
            draw(svg);
        });
        svg.0
    }

    /// An element with what `inside` draws in it.
    pub fn element(&mut self, tag: &str, attributes: &[Attribute<'_>], inside: impl FnOnce(&mut Svg)) {
        self.open(tag, attributes);
        self.0.push('>');
        inside(self);
        self.put(format_args!("</{tag}>"));
    }

    /// An element without content.
    pub fn shape(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.open(tag, attributes);
        self.0.push_str("/>");
    }

    /// An element without content but for a title, which browsers show under the pointer.
    pub fn mark(&mut self, tag: &str, attributes: &[Attribute<'_>], title: &str) {
        self.element(tag, attributes, |svg| svg.text("title", &[], title));
    }

    /// An element that holds text.
    pub fn text(&mut self, tag: &str, attributes: &[Attribute<'_>], text: &str) {
        self.element(tag, attributes, |svg| escape(&mut svg.0, text));
    }

    /// A line of text at a place.
    pub fn label(&mut self, (x, y): (f64, f64), class: &str, text: &str) {
        self.text("text", &[("x", &at(x)), ("y", &at(y)), ("class", &class)], text);
    }

    /// A straight line.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        let ends = [at(x1), at(y1), at(x2), at(y2)];
        let [x1, y1, x2, y2] = &ends;
        self.shape("line", &[("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2), ("class", &class)]);
    }

    fn open(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.put(format_args!("<{tag}"));
        for (name, value) in attributes {
            self.put(format_args!(" {name}=\""));
            escape(&mut self.0, &value.to_string());
            self.0.push('"');
        }
    }

    fn put(&mut self, what: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(what);
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

fn escape(to: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\'' => to.push_str("&#39;"),
            c => to.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_close_and_strings_stay_strings() {
        let svg = Svg::figure("f", (10.0, 5.0), ("a < b", "\"q\""), |svg| {
            svg.element("g", &[("class", &"x\" onload=\"y")], |svg| svg.shape("rect", &[("width", &3)]));
        });
        assert_eq!(
            svg,
            "<svg viewBox=\"0 0 10 5\" role=\"img\" aria-labelledby=\"f-t f-d\" class=\"plot\"><title id=\"f-t\">a &lt; b</title>\
             <desc id=\"f-d\">&quot;q&quot;</desc><g class=\"x&quot; onload=&quot;y\"><rect width=\"3\"/></g></svg>"
        );
    }
}
