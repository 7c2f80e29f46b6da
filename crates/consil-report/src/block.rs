//! Pieces of a page: figures with their legends and numbers, tables, findings.

use crate::chart::{Chart, Marks};
use crate::colour::SERIES;
use crate::markup::Markup;

/// A table of a figure's numbers with more rows than this is thinned.
const MOST_ROWS: usize = 200;

/// A piece of a section.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Block {
    /// A drawing with its legend, a caption, and its numbers where it has them.
    Figure(Figure),
    /// A table.
    Table(Table),
    /// Sentences with what each rests on.
    Findings {
        /// The heading.
        title: String,
        /// The sentences.
        items: Vec<Finding>,
    },
    /// A sentence.
    Text {
        /// The sentence.
        text: String,
    },
}

/// A drawing with its legend, a caption, and its numbers where it has them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// The heading.
    pub title: String,
    /// The drawing, of [`figure`](crate::svg::figure), which escapes every string.
    pub svg: String,
    /// What the colours stand for.
    pub legend: Vec<LegendKey>,
    /// What there is to see.
    pub caption: String,
    /// Whether it takes the whole width of the page.
    pub wide: bool,
    /// The same as a table, which is folded, and which the page's script shows under the pointer.
    pub numbers: Option<Numbers>,
}

/// The meaning of a colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegendKey {
    /// The style sheet's classes: `c0 dashed`.
    pub class: String,
    /// What is drawn so.
    pub name: String,
}

/// The numbers of a figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    thinned: bool,
}

/// A table. Every column has a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The heading.
    pub title: String,
    /// The columns' names.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<TableCell>>,
    /// What stands below it.
    pub note: String,
    /// Whether it is folded under its title.
    pub folded: bool,
}

/// A cell of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TableCell {
    /// What it says.
    pub text: String,
    /// What it rests on.
    pub badge: Option<Badge>,
    /// A smaller second line; empty for none.
    pub note: String,
    /// Whether the cell heads its row.
    pub head: bool,
}

/// A word in a coloured frame: what something rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Badge {
    /// The word.
    pub word: String,
    /// The style sheet's class of its colour.
    pub class: &'static str,
    /// The source in a smaller second line; empty for none.
    pub detail: String,
}

/// A sentence with what it rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// The sentence.
    pub text: String,
    /// What it rests on.
    pub badge: Badge,
}

impl LegendKey {
    /// A solid line or an area of a colour.
    pub fn of_colour(colour: usize, name: impl Into<String>) -> Self {
        Self { class: format!("c{}", colour % SERIES), name: name.into() }
    }
}

impl Figure {
    /// A chart with a legend of its lines where there are several.
    pub fn of_chart(chart: &Chart, caption: impl Into<String>) -> Self {
        let lines = chart.series.iter().filter(|series| series.marks != Marks::Dots);
        let mut legend: Vec<LegendKey> =
            lines.map(|series| LegendKey { class: series.class(), name: series.name.clone() }).collect();
        if legend.len() < 2 {
            legend.clear();
        }
        Self { title: chart.title.clone(), svg: chart.svg(), legend, caption: caption.into(), ..Self::default() }
    }

    /// A drawing without legend.
    pub fn of_svg(title: impl Into<String>, svg: String, caption: impl Into<String>) -> Self {
        Self { title: title.into(), svg, caption: caption.into(), ..Self::default() }
    }

    /// The same over the whole width of the page.
    pub fn wide(self) -> Self {
        Self { wide: true, ..self }
    }

    /// The same with the chart's numbers: a row for each value of its horizontal axis, which must not be logarithmic.
    pub fn with_numbers(self, chart: &Chart) -> Self {
        let mut xs: Vec<f64> = chart.series.iter().flat_map(|series| series.points.iter().map(|(x, _)| *x)).collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        let stride = xs.len().div_ceil(MOST_ROWS).max(1);
        let row = |x: &f64| {
            let value = |points: &[(f64, f64)]| {
                points.iter().find(|p| p.0 == *x).map_or(String::new(), |p| chart.y.0.text(p.1))
            };
            std::iter::once(chart.x.0.text(*x)).chain(chart.series.iter().map(|s| value(&s.points))).collect()
        };
        let head = std::iter::once(chart.x.1.clone()).chain(chart.series.iter().map(|series| series.name.clone()));
        let numbers =
            Numbers { head: head.collect(), rows: xs.iter().step_by(stride).map(row).collect(), thinned: stride > 1 };
        Self { numbers: Some(numbers), ..self }
    }
}

impl From<Figure> for Block {
    fn from(figure: Figure) -> Self {
        Self::Figure(figure)
    }
}

impl From<Table> for Block {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl Table {
    /// A table without note.
    pub fn new<S: Into<String>>(
        title: impl Into<String>,
        head: impl IntoIterator<Item = S>,
        rows: Vec<Vec<TableCell>>,
    ) -> Self {
        Self { title: title.into(), head: head.into_iter().map(Into::into).collect(), rows, ..Self::default() }
    }

    /// The same with a note below it.
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// The same folded under its title.
    pub fn folded(self) -> Self {
        Self { folded: true, ..self }
    }
}

impl TableCell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// A text that heads its row.
    pub fn head(text: impl Into<String>) -> Self {
        Self { text: text.into(), head: true, ..Self::default() }
    }

    /// The same with a smaller second line.
    pub fn noted(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// The same with what it rests on.
    pub fn with(self, badge: impl Into<Badge>) -> Self {
        Self { badge: Some(badge.into()), ..self }
    }
}

impl Block {
    /// Writes the piece.
    pub(crate) fn write(&self, html: &mut Markup) {
        match self {
            Self::Figure(figure) => figure.write(html),
            Self::Table(table) => table.write(html),
            Self::Findings { title, items } => html.element("div", &[("class", &"findings half")], |html| {
                html.text("h3", &[], title);
                html.element("ul", &[], |html| items.iter().for_each(|item| item.write(html)));
            }),
            Self::Text { text } => html.text("p", &[("class", &"wide")], text),
        }
        html.end_line();
    }
}

impl Figure {
    fn write(&self, html: &mut Markup) {
        let class = format!(
            "{}{}",
            if self.wide { "wide" } else { "half" },
            if self.numbers.is_some() { " chart" } else { "" }
        );
        html.element("figure", &[("class", &class)], |html| {
            html.text_if_any("h3", &[], &self.title);
            LegendKey::write_all(&self.legend, html);
            html.element("div", &[("class", &"scroll")], |html| {
                html.element("div", &[("class", &"drawing")], |html| html.raw(&self.svg));
            });
            html.text_if_any("figcaption", &[], &self.caption);
            if let Some(numbers) = &self.numbers {
                numbers.write(html);
            }
        });
    }
}

impl LegendKey {
    /// Writes a legend; nothing where there are no keys.
    pub fn write_all(keys: &[Self], html: &mut Markup) {
        if keys.is_empty() {
            return;
        }
        html.element("ul", &[("class", &"legend")], |html| {
            for key in keys {
                html.element("li", &[("class", &key.class)], |html| html.text("span", &[], &key.name));
            }
        });
    }
}

impl Numbers {
    fn write(&self, html: &mut Markup) {
        html.element("details", &[], |html| {
            html.text("summary", &[], if self.thinned { "Numbers, thinned" } else { "Numbers" });
            html.element("div", &[("class", &"scroll tall")], |html| {
                html.element("table", &[("class", &"numbers")], |html| {
                    write_head(&self.head, html);
                    html.element("tbody", &[], |html| {
                        for row in &self.rows {
                            html.element("tr", &[], |html| {
                                for (i, cell) in row.iter().enumerate() {
                                    match i {
                                        0 => html.text("th", &[("scope", &"row")], cell),
                                        _ => html.text("td", &[], cell),
                                    }
                                }
                            });
                            html.end_line();
                        }
                    });
                });
            });
        });
    }
}

fn write_head(names: &[String], html: &mut Markup) {
    html.element("thead", &[], |html| {
        html.element("tr", &[], |html| names.iter().for_each(|name| html.text("th", &[("scope", &"col")], name)));
    });
}

impl Table {
    fn write(&self, html: &mut Markup) {
        html.element(if self.folded { "details" } else { "div" }, &[("class", &"wide")], |html| {
            html.text_if_any(if self.folded { "summary" } else { "h3" }, &[], &self.title);
            html.element("div", &[("class", &"scroll")], |html| {
                html.element("table", &[], |html| {
                    write_head(&self.head, html);
                    html.element("tbody", &[], |html| {
                        for row in &self.rows {
                            html.element("tr", &[], |html| row.iter().for_each(|cell| cell.write(html)));
                            html.end_line();
                        }
                    });
                });
            });
            html.text_if_any("p", &[("class", &"note")], &self.note);
        });
    }
}

impl TableCell {
    fn write(&self, html: &mut Markup) {
        let scope: &[(&str, &dyn std::fmt::Display)] = if self.head { &[("scope", &"row")] } else { &[] };
        html.element(if self.head { "th" } else { "td" }, scope, |html| {
            html.say(&self.text);
            if let Some(badge) = &self.badge {
                badge.write(html);
            }
            html.text_if_any("small", &[], &self.note);
            html.text_if_any("small", &[], self.badge.as_ref().map_or("", |badge| &badge.detail));
        });
    }
}

impl Badge {
    /// Writes the word; its detail stands below it.
    fn write(&self, html: &mut Markup) {
        html.say(" ");
        html.text("span", &[("class", &format!("badge {}", self.class))], &self.word);
    }
}

impl Finding {
    fn write(&self, html: &mut Markup) {
        html.element("li", &[], |html| {
            html.say(&self.text);
            self.badge.write(html);
            html.text_if_any("small", &[], &self.badge.detail);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::axis::Measure;
    use crate::chart::Series;

    #[test]
    fn a_figures_numbers_are_its_points_by_x() {
        let mut chart = Chart::new("c", "Loss", (Measure::Count, "epoch"), (Measure::FromZero, "nats"));
        chart.series = vec![
            Series::line("training", 0, vec![(1.0, 2.5), (2.0, f64::NAN)]),
            Series::line("validation", 1, vec![(2.0, 0.25)]),
        ];
        let figure = Figure::of_chart(&chart, "").with_numbers(&chart);
        let numbers = figure.numbers.unwrap();
        assert_eq!(numbers.head, ["epoch", "training", "validation"]);
        assert_eq!(numbers.rows, [["1", "2.500", ""], ["2", "–", "0.2500"]]);
        assert_eq!(figure.legend.iter().map(|key| key.class.as_str()).collect::<Vec<_>>(), ["c0", "c1"]);
        let long = Series::line("training", 0, (0..1000).map(|i| (f64::from(i), 0.0)).collect());
        chart.series = vec![long];
        let numbers = Figure::of_chart(&chart, "").with_numbers(&chart).numbers.unwrap();
        assert!(numbers.thinned && numbers.rows.len() <= MOST_ROWS);
    }
}
