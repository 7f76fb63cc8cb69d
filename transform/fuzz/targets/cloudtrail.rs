//! The target `cloudtrail`, for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| transform_fuzz::cloudtrail(data));
