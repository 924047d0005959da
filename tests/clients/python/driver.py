"""Tests the host with mattermostdriver, as a bot's author would use it.

Usage: driver.py STEP... with JACKFIELD_URL, JACKFIELD_USERNAME, JACKFIELD_PASSWORD, JACKFIELD_TOKEN (the same
account's) and JACKFIELD_OTHER_TOKEN (another member's of the same channel) in the environment. Prints a sentence and
fails on the first expectation that does not hold.
"""

import asyncio
import json
import os
import sys
from urllib.parse import urlsplit

from mattermostdriver import Driver
from mattermostdriver.exceptions import NoAccessTokenProvided, ResourceNotFound
from mattermostdriver.websocket import Websocket

TEAM = "main"
CHANNEL = "town-square"

# A guard against hanging; every step is expected to be fast.
PATIENCE = 30


def expect(holds, sentence):
    if not holds:
        sys.exit(f"mattermostdriver: {sentence}")


def driver(**credentials):
    address = urlsplit(os.environ["JACKFIELD_URL"])
    options = {
        "scheme": address.scheme,
        "url": address.hostname,
        "port": address.port,
        "request_timeout": PATIENCE,
        "websocket_kw_args": {"proxy": None},
        **credentials,
    }
    return Driver(options)


def signed_in(variable="JACKFIELD_TOKEN"):
    made = driver(token=os.environ[variable])
    made.login()
    return made


def town_square(made):
    team = made.teams.get_team_by_name(TEAM)
    return made.channels.get_channel_by_name(team["id"], CHANNEL)


def say(made, message, **more):
    return made.posts.create_post({"channel_id": town_square(made)["id"], "message": message, **more})


def login():
    username, password = os.environ["JACKFIELD_USERNAME"], os.environ["JACKFIELD_PASSWORD"]
    by_password = driver(login_id=username, password=password)
    account = by_password.login()
    expect(account["username"] == username, f"logging in by password answers {account}")
    expect(len(by_password.client.token) == 26, "logging in by password gives a token")
    by_token = signed_in()
    expect(by_token.client.userid == account["id"], "the token is the same account's")
    expect(by_password.logout()["status"] == "OK", "logging out answers OK")
    by_token.client.token = "nonsense"
    try:
        by_token.users.get_user("me")
    except NoAccessTokenProvided:
        return
    expect(False, "a token that opens nothing is refused as such")


def places():
    made = signed_in()
    teams = made.teams.get_user_teams("me")
    expect(TEAM in [team["name"] for team in teams], f"the account's teams are {teams}")
    channels = made.channels.get_channels_for_user("me", teams[0]["id"])
    expect(CHANNEL in [channel["name"] for channel in channels], f"the account's channels are {channels}")
    public = made.channels.get_public_channels(teams[0]["id"])
    expect(CHANNEL in [channel["name"] for channel in public], f"the public channels are {public}")
    try:
        made.teams.get_team_by_name("nowhere")
    except ResourceNotFound:
        return
    expect(False, "a team that does not exist is not found")


def post():
    made = signed_in()
    said = say(made, "from mattermostdriver")
    expect(said["message"] == "from mattermostdriver", f"a post answers {said}")
    expect(said["user_id"] == made.client.userid, f"the author is the account: {said}")
    listed = made.posts.get_posts_for_channel(said["channel_id"])
    expect(listed["order"][0] == said["id"], f"the post is the channel's last: {listed['order']}")
    expect(listed["posts"][said["id"]]["message"] == said["message"], f"the list has the post: {listed}")


def thread():
    made = signed_in()
    root = say(made, "root", root_id=None)
    reply = say(made, "reply", root_id=root["id"])
    expect(reply["root_id"] == root["id"], f"the reply is in the thread: {reply}")
    listed = made.posts.get_thread(root["id"])
    expect(set(listed["posts"]) == {root["id"], reply["id"]}, f"the thread has both: {listed}")


async def listened(made, act, count):
    """Returns what the driver's WebSocket client receives: `hello`, and `count` events that `act` causes."""
    events, news = [], asyncio.Queue()

    async def hear(frame):
        await news.put(json.loads(frame))

    listening = asyncio.create_task(Websocket(made.options, made.client.token).connect(hear))
    try:
        while not events or len(events) <= count:
            frame = await asyncio.wait_for(news.get(), PATIENCE)
            if "event" not in frame:
                expect(frame.get("status") == "OK", f"the challenge is answered {frame}")
                continue
            expect(frame["seq"] == len(events), f"events are numbered without gaps: {frame}")
            events.append(frame)
            if len(events) == 1:
                await asyncio.to_thread(act)
    except asyncio.TimeoutError:
        expect(False, f"{count} events after hello within {PATIENCE} s, not {events}")
    finally:
        listening.cancel()
    return events


def events():
    made, other = signed_in(), signed_in("JACKFIELD_OTHER_TOKEN")
    name = os.environ["JACKFIELD_USERNAME"]

    def act():
        say(other, "one")
        say(other, f"two for @{name}")

    hello, one, two = asyncio.run(listened(made, act, 2))
    expect(hello["event"] == "hello" and hello["data"]["connection_id"], f"the first event is hello: {hello}")
    for event, message in [(one, "one"), (two, f"two for @{name}")]:
        expect(event["event"] == "posted", f"a post is the event posted: {event}")
        expect(json.loads(event["data"]["post"])["message"] == message, f"the event has the post: {event}")
        expect(event["data"]["channel_name"] == CHANNEL, f"the event names the channel: {event}")
        expect(event["data"]["sender_name"] == f"@{other.client.username}", f"the event names the author: {event}")
    expect("mentions" not in one["data"], f"no user is mentioned in the first: {one}")
    expect(json.loads(two["data"]["mentions"]) == [made.client.userid], f"the second mentions the account: {two}")


def edit():
    made = signed_in()
    said = say(made, "before")
    edited = made.posts.patch_post(said["id"], {"message": "after"})
    expect(edited["message"] == "after" and edited["edit_at"] > 0, f"the edited post is {edited}")
    expect(made.posts.get_post(said["id"])["message"] == "after", "the edit lasts")
    expect(made.posts.delete_post(said["id"])["status"] == "OK", "deleting answers OK")
    try:
        made.posts.get_post(said["id"])
    except ResourceNotFound:
        return
    expect(False, "a deleted post is not found")


def react():
    made = signed_in()
    said = say(made, "react to this")
    reaction = {"user_id": made.client.userid, "post_id": said["id"], "emoji_name": "thumbsup"}
    answer = made.reactions.create_reaction(reaction)
    expect(answer["emoji_name"] == "thumbsup", f"a reaction answers {answer}")
    listed = made.reactions.get_reactions_of_post(said["id"])
    expect([one["emoji_name"] for one in listed] == ["thumbsup"], f"the reactions are {listed}")
    gone = made.reactions.delete_reaction(made.client.userid, said["id"], "thumbsup")
    expect(gone["status"] == "OK", f"taking a reaction back answers {gone}")


def upload():
    made = signed_in()
    channel = town_square(made)["id"]
    uploaded = made.files.upload_file(channel, {"files": ("notes.txt", b"kept exactly\n", "text/plain")})
    info = uploaded["file_infos"][0]
    expect((info["name"], info["size"]) == ("notes.txt", 13), f"an upload answers {uploaded}")
    said = made.posts.create_post({"channel_id": channel, "message": "with a file", "file_ids": [info["id"]]})
    expect(said["file_ids"] == [info["id"]], f"the post has the file: {said}")
    expect(made.files.get_file(info["id"]).content == b"kept exactly\n", "the file comes back as it was")
    listed = made.posts.get_file_info_for_post(said["id"])
    expect([one["id"] for one in listed] == [info["id"]], f"the post's files are {listed}")


def search():
    made = signed_in()
    said = say(made, "the marmalade is in the cellar")
    team = made.teams.get_team_by_name(TEAM)["id"]
    found = made.posts.search_for_team_posts(team, {"terms": "marmalade", "is_or_search": False})
    expect(found["order"] == [said["id"]], f"the search finds {found}")
    missing = made.posts.search_for_team_posts(team, {"terms": "pemmican", "is_or_search": False})
    expect(missing["order"] == [], f"the search finds what is not there: {missing}")


def changes():
    made, other = signed_in(), signed_in("JACKFIELD_OTHER_TOKEN")
    channel = town_square(other)["id"]

    def act():
        uploaded = other.files.upload_file(channel, {"files": ("notes.txt", b"notes", "text/plain")})
        said = say(other, "before", file_ids=[uploaded["file_infos"][0]["id"]])
        other.posts.patch_post(said["id"], {"message": "after"})
        reaction = {"user_id": other.client.userid, "post_id": said["id"], "emoji_name": "thumbsup"}
        other.reactions.create_reaction(reaction)
        other.reactions.delete_reaction(other.client.userid, said["id"], "thumbsup")
        other.posts.delete_post(said["id"])

    _, posted, edited, added, removed, deleted = asyncio.run(listened(made, act, 5))
    names = [event["event"] for event in (posted, edited, added, removed, deleted)]
    expected = ["posted", "post_edited", "reaction_added", "reaction_removed", "post_deleted"]
    expect(names == expected, f"the events are {names}")
    said = json.loads(posted["data"]["post"])
    files = said["metadata"]["files"]
    expect([file["name"] for file in files] == ["notes.txt"], f"the event has the post's files: {posted}")
    expect(posted["data"]["otherFile"] == "true", f"the event says that there are files: {posted}")
    changed = json.loads(edited["data"]["post"])
    expect((changed["message"], changed["file_ids"]) == ("after", said["file_ids"]), f"the edit is {edited}")
    for event in (added, removed):
        reaction = json.loads(event["data"]["reaction"])
        expect((reaction["post_id"], reaction["emoji_name"]) == (said["id"], "thumbsup"), f"the reaction is {event}")
    expect(json.loads(deleted["data"]["post"])["id"] == said["id"], f"the deleted post is {deleted}")


STEPS = {
    step.__name__: step
    for step in [login, places, post, thread, events, edit, react, upload, search, changes]
}

if __name__ == "__main__":
    for name in sys.argv[1:]:
        expect(name in STEPS, f"there is no step {name}; there are {', '.join(STEPS)}")
        STEPS[name]()
        print(f"{name}: ok")
