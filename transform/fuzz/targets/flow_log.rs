//! The target `flow_log`, for libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| transform_fuzz::flow_log(data));
