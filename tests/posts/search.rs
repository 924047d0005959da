//! Search. Both databases find the same posts in the same order.

use futures_util::future::join_all;
use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::{at, reply_to, say, texts};

const TEXTS: [&str; 12] = [
    "Der GRÜSSE-Bot läuft",
    "grüße an alle",
    "release 1.2.3 is out, see #release",
    "the #Release-Notes are late",
    "北京市的天气很好",
    "東京 weather in 北京",
    "deploy failed: exit code 7",
    "Deploy finished in 7 s",
    "two   words\nand a line",
    "two words apart",
    "100% of _all_ \\ signs * \"quoted\"",
    "ΟΔΟΣ and Istanbul",
];

async fn search(client: &TestClient, terms: &str) -> Vec<usize> {
    found(client, json!({"terms": terms})).await
}

/// Returns the indices of the texts that the search finds.
async fn found(client: &TestClient, request: Value) -> Vec<usize> {
    let list = client.post("/api/v4/posts/search", request).await.expect(200);
    assert_eq!(list["matches"], Value::Null);
    let number = |text: &String| TEXTS.iter().position(|one| one == text).expect("one of the texts");
    texts(&list).iter().map(number).collect()
}

async fn library(host: &TestHost) -> (TestClient, String) {
    let anna = host.user("anna").await;
    let place = host.place(&anna).await;
    for text in TEXTS {
        say(host, &anna, &place.channel_id, text).await;
    }
    (anna, place.channel_id)
}

each_backend! {
    async fn a_search_understands_words_phrases_and_exclusions(host: TestHost) {
        let (anna, _) = library(&host).await;
        let expectations: [(&str, &[usize]); 31] = [
            ("deploy", &[7, 6]),
            ("DEPLOY 7", &[7, 6]),
            ("deploy -failed", &[7]),
            ("deploy -\"exit code\"", &[7]),
            ("\"two words\"", &[9, 8]),
            ("words two", &[9, 8]),
            ("\"words and\"", &[8]),
            ("grüsse", &[0]),
            ("grüss", &[]),
            ("GRÜ*", &[1, 0]),
            ("rüß*", &[]),
            ("ü", &[]),
            ("grüß*", &[1]),
            ("-grüß", &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]),
            ("-grüß*", &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 0]),
            ("北京", &[5, 4]),
            ("京", &[5, 4]),
            ("天气很好", &[4]),
            ("北京 -東京", &[4]),
            ("北京。", &[5, 4]),
            ("#release", &[2]),
            ("#RELEASE-notes", &[3]),
            ("release", &[3, 2]),
            ("#rel*", &[3, 2]),
            ("1.2.3", &[2]),
            ("1.2", &[2]),
            ("100%", &[10]),
            ("_all_", &[10]),
            ("\\", &[10]),
            ("οδοσ istanbul", &[11]),
            ("absent", &[]),
        ];
        for (terms, expected) in expectations {
            assert_eq!(search(&anna, terms).await, expected, "{terms}");
        }
        assert_eq!(search(&anna, "7").await, [7, 6]);
        assert_eq!(search(&anna, "-deploy").await, [11, 10, 9, 8, 5, 4, 3, 2, 1, 0]);
        assert_eq!(search(&anna, "\"\" ...").await, [0; 0]);
    }
}

each_backend! {
    async fn a_search_can_match_any_word(host: TestHost) {
        let (anna, _) = library(&host).await;
        let any = async |terms: &str| found(&anna, json!({"terms": terms, "is_or_search": true})).await;
        assert_eq!(any("failed 東京").await, [6, 5]);
        assert_eq!(any("failed 7").await, [7, 6]);
        assert_eq!(any("failed 東京 -exit").await, [5]);
    }
}

each_backend! {
    async fn pages_of_a_search_do_not_overlap(host: TestHost) {
        let (anna, _) = library(&host).await;
        let page = async |page: i64, per_page: Value| {
            found(&anna, json!({"terms": "-nothing", "page": page, "per_page": per_page})).await
        };
        assert_eq!(page(0, json!(5)).await, [11, 10, 9, 8, 7]);
        assert_eq!(page(2, json!(5)).await, [1, 0]);
        assert_eq!(page(3, json!(5)).await, [0; 0]);
        assert_eq!(page(0, json!(null)).await.len(), 12);
        assert_eq!(page(-1, json!(1_000_000)).await.len(), 12);
    }
}

each_backend! {
    async fn conditions_narrow_a_search(host: TestHost) {
        let (anna, bob) = (host.user("anna").await, host.user("bob").await);
        let place = host.place(&anna).await;
        host.place(&bob).await;
        let other = host.channel(&anna, &place.team_id, "other").await;
        // The posts are from 2026-01-02T03:04:05Z and the day after.
        let root = say(&host, &anna, &place.channel_id, "deploy failed: exit code 7").await;
        say(&host, &bob, &place.channel_id, "Deploy finished in 7 s").await;
        host.clock.advance(std::time::Duration::from_hours(24));
        say(&host, &anna, other["id"].as_str().unwrap(), "two words apart").await;
        reply_to(&host, &bob, &root, "grüße an alle").await;
        let expectations: [(&str, &[usize]); 17] = [
            ("from:anna", &[9, 6]),
            ("from:@BOB deploy", &[7]),
            ("from:anna from:bob deploy", &[7, 6]),
            ("-from:anna", &[1, 7]),
            ("from:unknown deploy", &[]),
            ("-from:unknown deploy", &[7, 6]),
            ("in:other", &[9]),
            ("channel:town-square deploy", &[7, 6]),
            ("in:town-square in:other -deploy", &[1, 9]),
            ("-in:town-square", &[9]),
            ("in:nowhere deploy", &[]),
            ("in:@bob deploy", &[]),
            ("on:2026-01-02", &[7, 6]),
            ("after:2026-01-02", &[1, 9]),
            ("before:2026-01-03", &[7, 6]),
            ("on: 2026-1-3 from: bob", &[1]),
            ("after:2026-01-02 before:2026-01-03", &[]),
        ];
        for (terms, expected) in expectations {
            assert_eq!(search(&anna, terms).await, expected, "{terms}");
        }
        // Ten hours west of UTC it is still the day before.
        let far = json!({"terms": "on:2026-01-01", "time_zone_offset": -36_000});
        assert_eq!(found(&anna, far).await, [7, 6]);
        // Bob is not in the other channel.
        assert_eq!(search(&bob, "words").await, [0; 0]);
        let list = anna.post("/api/v4/posts/search", json!({"terms": "grüße"})).await.expect(200);
        assert_eq!(list["posts"].as_object().unwrap().len(), 2, "the first post of its thread comes along");
    }
}

each_backend! {
    async fn a_search_finds_texts_however_they_are_encoded(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        for (text, terms) in [
            ("cafe\u{301}", "caf\u{e9}"),
            ("na\u{ef}ve", "nai\u{308}ve"),
            ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}", "한글"),
            ("hello brave world", "\u{201c}hello brave world\u{201d}"),
            ("\u{201e}zwei Worte\u{201c}", "zwei Worte"),
            ("it\u{2019}s", "it's"),
            ("ＡＢＣ１２３", "ABC123"),
            ("\u{130}stanbul", "istanbul"),
            ("istambul", "\u{130}STAMBUL"),
            ("ﾃｽﾄ", "テスト"),
            ("#Größe\u{200b}", "#größe"),
        ] {
            say(&host, &anna, &place.channel_id, text).await;
            let request = json!({"terms": terms, "is_or_search": false});
            let path = format!("/api/v4/teams/{}/posts/search", place.team_id);
            let list = anna.post(&path, request).await.expect(200);
            assert_eq!(texts(&list), [text], "{terms}");
        }
    }
}

each_backend! {
    async fn a_search_follows_edits_and_deletions(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let post = say(&host, &anna, &place.channel_id, TEXTS[6]).await;
        anna.put(&format!("{}/patch", at(&post)), json!({"message": TEXTS[4]})).await.expect(200);
        assert_eq!(search(&anna, "failed").await, [0; 0]);
        assert_eq!(search(&anna, "天气").await, [4]);
        let reply = reply_to(&host, &anna, &post, TEXTS[0]).await;
        assert_eq!(search(&anna, "bot").await, [0]);
        anna.delete(&at(&post)).await.expect(200);
        anna.get(&at(&reply)).await.expect(404);
        assert_eq!(search(&anna, "bot").await, [0; 0]);
        assert_eq!(search(&anna, "天气").await, [0; 0]);
    }
}

each_backend! {
    async fn a_team_is_searched_by_its_members(host: TestHost) {
        let (anna, carl) = (host.user("anna").await, host.user("carl").await);
        let (anna_place, texts_of) = (host.place(&anna).await, super::texts);
        say(&host, &anna, &anna_place.channel_id, "here").await;
        let second = host.team(&anna, "second").await;
        let square = jackfield_tests::Place::town_square(&anna, &second).await;
        say(&host, &anna, &square.channel_id, "also here").await;
        let path = |team: &str| format!("/api/v4/teams/{team}/posts/search");
        let list = anna.post(&path(&square.team_id), json!({"terms": "here"})).await.expect(200);
        assert_eq!(texts_of(&list), ["also here"]);
        let list = anna.post("/api/v4/posts/search", json!({"terms": "here"})).await.expect(200);
        assert_eq!(texts_of(&list), ["also here", "here"]);
        carl.post(&path(&square.team_id), json!({"terms": "here"})).await.expect(403);
        let list = carl.post("/api/v4/posts/search", json!({"terms": "here"})).await.expect(200);
        assert_eq!(list["order"], json!([]));
        for wrong in [json!({}), json!({"terms": null}), json!({"terms": " "}), json!({"terms": "x".repeat(2_001)})] {
            anna.post("/api/v4/posts/search", wrong).await.expect(400);
        }
        let words: Vec<String> = (0..51).map(|number| format!("w{number}")).collect();
        anna.post("/api/v4/posts/search", json!({"terms": words.join(" ")})).await.expect(400);
        anna.post("/api/v4/posts/search", json!({"terms": "a\u{0}b \u{0}"})).await.expect(400);
        anna.post(&path("short"), json!({"terms": "x"})).await.expect(400);
        anna.post(&path("aaaaaaaaaaaaaaaaaaaaaaaaaa"), json!({"terms": "x"})).await.expect(403);
    }
}

each_backend! {
    async fn a_search_finds_texts_of_attachments(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let hook = anna.post("/api/v4/hooks/incoming", json!({"channel_id": place.channel_id})).await.expect(201);
        let path = format!("/hooks/{}", hook["id"].as_str().unwrap());
        let payload = json!({"text": "deploy", "attachments": [{"title": "Kaputt", "text": "in der Küche"}]});
        assert_eq!(host.anonymous().post(&path, payload).await.status, 200);
        let list = anna.post("/api/v4/posts/search", json!({"terms": "deploy kaputt KÜCHE"})).await.expect(200);
        assert_eq!(texts(&list), ["deploy"]);
    }
}

each_backend! {
    async fn a_search_finds_posts_of_concurrent_hook_requests(host: TestHost) {
        const BURST: usize = 40;
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let hook = anna.post("/api/v4/hooks/incoming", json!({"channel_id": place.channel_id})).await.expect(201);
        let path = format!("/hooks/{}", hook["id"].as_str().unwrap());
        let sender = host.anonymous();
        for round in 0..3 {
            let said: Vec<String> = (0..BURST).map(|number| format!("round{round}number{number:02}")).collect();
            let sent = said.iter().map(|text| sender.post(&path, json!({"text": text})));
            for response in join_all(sent).await {
                assert_eq!(response.status, 200, "{response:?}");
            }
            for text in [&said[0], &said[BURST / 2], &said[BURST - 1]] {
                let list = anna.post("/api/v4/posts/search", json!({"terms": text})).await.expect(200);
                assert_eq!(texts(&list), [text.as_str()]);
            }
        }
    }
}
