//! Intervals side by side on one axis: the map of pathways over time, limits over compute.

use crate::axis::{Axis, Measure};
use crate::colour::SERIES;
use crate::markup::Markup;
use crate::number::amount;
use crate::svg::{at, figure};

/// Intervals of several things.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranges {
    /// Unique in the page.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// What the axis measures, and its label.
    pub x: (Measure, String),
    /// The ends of the axis.
    pub domain: (f64, f64),
    /// A row for each thing.
    pub rows: Vec<Range>,
    /// Vertical lines with labels.
    pub posts: Vec<(f64, String)>,
    /// The heading of the column to the right, where rows have something beyond the axis.
    pub beyond: Option<String>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The thing.
    pub name: String,
    /// A second line below the name.
    pub note: String,
    /// The number of its colour.
    pub colour: usize,
    /// The wide interval; ends beyond the axis are cut and marked by an arrow.
    pub outer: (f64, f64),
    /// The narrow interval, if there is one.
    pub inner: Option<(f64, f64)>,
    /// The middle; none where it is not named.
    pub middle: Option<f64>,
    /// The share that lies beyond the axis.
    pub beyond: Option<f64>,
}

const ROW: f64 = 54.0;
const LEFT: f64 = 196.0;
const TOP: f64 = 34.0;

impl Ranges {
    /// The drawing.
    pub fn svg(&self) -> String {
        let width = 800.0;
        let right = if self.beyond.is_some() { width - 104.0 } else { width - 24.0 };
        let bottom = TOP + ROW * self.rows.len() as f64;
        let domain = [self.domain.0, self.domain.1];
        let x = Axis::over(domain.into_iter(), self.x.0, (LEFT, right), 8);
        let place = |value: f64| x.place(value.clamp(self.domain.0, self.domain.1));
        figure(&self.id, (width, bottom + 40.0), (&self.title, &self.description()), |svg| {
            for tick in &x.ticks {
                svg.line((x.place(*tick), TOP), (x.place(*tick), bottom), "grid");
                svg.label((x.place(*tick), bottom + 18.0), "middle tick", &x.mark(*tick));
            }
            svg.label((right, bottom + 35.0), "end tick", &self.x.1);
            if let Some(heading) = &self.beyond {
                svg.label((width - 52.0, TOP - 12.0), "middle tick", heading);
            }
            for (value, label) in &self.posts {
                svg.line((place(*value), TOP - 6.0), (place(*value), bottom), "rule");
                svg.label((place(*value) + 4.0, TOP - 12.0), "note", label);
            }
            for (i, row) in self.rows.iter().enumerate() {
                let y = TOP + ROW * (i as f64 + 0.5);
                svg.label((LEFT - 14.0, y), "end name", &row.name);
                svg.label((LEFT - 14.0, y + 15.0), "end note", &row.note);
                let class = format!("row c{}", row.colour % SERIES);
                svg.element("g", &[("class", &class)], |svg| self.draw(svg, row, y, &place));
                if let Some(share) = row.beyond {
                    svg.label((width - 52.0, y + 5.0), "middle share", &format!("{:.0} %", 100.0 * share));
                }
            }
        })
    }

    fn draw(&self, svg: &mut Markup, row: &Range, y: f64, place: &dyn Fn(f64) -> f64) {
        let (low, high) = row.outer;
        let (from, to) = (place(low), place(high));
        svg.line((from, y), (to, y), "span");
        if high > self.domain.1 {
            let tip = format!("M{} {} l-9 -5 v10 z", at(to + 9.0), at(y));
            svg.empty("path", &[("d", &tip), ("class", &"dot")]);
        } else {
            svg.line((to, y - 5.0), (to, y + 5.0), "span");
        }
        if low < self.domain.1 {
            svg.line((from, y - 5.0), (from, y + 5.0), "span");
        }
        if let Some((a, b)) = row.inner.filter(|(a, _)| *a < self.domain.1) {
            let (top, length) = (at(y - 9.0), at((place(b) - place(a)).max(1.0)));
            let title = format!("{}: half of the probability", row.name);
            svg.mark(
                "rect",
                &[
                    ("x", &at(place(a))),
                    ("y", &top),
                    ("width", &length),
                    ("height", &18),
                    ("rx", &3),
                    ("class", &"bar d2"),
                ],
                &title,
            );
        }
        if let Some(middle) = row.middle.filter(|middle| *middle <= self.domain.1) {
            let title = format!("{}: median {middle:.1}", row.name);
            svg.mark(
                "circle",
                &[("cx", &at(place(middle))), ("cy", &at(y)), ("r", &5.5), ("class", &"dot ringed")],
                &title,
            );
        }
    }

    fn description(&self) -> String {
        let rows = self.rows.iter().map(|row| {
            let beyond = row.beyond.map_or_else(String::new, |share| format!(", {:.0} % beyond", 100.0 * share));
            format!("{}: {} to {}{beyond}. ", row.name, amount(row.outer.0), amount(row.outer.1))
        });
        rows.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::is_well_formed;

    #[test]
    fn an_end_without_bound_is_cut_at_the_axis() {
        let row = Range {
            name: "n".into(),
            note: "o".into(),
            colour: 9,
            outer: (2030.0, f64::INFINITY),
            inner: Some((2040.0, f64::INFINITY)),
            middle: Some(f64::INFINITY),
            beyond: Some(0.7),
        };
        let ranges = Ranges {
            id: "m".into(),
            title: "t".into(),
            x: (Measure::Year, "year".into()),
            domain: (2026.0, 2060.0),
            rows: vec![row],
            posts: vec![(2030.0, "p".into())],
            beyond: Some("beyond".into()),
        };
        let svg = ranges.svg();
        assert!(is_well_formed(&svg) && !svg.contains("=\"inf") && svg.contains("70 %"), "{svg}");
    }
}
