//! Points in time: the forms that AWS writes in, and ISO 8601 in UTC out.

use std::io::Write as _;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Years that OpenSearch's `strict_date_optional_time` reads.
const YEARS: std::ops::RangeInclusive<i64> = 0..=9999;

/// A day, written. The events of a payload are mostly of one.
#[derive(Debug, Default, Clone, Copy)]
pub struct Day {
    /// Days since 1970, once one is written.
    number: Option<i64>,
    /// Like `"2021-12-02T`.
    text: [u8; 12],
}

impl Day {
    /// Makes it the day `number` since 1970. Returns whether it can be written: years beyond 9999
    /// can't.
    fn become_day(&mut self, number: i64) -> bool {
        if self.number == Some(number) {
            return true;
        }
        let (year, month, day) = civil(number);
        if !YEARS.contains(&year) {
            return false;
        }
        let (year, month, day) = (small(year), small(month), small(day));
        let ([c0, c1], [y0, y1]) = (pair(year / 100), pair(year % 100));
        let ([m0, m1], [d0, d1]) = (pair(month), pair(day));
        self.number = Some(number);
        self.text = [b'"', c0, c1, y0, y1, b'-', m0, m1, b'-', d0, d1, b'T'];
        true
    }
}

/// Appends `seconds` since 1970 as a JSON string, like `"2021-12-02T22:11:24Z"`; `day` is that of the
/// date before. Returns whether it can be written: years beyond 9999 can't.
#[inline]
pub fn write_seconds(out: &mut Vec<u8>, seconds: i64, day: &mut Day) -> bool {
    if !day.become_day(seconds.div_euclid(86_400)) {
        return false;
    }
    out.extend_from_slice(&day.text);
    let [h0, h1, i0, i1, s0, s1] = clock(seconds);
    out.extend_from_slice(&[h0, h1, b':', i0, i1, b':', s0, s1, b'Z', b'"']);
    true
}

/// Appends `millis` since 1970 as a JSON string, like `"2021-12-02T22:11:24.000Z"`; the beginning of
/// 1970 where they are beyond the year 9999.
pub fn write_millis(out: &mut Vec<u8>, millis: i64) {
    let mut day = Day::default();
    let (mut seconds, mut millis) = (millis.div_euclid(1000), millis.rem_euclid(1000));
    if !day.become_day(seconds.div_euclid(86_400)) {
        (seconds, millis) = (0, 0);
        day.become_day(0);
    }
    out.extend_from_slice(&day.text);
    let [h0, h1, i0, i1, s0, s1] = clock(seconds);
    let millis = small(millis);
    let ([f0, f1], [_, f2]) = (pair(millis / 10), pair(millis % 10));
    out.extend_from_slice(&[
        h0, h1, b':', i0, i1, b':', s0, s1, b'.', f0, f1, f2, b'Z', b'"',
    ]);
}

/// The digits of hour, minute and second.
fn clock(seconds: i64) -> [u8; 6] {
    let second = small(seconds.rem_euclid(86_400));
    let ([h0, h1], [i0, i1], [s0, s1]) = (
        pair(second / 3600),
        pair(second / 60 % 60),
        pair(second % 60),
    );
    [h0, h1, i0, i1, s0, s1]
}

/// A number that is known to have at most five digits.
fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

/// The two digits of a number below 100.
fn pair(number: u32) -> [u8; 2] {
    let digit = |number: u32| b'0' + number.to_le_bytes()[0];
    [digit(number / 10), digit(number % 10)]
}

/// Year, month and day of a day since 1970 in the proleptic Gregorian calendar
/// (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Whether `text` is a valid date and time like `2021-12-02T22:11:24Z`, fraction optional: the form
/// that most records have and that can be copied as it is.
#[must_use]
pub fn is_iso_utc(text: &[u8]) -> bool {
    let Some(fraction) = text.get(19..).and_then(|rest| rest.strip_suffix(b"Z")) else {
        return false;
    };
    let valid_fraction = match fraction {
        [] => true,
        [b'.', digits @ ..] => {
            (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let pair = |at: usize| match text[at..at + 2] {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + ones - b'0'),
        _ => None,
    };
    let within = |at: usize, low: u8, high: u8| {
        pair(at).is_some_and(|number| (low..=high).contains(&number))
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    valid_fraction
        && separators.iter().all(|(at, byte)| text[*at] == *byte)
        && pair(0).is_some()
        && pair(2).is_some()
        && within(5, 1, 12)
        && within(8, 1, days_in_month(text))
        && within(11, 0, 23)
        && within(14, 0, 59)
        && within(17, 0, 59)
}

/// How many days the month of an ISO date whose digits have been checked has at most.
fn days_in_month(text: &[u8]) -> u8 {
    let year = text[..4].iter().fold(0_u32, |sum, digit| {
        sum * 10 + u32::from(digit.wrapping_sub(b'0'))
    });
    match &text[5..7] {
        b"02"
            if year.is_multiple_of(4)
                && (!year.is_multiple_of(100) || year.is_multiple_of(400)) =>
        {
            29
        }
        b"02" => 28,
        b"04" | b"06" | b"09" | b"11" => 30,
        _ => 31,
    }
}

/// Reads the other forms that AWS writes dates in (with an offset, or with a space and no zone,
/// which is UTC) and appends them as ISO 8601 in UTC. Returns whether it could.
pub fn write_other_form(out: &mut Vec<u8>, text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let instant = text.parse::<Timestamp>().ok().or_else(|| {
        let civil = text.parse::<DateTime>().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    });
    let from_number = || text.parse::<f64>().ok().and_then(from_epoch_seconds);
    instant
        .or_else(from_number)
        .is_some_and(|instant| write_timestamp(out, instant))
}

/// Reads seconds since 1970, or milliseconds where they are too many for seconds.
fn from_epoch_seconds(number: f64) -> Option<Timestamp> {
    let seconds = if number.abs() >= 1e11 {
        number / 1000.0
    } else {
        number
    };
    if !seconds.is_finite() || seconds.abs() >= 2.5e11 {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be far within i64"
    )]
    let micros = (seconds * 1e6).round() as i64;
    Timestamp::from_microsecond(micros).ok()
}

fn write_timestamp(out: &mut Vec<u8>, instant: Timestamp) -> bool {
    if !YEARS.contains(&i64::from(instant.to_zoned(TimeZone::UTC).year())) {
        return false;
    }
    // Writing to a Vec cannot fail.
    let _ = write!(out, "\"{instant}\"");
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: i64) -> String {
        let mut out = Vec::new();
        write_millis(&mut out, millis);
        String::from_utf8(out).unwrap()
    }

    fn other(text: &str) -> Option<String> {
        let mut out = Vec::new();
        write_other_form(&mut out, text.as_bytes()).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn milliseconds_become_iso_dates_on_both_sides_of_1970() {
        assert_eq!(millis(0), "\"1970-01-01T00:00:00.000Z\"");
        assert_eq!(millis(-1), "\"1969-12-31T23:59:59.999Z\"");
        assert_eq!(millis(1_709_164_800_123), "\"2024-02-29T00:00:00.123Z\"");
        assert_eq!(millis(9_300_000_000_000), "\"2264-09-14T21:20:00.000Z\"");
        assert_eq!(millis(i64::MAX), "\"1970-01-01T00:00:00.000Z\"");
        assert_eq!(millis(i64::MIN), "\"1970-01-01T00:00:00.000Z\"");
    }

    #[test]
    fn the_forms_of_guardduty_become_one() {
        assert_eq!(
            other("2025-02-25 20:40:06.000000000").as_deref(),
            Some("\"2025-02-25T20:40:06Z\"")
        );
        assert_eq!(
            other("2025-02-25T20:40:06.721+02:00").as_deref(),
            Some("\"2025-02-25T18:40:06.721Z\"")
        );
        assert_eq!(
            other("1740516006.721").as_deref(),
            Some("\"2025-02-25T20:40:06.721Z\"")
        );
        assert_eq!(other("Oct 2, 2019 11:12:29 PM"), None);
        assert_eq!(other("NaN"), None);
    }

    #[test]
    fn only_real_dates_are_copied_as_they_are() {
        assert!(is_iso_utc(b"2024-02-29T23:59:59Z"));
        assert!(is_iso_utc(b"2021-12-02T22:11:24.123456789Z"));
        for not in [
            "2023-02-29T00:00:00Z",
            "2021-13-01T00:00:00Z",
            "2021-12-02 22:11:24Z",
            "2021-12-02T22:11:24",
            "2021-12-02T24:00:00Z",
            "x",
            "",
        ] {
            assert!(!is_iso_utc(not.as_bytes()), "{not}");
        }
    }
}
