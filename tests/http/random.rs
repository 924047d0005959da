//! Random bodies and queries, and hostile sizes, at every route: the server never fails. The seed is fixed, so that a
//! failure can be reproduced.

use jackfield_tests::{TestHost, each_backend};
use serde_json::{Map, Value, json};

use super::endpoints::{Endpoint, Endpoints};

const CASES: usize = 200;
const SEED: u64 = 0x4a61_636b_6669_656c;

/// A `SplitMix64` generator.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let sides = u64::try_from(sides).expect("a number of sides");
        usize::try_from((z ^ (z >> 31)) % sides).expect("less than the sides")
    }

    pub(super) fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.roll(list.len())]
    }

    fn text(&mut self) -> String {
        let whole = [
            "",
            " ",
            "x",
            "O",
            "P",
            "town-square",
            "#town-square",
            "@unknown",
            "/roll 2d6",
            "/",
            "\0",
            "a\0b",
            "🎲",
            "\u{202e}",
            "ä\u{308}",
            "%00",
            "../..",
            "' or 1=1 --",
            "{{x}}",
            "<!channel>",
            "@all",
            "null",
            "\u{feff}",
            "kkkkkkkkkkkkkkkkkkkkkkkkkk",
            "1e999",
            "-1",
            "\n\t",
            "new@example.org",
            "github",
            "system_x",
        ];
        match self.roll(20) {
            0 => "x".repeat(self.roll(20_000)),
            1 => "ä".repeat(self.roll(2000)),
            _ => (*self.one_of(&whole)).to_owned(),
        }
    }

    pub(super) fn value(&mut self, depth: usize) -> Value {
        match self.roll(if depth == 0 { 9 } else { 12 }) {
            0 => Value::Null,
            1 => json!(self.roll(2) == 0),
            2 => json!(self.one_of(&[0, 1, -1, 5, i64::MAX, i64::MIN])),
            3 => json!(self.one_of(&[0.5, -0.0, 1e308, 5e-324, f64::from(u32::MAX)])),
            4 => json!(u64::MAX),
            5..9 => json!(self.text()),
            9 => (0..self.roll(4)).map(|_| self.value(depth - 1)).collect(),
            _ => Value::Object((0..self.roll(4)).map(|_| (self.text(), self.value(depth - 1))).collect()),
        }
    }

    /// Returns, in most cases, an object with keys of the route, some of them with valid values.
    fn body(&mut self, endpoint: &Endpoint) -> Value {
        if self.roll(10) == 0 {
            return self.value(4);
        }
        let mut body = Map::new();
        for (key, good) in endpoint.good.as_object().expect("an object") {
            match self.roll(8) {
                0 => {}
                1..5 => drop(body.insert(key.clone(), good.clone())),
                5 => drop(body.insert(key.to_uppercase(), self.value(3))),
                _ => drop(body.insert(key.clone(), self.value(3))),
            }
        }
        Value::Object(body)
    }
}

each_backend! {
    async fn no_body_makes_the_server_fail(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let mut dice = Dice(SEED);
        for endpoint in &endpoints.list {
            for case in 0..CASES {
                let body = dice.body(endpoint);
                let response = endpoints.admin.post(&endpoint.path, body.clone()).await;
                assert!(response.status < 500, "case {case} of {}: {body}\n{response:?}", endpoint.path);
                if response.status >= 400 {
                    endpoint.refused(&response, response.status);
                }
            }
        }
        let plugins = "/api/jackfield/v1/plugins";
        for case in 0..CASES {
            let mut bytes = dice.value(4).to_string().into_bytes();
            if dice.roll(2) == 0 {
                let magic = dice.one_of(&[b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"]);
                bytes.splice(0..0, magic.iter().copied());
            }
            let response = endpoints.admin.post_raw(plugins, None, bytes.clone()).await;
            assert_eq!(response.status, 422, "case {case}: {bytes:?}\n{response:?}");
        }
    }
}

/// Returns values close to the largest body, each of which takes much memory, time or depth to read.
fn hostile() -> Vec<(&'static str, String)> {
    let keys: Vec<String> = (0..20_000).map(|number| format!("\"k{number}\":0")).collect();
    vec![
        ("a long text", format!("\"{}\"", "x".repeat(290_000))),
        ("control characters", format!("\"{}\"", "\\u0001".repeat(48_000))),
        ("many numbers", format!("[{}0]", "0,".repeat(140_000))),
        ("many empty objects", format!("[{}{{}}]", "{},".repeat(96_000))),
        ("many keys", format!("{{{}}}", keys.join(","))),
        ("deep lists", format!("{}{}", "[".repeat(140_000), "]".repeat(140_000))),
        ("deep objects", format!("{}0{}", "{\"a\":".repeat(45_000), "}".repeat(45_000))),
        ("a long number", "9".repeat(290_000)),
        ("a wide number", "1e-999999999".to_owned()),
        ("an endless text", format!("\"{}", "\\\"".repeat(145_000))),
    ]
}

/// Errors quote what they are about, but not all of it.
const MAX_ERROR: usize = 4000;

each_backend! {
    async fn no_size_makes_the_server_fail(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let hostile = hostile();
        let mut dice = Dice(SEED);
        for endpoint in &endpoints.list {
            let good = endpoint.good.as_object().expect("an object");
            let (what, body) = dice.one_of(&hostile);
            let mut bodies = vec![((*what).to_owned(), body.clone())];
            for key in good.keys() {
                let (what, value) = dice.one_of(&hostile);
                let others = good.iter().filter(|(other, _)| *other != key);
                let mut fields: Vec<String> = others.map(|(key, value)| format!("{}:{value}", json!(key))).collect();
                fields.push(format!("{}:{value}", json!(key)));
                bodies.push((format!("{what} as `{key}`"), format!("{{{}}}", fields.join(","))));
            }
            for (what, body) in bodies {
                let response = endpoints.admin.post_raw(&endpoint.path, Some("application/json"), body).await;
                assert!(response.status < 500, "{what} at {}: {response:?}", endpoint.path);
                if response.status >= 400 {
                    endpoint.refused(&response, response.status);
                    assert!(response.body.len() < MAX_ERROR, "{what} at {}: {response:?}", endpoint.path);
                }
            }
        }
        endpoints.admin.get("/api/v4/users/me").await.expect(200);
    }
}

each_backend! {
    async fn no_query_makes_the_server_fail(host: TestHost) {
        let endpoints = Endpoints::new(&host).await;
        let place = host.place(&endpoints.admin).await;
        let paths = [
            format!("/api/v4/channels/{}/posts", place.channel_id),
            "/api/v4/teams".to_owned(),
            "/api/v4/hooks/incoming".to_owned(),
            "/api/v4/users/me/tokens".to_owned(),
            "/api/jackfield/v1/bridges".to_owned(),
        ];
        let values = [
            "",
            "0",
            "1",
            "-1",
            "x",
            "%00",
            "%ff",
            "9223372036854775807",
            "9223372036854775808",
            "1e3",
            "%",
            "a=b",
        ];
        let mut dice = Dice(SEED);
        for path in &paths {
            for _ in 0..CASES {
                let mut query = String::new();
                for name in ["page", "per_page", "since", "team_id"] {
                    query.extend([name, "=", *dice.one_of(&values), "&"]);
                }
                let response = endpoints.admin.get(&format!("{path}?{query}")).await;
                assert!(response.status == 200 || response.status == 400, "{path}?{query}: {response:?}");
            }
        }
    }
}
