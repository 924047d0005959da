//! Resuming: a client that lost its socket misses no event and receives none twice.

use std::time::Duration;

use jackfield_tests::{TestHost, TestSocket, each_backend};
use serde_json::json;

use super::{connection_id, expect_post, resume, say, two};

/// The number of sent events that the host keeps.
const KEPT: u64 = 128;

/// How long the host keeps a connection without a socket.
const KEPT_FOR: Duration = Duration::from_mins(5);

each_backend! {
    async fn fact_132_a_resumed_client_gets_the_events_it_missed_and_no_hello(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut lost = host.socket(&anna).await;
        let id = connection_id(&lost);
        say(&admin, &place, "heard").await;
        expect_post(&mut lost, 1, "heard").await;
        drop(lost);
        say(&admin, &place, "missed").await;
        say(&admin, &place, "missed too").await;
        let mut found = resume(&host, &anna, &id, 2).await;
        expect_post(&mut found, 2, "missed").await;
        expect_post(&mut found, 3, "missed too").await;
        say(&admin, &place, "on it goes").await;
        expect_post(&mut found, 4, "on it goes").await;
    }
}

each_backend! {
    async fn fact_132_an_event_that_did_not_arrive_is_sent_again(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut lost = host.socket(&anna).await;
        let id = connection_id(&lost);
        for number in 1..=5 {
            say(&admin, &place, &number.to_string()).await;
            expect_post(&mut lost, number, &number.to_string()).await;
        }
        drop(lost);
        let mut found = resume(&host, &anna, &id, 3).await;
        for number in 3..=5 {
            expect_post(&mut found, number, &number.to_string()).await;
        }
    }
}

each_backend! {
    async fn fact_132_a_challenge_resumes_as_well(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let lost = host.socket(&anna).await;
        let id = connection_id(&lost);
        drop(lost);
        say(&admin, &place, "missed").await;
        let query = format!("?connection_id={id}&sequence_number=1&posted_ack=true&disconnect_err_code=1006");
        let mut found = TestSocket::connect_raw(&host, &[], &query).await.expect("an upgrade");
        let data = json!({"token": anna.token()});
        found.send(json!({"seq": 1, "action": "authentication_challenge", "data": data})).await;
        assert_eq!(found.frame().await, Some(json!({"status": "OK", "seq_reply": 1})));
        expect_post(&mut found, 1, "missed").await;
    }
}

each_backend! {
    async fn fact_132_a_client_that_missed_nothing_resumes(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let lost = host.socket(&anna).await;
        let id = connection_id(&lost);
        drop(lost);
        let mut found = resume(&host, &anna, &id, 1).await;
        found.send(json!({"seq": 1, "action": "ping"})).await;
        assert_eq!(found.frame().await.expect("a reply")["seq_reply"], 1);
        say(&admin, &place, "x").await;
        expect_post(&mut found, 1, "x").await;
    }
}

each_backend! {
    async fn fact_132_a_client_resumes_while_its_old_socket_still_seems_open(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut dead = host.socket(&anna).await;
        let id = connection_id(&dead);
        let mut found = resume(&host, &anna, &id, 1).await;
        assert_eq!(dead.frame().await, None, "one socket reads at a time");
        say(&admin, &place, "x").await;
        expect_post(&mut found, 1, "x").await;
    }
}

each_backend! {
    async fn fact_133_an_unknown_connection_starts_afresh(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let others = host.socket(&admin).await;
        for unknown in ["a".repeat(26), connection_id(&others)] {
            let mut fresh = resume(&host, &anna, &unknown, 1).await;
            let hello = fresh.event("hello").await;
            assert_eq!(hello["seq"], 0);
            assert_ne!(hello["data"]["connection_id"], unknown.as_str());
            assert_eq!(hello["broadcast"]["user_id"], anna.id());
            say(&admin, &place, "x").await;
            expect_post(&mut fresh, 1, "x").await;
        }
    }
}

each_backend! {
    async fn fact_133_a_gap_in_the_kept_events_starts_afresh(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut lost = host.socket(&anna).await;
        let id = connection_id(&lost);
        for number in 1..=KEPT + 1 {
            say(&admin, &place, "x").await;
            expect_post(&mut lost, number, "x").await;
        }
        drop(lost);
        let mut found = resume(&host, &anna, &id, 2).await;
        for number in 2..=KEPT + 1 {
            expect_post(&mut found, number, "x").await;
        }
        for too_far in [1, KEPT + 100] {
            drop(found);
            found = resume(&host, &anna, &id, too_far).await;
            let hello = found.event("hello").await;
            assert_eq!(hello["seq"], 0);
            assert_ne!(hello["data"]["connection_id"], id);
        }
    }
}

each_backend! {
    async fn fact_133_a_connection_expires(host: TestHost) {
        let (_admin, anna, _place) = two(&host).await;
        let lost = host.socket(&anna).await;
        let id = connection_id(&lost);
        // The client resumes and closes, so that the host notices that the socket is gone.
        let mut again = resume(&host, &anna, &id, 1).await;
        again.send(json!({"seq": 1, "action": "ping"})).await;
        again.frame().await.expect("a reply");
        host.clock.advance(KEPT_FOR);
        while again.frame().await.is_some() {}
        host.clock.advance(KEPT_FOR);
        let mut fresh = resume(&host, &anna, &id, 1).await;
        assert_eq!(fresh.event("hello").await["seq"], 0);
    }
}

each_backend! {
    async fn an_empty_connection_id_is_a_fresh_start(host: TestHost) {
        let admin = host.admin().await;
        let mut fresh = resume(&host, &admin, "", 0).await;
        assert_eq!(fresh.event("hello").await["seq"], 0);
    }
}

each_backend! {
    async fn a_malformed_resume_closes_the_socket(host: TestHost) {
        let admin = host.admin().await;
        let lost = host.socket(&admin).await;
        let id = connection_id(&lost);
        let bearer = format!("Bearer {}", admin.token());
        for query in [
            "?connection_id=nonsense&sequence_number=1".to_owned(),
            "?connection_id=%00&sequence_number=1".to_owned(),
            format!("?connection_id={id}"),
            format!("?connection_id={id}&sequence_number="),
            format!("?connection_id={id}&sequence_number=-1"),
            format!("?connection_id={id}&sequence_number=99999999999999999999999"),
        ] {
            for headers in [vec![("Authorization", bearer.as_str())], vec![]] {
                let mut socket = TestSocket::connect_raw(&host, &headers, &query).await.expect("an upgrade");
                assert_eq!(socket.frame().await, None, "{query}");
            }
        }
    }
}

each_backend! {
    async fn a_restarted_host_knows_no_connection(host: TestHost) {
        let mut host = host;
        let (_admin, anna, _place) = two(&host).await;
        let lost = host.socket(&anna).await;
        let id = connection_id(&lost);
        host.restart().await;
        let mut fresh = resume(&host, &anna, &id, 1).await;
        assert_eq!(fresh.event("hello").await["seq"], 0);
    }
}
