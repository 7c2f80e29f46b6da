//! Near misses of a column of words: numbers or dates in another notation, or with a few cells that are none, and files that
//! are not there.

use std::path::Path;

use crate::ModalityKind;
use crate::date::date;

/// Whether a cell is of a kind.
type Test = fn(&str) -> bool;

/// A way to write numbers or dates that is not read, since it could mean something else, or is nobody's but a program's.
type Notation = (&'static str, Test, &'static str);

const NOTATIONS: [Notation; 5] = [
    ("numbers with decimal commas", has_decimal_comma, "write decimal points to have them read as numbers"),
    ("numbers with commas between thousands", has_thousands, "leave these out to have them read as numbers"),
    ("percentages", is_percentage, "write numbers without `%`"),
    ("amounts with a currency", is_amount, "write numbers without it"),
    (
        "dates with slashes, whose first number may be the day or the month",
        is_slashed_date,
        "write 2024-12-31 to have them read as dates",
    ),
];

/// What the cells of a column of words nearly are, and the remedy; none where they are words. `lines` are those of the cells.
pub(super) fn miss(texts: &[String], lines: &[usize], folder: &Path) -> Option<String> {
    let many = |n: usize| 10 * n >= 9 * texts.len();
    let count = |test: Test| texts.iter().filter(|text| test(text)).count();
    let plain: Test = is_number;
    for (what, test, remedy) in NOTATIONS {
        // Short numbers of a column need no comma.
        let like = texts.iter().filter(|text| test(text) || plain(text)).count();
        if count(test) > 0 && many(like) {
            let first = texts.iter().find(|text| test(text))?;
            return Some(format!("{what}, such as `{first}`: {remedy}"));
        }
    }
    let tests: [(&str, Test); 2] = [("numbers", plain), ("dates", |text| date(text).is_some())];
    for (what, test) in tests {
        let n = count(test);
        if n < texts.len() && many(n) {
            let (text, line) = texts.iter().zip(lines).find(|(text, _)| !test(text))?;
            return Some(format!(
                "{n} of {} cells are {what}; line {line} is `{text}`: mend it, or add it to data.absent",
                texts.len()
            ));
        }
    }
    let kind = ModalityKind::ALL.iter().find(|kind| texts.iter().all(|text| has_extension(text, **kind)))?;
    let path = folder.join(texts.first()?);
    (!path.exists()).then(|| {
        format!("names of {kind} files, but {} is not there: paths begin at the table's folder", path.display())
    })
}

/// Whether a text is a number that a column of numbers takes.
pub(super) fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(|x| (x as f32).is_finite())
}

/// Whether a text ends like the files of a kind.
pub(super) fn has_extension(text: &str, kind: ModalityKind) -> bool {
    let name = text.to_lowercase();
    let has = |extension: &&str| name.strip_suffix(extension).is_some_and(|stem| stem.ends_with('.'));
    !kind.is_folder() && kind.extensions().iter().any(has)
}

fn has_decimal_comma(text: &str) -> bool {
    match text.trim().split_once(',') {
        Some((whole, part)) => {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let whole: String = whole.trim_start_matches(['-', '+']).chars().filter(|c| *c != '.').collect();
            digits(&whole) && digits(part) && !has_thousands(text)
        }
        None => false,
    }
}

fn has_thousands(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['-', '+']);
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let mut groups = whole.split(',');
    let digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    digits(part)
        && digits(first)
        && first.len() <= 3
        && !rest.is_empty()
        && rest.iter().all(|g| g.len() == 3 && digits(g))
}

fn is_percentage(text: &str) -> bool {
    text.trim().strip_suffix('%').is_some_and(|number| is_number(number) || has_decimal_comma(number))
}

fn is_amount(text: &str) -> bool {
    let bare = text.trim().trim_matches(|c: char| "$€£¥".contains(c) || c.is_whitespace());
    bare.len() < text.trim().len() && (is_number(bare) || has_thousands(bare) || has_decimal_comma(bare))
}

fn is_slashed_date(text: &str) -> bool {
    let day = text.trim().split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split('/').collect();
    let [first, second, year] = parts[..] else { return false };
    let number = |text: &str, most: u32| text.len() <= 2 && text.parse().is_ok_and(|n: u32| (1..=most).contains(&n));
    number(first, 31) && number(second, 31) && [2, 4].contains(&year.len()) && year.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(cells: &[&str]) -> Option<String> {
        let texts: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        miss(&texts, &(2..2 + cells.len()).collect::<Vec<_>>(), Path::new("nowhere"))
    }

    #[test]
    fn numbers_and_dates_in_another_notation_are_named_with_the_remedy() {
        for (cells, says) in [
            (&["1,5", "2,25", "-3,0"][..], "decimal commas, such as `1,5`: write decimal points"),
            (&["5,133.50", "12", "1,000,000"], "commas between thousands, such as `5,133.50`"),
            (&["10%", "7.5 %"], "percentages, such as `10%`"),
            (&["$3", "$1,200"], "a currency, such as `$3`"),
            (&["12/31/2024", "1/2/2024 10:00"], "may be the day or the month, such as `12/31/2024`"),
            (&["a.png", "b.JPG"], "names of vision files, but nowhere/a.png is not there"),
        ] {
            let found = said(cells).unwrap_or_default();
            assert!(found.contains(says), "{cells:?}: {found}");
        }
        for words in [&["red", "green"][..], &["1", "red", "blue"], &["yes, no", "no, yes"], &["1/2", "3/4"]] {
            assert_eq!(said(words), None, "{words:?}");
        }
    }

    #[test]
    fn a_cell_among_numbers_has_its_line() {
        let mut cells = vec!["1.5"; 19];
        cells.push("inf");
        assert_eq!(
            said(&cells).unwrap(),
            "19 of 20 cells are numbers; line 21 is `inf`: mend it, or add it to data.absent"
        );
        let mut days = vec!["2024-02-28"; 10];
        days.insert(0, "2024-02-30");
        assert!(said(&days).unwrap().starts_with("10 of 11 cells are dates; line 2 is `2024-02-30`"));
    }
}
