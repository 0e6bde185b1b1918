//! Which figures of a scenario are shown, and in what words.

/// One column of a table.
pub struct Figure {
    pub metric: &'static str,
    pub heading: &'static str,
    /// Shown as a multiple of the kernel floor, too.
    pub beside_floor: bool,
}

const fn plain(metric: &'static str, heading: &'static str) -> Figure {
    Figure {
        metric,
        heading,
        beside_floor: false,
    }
}

const fn beside_floor(metric: &'static str, heading: &'static str) -> Figure {
    Figure {
        metric,
        heading,
        beside_floor: true,
    }
}

static STEADY: [Figure; 6] = [
    beside_floor("cpu_us_per_delivery", "CPU per delivery, µs"),
    plain("rss_per_subscriber_bytes", "memory per subscriber, bytes"),
    beside_floor("connects_per_s", "connecting, per s"),
    beside_floor("latency_p99_ms", "latency p99, ms"),
    plain("lost_share", "lost, share"),
    plain("dropped", "dropped"),
];

static CLOSED_LOOP: [Figure; 8] = [
    beside_floor("deliveries_per_s", "deliveries per s"),
    plain("publishes_per_s", "publishes per s"),
    plain("cpu_us_per_delivery", "CPU per delivery, µs"),
    plain("latency_p99_ms", "latency p99, ms"),
    plain("rss_peak_mb", "memory peak, MB"),
    plain("lost_share", "lost, share"),
    plain("duplicates", "duplicates"),
    plain("dropped", "dropped"),
];

static PUBLISH: [Figure; 4] = [
    beside_floor("publishes_per_s", "publishes per s"),
    plain("publish_p99_ms", "answer p99, ms"),
    plain("latency_p50_ms", "latency p50, ms"),
    plain("latency_p99_ms", "latency p99, ms"),
];

static CREDENTIALS: [Figure; 9] = [
    plain("open_us", "open: CPU per publish, µs"),
    plain("api_key_us", "API key, µs"),
    plain("hs256_us", "HS256, µs"),
    plain("es256_us", "ES256, µs"),
    plain("es256_different_us", "ES256, all different, µs"),
    plain("api_key_ratio", "API key ÷ open"),
    plain("hs256_ratio", "HS256 ÷ open"),
    plain("es256_ratio", "ES256 ÷ open"),
    plain("es256_different_ratio", "all different ÷ open"),
];

static DURABLE: [Figure; 6] = [
    plain("publishes_per_s", "publishes per s"),
    plain("syncs_per_s", "fsyncs per s of the disk alone"),
    plain("events_per_sync", "events for each of them"),
    plain("publish_p50_ms", "answer p50, ms"),
    plain("publish_p99_ms", "answer p99, ms"),
    plain("lost", "lost"),
];

static CATCH_UP: [Figure; 6] = [
    plain("caught_up_s", "until all have caught up, s"),
    plain("not_caught_up", "not caught up"),
    plain("publish_p99_ms", "publish answered meanwhile p99, ms"),
    plain("cpu_us_per_event", "CPU per event, µs"),
    plain("lost", "lost"),
    plain("duplicates", "duplicates"),
];

static STORM: [Figure; 7] = [
    plain("reconnects", "reconnects"),
    plain("storm_s", "time, s"),
    plain("late_parts", "tenths late"),
    plain("publish_p99_ms", "publish answered meanwhile p99, ms"),
    plain("latency_p99_ms", "latency p99, ms"),
    plain("lost", "lost"),
    plain("duplicates", "duplicates"),
];

static STALLED: [Figure; 7] = [
    plain("deliveries_per_s", "deliveries per s"),
    plain("latency_p99_ms", "latency p99, ms"),
    plain("others_lost", "lost by the others"),
    plain("behind_at_wake", "behind when it reads on"),
    plain("stalled_lost", "lost by the stalled one"),
    plain("dropped", "dropped"),
    plain("rss_peak_mb", "memory peak, MB"),
];

static START_UP: [Figure; 5] = [
    plain("start_ms", "exec to accepting, ms"),
    plain("first_answer_ms", "exec to first answer, ms"),
    plain("rss_empty_mb", "resident with no clients, MB"),
    plain("binary_mb", "binary, MB"),
    plain("binary_is_static", "static"),
];

static MILLION: [Figure; 10] = [
    plain("cpu_us_per_delivery", "CPU per delivery, µs"),
    plain("last_has_it_ms", "until the last has it, ms"),
    plain("rooms_cpu_us_per_delivery", "rooms: CPU per delivery, µs"),
    plain("heap_per_subscriber_bytes", "heap per subscriber, bytes"),
    plain("rss_per_subscriber_bytes", "resident per subscriber, bytes"),
    plain("connect_us", "CPU per arrival, µs"),
    plain("leave_us", "CPU per departure, µs"),
    plain("let_go_ms", "pump held up by all departures, ms"),
    plain("lost", "lost"),
    plain("duplicates", "duplicates"),
];

/// The columns of one scenario's table.
pub fn of(scenario: &str) -> &'static [Figure] {
    match scenario {
        "saturation" | "large" => &CLOSED_LOOP,
        "publish" => &PUBLISH,
        "credentials" => &CREDENTIALS,
        "durable" => &DURABLE,
        "catchup" => &CATCH_UP,
        "storm" => &STORM,
        "stalled" => &STALLED,
        "startup" => &START_UP,
        "million" => &MILLION,
        _ => &STEADY,
    }
}
