// Tests the host with @mattermost/client, the library of Mattermost's own web application.
//
// Usage: client.mjs STEP... with JACKFIELD_URL, JACKFIELD_USERNAME, JACKFIELD_PASSWORD, JACKFIELD_TOKEN (the same
// account's) and JACKFIELD_OTHER_TOKEN (another member's of the same channel) in the environment, and the packages in
// the folder JACKFIELD_NODE_MODULES. Prints a sentence and fails on the first expectation that does not hold.

import {createRequire} from 'node:module';
import {join} from 'node:path';

const env = process.env;
const require = createRequire(join(env.JACKFIELD_NODE_MODULES, 'client.cjs'));
const {Client4, WebSocketClient} = require('@mattermost/client');
const WebSocket = require('ws');

const TEAM = 'main';
const CHANNEL = 'town-square';

// A guard against hanging; every step is expected to be fast.
const PATIENCE = 30_000;

// The library expects a browser's globals, which this Node may lack.
globalThis.WebSocket ??= WebSocket;
globalThis.CloseEvent ??= class extends Event {
    constructor(type, {code, wasClean}) {
        super(type);
        Object.assign(this, {code, wasClean});
    }
};
// The library logs every step it takes.
console.log = () => {};

function expect(holds, sentence) {
    if (!holds) {
        process.stderr.write(`@mattermost/client: ${sentence}\n`);
        process.exit(1);
    }
}

const shown = (value) => JSON.stringify(value);

function client(token) {
    const made = new Client4();
    made.setUrl(env.JACKFIELD_URL);
    if (token) {
        made.setToken(token);
    }
    return made;
}

const own = () => client(env.JACKFIELD_TOKEN);
const other = () => client(env.JACKFIELD_OTHER_TOKEN);

async function townSquare(made) {
    const teams = await made.getMyTeams();
    const team = teams.find((one) => one.name === TEAM);
    return made.getChannelByName(team.id, CHANNEL);
}

async function say(made, channel, message, more = {}) {
    return made.createPost({channel_id: channel.id, message, ...more});
}

async function soon(what, promise) {
    let timer;
    const late = new Promise((resolve) => {
        timer = setTimeout(() => resolve('late'), PATIENCE);
    });
    const result = await Promise.race([promise, late]);
    clearTimeout(timer);
    expect(result !== 'late', `${what}: nothing after ${PATIENCE / 1000} s`);
    return result;
}

// An event socket, and all frames it has received.
async function listen(token) {
    const heard = {events: [], missed: 0, reconnects: 0, waiting: [], socket: null};
    const sockets = new WebSocketClient({
        newWebSocketFn: (url) => {
            heard.socket = new WebSocket(url);
            return heard.socket;
        },
        minWebSocketRetryTime: 200,
        reconnectJitterRange: 10,
        maxWebSocketFails: 1000,
    });
    heard.wake = () => {
        heard.waiting = heard.waiting.filter(({holds, resolve}) => !holds() || resolve());
    };
    heard.until = (holds) => new Promise((resolve) => {
        heard.waiting.push({holds, resolve});
        heard.wake();
    });
    sockets.addMessageListener((event) => {
        heard.events.push(event);
        heard.wake();
    });
    sockets.addMissedMessageListener(() => {
        heard.missed += 1;
    });
    sockets.addReconnectListener(() => {
        heard.reconnects += 1;
        heard.wake();
    });
    sockets.initialize(`${env.JACKFIELD_URL.replace('http', 'ws')}/api/v4/websocket`, token);
    heard.close = () => sockets.close();
    await soon('the event hello', heard.until(() => heard.events.length > 0));
    expect(heard.events[0].event === 'hello', `the first event is hello, not ${shown(heard.events[0])}`);
    return heard;
}

const messages = (heard) => heard.events
    .filter((event) => event.event === 'posted')
    .map((event) => JSON.parse(event.data.post).message);

async function login() {
    const made = client();
    const account = await made.login(env.JACKFIELD_USERNAME, env.JACKFIELD_PASSWORD);
    expect(account.username === env.JACKFIELD_USERNAME, `logging in by password answers ${shown(account)}`);
    expect(made.getToken().length === 26, 'logging in by password gives a token');
    const me = await own().getMe();
    expect(me.id === account.id, `the token is the same account's: ${shown(me)}`);
    await made.logout();
    const refused = await client('nonsense').getMe().then(() => null, (error) => error);
    expect(refused?.status_code === 401, `a token that opens nothing is refused: ${shown(refused)}`);
    const wrong = await client().login(env.JACKFIELD_USERNAME, 'wrong').then(() => null, (error) => error);
    expect(wrong?.status_code === 401 && wrong.message, `a wrong password is refused: ${shown(wrong)}`);
}

async function places() {
    const made = own();
    const teams = await made.getMyTeams();
    const team = teams.find((one) => one.name === TEAM);
    expect(team, `the account's teams are ${shown(teams)}`);
    const channels = await made.getMyChannels(team.id);
    expect(channels.some((one) => one.name === CHANNEL), `the account's channels are ${shown(channels)}`);
    const all = await made.getChannels(team.id);
    expect(all.some((one) => one.name === CHANNEL), `the public channels are ${shown(all)}`);
}

async function post() {
    const made = own();
    const channel = await townSquare(made);
    const said = await say(made, channel, 'from @mattermost/client');
    expect(said.message === 'from @mattermost/client', `a post answers ${shown(said)}`);
    const listed = await made.getPosts(channel.id);
    expect(listed.order[0] === said.id, `the post is the channel's last: ${shown(listed.order)}`);
}

async function thread() {
    const made = own();
    const channel = await townSquare(made);
    const root = await say(made, channel, 'root');
    const reply = await say(made, channel, 'reply', {root_id: root.id});
    expect(reply.root_id === root.id, `the reply is in the thread: ${shown(reply)}`);
    const listed = await made.getPostThread(root.id);
    const ids = Object.keys(listed.posts).sort();
    expect(shown(ids) === shown([root.id, reply.id].sort()), `the thread has both: ${shown(listed)}`);
}

async function events() {
    const by = other();
    const channel = await townSquare(by);
    const heard = await listen(env.JACKFIELD_TOKEN);
    await say(by, channel, 'one');
    await say(by, channel, `two for @${env.JACKFIELD_USERNAME}`);
    await soon('two posts', heard.until(() => messages(heard).length === 2));
    heard.close();
    const [, one, two] = heard.events;
    expect(one.event === 'posted' && one.data.channel_name === CHANNEL, `the first is ${shown(one)}`);
    expect(one.data.mentions === undefined, `no user is mentioned in the first: ${shown(one)}`);
    const me = await own().getMe();
    expect(two.data.mentions === shown([me.id]), `the second mentions the account: ${shown(two)}`);
}

// The socket breaks five times, with posts before, while it is down, and while it comes back.
async function resume() {
    const by = other();
    const channel = await townSquare(by);
    const heard = await listen(env.JACKFIELD_TOKEN);
    const said = [];
    const next = async () => {
        said.push(`resume ${said.length}`);
        await say(by, channel, said.at(-1));
    };
    for (let round = 1; round <= 5; round += 1) {
        await next();
        await soon('a post', heard.until(() => messages(heard).length === said.length));
        const broken = heard.socket;
        // All later frames are dropped, as on a broken network.
        broken.onmessage = () => {};
        await next();
        broken.terminate();
        for (let number = 0; number < 5; number += 1) {
            await next();
        }
        const coming = soon('the socket comes back', heard.until(() => heard.reconnects === round));
        while (heard.reconnects < round) {
            await next();
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        await coming;
        await next();
    }
    await soon('every post', heard.until(() => messages(heard).length >= said.length));
    heard.close();
    expect(shown(messages(heard)) === shown(said), `each post once and in order: ${shown(messages(heard))}`);
    expect(heard.missed === 0, 'the library never had to start over');
    expect(heard.events.filter((event) => event.event === 'hello').length === 1, 'there is one hello');
    expect(heard.events.every((event, index) => event.seq === index), 'events are numbered without gaps');
}

async function edit() {
    const made = own();
    const said = await say(made, await townSquare(made), 'before');
    const edited = await made.patchPost({id: said.id, message: 'after'});
    expect(edited.message === 'after' && edited.edit_at > 0, `the edited post is ${shown(edited)}`);
    expect((await made.getPost(said.id)).message === 'after', 'the edit lasts');
    expect((await made.deletePost(said.id)).status === 'OK', 'deleting answers OK');
    const gone = await made.getPost(said.id).then(() => null, (error) => error);
    expect(gone?.status_code === 404, `a deleted post is not found: ${shown(gone)}`);
}

async function react() {
    const made = own();
    const me = await made.getMe();
    const said = await say(made, await townSquare(made), 'react to this');
    const reaction = await made.addReaction(me.id, said.id, 'thumbsup');
    expect(reaction.emoji_name === 'thumbsup', `a reaction answers ${shown(reaction)}`);
    const listed = await made.getReactionsForPost(said.id);
    expect(shown(listed.map((one) => one.emoji_name)) === '["thumbsup"]', `the reactions are ${shown(listed)}`);
    const back = await made.removeReaction(me.id, said.id, 'thumbsup');
    expect(back.status === 'OK', `taking a reaction back answers ${shown(back)}`);
}

async function upload() {
    const made = own();
    const channel = await townSquare(made);
    const form = new FormData();
    form.append('channel_id', channel.id);
    form.append('client_ids', 'one');
    form.append('files', new Blob(['kept exactly\n'], {type: 'text/plain'}), 'notes.txt');
    const uploaded = await made.uploadFile(form);
    const [info] = uploaded.file_infos;
    expect(info.name === 'notes.txt' && info.size === 13, `an upload answers ${shown(uploaded)}`);
    expect(uploaded.client_ids[0] === 'one', `an upload echoes the client's id: ${shown(uploaded)}`);
    const said = await say(made, channel, 'with a file', {file_ids: [info.id]});
    expect(shown(said.file_ids) === shown([info.id]), `the post has the file: ${shown(said)}`);
    const headers = {Authorization: `Bearer ${env.JACKFIELD_TOKEN}`};
    const file = await fetch(made.getFileUrl(info.id), {headers});
    expect(await file.text() === 'kept exactly\n', 'the file comes back as it was');
}

async function search() {
    const made = own();
    const channel = await townSquare(made);
    const said = await say(made, channel, 'the quince is on the shelf');
    const found = await made.searchPosts(channel.team_id, 'quince', false);
    expect(shown(found.order) === shown([said.id]), `the search finds ${shown(found)}`);
}

// The events that the library's socket receives.
async function changes() {
    const by = other();
    const channel = await townSquare(by);
    const me = await by.getMe();
    const heard = await listen(env.JACKFIELD_TOKEN);
    const form = new FormData();
    form.append('channel_id', channel.id);
    form.append('files', new Blob(['notes'], {type: 'text/plain'}), 'notes.txt');
    const uploaded = await by.uploadFile(form);
    const said = await say(by, channel, 'before', {file_ids: [uploaded.file_infos[0].id]});
    await by.patchPost({id: said.id, message: 'after'});
    await by.addReaction(me.id, said.id, 'thumbsup');
    await by.removeReaction(me.id, said.id, 'thumbsup');
    await by.deletePost(said.id);
    await soon('the events', heard.until(() => heard.events.length === 6));
    heard.close();
    const names = heard.events.map((event) => event.event);
    const expected = ['hello', 'posted', 'post_edited', 'reaction_added', 'reaction_removed', 'post_deleted'];
    expect(shown(names) === shown(expected), `the events are ${shown(names)}`);
    const [, posted, edited, added, removed, deleted] = heard.events.map(({data}) => data);
    const [file] = JSON.parse(posted.post).metadata.files;
    expect(file.name === 'notes.txt' && posted.otherFile === 'true', `the post is ${shown(posted)}`);
    const changed = JSON.parse(edited.post);
    expect(changed.message === 'after' && shown(changed.file_ids) === shown(said.file_ids), `the edit is ${shown(edited)}`);
    for (const {reaction} of [added, removed]) {
        const {post_id: id, emoji_name: name} = JSON.parse(reaction);
        expect(id === said.id && name === 'thumbsup', `the reaction is ${reaction}`);
    }
    expect(JSON.parse(deleted.post).id === said.id, `the deleted post is ${shown(deleted)}`);
}

// A custom emoji, from its upload to a reaction with it, and the requests about slash commands.
async function emoji() {
    const made = own();
    const me = await made.getMe();
    const picture = Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
        'base64',
    );
    const heard = await listen(env.JACKFIELD_OTHER_TOKEN);
    const file = new File([picture], 'dot.png', {type: 'image/png'});
    const created = await made.createCustomEmoji({creator_id: me.id, name: 'dot'}, file);
    expect(created.name === 'dot' && created.creator_id === me.id, `a new emoji answers ${shown(created)}`);
    await soon('the event emoji_added', heard.until(() => heard.events.some(({event}) => event === 'emoji_added')));
    heard.close();
    expect((await made.getCustomEmojiByName('dot')).id === created.id, 'the emoji is found by its name');
    expect((await made.getCustomEmojis()).some((one) => one.id === created.id), 'the emoji is listed');
    const found = await made.searchCustomEmoji('do', {prefix_only: true});
    expect(found.length === 1 && found[0].id === created.id, `the search finds ${shown(found)}`);
    const completed = await made.autocompleteCustomEmoji('do');
    expect(shown(completed.map((one) => one.name)) === '["dot"]', `the completion is ${shown(completed)}`);
    const headers = {Authorization: `Bearer ${env.JACKFIELD_TOKEN}`};
    const image = await fetch(made.getCustomEmojiImageUrl(created.id), {headers});
    expect(Buffer.from(await image.arrayBuffer()).equals(picture), 'the picture comes back as it was');
    const channel = await townSquare(made);
    const said = await say(made, channel, 'a post with :dot:');
    const reaction = await made.addReaction(me.id, said.id, 'dot');
    expect(reaction.emoji_name === 'dot', `a reaction with it answers ${shown(reaction)}`);
    expect((await made.deleteCustomEmoji(created.id)).status === 'OK', 'deleting it answers OK');
    const commands = await made.getAutocompleteCommandsList(channel.team_id);
    const suggested = await made.getCommandAutocompleteSuggestionsList('/', channel.team_id, {channel_id: channel.id});
    expect(Array.isArray(commands) && Array.isArray(suggested), `commands are ${shown([commands, suggested])}`);
}

// A thread, from its first reply to the last unread one.
async function threads() {
    const [made, by] = [own(), other()];
    const [me, channel] = [await made.getMe(), await townSquare(made)];
    const answering = await by.getMe();
    const root = await say(made, channel, 'thread root');
    const reply = await say(by, channel, 'thread reply', {root_id: root.id});
    const listed = await made.getUserThreads(me.id, channel.team_id, {extended: true});
    const [first] = listed.threads;
    expect(first.id === root.id && first.unread_replies === 1, `the threads are ${shown(listed)}`);
    expect(first.participants.some((one) => one.username === answering.username), `the participants are ${shown(first)}`);
    await made.updateThreadReadForUser(me.id, channel.team_id, root.id, reply.create_at);
    const read = await made.getUserThread(me.id, channel.team_id, root.id);
    expect(read.unread_replies === 0 && read.reply_count === 1, `the read thread is ${shown(read)}`);
    await made.updateThreadFollowForUser(me.id, channel.team_id, root.id, false);
    const collapsed = await made.getPosts(channel.id, 0, 60, true, true, false);
    expect(!collapsed.order.includes(reply.id), `collapsed threads leave replies out: ${shown(collapsed.order)}`);
    expect(collapsed.posts[root.id].is_following === false, `the root is ${shown(collapsed.posts[root.id])}`);
    await made.updateThreadsReadForUser(me.id, channel.team_id);
}

// The sidebar, and the event of a change to it.
async function sidebar() {
    const made = own();
    const [me, channel] = [await made.getMe(), await townSquare(made)];
    const before = await made.getChannelCategories(me.id, channel.team_id);
    expect(before.categories.length === 3, `the categories are ${shown(before)}`);
    const heard = await listen(env.JACKFIELD_TOKEN);
    const wanted = {user_id: me.id, team_id: channel.team_id, display_name: 'Mine', channel_ids: [channel.id]};
    const created = await made.createChannelCategory(me.id, channel.team_id, wanted);
    const isCreated = ({event}) => event === 'sidebar_category_created';
    await soon('the event of the category', heard.until(() => heard.events.some(isCreated)));
    heard.close();
    expect(shown(created.channel_ids) === shown([channel.id]), `a category answers ${shown(created)}`);
    const {order} = await made.getChannelCategories(me.id, channel.team_id);
    const turned = await made.updateChannelCategoryOrder(me.id, channel.team_id, [...order].reverse());
    expect(shown(turned) === shown([...order].reverse()), `the order is ${shown(turned)}`);
    await made.deleteChannelCategory(me.id, channel.team_id, created.id);
}

// What the web application asks beside messages.
async function application() {
    const made = own();
    const [me, channel] = [await made.getMe(), await townSquare(made)];
    const draft = await made.upsertDraft({user_id: me.id, channel_id: channel.id, message: 'unfinished', root_id: ''});
    expect(draft.message === 'unfinished', `a draft answers ${shown(draft)}`);
    expect((await made.getUserDrafts(channel.team_id)).length === 1, 'the draft is listed');
    await made.deleteDraft(channel.id);
    await made.updateCustomStatus({emoji: 'tada', text: 'busy', duration: ''});
    const {props} = await made.getMe();
    expect(JSON.parse(props.customStatus).text === 'busy', `the custom status is ${shown(props)}`);
    await made.unsetCustomStatus();
    const said = await say(made, channel, 'the first words');
    await made.patchPost({id: said.id, message: 'the second words'});
    const history = await made.getPostEditHistory(said.id);
    expect(shown(history.map((one) => one.message)) === '["the first words"]', `the history is ${shown(history)}`);
    const info = await made.getPostInfo(said.id);
    expect(info.channel_id === channel.id && info.team_id === channel.team_id, `the post is at ${shown(info)}`);
    const later = Math.floor(said.create_at / 1000) + 3600;
    expect((await made.addPostReminder(me.id, said.id, later)).status === 'OK', 'a reminder is set');
    const counts = await made.getChannelsMemberCount([channel.id]);
    expect(counts[channel.id] >= 2, `the members are ${shown(counts)}`);
    const memberships = await made.getAllChannelsMembers(me.id);
    expect(memberships.some((one) => one.channel_id === channel.id), `the memberships are ${shown(memberships)}`);
    const found = await made.searchAllChannels('town', {nonAdminSearch: true});
    expect(found.some((one) => one.id === channel.id), `the search finds ${shown(found)}`);
    await made.readMultipleChannels([channel.id]);
    const added = await other().addUsersToTeamGracefully(channel.team_id, [me.id]);
    expect(added[0].user_id === me.id && added[0].error === null, `adding answers ${shown(added)}`);
    const files = await made.searchFilesWithParams(channel.team_id, {terms: 'nothing', is_or_search: false});
    expect(shown(files.order) === '[]', `the search of files finds ${shown(files)}`);
}

// What the server does not offer is refused as Mattermost does without a licence, or with 501.
async function absent() {
    const made = other();
    const channel = await townSquare(made);
    const status = (promise) => promise.then(() => 200, (error) => error.status_code);
    const statuses = await Promise.all([
        status(made.getGroups({})),
        status(made.getCloudLimits()),
        status(made.getChannelBookmarks(channel.id)),
        status(made.getScheduledPosts(channel.team_id, true)),
        status(made.getRecaps()),
    ]);
    expect(shown(statuses) === '[501,400,501,501,501]', `the statuses are ${shown(statuses)}`);
}

const STEPS = {
    login, places, post, thread, events, resume, edit, react, upload, search, changes, emoji, threads, sidebar,
    application, absent,
};

for (const name of process.argv.slice(2)) {
    expect(STEPS[name], `there is no step ${name}; there are ${Object.keys(STEPS).join(', ')}`);
    try {
        await STEPS[name]();
    } catch (error) {
        expect(false, `step ${name} failed: ${error.stack} ${shown(error)}`);
    }
    process.stdout.write(`${name}: ok\n`);
}
process.exit(0);
