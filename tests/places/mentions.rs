//! Whom a text mentions: names, general mentions and keywords, as Markdown reads the text.

use jackfield_tests::{TestClient, TestHost, each_backend};
use serde_json::{Value, json};

use super::unread::{unread, view};
use super::{Three, id, say};
use crate::http::hooks::{Hook, accepted};

/// Posts the texts, and asserts how often each mentions `who`.
async fn check(by: &TestClient, who: &TestClient, channel: &str, expectations: &[(&str, i64)]) {
    for (text, expected) in expectations {
        view(who, channel).await;
        say(by, channel, text).await;
        assert_eq!(unread(who, channel).await, (1, *expected), "{text}");
    }
}

async fn set_notify_props(who: &TestClient, change: Value) {
    who.put("/api/v4/users/me/patch", change).await.expect(200);
}

each_backend! {
    async fn a_name_may_end_in_signs_and_so_may_a_sentence(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let channel = &place.channel_id;
        for (name, text) in [("zed_", "hi @zed_"), ("dot.", "hi @dot."), ("dash-", "@dash-, hi"), ("zed", "hi @zed-.")] {
            let user = host.user(name).await;
            host.place(&user).await;
            check(&anna, &user, channel, &[(text, 1)]).await;
        }
        check(&anna, &bob, channel, &[("well, @bob...", 1), ("@bob_", 1), ("@bob.c", 0), ("@bob@example.test", 0), ("@bobé", 0)]).await;
        // The longer of two names is meant.
        let zed = host.log_in("zed", "password-of-zed").await;
        check(&anna, &zed, channel, &[("@zed_", 0), ("@zed-", 1)]).await;
    }
}

each_backend! {
    async fn code_and_addresses_mention_no_one(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let channel = &place.channel_id;
        check(&anna, &bob, channel, &[
            ("run `@bob` now", 0),
            ("```\n@bob\n```", 0),
            ("~~~\n@bob\n~~~", 0),
            ("    @bob", 0),
            ("`@channel` and `` `@all` ``", 0),
            ("`code` and @bob", 1),
            ("a ` alone @bob", 1),
            ("https://x.test/@bob", 0),
            ("<https://x.test/@bob>", 0),
            ("see www.x.test/@bob", 0),
            ("[profile](https://x.test/@bob)", 0),
            ("[@bob](https://x.test/)", 1),
            ("https://x.test/ for @bob", 1),
        ]).await;
    }
}

each_backend! {
    async fn emphasis_quotes_and_lists_mention(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        check(&anna, &bob, &place.channel_id, &[
            ("_@bob_", 1),
            ("**@bob** ~~@bob~~", 1),
            ("> @bob", 1),
            ("* one\n* @bob", 1),
            ("# @bob", 1),
            ("<b>@bob</b>", 1),
            ("| a | b |\n|---|---|\n| @bob | c |", 1),
        ]).await;
    }
}

each_backend! {
    async fn names_and_keywords_stand_between_characters_of_scripts_without_blanks(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let channel = &place.channel_id;
        check(&anna, &bob, channel, &[
            ("请@bob看一下", 1),
            ("大家好@all看这里", 1),
            ("＠bob 看", 1),
            ("안녕@bob님", 1),
            ("我喜欢番茄炒蛋", 0),
        ]).await;
        set_notify_props(&bob, json!({"notify_props": {"mention_keys": "番茄,deploy"}})).await;
        check(&anna, &bob, channel, &[
            ("我喜欢番茄炒蛋", 1),
            ("ＤＥＰＬＯＹ", 1),
            ("请deploy吧", 1),
            ("redeploy", 0),
            ("`deploy`", 0),
            ("蕃茄", 0),
        ]).await;
    }
}

each_backend! {
    async fn a_first_name_mentions_in_its_own_case(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        set_notify_props(&bob, json!({"first_name": "Will", "notify_props": {"first_name": "true"}})).await;
        check(&anna, &bob, &place.channel_id, &[("it will rain", 0), ("ask Will, he knows", 1), ("Willing", 0)]).await;
    }
}

each_backend! {
    async fn here_mentions_members_who_are_online(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let channel = &place.channel_id;
        check(&anna, &bob, channel, &[("@here lunch", 0), ("@here and @bob", 1), ("@channel", 1)]).await;
        let _online = host.socket(&bob).await;
        check(&anna, &bob, channel, &[("@here lunch", 1)]).await;
        bob.put("/api/v4/users/me/status", json!({"user_id": bob.id(), "status": "dnd"})).await.expect(200);
        check(&anna, &bob, channel, &[("@here lunch", 0)]).await;
    }
}

each_backend! {
    async fn general_mentions_leave_out_members_who_muted_the_channel(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let channel = &place.channel_id;
        let path = format!("/api/v4/channels/{channel}/members/me/notify_props");
        bob.put(&path, json!({"mark_unread": "mention"})).await.expect(200);
        check(&anna, &bob, channel, &[("@all stand up", 0), ("@bob stand up", 1)]).await;
        bob.put(&path, json!({"mark_unread": "mention", "ignore_channel_mentions": "off"})).await.expect(200);
        check(&anna, &bob, channel, &[("@all stand up", 1)]).await;
    }
}

each_backend! {
    async fn posts_that_are_marked_unread_count_mentions_by_the_same_rules(host: TestHost) {
        let Three { anna, bob, place, .. } = Three::new(&host).await;
        let first = say(&anna, &place.channel_id, "`@bob`").await;
        for text in ["@bob_", "https://x.test/@bob", "请@bob看一下", "```\n@all"] {
            say(&anna, &place.channel_id, text).await;
        }
        let path = format!("/api/v4/users/me/posts/{}/set_unread", id(&first));
        assert_eq!(bob.post(&path, json!({})).await.expect(200)["mention_count"], 2);
    }
}

each_backend! {
    async fn a_hooks_attachments_mention_by_the_same_rules(host: TestHost) {
        let hook = Hook::new(&host).await;
        let bob = host.user("bob").await;
        host.place(&bob).await;
        let channel = &hook.place.channel_id;
        for (attachment, expected) in [
            (json!({"pretext": "ask @bob."}), 1),
            (json!({"text": "```\n@bob"}), 0),
            (json!({"title": "@bob", "text": "x", "fields": [{"title": "f", "value": "@bob"}]}), 0),
        ] {
            view(&bob, channel).await;
            accepted(&hook.send_json(&json!({"text": "```\nan open fence", "attachments": [attachment]})).await);
            assert_eq!(unread(&bob, channel).await, (1, expected), "{attachment}");
        }
        // A hook's post can mention its owner, although the owner counts as its author.
        view(&hook.owner, channel).await;
        accepted(&hook.send_json(&json!({"text": format!("@{}", hook.owner.username)})).await);
        assert_eq!(unread(&hook.owner, channel).await, (1, 1));
    }
}
