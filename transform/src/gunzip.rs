//! Decompresses gzip into a buffer that is used again, up to a cap.
//!
//! The format: RFC 1952. A file is a sequence of members; zeros may follow the last one. Header and
//! trailer are read here, so that one inflate state serves all members.
//!
//! A single whole member, which is what `CloudWatch` Logs sends, is decompressed in one go by
//! libdeflate; anything else, and whatever it refuses, goes member by member through zlib.

use flate2::{Decompress, FlushDecompress, Status};
use libdeflater::Decompressor;
use memchr::memmem;

/// The first bytes of a gzip member.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];

const HEADER_BYTES: usize = 10;
const DEFLATE: u8 = 8;
/// What every member begins with.
const MEMBER: [u8; 3] = [MAGIC[0], MAGIC[1], DEFLATE];
const FLAG_HEADER_CRC: u8 = 2;
const FLAG_EXTRA: u8 = 4;
const FLAG_NAME: u8 = 8;
const FLAG_COMMENT: u8 = 16;
const FLAGS_RESERVED: u8 = 0xe0;
/// Check sum and size at the end of a member.
const TRAILER_BYTES: usize = 8;
/// What deflate reaches at the very most.
const MOST_EXPANSION: usize = 1032;

/// Why data could not be decompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GunzipError {
    /// The data doesn't begin as gzip does.
    #[error("not gzip")]
    NotGzip,
    /// The data ends inside a member.
    #[error("cut-off gzip")]
    CutOff,
    /// Wrong check sum, impossible codes, or something else than a member after a member.
    #[error("damaged gzip")]
    Damaged,
    /// More than the cap would come out.
    #[error("too much decompressed data")]
    TooLarge,
}

/// A decompressor whose state is allocated once.
pub struct Gunzip {
    whole: Decompressor,
    /// Most functions never need it, and it takes 50 KB.
    inflate: Option<Decompress>,
}

impl std::fmt::Debug for Gunzip {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Gunzip").finish_non_exhaustive()
    }
}

impl Default for Gunzip {
    fn default() -> Self {
        Self {
            whole: Decompressor::new(),
            inflate: None,
        }
    }
}

impl Gunzip {
    /// Replaces the content of `out` by the decompressed members of `data`, at most `cap` bytes.
    ///
    /// # Errors
    /// [`GunzipError`]; `out` then holds anything.
    pub fn gunzip(
        &mut self,
        mut data: &[u8],
        out: &mut Vec<u8>,
        cap: usize,
    ) -> Result<(), GunzipError> {
        if !data.starts_with(&MAGIC) {
            return Err(GunzipError::NotGzip);
        }
        if self.whole(data, out, cap) {
            return Ok(());
        }
        out.clear();
        out.reserve(promised_size(data).min(cap) + 1);
        loop {
            data = self.member(data, out, cap)?;
            if data.iter().all(|&byte| byte == 0) {
                return Ok(());
            }
            if !data.starts_with(&MAGIC) {
                return Err(GunzipError::Damaged);
            }
        }
    }

    /// Replaces the content of `out` by that of the only member of `data`. Returns whether that is
    /// what `data` is, down to its last byte.
    fn whole(&mut self, data: &[u8], out: &mut Vec<u8>, cap: usize) -> bool {
        let (Some((before, trailer)), Ok(deflated)) = (data.split_last_chunk(), after_header(data))
        else {
            return false;
        };
        let promised = promised_size(data);
        // A second member would begin like the first, and could end with the same trailer; the trailer
        // of nothing could be padding, behind anything.
        if promised == 0 || promised > cap || memmem::find(&before[1..], &MEMBER).is_some() {
            return false;
        }
        let Some(deflated) = deflated.get(..deflated.len().saturating_sub(trailer.len())) else {
            return false;
        };
        out.resize(promised, 0);
        self.whole.deflate_decompress(deflated, out) == Ok(promised) && *trailer == trailer_of(out)
    }

    /// Appends one member to `out`; returns what follows it in `data`.
    fn member<'d>(
        &mut self,
        data: &'d [u8],
        out: &mut Vec<u8>,
        cap: usize,
    ) -> Result<&'d [u8], GunzipError> {
        let start = out.len();
        let rest = self.deflated(after_header(data)?, out, cap)?;
        let (trailer, rest) = rest
            .split_first_chunk::<TRAILER_BYTES>()
            .ok_or(GunzipError::CutOff)?;
        if *trailer == trailer_of(&out[start..]) {
            Ok(rest)
        } else {
            Err(GunzipError::Damaged)
        }
    }

    fn deflated<'d>(
        &mut self,
        mut data: &'d [u8],
        out: &mut Vec<u8>,
        cap: usize,
    ) -> Result<&'d [u8], GunzipError> {
        let inflate = self.inflate.get_or_insert_with(|| Decompress::new(false));
        inflate.reset(false);
        loop {
            if out.len() == out.capacity() {
                out.reserve(out.len().max(64 << 10));
            }
            let (in_before, out_before) = (inflate.total_in(), out.len());
            let status = inflate.decompress_vec(data, out, FlushDecompress::None);
            let status = status.map_err(|_| GunzipError::Damaged)?;
            let read = usize::try_from(inflate.total_in() - in_before).unwrap_or(usize::MAX);
            data = data.get(read..).unwrap_or_default();
            if out.len() > cap {
                return Err(GunzipError::TooLarge);
            }
            let full = out.len() == out.capacity();
            match status {
                Status::StreamEnd => return Ok(data),
                _ if full => {}
                _ if data.is_empty() => return Err(GunzipError::CutOff),
                _ if read == 0 && out.len() == out_before => return Err(GunzipError::Damaged),
                _ => {}
            }
        }
    }
}

/// The trailer of a member whose text is `text`: its check sum and its size.
fn trailer_of(text: &[u8]) -> [u8; TRAILER_BYTES] {
    let mut crc = libdeflater::Crc::new();
    crc.update(text);
    let size = u32::try_from(text.len() & u32::MAX as usize).unwrap_or_default();
    let mut trailer = [0; TRAILER_BYTES];
    trailer[..4].copy_from_slice(&crc.sum().to_le_bytes());
    trailer[4..].copy_from_slice(&size.to_le_bytes());
    trailer
}

/// What follows a member's header.
fn after_header(data: &[u8]) -> Result<&[u8], GunzipError> {
    let (header, mut rest) = data
        .split_at_checked(HEADER_BYTES)
        .ok_or(GunzipError::CutOff)?;
    let (method, flags) = (header[2], header[3]);
    if method != DEFLATE || flags & FLAGS_RESERVED != 0 {
        return Err(GunzipError::Damaged);
    }
    if flags & FLAG_EXTRA != 0 {
        let (length, after) = rest.split_first_chunk::<2>().ok_or(GunzipError::CutOff)?;
        rest = after
            .get(usize::from(u16::from_le_bytes(*length))..)
            .ok_or(GunzipError::CutOff)?;
    }
    for flag in [FLAG_NAME, FLAG_COMMENT] {
        if flags & flag != 0 {
            let end = memchr::memchr(0, rest).ok_or(GunzipError::CutOff)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & FLAG_HEADER_CRC != 0 {
        rest = rest.get(2..).ok_or(GunzipError::CutOff)?;
    }
    Ok(rest)
}

/// What the last member says about its own size: a hint, and wrong in a bomb.
fn promised_size(data: &[u8]) -> usize {
    let size = data
        .last_chunk::<4>()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes) as usize);
    size.min(data.len().saturating_mul(MOST_EXPANSION))
}
