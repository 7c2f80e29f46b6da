//! HTML and SVG as text: elements close themselves, and every string is escaped.
//!
//! ```
//! use consil_report::Markup;
//!
//! let mut html = Markup::default();
//! html.element("p", &[("class", &"lead")], |html| {
//!     html.say("1 < 2, ");
//!     html.text("b", &[], "always");
//! });
//! assert_eq!(html.into_string(), "<p class=\"lead\">1 &lt; 2, <b>always</b></p>");
//! ```

use std::fmt::{Arguments, Display, Write};

/// Markup under construction.
#[derive(Clone, Debug, Default)]
pub struct Markup(String);

/// An attribute: its name and its value.
pub type Attribute<'a> = (&'a str, &'a dyn Display);

impl Markup {
    /// An element with what `inside` writes in it.
    pub fn element(&mut self, tag: &str, attributes: &[Attribute<'_>], inside: impl FnOnce(&mut Self)) {
        self.open(tag, attributes);
        self.0.push('>');
        inside(self);
        self.put(format_args!("</{tag}>"));
    }

    /// An element without content.
    pub fn empty(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.open(tag, attributes);
        self.0.push_str("/>");
    }

    /// An element that holds text.
    pub fn text(&mut self, tag: &str, attributes: &[Attribute<'_>], text: &str) {
        self.element(tag, attributes, |markup| markup.say(text));
    }

    /// An element that holds text, if there is any.
    pub fn text_if_any(&mut self, tag: &str, attributes: &[Attribute<'_>], text: &str) {
        if !text.is_empty() {
            self.text(tag, attributes, text);
        }
    }

    /// Text.
    pub fn say(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
    }

    /// A line break, so that the source can be read.
    pub fn end_line(&mut self) {
        self.0.push('\n');
    }

    /// Markup that was made before: a drawing, a style sheet, a script. Strings from outside must never come this way.
    pub fn raw(&mut self, markup: &str) {
        self.0.push_str(markup);
    }

    /// The text.
    pub fn into_string(self) -> String {
        self.0
    }

    fn open(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.put(format_args!("<{tag}"));
        for (name, value) in attributes {
            self.put(format_args!(" {name}=\""));
            self.say(&value.to_string());
            self.0.push('"');
        }
    }

    fn put(&mut self, what: Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(what);
    }
}

/// Whether every element closes in its order.
#[cfg(test)]
pub(crate) fn is_well_formed(svg: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for part in svg.split('<').skip(1) {
        let Some((tag, _)) = part.split_once('>') else { return false };
        let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or("");
        if let Some(closed) = name.strip_prefix('/').or_else(|| tag.strip_prefix('/')) {
            if open.pop() != Some(closed) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_close_and_strings_stay_strings() {
        let mut markup = Markup::default();
        markup.element("g", &[("class", &"x\" onload=\"y")], |markup| {
            markup.empty("rect", &[("width", &3)]);
            markup.text_if_any("small", &[], "");
            markup.text("b", &[], "a < 'b'");
        });
        assert_eq!(
            markup.into_string(),
            "<g class=\"x&quot; onload=&quot;y\"><rect width=\"3\"/><b>a &lt; &#39;b&#39;</b></g>"
        );
    }
}
