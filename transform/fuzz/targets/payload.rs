//! The target `payload`, for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| transform_fuzz::payload(data));
