use super::*;

/// A caller in [`run`]: when it comes to the bucket or is answered, and the turn that it had.
#[derive(Clone, Copy)]
enum Caller {
    Arrives(Instant, Instant),
    Answered(Instant, Instant, bool),
}

/// How long so many calls take, `workers` side by side and 30 ms each, and how many refusals there are,
/// where a bucket as AWS has it takes `rate` at once and a second.
fn run(calls: usize, rate: f64, workers: usize) -> (f64, usize) {
    let (start, way) = (Instant::now(), Duration::from_millis(15));
    let mut state = State::new(None, start);
    let (mut filled, mut tokens, mut end) = (start, rate, start);
    let (mut begun, mut refusals) = (0, 0);
    let mut callers = Vec::new();
    let mut next_call = |callers: &mut Vec<Caller>, state: &mut State, now| {
        begun += 1;
        if begun <= calls {
            let at = state.turn(now);
            callers.push(Caller::Arrives(at + way, at));
        }
    };
    for _ in 0..workers {
        next_call(&mut callers, &mut state, start);
    }
    let when = |caller: &Caller| match *caller {
        Caller::Arrives(when, _) | Caller::Answered(when, ..) => when,
    };
    while let Some(first) = (0..callers.len()).min_by_key(|&index| when(&callers[index])) {
        match callers.remove(first) {
            Caller::Arrives(now, at) => {
                tokens = ((now - filled).as_secs_f64() * rate + tokens).min(rate);
                filled = now;
                let taken = tokens >= 1.0;
                tokens -= f64::from(u8::from(taken));
                callers.push(Caller::Answered(now + way, at, taken));
            }
            Caller::Answered(now, _, true) => {
                end = now;
                state.passed(now);
                next_call(&mut callers, &mut state, now);
            }
            Caller::Answered(now, at, false) => {
                refusals += 1;
                state.refused(at, now);
                let at = state.turn(now);
                callers.push(Caller::Arrives(at + way, at));
            }
        }
    }
    ((end - start).as_secs_f64(), refusals)
}

#[test]
fn the_rate_that_is_let_through_is_found_and_kept() {
    for workers in [1, 2, 4] {
        for (calls, rate, least) in [(20, 5.0, 3.0), (200, 5.0, 39.0), (500, 10.0, 49.0)] {
            let (took, refusals) = run(calls, rate, workers);
            let what = format!("{calls} calls at {rate}/s by {workers}");
            assert!(took < least * 1.05 + 0.2, "{what}: {took} s");
            assert!(refusals * 8 <= calls + 12, "{what}: {refusals} refusals");
        }
    }
}

#[test]
fn after_a_pause_a_second_is_made_up_for_at_once() {
    let start = Instant::now();
    let mut state = State::new(None, start);
    for _ in 0..5 {
        state.passed(start);
    }
    state.refused(start, start);
    let later = start + Duration::from_mins(1);
    let waits: Vec<_> = (0..6).map(|_| state.turn(later) - later).collect();
    let at_once = waits.iter().filter(|wait| wait.is_zero()).count();
    assert_eq!(at_once, 4, "{waits:?}");
    let mut configured = State::new(Some(5.0), start);
    let waits: Vec<_> = (0..3).map(|_| configured.turn(later) - later).collect();
    let fifths = [0, 200, 400].map(Duration::from_millis);
    assert_eq!(
        waits, fifths,
        "a rate that is configured is kept at any time"
    );
}

#[test]
fn nothing_waits_where_nothing_is_refused() {
    let (took, refusals) = run(100, 1000.0, 1);
    assert!(
        (took - 3.0).abs() < 0.001 && refusals == 0,
        "{took} s, {refusals} refusals"
    );
}

#[test]
fn of_refusals_that_were_on_the_way_at_once_one_counts() {
    let start = Instant::now();
    let mut state = State::new(Some(10.0), start);
    let turns: Vec<_> = (0..4).map(|_| state.turn(start)).collect();
    let later = start + Duration::from_secs(1);
    for at in turns {
        state.refused(at, later);
    }
    assert_eq!(state.interval, Some(Duration::from_millis(105)));
}

#[tokio::test]
async fn the_configured_rate_is_kept_in_each_region_by_itself() {
    let paces = Paces::new(Some(20.0), Duration::from_secs(1));
    let region = paces.of_region("eu-central-1/logs").unwrap();
    let start = Instant::now();
    for _ in 0..5 {
        region.turn().await;
    }
    assert!(
        start.elapsed() >= Duration::from_millis(200),
        "{:?}",
        start.elapsed()
    );
    let same = paces.of_region("eu-central-1/iam").unwrap();
    assert!(Arc::ptr_eq(&region, &same), "all services together");
    let other = paces.of_region("us-east-1/logs").unwrap();
    assert!(!Arc::ptr_eq(&region, &other), "another region has its own");
    assert!(
        Paces::new(None, Duration::ZERO)
            .of_region("eu-central-1/logs")
            .is_none()
    );
}
