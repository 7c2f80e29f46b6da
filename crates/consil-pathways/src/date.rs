//! Calendar dates as days since 1970-01-01, in the proleptic Gregorian calendar.

use std::fmt;

use serde::{Serialize, Serializer};

/// The days of a mean Gregorian year: how a slope per day becomes one per year.
pub const DAYS_PER_YEAR: f64 = 365.2425;

/// A calendar date. "Today" is always an argument: nothing here reads a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i32,
}

impl Date {
    /// The date so many days after 1970-01-01.
    pub const fn from_days(days: i32) -> Self {
        Self { days }
    }

    /// The date of a year, month (1–12) and day (1–31); `None` where the calendar has no such day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        let date = Self { days: days_of(year, month, day) };
        (date.ymd() == (year, month, day)).then_some(date)
    }

    /// Reads `2024-05-13`, the extended calendar form of ISO 8601.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if parts.next().is_some() || ![year, month, day].into_iter().all(is_number) {
            return None;
        }
        if year.len() != 4 || month.len() != 2 || day.len() != 2 {
            return None;
        }
        Self::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.days
    }

    /// The date so many days later, rounded to a whole day.
    pub fn plus_days(self, days: f64) -> Self {
        Self { days: (f64::from(self.days) + days).round() as i32 }
    }

    /// Years from 1970-01-01, in mean Gregorian years.
    pub fn years(self) -> f64 {
        f64::from(self.days) / DAYS_PER_YEAR
    }

    /// Year, month and day (the civil-from-days algorithm over eras of 400 years).
    pub fn ymd(self) -> (i32, u32, u32) {
        let shifted = i64::from(self.days) + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
        ((year_of_era + era * 400 + i64::from(month <= 2)) as i32, month as u32, day as u32)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn days_of(year: i32, month: u32, day: u32) -> i32 {
    let year = i64::from(year) - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let from_march = (i64::from(month) + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + i64::from(day) - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    (era * 146_097 + of_era - 719_468) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_days() {
        // Unix time 0, a leap day, and Python's `date.toordinal() - 719163`.
        for (text, days) in [("1970-01-01", 0), ("2000-02-29", 11_016), ("2025-11-24", 20_416), ("1969-12-31", -1)] {
            assert_eq!(Date::parse(text).map(Date::days), Some(days), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2023",
            "2023-13-01",
            "2023-02-29",
            "2023-2-1",
            "2023-02-01-04",
            "01-02-2023",
            "yesterday",
            "+123-01-01",
            "2001-+1-+1",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_reading_are_inverse_and_keep_the_order(days in -200_000i32..200_000) {
            let (date, next) = (Date::from_days(days), Date::from_days(days + 1));
            prop_assert_eq!(Date::parse(&date.to_string()), Some(date));
            prop_assert!(date.ymd() < next.ymd());
        }
    }
}
