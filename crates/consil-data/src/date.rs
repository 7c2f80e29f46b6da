//! Dates: as they are written, as seconds, and as what a network reads of them.

use std::f64::consts::TAU;

const SECONDS_A_DAY: i64 = 86_400;

/// A day with or without a time, as seconds since 1970-01-01 (UTC where no offset is given): ISO 8601
/// (`2026-12-01`, `2026-12-01T09:50:00+01:00`), with slashes for dashes, or day first with dots (`1.12.2026`). Month and day
/// with slashes before the year would be one or the other, and is none of these.
pub(crate) fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    let end = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let (day, time) = text.split_at(end);
    let days = days_of(day)?;
    let seconds = if time.is_empty() { 0 } else { seconds_of(&time[1..])? };
    Some(days * SECONDS_A_DAY + seconds)
}

/// Days since 1970-01-01 of a calendar day.
fn days_of(text: &str) -> Option<i64> {
    let separator = text.chars().find(|c| ['-', '/', '.'].contains(c))?;
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = parts[..] else { return None };
    let (year, month, day) = if separator == '.' { (third, second, first) } else { (first, second, third) };
    let number = |part: &str, least: usize, most: usize| {
        let holds = (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| holds)
    };
    let (year, month, day) = (number(year, 4, 4)?, number(month, 1, 2)?, number(day, 1, 2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day that leap years have is their last (Hinnant, "chrono-Compatible Low-Level
    // Date Algorithms").
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Seconds since midnight, less the offset from UTC: `09:50`, `09:50:00.25`, `09:50:00Z`, `09:50+01:00`.
fn seconds_of(text: &str) -> Option<i64> {
    let (time, offset) = match text.find(['Z', 'z', '+', '-']) {
        Some(at) if matches!(text.as_bytes()[at], b'Z' | b'z') => {
            (&text[..at], text[at + 1..].is_empty().then_some(0)?)
        }
        Some(at) => {
            let (hours, minutes) = match text[at + 1..].split_once(':') {
                Some(parts) => parts,
                None => (text.get(at + 1..at + 3)?, text.get(at + 3..).filter(|rest| !rest.is_empty()).unwrap_or("00")),
            };
            let size = two(hours, 14)? * 3600 + two(minutes, 59)? * 60;
            (&text[..at], if text.as_bytes()[at] == b'-' { -size } else { size })
        }
        None => (text, 0),
    };
    let mut parts = time.trim_end().split(':');
    let (hours, minutes) = (two(parts.next()?, 23)?, two(parts.next()?, 59)?);
    let seconds = match parts.next() {
        None => 0,
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
            fraction.bytes().all(|b| b.is_ascii_digit()).then_some(())?;
            // A leap second is the last of its minute.
            two(whole, 60)?
        }
    };
    parts.next().is_none().then_some(hours * 3600 + minutes * 60 + seconds - offset)
}

fn two(text: &str, most: i64) -> Option<i64> {
    let holds = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|n| holds && *n <= most)
}

/// A date as ISO 8601 writes it, with the time where it is not midnight.
pub(crate) fn written(seconds: i64) -> String {
    let (days, time) = (seconds.div_euclid(SECONDS_A_DAY), seconds.rem_euclid(SECONDS_A_DAY));
    // The inverse of `days_of`, by the same source.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    match time {
        0 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60),
    }
}

/// Days since 1970-01-01, with the time as a fraction.
pub(crate) fn days(seconds: i64) -> f64 {
    seconds as f64 / SECONDS_A_DAY as f64
}

/// The sine and cosine of the place in the year (of 365.2425 days), the week (from Thursday, as 1970 began) and the day.
pub(crate) fn cycles(seconds: i64) -> [f32; 6] {
    let day = SECONDS_A_DAY as f64;
    let mut inputs = [0.0; 6];
    for (pair, period) in inputs.chunks_exact_mut(2).zip([365.2425 * day, 7.0 * day, day]) {
        let (sine, cosine) = (TAU * (seconds as f64).rem_euclid(period) / period).sin_cos();
        pair.copy_from_slice(&[sine as f32, cosine as f32]);
    }
    inputs
}
