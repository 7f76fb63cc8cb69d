//! The account of a run for people: a table and a sentence, and a line for each record that is left.

use std::fmt::Write;

use comfy_table::{Table, presets};

use super::{Group, Report};

/// So many records that are left are told line by line for each reason; JSON has all.
const MOST_TOLD: usize = 20;

impl Report {
    /// The records that are left, for standard error.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (reason, count) in &self.left {
            let of_reason = self
                .left_records
                .iter()
                .filter(|left| left.reason == *reason);
            lines.extend(of_reason.take(MOST_TOLD).map(|left| {
                let at = match left.line {
                    0 => String::new(),
                    line => format!(", line {line}"),
                };
                format!("{}{at}: left: {}", left.object, left.why)
            }));
            let more = count.saturating_sub(MOST_TOLD as u64);
            if more > 0 {
                lines.push(format!("… and {more} more: {reason} (--json names all)"));
            }
        }
        lines.extend(self.ended.iter().map(|why| format!("replay: ended: {why}")));
        lines
    }

    /// As a table and a sentence.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = self.table();
        let _ = write!(
            text,
            "{} in {} objects ({} KiB)",
            records(self.records),
            self.objects,
            self.bytes.div_ceil(1024)
        );
        if let (Some(first), Some(last)) = (&self.first_arrival, &self.last_arrival) {
            let _ = write!(text, ", arrived {first} to {last}");
        }
        let left: u64 = self.left.values().sum();
        let counts = [
            (self.to_send, "to send"),
            (self.sent, "sent"),
            (self.sent_before, "sent before"),
            (self.not_selected, "not selected"),
            (left, "left"),
        ];
        let counts: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        if !counts.is_empty() {
            let _ = write!(text, ": {}", counts.join(", "));
        }
        text.push('\n');
        let marked = [
            (self.objects_marked, "objects marked"),
            (self.objects_marked_before, "marked before, passed over"),
            (self.objects_not_read, "not read, as the run ended before"),
        ];
        for (count, what) in marked.iter().filter(|(count, _)| *count > 0) {
            let _ = writeln!(text, "{count} {what}");
        }
        if self.dry_run {
            text.push_str("Nothing was sent: this was a dry run.\n");
        }
        text
    }

    fn table(&self) -> String {
        if self.groups.is_empty() {
            return String::new();
        }
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        groups.sort_by_key(|group| (&group.error_code, &group.account, group.holds));
        let last = if self.dry_run { "to send" } else { "sent" };
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header([
            "error code",
            "account",
            "holds",
            "records",
            "KiB",
            last,
            "sent before",
            "left",
        ]);
        for group in groups {
            let sent = if self.dry_run {
                group.to_send
            } else {
                group.sent
            };
            table.add_row([
                group.error_code.clone(),
                group.account.clone(),
                group.holds.to_owned(),
                group.records.to_string(),
                group.bytes.div_ceil(1024).to_string(),
                sent.to_string(),
                group.sent_before.to_string(),
                group.left.to_string(),
            ]);
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let lines: Vec<String> = table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        lines.join("\n") + "\n\n"
    }
}

fn records(count: u64) -> String {
    match count {
        1 => "1 record".to_owned(),
        _ => format!("{count} records"),
    }
}
