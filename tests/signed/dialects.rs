//! What each dialect signs: the vendor's vectors, and how far a query may differ from the signed query.

use jackfield::signed::php::PhpQuery;
use jackfield::signed::token::{d1_text, d2_pairs, d2_text, query_token, time_token};
use jackfield_tests::{TestHost, each_backend};
use serde_json::json;

use super::{App, CODE, KEY, is_refused, token};

const GID: &str = "30683aea-7a1f-4ec8-a6d6-834e0310fd7d";

/// Queries of the oldest dialect and their tokens, as published.
const D1: [(&str, &str); 7] = [
    ("m=im&f=getGroupChats&code=appcode", "3c49a8b9cf6be9b8c0496c9cd1938d76"),
    (
        "m=im&f=getChatUsers&gid=30683aea-7a1f-4ec8-a6d6-834e0310fd7d&code=appcode",
        "29b61082610621da5234e89e27a51ac2",
    ),
    (
        "m=im&f=getChatUsers&code=appcode&gid=30683aea-7a1f-4ec8-a6d6-834e0310fd7d",
        "cceffb27d29209e36faf65e22dc90bf7",
    ),
    ("m=im&f=getChatUsers&code=appcode", "ac08eda86a9a1269c01bc9837820a54a"),
    ("m=im&f=sendNotification&code=appcode", "71873ed1a80091cdca425e7e6f303af1"),
    ("m=im&f=sendChatMessage&code=appcode", "8e21e776f6056d9a5e59d4022050f06a"),
    ("m=im&f=getChatUsers&gid=a+b%7Ec&code=appcode", "8e16ae3d0e5b84897c19ce3936de9251"),
];

/// Tokens over the query's raw bytes, which the original refuses.
const RAW: (&str, &str) =
    ("m=im&f=getChatUsers&gid=a%20b~c&code=appcode", "ba947d500042b23b948a9d6da0584cfd");

/// Methods and queries of the direct dialect, and their tokens.
const D2: [(&str, &str, &str); 5] = [
    ("getChatGroups", "code=appcode", "1a95a530d263cc19d51405566c00910b"),
    (
        "getChatUsers",
        "gid=30683aea-7a1f-4ec8-a6d6-834e0310fd7d&code=appcode",
        "5d2d87e7fed3c51e6d599e4cc74fcdf8",
    ),
    ("getChatUsers", "code=appcode", "6de85774f3ab629fcebf9ac284acc336"),
    ("sendNotification", "code=appcode", "e5f94a972bb6693e5e546c3f17a44e6a"),
    ("sendChatMessage", "code=appcode", "7211b3be50c9a2c7760afc48f8041bcf"),
];

const D3: (&str, &str) = ("1700000000", "e771abe5e198443bae3f450ba4eba712");

#[test]
fn t44_every_published_vector_is_reproduced() {
    for (query, expected) in D1 {
        let text = d1_text(&PhpQuery::parse(query).expect("a query"));
        assert_eq!(text, query, "the published queries are in PHP's form");
        assert_eq!(query_token(&text, KEY), expected, "{query}");
        assert_eq!(token(query, KEY), expected, "the tests' own signer: {query}");
    }
    assert_eq!(query_token(RAW.0, KEY), RAW.1);
    for (method, query, expected) in D2 {
        let text = d2_text(method, &d2_pairs(query).expect("a query"));
        assert_eq!(query_token(&text, KEY), expected, "{text}");
    }
    assert_eq!(time_token(CODE, KEY, D3.0), D3.1);
    let documented = query_token("m=chat&f=getChatUsers&code=myAppCode", "3cd0914d656e90ab181f1d52ff352cfe");
    assert_eq!(documented, "f5633c34c0c551a16c1d63bceb38d6a8");
}

each_backend! {
    async fn t44_every_published_vector_is_accepted(host: TestHost) {
        let app = App::published(&host).await;
        for (query, token) in D1 {
            let response = app.client.get(&format!("/api.php?{query}&token={token}")).await;
            assert!(response.expect(200)["result"].is_string(), "{query}: {response:?}");
        }
        for (method, query, token) in D2 {
            let response = app.client.get(&format!("/im/{method}?{query}&token={token}")).await;
            let known = response.expect(200);
            assert_ne!(known["message"], "Invalid token.", "{method}?{query}");
        }
        let (time, token) = D3;
        let timed = format!("/api.php?m=im&f=getGroupChats&code=appcode&time={time}&token={token}");
        app.client.get(&timed).await.expect(200)["result"].as_str().expect("a result");
        let app = App::with_key(&host, "myAppCode", "3cd0914d656e90ab181f1d52ff352cfe").await;
        let documented = "m=chat&f=getChatUsers&code=myAppCode&token=f5633c34c0c551a16c1d63bceb38d6a8";
        assert_eq!(app.client.get(&format!("/x.php?{documented}")).await.text(), r#"{"result":"success","data":[]}"#);
    }
}

each_backend! {
    async fn t45_the_token_may_stand_anywhere(host: TestHost) {
        let app = App::published(&host).await;
        let t = "token=29b61082610621da5234e89e27a51ac2";
        for query in [
            format!("{t}&m=im&f=getChatUsers&gid={GID}&code=appcode"),
            format!("m=im&{t}&f=getChatUsers&gid={GID}&code=appcode"),
            format!("m=im&f=getChatUsers&gid={GID}&code=appcode&{t}"),
            format!("m=im&f=getChatUsers&&gid={GID}&code=appcode&{t}&"),
        ] {
            let response = app.client.get(&format!("/api.php?{query}")).await;
            assert_eq!(response.text(), r#"{"result":"success","data":[]}"#, "{query}");
        }
    }
}

each_backend! {
    async fn t46_another_order_needs_another_token(host: TestHost) {
        let app = App::published(&host).await;
        let swapped = format!("/api.php?m=im&f=getChatUsers&code=appcode&gid={GID}&token=");
        let old = app.client.get(&format!("{swapped}29b61082610621da5234e89e27a51ac2")).await;
        is_refused(&old, 401, "Invalid token.");
        app.client.get(&format!("{swapped}cceffb27d29209e36faf65e22dc90bf7")).await.expect(200)["data"]
            .as_array()
            .expect("no members");
    }
}

each_backend! {
    async fn t47_the_signed_text_is_what_php_writes(host: TestHost) {
        let app = App::published(&host).await;
        for gid in ["a+b~c", "a%20b~c", "a+b%7Ec", "a%20b%7ec"] {
            let path = format!("/api.php?m=im&f=getChatUsers&gid={gid}&code=appcode&token=8e16ae3d0e5b84897c19ce3936de9251");
            assert_eq!(app.client.get(&path).await.expect(200)["result"], "success", "{gid}");
        }
        let raw = app.client.get(&format!("/api.php?{}&token={}", RAW.0, RAW.1)).await;
        is_refused(&raw, 401, "Invalid token.");
    }
}

each_backend! {
    with |config| { config.signed.raw_query = true; }
    async fn t47_the_raw_query_passes_if_the_operator_allows_it(host: TestHost) {
        let app = App::published(&host).await;
        for (query, token) in [RAW, D1[6]] {
            let response = app.client.get(&format!("/api.php?{query}&token={token}")).await;
            assert_eq!(response.expect(200)["result"], "success", "{query}");
        }
        let swapped = "m=im&f=getChatUsers&code=appcode&gid=a%20b~c";
        is_refused(&app.client.get(&format!("/api.php?{swapped}&token={}", RAW.1)).await, 401, "Invalid token.");
    }
}

each_backend! {
    async fn t48_a_parameter_given_twice_is_refused(host: TestHost) {
        let app = App::published(&host).await;
        for twice in ["gid=1&gid=2", "g.d=1&g_d=2", "gid=1&gid[]=2", "gid=1&%67id=2"] {
            let query = format!("m=im&f=getChatUsers&{twice}&code=appcode");
            let name = if twice.starts_with("g.d") { "g_d" } else if twice.contains("[]") { "gid[]" } else { "gid" };
            let text = format!("Bad Request! the parameter `{name}` is given twice.");
            is_refused(&app.get(&query).await, 400, &text);
        }
        let last_wins = token("m=im&f=getChatUsers&gid=2&code=appcode", KEY);
        let forged = format!("/api.php?m=im&f=getChatUsers&gid=1&gid=2&code=appcode&token={last_wins}");
        assert_eq!(super::refusal(&app.client.get(&forged).await).0, 400);
        let tokens = format!("/api.php?{}&token={}&token={}", D1[0].0, D1[0].1, D1[0].1);
        assert_eq!(super::refusal(&app.client.get(&tokens).await).0, 400);
        for odd in ["a=%00", "a=%ff", "%fe=1"] {
            let response = app.client.get(&format!("/api.php?m=im&f=getChatUsers&code=appcode&token=x&{odd}")).await;
            assert_eq!((response.status, response.text().as_str()), (200, "Bad Request!"));
        }
    }
}

each_backend! {
    async fn t49_a_token_is_lower_case_and_a_key_is_used_as_issued(host: TestHost) {
        let app = App::published(&host).await;
        let (query, token) = D1[0];
        let upper = format!("/api.php?{query}&token={}", token.to_uppercase());
        is_refused(&app.client.get(&upper).await, 401, "Invalid token.");
        let shouted = super::token(query, &KEY.to_uppercase());
        is_refused(&app.client.get(&format!("/api.php?{query}&token={shouted}")).await, 401, "Invalid token.");
        let issued = App::create(&host, json!({})).await;
        assert_eq!(issued.key.len(), 32);
        assert!(issued.key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    }
}

each_backend! {
    async fn t62_the_direct_dialect_sorts_by_name(host: TestHost) {
        let app = App::published(&host).await;
        let t = "token=5d2d87e7fed3c51e6d599e4cc74fcdf8";
        for query in [
            format!("code=appcode&gid={GID}&{t}"),
            format!("gid={GID}&code=appcode&{t}"),
            format!("{t}&gid={GID}&code=appcode"),
        ] {
            let response = app.client.get(&format!("/im/getChatUsers?{query}")).await;
            assert_eq!(response.text(), r#"{"result":"success","data":{}}"#, "{query}");
        }
        for method in ["getChatGroups", "getGroupChats"] {
            let token = token(&format!("im/{method}?code=appcode"), KEY);
            let response = app.client.get(&format!("/im/{method}?code=appcode&token={token}")).await;
            assert_eq!(response.text(), r#"{"result":"success","data":{}}"#, "{method}");
        }
        let other = app.client.get("/im/getChatUsers?code=appcode&token=1a95a530d263cc19d51405566c00910b").await;
        assert_eq!(other.expect(200), super::fails("Invalid token."));
        let twice = app.client.get(&format!("/im/getChatUsers?code=appcode&code=appcode&{t}")).await;
        assert_eq!(twice.expect(200), super::fails("Bad Request! the parameter `code` is given twice."));
    }
}
