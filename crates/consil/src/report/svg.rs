//! SVG as text: elements close themselves, and every string is escaped.

use std::fmt::{Display, Write};

/// A drawing under construction.
#[derive(Default)]
pub(crate) struct Svg(String);

/// An attribute: its name and its value.
pub(crate) type Attribute<'a> = (&'a str, &'a dyn Display);

impl Svg {
    /// A drawing `width` × `height` units large that a reader without eyes meets as `title` and `description`; `id` is unique in
    /// the page.
    pub fn figure(
        id: &str,
        (width, height): (f64, f64),
        title: &str,
        description: &str,
        draw: impl FnOnce(&mut Svg),
    ) -> String {
        let mut svg = Svg::default();
        let view_box = format!("0 0 {width} {height}");
        let (title_id, text_id) = (format!("{id}-t"), format!("{id}-d"));
        let named = format!("{title_id} {text_id}");
        svg.element("svg", &[("viewBox", &view_box), ("role", &"img"), ("aria-labelledby", &named)], |svg| {
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
        write!(self.0, "</{tag}>").expect("writing to a string cannot fail");
    }

    /// An element without content.
    pub fn shape(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.open(tag, attributes);
        self.0.push_str("/>");
    }

    /// An element that holds text.
    pub fn text(&mut self, tag: &str, attributes: &[Attribute<'_>], text: &str) {
        self.element(tag, attributes, |svg| escape(&mut svg.0, text));
    }

    fn open(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        write!(self.0, "<{tag}").expect("writing to a string cannot fail");
        for (name, value) in attributes {
            write!(self.0, " {name}=\"").expect("writing to a string cannot fail");
            escape(&mut self.0, &value.to_string());
            self.0.push('"');
        }
    }
}

/// A coordinate: a tenth of a unit is as fine as the eye needs.
pub(crate) fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
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
        let svg = Svg::figure("f", (10.0, 5.0), "a < b", "\"q\"", |svg| {
            svg.element("g", &[("class", &"x\" onload=\"y")], |svg| svg.shape("rect", &[("width", &3)]));
        });
        assert_eq!(
            svg,
            "<svg viewBox=\"0 0 10 5\" role=\"img\" aria-labelledby=\"f-t f-d\"><title id=\"f-t\">a &lt; b</title>\
             <desc id=\"f-d\">&quot;q&quot;</desc><g class=\"x&quot; onload=&quot;y\"><rect width=\"3\"/></g></svg>"
        );
    }
}
