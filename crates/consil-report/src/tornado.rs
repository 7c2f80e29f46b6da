//! Which inputs a result's spread comes from.

use crate::svg::{at, figure};

/// An input's bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The input.
    pub name: String,
    /// First-order index with its standard error.
    pub first: (f64, f64),
    /// Total index with its standard error.
    pub total: (f64, f64),
}

const ROW: f64 = 30.0;
const LEFT: f64 = 190.0;
const TOP: f64 = 26.0;

/// Bars of total indices, with first-order indices within them and whiskers of two standard errors; the greatest first, as given.
pub fn tornado(id: &str, title: &str, bars: &[Bar]) -> String {
    let (width, height) = (560.0, TOP + ROW * bars.len() as f64 + 10.0);
    let most = bars.iter().map(|bar| bar.total.0 + 2.0 * bar.total.1).fold(0.5, f64::max).min(1.2);
    let x = |share: f64| LEFT + (width - LEFT - 60.0) * share.clamp(0.0, most) / most;
    let sentences: Vec<String> =
        bars.iter().map(|bar| format!("{}: total {:.2}, alone {:.2}", bar.name, bar.total.0, bar.first.0)).collect();
    figure(id, (width, height), (title, &sentences.join(". ")), |svg| {
        for tick in [0.0, 0.25, 0.5, 0.75, 1.0].into_iter().filter(|tick| *tick <= most) {
            svg.line((x(tick), TOP - 6.0), (x(tick), height - 8.0), "grid");
            svg.label((x(tick), TOP - 11.0), "middle tick", &format!("{:.0} %", 100.0 * tick));
        }
        for (i, bar) in bars.iter().enumerate() {
            let y = TOP + ROW * i as f64;
            svg.label((LEFT - 10.0, y + 15.0), "end name", &bar.name);
            let mut draw = |class: &str, height: f64, share: f64, title: &str| {
                let (top, length) = (at(y + 11.0 - 0.5 * height), at(x(share) - LEFT));
                let place =
                    [("x", &at(LEFT) as &dyn std::fmt::Display), ("y", &top), ("width", &length), ("height", &height)];
                svg.mark("rect", &[&place[..], &[("class", &class), ("rx", &2)]].concat(), title);
            };
            draw(
                "bar d1 c0",
                18.0,
                bar.total.0,
                &format!("{}: total {:.3} ± {:.3}", bar.name, bar.total.0, bar.total.1),
            );
            draw("bar c0", 8.0, bar.first.0, &format!("{}: alone {:.3} ± {:.3}", bar.name, bar.first.0, bar.first.1));
            let (low, high) = (bar.total.0 - 2.0 * bar.total.1, bar.total.0 + 2.0 * bar.total.1);
            svg.line((x(low), y + 11.0), (x(high), y + 11.0), "whisker");
            svg.label((x(high) + 8.0, y + 15.0), "tick", &format!("{:.0} %", 100.0 * bar.total.0));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::is_well_formed;

    #[test]
    fn shares_beyond_the_scale_stay_in_the_drawing() {
        let bar = Bar { name: "x".into(), first: (-0.01, 0.02), total: (1.3, 0.1) };
        let svg = tornado("t", "t", &[bar]);
        assert!(is_well_formed(&svg) && svg.contains("130 %") && !svg.contains("width=\"-"), "{svg}");
    }
}
