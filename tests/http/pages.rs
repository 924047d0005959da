//! No list is longer than some megabytes: its longest row, as often as a page has rows, is not. Lists of posts and
//! of an account's own channels end where they fill a response instead: see `posts::large` and `places::lists`.

use std::collections::BTreeMap;

use jackfield::routes;
use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Map, Value, json};

use crate::emoji;
use crate::files::pictures::PICTURE;

/// The most bytes of a page, and the most rows that a client may request.
const MAX_PAGE: usize = 8 << 20;
const ROWS: usize = 200;

/// Lists with rows of one kind, which this test fills. If one becomes empty, the test no longer shows anything of it.
const FILLED: [&str; 15] = [
    "/api/v4/users",
    "/api/v4/bots",
    "/api/v4/users/tokens",
    "/api/v4/users/{user}/tokens",
    "/api/v4/users/{user}/sessions",
    "/api/v4/users/{user}/teams",
    "/api/v4/users/{user}/preferences",
    "/api/v4/users/{user}/audits",
    "/api/v4/teams",
    "/api/v4/teams/{team}/members",
    "/api/v4/teams/{team}/channels",
    "/api/v4/channels",
    "/api/v4/channels/{channel}/members",
    "/api/v4/emoji",
    "/api/v4/hooks/incoming",
];

/// A text of this length that takes as many bytes as JSON as any that the server accepts in names.
fn quotes(length: usize) -> String {
    "\"".repeat(length)
}

/// Control characters take six times their size as JSON.
fn controls(length: usize) -> String {
    "\u{1}".repeat(length)
}

/// Returns settings of the largest total size that an account or a membership may have.
fn settings(number: usize, length: usize) -> Value {
    (0..number).map(|number| (format!("k{number:02}"), json!(quotes(length)))).collect::<Map<_, _>>().into()
}

/// Stores a row of the largest size of each kind. Returns the ids of some, by the names of path parameters.
async fn fill(admin: &TestClient) -> BTreeMap<&'static str, String> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let team = json!({
        "name": "largest", "display_name": quotes(64), "type": "O", "description": controls(255),
        "company_name": controls(64), "allowed_domains": format!("example.org,{}", controls(480)),
    });
    let team = text(&admin.post("/api/v4/teams", team).await.expect(201)["id"]);
    let channel = json!({
        "team_id": team, "name": "largest", "display_name": quotes(64), "type": "O", "header": controls(1024),
        "purpose": controls(250),
    });
    let channel = text(&admin.post("/api/v4/channels", channel).await.expect(201)["id"]);
    let profile = json!({
        "nickname": quotes(64), "first_name": quotes(64), "last_name": quotes(64), "position": quotes(128),
        "notify_props": settings(35, 100), "props": settings(35, 100),
    });
    admin.put("/api/v4/users/me/patch", profile).await.expect(200);
    let props = format!("/api/v4/channels/{channel}/members/{}/notify_props", admin.id());
    admin.put(&props, settings(24, 128)).await.expect(200);
    let bot = json!({"username": "largest", "display_name": quotes(64), "description": controls(1024)});
    admin.post("/api/v4/bots", bot).await.expect(201);
    admin.post("/api/v4/users/me/tokens", json!({"description": controls(255)})).await.expect(200);
    let hook = json!({
        "channel_id": channel, "display_name": quotes(64), "description": controls(500), "username": "x".repeat(64),
        "icon_url": format!("https://example.org/{}", quotes(1000)),
    });
    admin.post("/api/v4/hooks/incoming", hook).await.expect(201);
    let preference = json!([{"user_id": admin.id(), "category": "c", "name": "n", "value": controls(2000)}]);
    admin.put("/api/v4/users/me/preferences", preference).await.expect(200);
    let post = json!({"channel_id": channel, "message": "root"});
    let post = text(&admin.post("/api/v4/posts", post).await.expect(201)["id"]);
    let reaction = json!({"user_id": admin.id(), "post_id": post, "emoji_name": "smile"});
    admin.post("/api/v4/reactions", reaction).await.expect(200);
    emoji::create(admin, &"x".repeat(64), &PICTURE).await.expect(200);
    BTreeMap::from([("user", admin.id().to_owned()), ("team", team), ("channel", channel), ("post", post)])
}

/// Returns the rows of a list, also of one inside an object.
fn rows(list: &Value) -> Vec<&Value> {
    match list {
        Value::Array(rows) => rows.iter().collect(),
        Value::Object(fields) => fields.values().filter_map(Value::as_array).flatten().collect(),
        _ => Vec::new(),
    }
}

each_backend! {
    async fn a_page_of_the_largest_rows_has_a_few_megabytes(host: TestHost) {
        let admin = host.admin().await;
        let known = fill(&admin).await;
        let mut filled = Vec::new();
        let apis = routes().into_iter().filter(|route| route.path.starts_with("/api/"));
        for route in apis.filter(|route| route.method == Some("GET")) {
            let path = known.iter().fold(route.path.clone(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
            let response = admin.get(&path).await;
            if path.contains('{') || response.status != 200 {
                continue;
            }
            // Files and pictures are no JSON.
            let Ok(list) = serde_json::from_slice::<Value>(&response.body) else { continue };
            let longest = rows(&list).into_iter().map(|row| row.to_string().len()).max().unwrap_or_default();
            assert!(longest * ROWS <= MAX_PAGE, "{path}: a row of {longest} bytes");
            if longest > 0 {
                filled.push(route.path);
            }
        }
        for path in FILLED {
            assert!(filled.iter().any(|filled| filled == path), "{path} has no rows");
        }
    }
}
