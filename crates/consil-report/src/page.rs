//! The page: one HTML file with everything in it, for a browser in light or dark, on a phone and on paper.
//!
//! It makes no request: its policy forbids every one, and every script but the one it carries, by its hash. The script only shows numbers
//! under the pointer that the page has anyway.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::block::Block;
use crate::markup::Markup;

const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/hover.js");

/// A page.
#[derive(Clone, Debug)]
pub struct Page<'a> {
    /// What kind of page it is, above the title.
    pub kicker: &'a str,
    /// The title.
    pub title: &'a str,
    /// Sentences below the title; the first is the most important.
    pub lead: &'a [String],
    /// The sections, in order.
    pub sections: &'a [Section],
    /// A last paragraph.
    pub footer: Markup,
}

/// A section of a page.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Its anchor, unique in the page.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// A sentence below the heading; empty for none.
    pub lead: String,
    /// Its content.
    pub content: Markup,
    /// Whether a figure of it has numbers, which the page's script shows.
    pub has_numbers: bool,
}

impl Page<'_> {
    /// The page as HTML.
    pub fn html(self) -> String {
        let script = self.sections.iter().any(|section| section.has_numbers).then_some(SCRIPT);
        let allowed = script.map(|script| format!("; script-src 'sha256-{}'", STANDARD.encode(Sha256::digest(script))));
        let policy =
            format!("default-src 'none'; img-src data:; style-src 'unsafe-inline'{}", allowed.unwrap_or_default());
        let mut html = Markup::default();
        html.raw("<!DOCTYPE html>\n");
        html.element("html", &[("lang", &"en")], |html| {
            html.element("head", &[], |html| {
                html.empty("meta", &[("charset", &"utf-8")]);
                html.empty("meta", &[("http-equiv", &"Content-Security-Policy"), ("content", &policy)]);
                html.empty("meta", &[("name", &"viewport"), ("content", &"width=device-width, initial-scale=1")]);
                html.empty("meta", &[("name", &"color-scheme"), ("content", &"light dark")]);
                html.text("title", &[], &format!("{} · {}", self.title, self.kicker));
                html.element("style", &[], |html| html.raw(STYLE));
            });
            html.end_line();
            html.element("body", &[], |html| {
                self.write_header(html);
                html.element("main", &[], |html| self.sections.iter().for_each(|section| section.write(html)));
                html.element("footer", &[], |html| {
                    html.element("p", &[], |html| html.raw(&self.footer.clone().into_string()));
                });
                if let Some(script) = script {
                    html.element("script", &[], |html| html.raw(script));
                }
            });
        });
        html.end_line();
        html.into_string()
    }

    fn write_header(&self, html: &mut Markup) {
        html.element("header", &[], |html| {
            html.text("p", &[("class", &"kicker")], self.kicker);
            html.text("h1", &[], self.title);
            for (i, sentence) in self.lead.iter().enumerate() {
                html.text("p", &[("class", if i == 0 { &"verdict" } else { &"further" })], sentence);
            }
            html.element("nav", &[("aria-label", &"Sections")], |html| {
                html.element("ul", &[], |html| {
                    for section in self.sections {
                        let anchor = format!("#{}", section.id);
                        html.element("li", &[], |html| html.text("a", &[("href", &anchor)], &section.title));
                    }
                });
            });
        });
        html.end_line();
    }
}

impl Section {
    /// A section of pieces.
    pub fn of_blocks(
        id: impl Into<String>,
        title: impl Into<String>,
        lead: impl Into<String>,
        blocks: &[Block],
    ) -> Self {
        let mut content = Markup::default();
        content.element("div", &[("class", &"blocks")], |html| blocks.iter().for_each(|block| block.write(html)));
        let has_numbers = blocks.iter().any(|block| matches!(block, Block::Figure(f) if f.numbers.is_some()));
        Self { id: id.into(), title: title.into(), lead: lead.into(), content, has_numbers }
    }

    /// A section whose content `write` writes.
    pub fn of_markup(
        id: impl Into<String>,
        title: impl Into<String>,
        lead: impl Into<String>,
        write: impl FnOnce(&mut Markup),
    ) -> Self {
        let mut content = Markup::default();
        write(&mut content);
        Self { id: id.into(), title: title.into(), lead: lead.into(), content, has_numbers: false }
    }

    fn write(&self, html: &mut Markup) {
        let heading = format!("{}-h", self.id);
        html.element("section", &[("id", &self.id), ("aria-labelledby", &heading)], |html| {
            html.text("h2", &[("id", &heading)], &self.title);
            html.text_if_any("p", &[("class", &"lead")], &self.lead);
            html.raw(&self.content.clone().into_string());
        });
        html.end_line();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{Badge, Figure, Table, TableCell};
    use crate::{Chart, Measure, Series};

    fn page(blocks: &[Block]) -> String {
        let section = Section::of_blocks("s", "A & B", "", blocks);
        let footer = Markup::default();
        Page { kicker: "Report", title: "<b>run</b>", lead: &["x < y".into()], sections: &[section], footer }.html()
    }

    #[test]
    fn strings_stay_strings() {
        let evil = "<img src=x onerror=y>";
        let badge = Badge { word: evil.into(), class: "cited", detail: evil.into() };
        let table = Table::new(evil, [evil], vec![vec![TableCell::head(evil).noted(evil).with(badge)]]);
        let html = page(&[table.into(), Block::Text { text: evil.into() }]);
        assert!(html.contains("&lt;b&gt;run&lt;/b&gt;") && html.contains("x &lt; y"), "{html}");
        assert!(!html.contains("<img") && !html.contains("<b>run"));
    }

    #[test]
    fn only_a_page_with_numbers_carries_the_script_and_its_policy_names_it() {
        let mut chart = Chart::new("c", "Loss", (Measure::Count, "epoch"), (Measure::FromZero, "nats"));
        chart.series = vec![Series::line("training", 0, vec![(1.0, 2.0), (2.0, 1.0)])];
        let figure = Figure::of_chart(&chart, "");
        let still = page(&[figure.clone().into()]);
        assert!(!still.contains("<script") && !still.contains("script-src"));
        let live = page(&[figure.with_numbers(&chart).into()]);
        let script = live.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
        let hash = STANDARD.encode(Sha256::digest(script));
        assert!(live.contains(&format!("sha256-{hash}")), "the hash is of the very script");
        for html in [still, live] {
            assert!(html.contains("default-src &#39;none&#39;"));
            for outside in ["url(", "@import", "fetch(", "XMLHttpRequest", "http://", "https://"] {
                assert!(!html.contains(outside), "{outside}");
            }
        }
    }

    /// A chart is shown at most a third larger than drawn, so that its text is never much larger than the page's.
    #[test]
    fn drawings_say_how_wide_they_may_be() {
        let chart = Chart::new("c", "Loss", (Measure::Count, "epoch"), (Measure::FromZero, "nats"));
        let html = page(&[Figure::of_chart(&chart, "").into()]);
        assert!(html.contains("style=\"--w:500\""), "{html}");
        assert!(html.contains("max-width: calc(var(--w) * 1.3px)"));
    }
}
