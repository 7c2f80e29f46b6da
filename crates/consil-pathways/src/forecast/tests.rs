use consil_diagnostic::Report;
use proptest::prelude::*;

use super::*;

const HEAD: &str = "today = 2026\nhorizon = 2060\nobserved = [2010, 2025]\njudged-by = \"the test\"\n";

fn model(rest: &str) -> Model {
    Model::parse("m.toml", &format!("{HEAD}{rest}")).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(rest: &str) -> String {
    Report::of(&Model::parse("m.toml", &format!("{HEAD}{rest}")).unwrap_err()).to_string()
}

fn constant(expression: &str) -> f64 {
    let run = model(&format!("samples = 100\n[quantity]\nx = \"{expression}\"")).run().unwrap();
    run.outcome("x").unwrap().samples[0]
}

fn quantile_of(run: &Forecast, name: &str, p: f64) -> f64 {
    let mut samples = run.outcome(name).unwrap().samples.clone();
    samples.sort_by(f64::total_cmp);
    quantile(&samples, p)
}

#[test]
fn arithmetic_follows_the_usual_order() {
    for (expression, value) in [
        ("1 + 2 * 3", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 ^ 2", -4.0),
        ("10 - 4 - 3", 3.0),
        ("8 / 4 / 2", 1.0),
        ("2 ^ -1", 0.5),
        ("80%", 0.8),
        ("1.5k + 2M", 2_001_500.0),
        ("1_000 * 4.6e26 / 4.6e26", 1000.0),
        ("max(1, 5, 3) - min(2, 4)", 3.0),
        ("if 2 < 3 then 10 else 20", 10.0),
        ("if 2 >= 3 then 10 else if 1 <= 1 then 30 else 20", 30.0),
        ("log10(1000) + log2(8) + log(exp(2)) + sqrt(16) + abs(-1)", 13.0),
        ("today + 4", 2030.0),
        ("never", f64::INFINITY),
    ] {
        let found = constant(expression);
        assert!(found == value || (found - value).abs() < 1e-12 * value.abs(), "{expression} = {found}");
    }
}

#[test]
fn a_product_of_lognormals_has_its_closed_form() {
    // ln of the product is normal with added means and variances. 20,000 samples: the median's standard error is 1.25 σ/√n ≈ 0.9 %.
    let run = model("[quantity]\na = \"2 to 8\"\nb = \"1 to 100\"\nc = \"a * b / 3\"").run().unwrap();
    let sigma = |low: f64, high: f64| (high / low).ln() / (2.0 * 1.6448536269514722);
    let mu = 4f64.ln() + 10f64.ln() - 3f64.ln();
    let spread = (sigma(2.0, 8.0).powi(2) + sigma(1.0, 100.0).powi(2)).sqrt();
    for (p, z) in [(0.05, -1.6448536269514722), (0.5, 0.0), (0.95, 1.6448536269514722)] {
        let (found, wanted) = (quantile_of(&run, "c", p).ln(), mu + z * spread);
        assert!((found - wanted).abs() < 0.08, "{p}: {found} against {wanted}");
    }
}

#[test]
fn what_lies_beyond_the_horizon_is_kept() {
    // An exponential wait of mean 20 years has come within 34 with probability 1 − exp(−1.7).
    let run =
        model("[date]\nd = \"today + exponential(20)\"\ne = \"if chance(0.25) then never else 2040\"").run().unwrap();
    let wait = run.outcome("d").unwrap().timeline.as_ref().unwrap();
    assert!((wait.by_horizon - (1.0 - (-1.7f64).exp())).abs() < 4.0 * wait.by_horizon_error);
    assert!((wait.by_horizon + wait.beyond - 1.0).abs() < 1e-12 && wait.never == 0.0);
    assert_eq!(wait.quantiles[6], (0.95, When::Beyond));
    let maybe = run.outcome("e").unwrap().timeline.as_ref().unwrap();
    assert!((maybe.never - 0.25).abs() < 0.015 && maybe.quantiles[5].1 == When::Beyond);
    assert_eq!(run.outcome("e").unwrap().summary.mean, None, "an infinite mean is no number");
}

#[test]
fn requirements_are_the_last_and_the_first_of_their_parts() {
    // For independent uniform dates on 2026–2060: P(all by t) = p², P(any by t) = 1 − (1 − p)²; each part decides half of the time.
    let rest = "[date]\na = \"uniform(2026, 2060)\"\nb = \"uniform(2026, 2060)\"\nboth = { all = [\"a\", \"b\"] }\n\
                either = { any = [\"a\", \"b\"] }";
    let run = model(rest).run().unwrap();
    let by = |name: &str, year: f64| {
        let samples = &run.outcome(name).unwrap().samples;
        samples.iter().filter(|date| **date <= year).count() as f64 / samples.len() as f64
    };
    assert!((by("both", 2043.0) - 0.25).abs() < 0.015 && (by("either", 2043.0) - 0.75).abs() < 0.015);
    for name in ["both", "either"] {
        let binding = &run.outcome(name).unwrap().timeline.as_ref().unwrap().binding;
        assert!((binding.iter().map(|part| part.share).sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(binding.iter().all(|part| (part.share - 0.5).abs() < 0.02), "{binding:?}");
    }
}

#[test]
fn a_mixture_draws_each_part_by_its_weight() {
    let run =
        model("[quantity]\nx = \"mixture(uniform(0, 1), uniform(10, 11), uniform(20, 21), [7, 2, 1])\"").run().unwrap();
    let samples = &run.outcome("x").unwrap().samples;
    for (from, weight) in [(0.0, 0.7), (10.0, 0.2), (20.0, 0.1)] {
        let share = samples.iter().filter(|x| (from..=from + 1.0).contains(*x)).count() as f64 / samples.len() as f64;
        assert!((share - weight).abs() < 0.015, "{from}: {share}");
    }
}

#[test]
fn a_correlation_shows_in_the_logarithms() {
    let rest = "[quantity]\na = \"1 to 10\"\nb = \"2 to 30\"\n[[correlation]]\nbetween = [\"a\", \"b\"]\nr = -0.6";
    let run = model(rest).run().unwrap();
    let logs = |name: &str| run.outcome(name).unwrap().samples.iter().map(|x| x.ln()).collect::<Vec<f64>>();
    let (a, b) = (logs("a"), logs("b"));
    let mean = |xs: &[f64]| xs.iter().sum::<f64>() / xs.len() as f64;
    let covariance = |x: &[f64], y: &[f64]| {
        let (mx, my) = (mean(x), mean(y));
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum::<f64>()
    };
    let r = covariance(&a, &b) / (covariance(&a, &a) * covariance(&b, &b)).sqrt();
    assert!((r + 0.6).abs() < 0.02, "{r}");
    let indices = model(rest).sensitivity("a").unwrap();
    assert_eq!(indices.len(), 1, "correlated inputs are one factor: {indices:?}");
}

#[test]
fn sensitivities_of_a_product_are_its_shares_of_log_variance() {
    let indices = model("[quantity]\na = \"1 to 10\"\nb = \"1 to 1000\"\nc = \"a * b\"").sensitivity("c").unwrap();
    // ln-widths 1 and 3: variances 1/10 and 9/10.
    assert_eq!(indices[0].factor, "b");
    assert!((indices[0].first - 0.9).abs() < 4.0 * indices[0].first_error + 0.01, "{indices:?}");
    assert!((indices[1].total - 0.1).abs() < 4.0 * indices[1].total_error + 0.01, "{indices:?}");
}

#[test]
fn a_sum_that_may_fall_below_zero_shares_its_variance_and_not_that_of_a_logarithm() {
    // One sample of 10⁴ to 10⁵ is negative: variances 1 and 0.36, so that shares are 0.735 and 0.265.
    for mean in [3.6, 3.8, 4.0, 4.2] {
        let rest = format!("[quantity]\na = \"normal({mean}, 1)\"\nb = \"normal(0, 0.6)\"\nc = \"a + b\"");
        let indices = model(&rest).sensitivity("c").unwrap();
        assert_eq!((indices[0].factor.as_str(), indices[0].scale), ("a", SpreadScale::Linear), "{mean}: {indices:?}");
        for (index, share) in indices.iter().zip([1.0 / 1.36, 0.36 / 1.36]) {
            assert!((index.total - share).abs() < 4.0 * index.total_error + 0.01, "{mean}: {index:?}");
        }
    }
    let product = model("[quantity]\na = \"1 to 2\"\nb = \"1 to 9\"\nc = \"a * b\"").sensitivity("c").unwrap();
    assert_eq!(product[0].scale, SpreadScale::Logarithm);
}

#[test]
fn a_date_before_today_is_no_point_date() {
    let past = model("[date]\nd = \"today - 5 * uniform(0.5, 1.5)\"").run().unwrap();
    let point = past.outcome("d").unwrap().timeline.as_ref().unwrap().point;
    assert!(matches!(point, PointDate::Past { year } if (year - 2021.0).abs() < 0.1), "{point:?}");
    let ever = model("[date]\nd = \"if chance(0.2) then 0 - never else 2030\"").run().unwrap();
    assert_eq!(ever.outcome("d").unwrap().timeline.as_ref().unwrap().never, 0.0);
}

#[test]
fn a_chain_of_thousands_of_quantities_is_ordered_without_recursion() {
    let links = (1..8_000).map(|i| format!("q{i} = \"q{} + 1\"\n", i - 1));
    let text = format!("samples = 100\n[quantity]\n{}q0 = 1\n", links.rev().collect::<String>());
    assert_eq!(model(&text).quantities.len(), 8_000);
}

#[test]
fn a_series_has_the_spread_of_its_growth() {
    let rest = "[quantity]\ng = \"2 to 8\"\n[series]\nsize = { value = \"10 * g ^ (year - today)\", unit = \"x\" }";
    let run = model(rest).run().unwrap();
    let fan = &run.fans[0];
    assert_eq!((fan.years.len(), fan.years[0].1), (25, [10.0; 7]));
    // After 34 years: ln q = ln 10 + 34 (ln 4 + z σ), with σ of the 90 % interval 2 to 8.
    let (year, quantiles) = fan.years[24];
    assert_eq!(year, 2060.0);
    let median = 10f64.ln() + 34.0 * 4f64.ln();
    assert!((quantiles[3].ln() - median).abs() < 34.0 * 0.02, "{}", quantiles[3].ln() - median);
    assert!((quantiles[6].ln() - median - 34.0 * 2f64.ln()).abs() < 34.0 * 0.04);
    assert!(refusal("[quantity]\ng = 2\n[series]\ns = { value = \"1 to 2\" }").contains("draws anew in each year"));
    assert!(refusal("[quantity]\ng = 2\n[series]\ns = { value = \"g ^ yaer\" }").contains("did you mean `year`?"));
}

#[test]
fn a_date_is_named_only_where_evidence_reaches() {
    let point = |rest: &str, name: &str| {
        let run = model(rest).run().unwrap();
        run.outcome(name).unwrap().timeline.as_ref().unwrap().point
    };
    let near = point("[date]\nd = \"uniform(2030, 2036)\"", "d");
    assert!(matches!(near, PointDate::Median { year } if (year - 2033.0).abs() < 0.2), "{near:?}");
    // The median lies 20 years past evidence that covers 15: a ratio of 4/3.
    let far = point("[date]\nd = \"uniform(2040, 2050)\"", "d");
    assert!(
        matches!(far, PointDate::TooFar { ratio, limit } if (ratio - 20.0 / 15.0).abs() < 0.02 && limit == 1.0),
        "{far:?}"
    );
    let allowed = point("point-date-limit = 2\n[date]\nd = \"uniform(2040, 2050)\"", "d");
    assert!(matches!(allowed, PointDate::Median { .. }), "{allowed:?}");
    let beyond = point("[date]\nd = \"uniform(2050, 2090)\"", "d");
    assert!(matches!(beyond, PointDate::BeyondHorizon { share } if (share - 0.75).abs() < 0.02), "{beyond:?}");
}

#[test]
fn extrapolation_counts_lengths_of_the_evidence() {
    let inside = Extrapolation::of((2.0, 9.0), 5.0, f64::MAX);
    assert_eq!((inside.ratio, inside.in_logarithms), (0.0, false));
    // Evidence over ten orders of magnitude, a median five orders past it.
    let compute = Extrapolation::of((1e16, 1e26), 1e31, f64::MAX);
    assert!((compute.ratio - 0.5).abs() < 1e-12 && compute.in_logarithms);
    let never = Extrapolation::of((2010.0, 2025.0), f64::INFINITY, 2060.0);
    assert!(never.at_least && (never.ratio - 35.0 / 15.0).abs() < 1e-12);
}

#[test]
fn one_more_quantity_leaves_the_others_samples_alone() {
    let few = model("[quantity]\na = \"1 to 2\"").run().unwrap();
    let more = model("[quantity]\nz = \"5 to 6\"\na = \"1 to 2\"").run().unwrap();
    assert_eq!(few.outcome("a").unwrap().samples, more.outcome("a").unwrap().samples);
}

#[test]
fn refusals_say_where_and_how_to_mend_it() {
    for (rest, wanted) in [
        ("[quantity]\na = \"1 to\"", &["m.toml:6:10", "ends too early"][..]),
        (
            "[quantity]\nflop = \"1 to 2\"\nb = \"3 * flpo\"",
            &["m.toml:7:10", "no quantity `flpo`", "did you mean `flop`?"],
        ),
        ("[quantity]\na = 1\nb = 2\nc = \"a-b\"", &["m.toml:8:6", "write spaces: `a - b`"]),
        ("[quantity]\na = \"lognorml(1, 2)\"", &["m.toml:6:6", "did you mean `lognormal`?"]),
        ("[quantity]\na = \"normal(1)\"", &["takes 2 arguments, and 1 are given"]),
        ("[quantity]\na = \"b + 1\"\nb = \"a * 2\"", &["in a circle", "a → b → a"]),
        ("[quantity]\na = \"mixture(1, 2, [1])\"", &["2 parts, and 1 weights"]),
        (
            "[quantity]\na = { value = \"1 to 2\", sourc = 3 }",
            &["unknown key `quantity.a.sourc`", "did you mean `source`?"],
        ),
        (
            "[quantity]\na = \"1 to 2\"\nb = \"1 to 3\"\n[[correlation]]\nbetween = [\"a\", \"b\"]\nr = 0.9\n[[correlation]]\nbetween = [\"b\", \"a\"]\nr = -0.9",
            &["the correlation of `b` and `a` is given twice"],
        ),
        ("[date]\nd = { all = [\"e\"] }", &["there is no date `e`"]),
        ("[quantity]\nx = 1\n[date]\nd = { all = [\"x\"] }", &["`x` is a number", "under [date]"]),
        ("[quantity]\nlog = 1", &["`log` is a word of the language"]),
        ("samples = 3\n[quantity]\nx = 1", &["`samples` is 3, and it must lie in 100"]),
        (
            "[quantity]\na = \"1 to 2 * b\"\nb = 3\n[[correlation]]\nbetween = [\"a\", \"b\"]\nr = 0.5",
            &["`b` is not a single draw"],
        ),
    ] {
        let message = refusal(rest);
        for part in wanted {
            assert!(message.contains(part), "{rest}\n{message}\nlacks {part:?}");
        }
    }
}

#[test]
fn a_number_without_a_source_is_refused() {
    let text = "today = 2026\nhorizon = 2060\n[quantity]\nx = \"1 to 2\"";
    let message = Report::of(&Model::parse("m.toml", text).unwrap_err()).to_string();
    assert!(message.contains("m.toml:4:1: `x` has no source") && message.contains("judged-by"), "{message}");
    let sourced = "today = 2026\nhorizon = 2060\n[quantity]\nx = { value = \"1 to 2\", source = { cited = \"A 2020\" } }\n\
                   y = \"x * 2\"";
    let model = Model::parse("m.toml", sourced).unwrap();
    assert_eq!(model.quantities[0].evidence.word(), "cited");
    assert_eq!(model.quantities[1].evidence.word(), "computed");
}

#[test]
fn a_sample_without_a_value_says_which_and_where() {
    let error = model("[quantity]\na = \"normal(0, 1)\"\nb = \"log(a)\"").run().unwrap_err().to_string();
    assert!(error.contains("`b` has no value in sample") && error.contains("m.toml:7:6"), "{error}");
    assert!(error.contains("a logarithm of"), "{error}");
}

#[test]
fn a_distribution_that_no_sample_could_have_is_a_slip_with_its_place() {
    for (slip, says) in [
        ("5.2 to 4.2", "the lower bound comes first"),
        ("normal(1, -2)", "the standard deviation"),
        ("chance(120%)", "within 0 to 1"),
        ("mixture(1, 3 to 2, [0.5, 0.5])", "the lower bound comes first"),
        ("if 1 < 2 then 3 else uniform(2, 1)", "uniform"),
    ] {
        let text = format!("today = 2026\nhorizon = 2060\njudged-by = \"t\"\n[quantity]\ngrowth = \"{slip}\"\n");
        let error = Report::of(&Model::parse("m.toml", &text).expect_err(slip)).to_string();
        assert!(error.starts_with("m.toml:5:") && error.contains(says) && error.contains("help: write"), "{error}");
        assert_eq!(error.matches(says).count(), 1 + usize::from(says == "uniform"), "{error}");
    }
    // What a draw may or may not break is known in a sample only.
    let text =
        "today = 2026\nhorizon = 2060\njudged-by = \"t\"\n[quantity]\na = \"1 to 2\"\nb = \"uniform(0, a - 1)\"\n";
    assert!(Model::parse("m.toml", text).is_ok());
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "[a-z0-9 .,+*/^()<>=%\\[\\]-]{0,60}") {
        let _ = Expression::parse(&text);
    }

    #[test]
    fn any_unicode_is_answered(text in "\\PC{0,30}") {
        let _ = Expression::parse(&text);
        let _ = Model::parse("m", &text);
    }

    #[test]
    fn long_chains_are_refused_before_they_exhaust_the_stack(n in 501..60_000usize) {
        for (first, next) in [("1", "+1"), ("1", "*1"), ("1", "^1"), ("h", "%"), ("1", " - 1")] {
            let error = Expression::parse(&format!("{first}{}", next.repeat(n))).unwrap_err().to_string();
            prop_assert!(error.contains("more than 500 operators") && error.contains("name the parts"), "{}", error);
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_not_followed(depth in 101..4000usize) {
        for opening in ["(", "-", "if ", "log("] {
            prop_assert!(Expression::parse(&opening.repeat(depth)).is_err());
        }
    }
}
