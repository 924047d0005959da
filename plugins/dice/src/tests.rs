//! Runs the command as a user types it.

use jackfield_testkit::TestHost;

use super::*;

fn roll(typed: &str) -> Result<Option<Reply>> {
    TestHost::new().user("anna").command::<Dice>(typed)
}

#[test]
fn adds_faces_and_bonus() {
    // The test host numbers its calls, so the first roll is always this one.
    let reply = Reply::in_channel("**anna** rolled 2d6+1: 3 + 6 + 1 = **10**");
    assert_eq!(roll("/roll 2d6+1"), Ok(Some(reply)));
}

#[test]
fn a_single_die_shows_only_its_face() {
    assert_eq!(roll("/roll"), Ok(Some(Reply::in_channel("**anna** rolled 1d6: **3**"))));
}

#[test]
fn every_call_rolls_independently() {
    let host = TestHost::new().user("anna");
    let first = host.command::<Dice>("/roll 20d1000").unwrap();
    assert_ne!(host.command::<Dice>("/roll 20d1000").unwrap(), first);
}

#[test]
fn a_call_without_an_actor_has_no_username() {
    let reply = TestHost::new().command::<Dice>("/roll 1d2 - 1");
    let wanted = Reply::in_channel("**A user** rolled 1d2-1: 1 - 1 = **0**");
    assert_eq!(reply, Ok(Some(wanted)));
}

#[test]
fn a_wrong_notation_shows_the_usage() {
    let wrong = "`2x6` is not dice; write `2d6`, `d20` or `3d8+2`.\nUsage: `/roll [dice]`";
    assert_eq!(roll("/roll 2x6"), Err(Failure::User(wrong.into())));
}

#[test]
fn a_roll_has_no_effects() {
    let host = TestHost::new().user("anna");
    host.command::<Dice>("/roll 100d1000+10000").unwrap();
    assert_eq!(host.effects(), []);
}

#[test]
fn sums_are_exact() {
    assert_eq!(sum(&[4], 0), "**4**");
    assert_eq!(sum(&[3, 5], 1), "3 + 5 + 1 = **9**");
    assert_eq!(sum(&[3], -10), "3 - 10 = **-7**");
    assert_eq!(sum(&[1, 2, 3], 0), "1 + 2 + 3 = **6**");
}
