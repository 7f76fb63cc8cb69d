//! The day under which a document is archived: its own one, as long as that can be.
//!
//! Times are written by whoever may write to a log group. Each day would be a partition of its own, and
//! with more than 500 open ones Firehose puts what comes then under the error prefix, whoever sent it
//! (AWS, "Dynamic partitioning in Amazon Data Firehose"). So days far from the record's arrival share
//! their month or one name, as the indices of the search side do.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// Days ahead of the arrival that are themselves: clocks differ.
const DAYS_AHEAD: i64 = 1;
/// Days back that are themselves. CloudWatch Logs takes events of 14 days.
const DAYS_BACK: i64 = 31;
/// Months back that have a name each.
const MONTHS_BACK: i32 = 36;
const HOURS: i64 = 24;
const OTHER: &str = "other-days";
/// `2026-03-01`; the names of months and of other days aren't longer.
pub(super) const BYTES: usize = 10;
const MONTH_BYTES: usize = "2026-03".len();

/// The day on which a record arrived, UTC, by its time in milliseconds since 1970; today where it says none.
pub(super) fn of_arrival(millis: Option<i64>) -> Date {
    let arrival = millis.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    Offset::UTC
        .to_datetime(arrival.unwrap_or_else(Timestamp::now))
        .date()
}

/// What names the day of a time like `2026-03-01T12:00:00Z` in the archive, for a record that arrived on
/// `arrived`: that day, its month, or `other-days`. Nothing where it is no time.
pub(super) fn name(time: &[u8], arrived: Date) -> Option<&str> {
    let day = time.get(..BYTES)?;
    let shape = day.iter().enumerate().all(|(at, byte)| match at {
        4 | 7 => *byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if !shape || time.get(BYTES) != Some(&b'T') {
        return None;
    }
    let day = std::str::from_utf8(day).ok()?;
    let date: Date = day.parse().ok()?;
    let age = arrived.duration_since(date).as_hours() / HOURS;
    let months = (i32::from(arrived.year()) - i32::from(date.year())) * 12
        + (i32::from(arrived.month()) - i32::from(date.month()));
    Some(if (-DAYS_AHEAD..=DAYS_BACK).contains(&age) {
        day
    } else if age > 0 && months <= MONTHS_BACK {
        &day[..MONTH_BYTES]
    } else {
        OTHER
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const ARRIVED: Date = date(2026, 3, 15);

    fn named(day: Date) -> String {
        let time = format!("{day}T23:59:59.999Z");
        name(time.as_bytes(), ARRIVED).unwrap().to_owned()
    }

    #[test]
    fn days_near_the_arrival_are_themselves_and_others_share_a_name() {
        for (day, expected) in [
            (date(2026, 3, 15), "2026-03-15"),
            (date(2026, 3, 16), "2026-03-16"),
            (date(2026, 3, 17), "other-days"),
            (date(9999, 12, 31), "other-days"),
            (date(2026, 2, 12), "2026-02-12"),
            (date(2026, 2, 11), "2026-02"),
            (date(2023, 3, 1), "2023-03"),
            (date(2023, 2, 28), "other-days"),
            (date(0, 1, 1), "other-days"),
        ] {
            assert_eq!(named(day), expected, "{day}");
        }
    }

    #[test]
    fn what_is_no_time_has_no_name() {
        for text in [
            "",
            "2026-03-01",
            "2026-13-01T",
            "2026-02-30T",
            "+2026-03-01T",
            "2026/03/01T",
        ] {
            assert_eq!(name(text.as_bytes(), ARRIVED), None, "{text}");
        }
    }

    #[test]
    fn a_record_without_a_time_of_arrival_arrives_today() {
        assert_eq!(of_arrival(Some(1_700_000_000_000)), date(2023, 11, 14));
        let before = Offset::UTC.to_datetime(Timestamp::now()).date();
        let today = of_arrival(None);
        assert!(before <= today && today <= of_arrival(Some(i64::MAX)));
    }
}
