//! Finished documents that come back: they pass through.

use super::{Delivery, Place, keep};
use crate::outcome::{Failed, Outcome};
use crate::put_back;
use crate::settings::Output;
use crate::streams::Streams;
use crate::tally::RecordTally;

impl<S: Streams> Delivery<'_, S> {
    /// Answers the documents `lines` as far as they fit, and puts the others back: as lines of
    /// gzipped records, or each alone where an answer has one document.
    pub(super) async fn finished(
        &mut self,
        place: Place<'_>,
        lines: &[&[u8]],
        tally: &mut RecordTally,
    ) -> Result<Outcome, Failed> {
        tally.events = lines.len() as u64;
        let fits = |line: &&&[u8]| {
            self.body.write(|out| out.extend_from_slice(line));
            keep(self.body, self.keys)
        };
        let answered = lines.iter().take_while(fits).count();
        if answered == 0 {
            return Err(self.nothing_fits(place));
        }
        tally.returned = answered as u64;
        let left = &lines[answered..];
        if left.is_empty() {
            return Ok(Outcome::Ok);
        }
        let source = self.source.as_mut().ok_or(Failed::PutBack)?;
        if self.output == Output::Document {
            for line in left {
                source.document(self.streams, line, place.index).await?;
            }
        } else {
            let parts = put_back::finished_parts(left, self.gzip)?;
            self.parts
                .extend(parts.into_iter().map(|part| (place.index, part)));
        }
        tally.put_back = left.len() as u64;
        Ok(Outcome::Ok)
    }
}
