//! Pings and closed sockets.

use std::time::Duration;

use jackfield_tests::{Message, TestClient, TestHost, TestSocket, each_backend};
use serde_json::json;

use super::{connection_id, expect_post, resume, say, two};

/// Expects a WebSocket ping.
async fn pinged(socket: &mut TestSocket) {
    let message = socket.message().await;
    assert!(matches!(message, Some(Message::Ping(_))), "{message:?}");
}

/// Asserts that the socket closes and that its connection cannot be resumed.
async fn is_over(host: &TestHost, mut socket: TestSocket, client: &TestClient) {
    assert_eq!(socket.frame().await, None);
    let mut fresh = resume(host, client, &connection_id(&socket), 1).await;
    assert_eq!(fresh.event("hello").await["seq"], 0);
}

each_backend! {
    async fn fact_134_the_host_pings_every_60_seconds(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut socket = host.socket(&anna).await;
        for _ in 0..3 {
            host.clock.advance(Duration::from_mins(1));
            pinged(&mut socket).await;
            // The reply to a request proves that the host read it before the clock moves.
            socket.send(json!({"seq": 1, "action": "ping"})).await;
            assert_eq!(socket.frame().await.expect("a reply")["status"], "OK");
        }
        say(&admin, &place, "x").await;
        expect_post(&mut socket, 1, "x").await;
    }
}

each_backend! {
    async fn a_client_that_is_silent_for_100_seconds_is_dropped(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        // The clock moves in one step, because this client would reply to a ping in between and no longer be silent.
        host.clock.advance(Duration::from_secs(100));
        assert_eq!(socket.frame().await, None);
    }
}

each_backend! {
    async fn a_logout_closes_only_the_sockets_of_its_session(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let anna_elsewhere = host.user("anna").await;
        let ending = host.socket(&anna).await;
        let mut going_on = host.socket(&anna_elsewhere).await;
        anna.post("/api/v4/users/logout", json!({})).await.expect(200);
        is_over(&host, ending, &anna_elsewhere).await;
        say(&admin, &place, "x").await;
        expect_post(&mut going_on, 1, "x").await;
    }
}

each_backend! {
    with |config| { config.access.token_creation = jackfield::config::Creators::Members; }
    async fn a_revoked_or_disabled_token_closes_its_sockets(host: TestHost) {
        let (_admin, anna, _place) = two(&host).await;
        for way in ["disable", "revoke"] {
            let path = format!("/api/v4/users/{}/tokens", anna.id());
            let made = anna.post(&path, json!({"description": "x"})).await.expect(200);
            let bearer = format!("Bearer {}", made["token"].as_str().expect("a token"));
            let headers = [("Authorization", bearer.as_str())];
            let mut socket = TestSocket::connect_raw(&host, &headers, "").await.expect("an upgrade");
            socket.hello = socket.event("hello").await;
            anna.post(&format!("/api/v4/users/tokens/{way}"), json!({"token_id": made["id"]})).await.expect(200);
            is_over(&host, socket, &anna).await;
        }
    }
}

each_backend! {
    with |config| { config.access.session_hours = 1 }
    async fn an_expired_session_closes_its_socket(host: TestHost) {
        let admin = host.admin().await;
        let mut socket = host.socket(&admin).await;
        for _ in 0..60 {
            host.clock.advance(Duration::from_mins(1));
            match socket.message().await {
                Some(Message::Ping(_) | Message::Text(_)) => {}
                Some(Message::Close(_)) | None => break,
                other => panic!("a ping or the end: {other:?}"),
            }
            socket.send(json!({"seq": 1, "action": "ping"})).await;
            // An idle user becomes away meanwhile, which publishes an event.
            let mut reply = socket.frame().await.expect("a reply");
            while reply["event"] == "status_change" {
                reply = socket.frame().await.expect("a reply");
            }
            assert_eq!(reply["status"], "OK");
        }
        while let Some(last) = socket.frame().await {
            assert_eq!(last["event"], "status_change");
        }
        admin.get("/api/v4/users/me").await.expect(401);
    }
}

each_backend! {
    with |config| { config.server.sockets_per_user = 3 }
    async fn an_account_has_a_limited_number_of_sockets(host: TestHost) {
        let (admin, anna, place) = two(&host).await;
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(host.socket(&anna).await);
        }
        let mut refused = resume(&host, &anna, "", 0).await;
        let Some(Message::Close(Some(frame))) = refused.message().await else { panic!("a closing frame") };
        assert_eq!(
            frame.reason.as_str(),
            "this account has 3 open sockets, as many as `server.sockets_per_user` allows; close one first"
        );
        host.socket(&admin).await;
        let first = connection_id(&open.remove(0));
        // A resumed connection is not a new one.
        let mut again = resume(&host, &anna, &first, 1).await;
        say(&admin, &place, "x").await;
        expect_post(&mut again, 1, "x").await;
    }
}

each_backend! {
    async fn a_socket_gets_a_closing_frame_when_the_server_stops(mut host: TestHost) {
        let (_, anna, _) = two(&host).await;
        let mut sockets = [host.socket(&anna).await, host.socket(&anna).await];
        let ((), ends) = tokio::join!(host.stop(), async {
            let mut ends = Vec::new();
            for socket in &mut sockets {
                ends.push(socket.message().await);
            }
            ends
        });
        for end in ends {
            let Some(Message::Close(Some(frame))) = end else { panic!("a closing frame: {end:?}") };
            assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1001, "the server is stopping; connect again in a moment"));
        }
    }
}
