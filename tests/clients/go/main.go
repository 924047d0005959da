// Tests the host with Mattermost's own Go client, which its command line and many bots are built on.
//
// Usage: client STEP... with JACKFIELD_URL, JACKFIELD_USERNAME, JACKFIELD_PASSWORD, JACKFIELD_TOKEN (the same
// account's) and JACKFIELD_OTHER_TOKEN (an administrator's of the same channel) in the environment. Prints a sentence
// and fails on the first expectation that does not hold.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

const (
	team    = "main"
	channel = "town-square"

	// A guard against hanging; every step is expected to be fast.
	patience = 30 * time.Second

	// The shortest piece of an upload that does not end it.
	piece = 5 << 20
)

var ctx = context.Background()

// A place is a client with what its steps need: its account, the team and the channel.
type place struct {
	*model.Client4
	me      *model.User
	team    *model.Team
	channel *model.Channel
}

func main() {
	for _, name := range os.Args[1:] {
		step, known := steps[name]
		expect(known, "there is no step %s", name)
		step()
		fmt.Printf("%s: ok\n", name)
	}
}

var steps = map[string]func(){
	"login":       login,
	"places":      places,
	"channels":    channels,
	"posts":       posts,
	"events":      events,
	"reactions":   reactions,
	"uploads":     uploads,
	"threads":     threads,
	"categories":  categories,
	"preferences": preferences,
	"people":      people,
	"drafts":      drafts,
	"admin":       admin,
	"absent":      absent,
}

func expect(holds bool, sentence string, values ...any) {
	if !holds {
		fmt.Fprintf(os.Stderr, "model.Client4: "+sentence+"\n", values...)
		os.Stderr.Write(debug.Stack())
		os.Exit(1)
	}
}

// must returns what a call answers, which has to succeed.
func must[T any](value T, _ *model.Response, err error) T {
	expect(err == nil, "a call failed: %v", err)
	return value
}

// done checks a call without data.
func done(_ *model.Response, err error) {
	expect(err == nil, "a call failed: %v", err)
}

// refused checks that a call failed with this status.
func refused(response *model.Response, err error, status int) {
	expect(err != nil && response.StatusCode == status, "expected %d: %v (%v)", status, response, err)
}

func client(token string) *model.Client4 {
	made := model.NewAPIv4Client(os.Getenv("JACKFIELD_URL"))
	made.SetToken(token)
	return made
}

func at(token string) place {
	made := client(token)
	one := must(made.GetTeamByName(ctx, team, ""))
	return place{made, must(made.GetMe(ctx, "")), one, must(made.GetChannelByName(ctx, channel, one.Id, ""))}
}

func own() place   { return at(os.Getenv("JACKFIELD_TOKEN")) }
func other() place { return at(os.Getenv("JACKFIELD_OTHER_TOKEN")) }

func (p place) say(message, root string) *model.Post {
	return must(p.CreatePost(ctx, &model.Post{ChannelId: p.channel.Id, Message: message, RootId: root}))
}

func login() {
	made := client("")
	user := must(made.Login(ctx, os.Getenv("JACKFIELD_USERNAME"), os.Getenv("JACKFIELD_PASSWORD")))
	expect(user.Username == os.Getenv("JACKFIELD_USERNAME"), "the account is %v", user)
	expect(must(made.GetMe(ctx, "")).Id == user.Id, "the session is another account's")
	sessions := must(made.GetSessions(ctx, user.Id, ""))
	expect(len(sessions) > 0, "the account has no sessions")
	done(made.Logout(ctx))
	_, response, err := client("nonsense").GetMe(ctx, "")
	refused(response, err, 401)
}

func places() {
	p := own()
	expect(must(p.GetTeam(ctx, p.team.Id, "")).Name == team, "the team is found by its id")
	teams := must(p.GetTeamsForUser(ctx, p.me.Id, ""))
	expect(len(teams) == 1 && teams[0].Id == p.team.Id, "the teams are %v", teams)
	expect(must(p.GetTeamStats(ctx, p.team.Id, "")).TotalMemberCount >= 2, "the team has two members")
	expect(len(must(p.GetTeamMembers(ctx, p.team.Id, 0, 60, ""))) >= 2, "both members are listed")
	mine := must(p.GetChannelsForTeamForUser(ctx, p.team.Id, p.me.Id, false, ""))
	expect(len(mine) >= 2, "the account's channels are %v", mine)
	memberships := must(p.GetChannelMembersWithTeamData(ctx, p.me.Id, 0, 60))
	expect(len(memberships) >= 2 && memberships[0].TeamName == team, "the memberships are %v", memberships)
	expect(len(must(p.SearchTeams(ctx, &model.TeamSearch{Term: team}))) == 1, "the search finds the team")
}

func channels() {
	p, by := own(), other()
	made := must(p.CreateChannel(ctx, &model.Channel{
		TeamId: p.team.Id, Name: "gophers", DisplayName: "Gophers", Type: model.ChannelTypeOpen,
	}))
	header := "about Go"
	changed := must(p.PatchChannel(ctx, made.Id, &model.ChannelPatch{Header: &header}))
	expect(changed.Header == header, "the header is %q", changed.Header)
	must(p.AddChannelMember(ctx, made.Id, by.me.Id))
	expect(len(must(p.GetChannelMembers(ctx, made.Id, 0, 60, ""))) == 2, "the channel has two members")
	expect(must(p.GetChannelStats(ctx, made.Id, "", false)).MemberCount == 2, "the statistics count both")
	counts := must(p.GetChannelsMemberCount(ctx, []string{made.Id}))
	expect(counts[made.Id] == 2, "the counts are %v", counts)
	done(p.UpdateChannelNotifyProps(ctx, made.Id, p.me.Id, map[string]string{"desktop": "all"}))
	must(by.CreatePost(ctx, &model.Post{ChannelId: made.Id, Message: "unread"}))
	expect(must(p.GetChannelUnread(ctx, made.Id, p.me.Id)).MsgCount > 0, "the channel is unread")
	must(p.ViewChannel(ctx, p.me.Id, &model.ChannelView{ChannelId: made.Id}))
	expect(must(p.GetChannelUnread(ctx, made.Id, p.me.Id)).MsgCount == 0, "the channel is read")
	must(p.ReadMultipleChannels(ctx, p.me.Id, []string{made.Id}))
	found := must(p.SearchChannels(ctx, p.team.Id, &model.ChannelSearch{Term: "gopher"}))
	expect(len(found) == 1 && found[0].Id == made.Id, "the search finds %v", found)
	done(p.RemoveUserFromChannel(ctx, made.Id, by.me.Id))
	done(p.DeleteChannel(ctx, made.Id))
	expect(len(must(by.GetDeletedChannelsForTeam(ctx, p.team.Id, 0, 60, ""))) >= 1, "the channel is archived")
	expect(must(by.RestoreChannel(ctx, made.Id)).DeleteAt == 0, "the channel is restored")
	direct := must(p.CreateDirectChannel(ctx, p.me.Id, by.me.Id))
	expect(direct.Type == model.ChannelTypeDirect, "the direct channel is %v", direct)
}

func posts() {
	p := own()
	said := p.say("from Go, with quinces", "")
	after := "edited in Go, with quinces"
	edited := must(p.PatchPost(ctx, said.Id, &model.PostPatch{Message: &after}))
	expect(edited.Message == after && edited.EditAt > 0, "the edited post is %v", edited)
	expect(must(p.GetPost(ctx, said.Id, "")).Message == after, "the edit lasts")
	history := must(p.GetEditHistoryForPost(ctx, said.Id))
	expect(len(history) == 1 && history[0].Message == said.Message, "the history is %v", history)
	done(p.PinPost(ctx, said.Id))
	expect(len(must(p.GetPinnedPosts(ctx, p.channel.Id, "")).Order) >= 1, "the post is pinned")
	done(p.UnpinPost(ctx, said.Id))
	listed := must(p.GetPostsForChannel(ctx, p.channel.Id, 0, 10, "", false, false))
	expect(listed.Order[0] == said.Id, "the post is the channel's last: %v", listed.Order)
	since := must(p.GetPostsSince(ctx, p.channel.Id, said.CreateAt-1, false))
	expect(since.Posts[said.Id] != nil, "the post is among those since its time: %v", since.Order)
	found := must(p.SearchPosts(ctx, p.team.Id, "quinces", false))
	expect(len(found.Order) == 1 && found.Order[0] == said.Id, "the search finds %v", found.Order)
	reminder := &model.PostReminder{TargetTime: said.CreateAt/1000 + 3600, PostId: said.Id, UserId: p.me.Id}
	done(p.SetPostReminder(ctx, reminder))
	done(p.SetPostUnread(ctx, p.me.Id, said.Id, true))
	done(p.DeletePost(ctx, said.Id))
	_, response, err := p.GetPost(ctx, said.Id, "")
	refused(response, err, 404)
}

// next returns the next event of this type.
func next(socket *model.WebSocketClient, kind model.WebsocketEventType) *model.WebSocketEvent {
	late := time.After(patience)
	for {
		select {
		case event := <-socket.EventChannel:
			if event != nil && event.EventType() == kind {
				return event
			}
			expect(event != nil, "the socket closed: %v", socket.ListenError)
		case <-late:
			expect(false, "no event %s", kind)
		}
	}
}

func events() {
	p, by := own(), other()
	url := strings.Replace(os.Getenv("JACKFIELD_URL"), "http", "ws", 1)
	socket, err := model.NewWebSocketClient4(url, p.AuthToken)
	expect(err == nil, "the socket does not open: %v", err)
	socket.Listen()
	next(socket, model.WebsocketEventHello)
	said := by.say("hello @"+p.me.Username, "")
	posted := next(socket, model.WebsocketEventPosted)
	text, _ := posted.GetData()["post"].(string)
	mentions, _ := posted.GetData()["mentions"].(string)
	expect(strings.Contains(text, said.Id), "the event has the post: %s", text)
	expect(strings.Contains(mentions, p.me.Id), "the event names the mentioned account: %s", mentions)
	done(by.PublishUserTyping(ctx, by.me.Id, model.TypingRequest{ChannelId: p.channel.Id}))
	typing := next(socket, model.WebsocketEventTyping)
	expect(typing.GetData()["user_id"] == by.me.Id, "the event names who types: %v", typing.GetData())
	var statuses map[string]any
	socket.GetStatusesByIds([]string{p.me.Id})
	// The first reply belongs to the sign-in.
	for range 2 {
		select {
		case response := <-socket.ResponseChannel:
			expect(response.Status == model.StatusOk, "the reply is %v", response)
			statuses = response.Data
		case <-time.After(patience):
			expect(false, "no reply")
		}
	}
	expect(statuses[p.me.Id] != nil, "the statuses are %v", statuses)
	done(by.DeletePost(ctx, said.Id))
	next(socket, model.WebsocketEventPostDeleted)
	socket.Close()
}

func reactions() {
	p := own()
	said := p.say("react to this", "")
	reaction := &model.Reaction{UserId: p.me.Id, PostId: said.Id, EmojiName: "tada"}
	expect(must(p.SaveReaction(ctx, reaction)).EmojiName == "tada", "the reaction is kept")
	expect(len(must(p.GetReactions(ctx, said.Id))) == 1, "the reaction is listed")
	done(p.DeleteReaction(ctx, reaction))
	expect(len(must(p.GetReactions(ctx, said.Id))) == 0, "the reaction is gone")
}

func uploads() {
	p := own()
	sent := []byte("kept exactly by Go\n")
	uploaded := must(p.UploadFile(ctx, sent, p.channel.Id, "go.txt"))
	info := uploaded.FileInfos[0]
	expect(info.Name == "go.txt" && info.Size == int64(len(sent)), "the upload answers %v", info)
	post := &model.Post{ChannelId: p.channel.Id, Message: "with a file", FileIds: []string{info.Id}}
	expect(len(must(p.CreatePost(ctx, post)).FileIds) == 1, "the post has the file")
	expect(string(must(p.GetFile(ctx, info.Id))) == string(sent), "the file comes back as it was")
	expect(must(p.GetFileInfo(ctx, info.Id)).Extension == "txt", "the file has its facts")
	found := must(p.SearchFiles(ctx, p.team.Id, "go.txt", false))
	expect(len(found.Order) == 1 && found.Order[0] == info.Id, "the search finds %v", found.Order)
	large := strings.Repeat("Go", piece/2) + "!"
	session := must(p.CreateUpload(ctx, &model.UploadSession{
		Type: model.UploadTypeAttachment, ChannelId: p.channel.Id, Filename: "pieces.txt", FileSize: int64(len(large)),
	}))
	expect(session.FileOffset == 0, "the session begins at %d", session.FileOffset)
	_, _, err := p.UploadData(ctx, session.Id, strings.NewReader(large[:piece]))
	expect(err == nil, "the first piece: %v", err)
	expect(must(p.GetUpload(ctx, session.Id)).FileOffset == piece, "the session keeps the first piece")
	whole := must(p.UploadData(ctx, session.Id, strings.NewReader(large[piece:])))
	expect(string(must(p.GetFile(ctx, whole.Id))) == large, "the pieces are the file")
}

func threads() {
	p, by := own(), other()
	root := p.say("root", "")
	reply := by.say("reply", root.Id)
	expect(len(must(p.GetPostThread(ctx, root.Id, "", false)).Posts) == 2, "the thread has both posts")
	list := must(p.GetUserThreads(ctx, p.me.Id, p.team.Id, model.GetUserThreadsOpts{Extended: true}))
	expect(len(list.Threads) > 0 && list.Threads[0].PostId == root.Id, "the threads are %v", list.Threads)
	expect(list.Threads[0].UnreadReplies == 1 && list.TotalUnreadThreads > 0, "the reply is unread")
	one := must(p.GetUserThread(ctx, p.me.Id, p.team.Id, root.Id, true))
	expect(one.ReplyCount == 1 && one.LastReplyAt == reply.CreateAt, "the thread is %v", one)
	read := must(p.UpdateThreadReadForUser(ctx, p.me.Id, p.team.Id, root.Id, reply.CreateAt))
	expect(read.UnreadReplies == 0, "the thread is read")
	done(p.UpdateThreadFollowForUser(ctx, p.me.Id, p.team.Id, root.Id, false))
	done(p.UpdateThreadFollowForUser(ctx, p.me.Id, p.team.Id, root.Id, true))
	done(p.UpdateThreadsReadForUser(ctx, p.me.Id, p.team.Id))
}

func categories() {
	p := own()
	before := must(p.GetSidebarCategoriesForTeamForUser(ctx, p.me.Id, p.team.Id, ""))
	expect(len(before.Categories) == 3 && len(before.Order) == 3, "the categories are %v", before)
	wanted := &model.SidebarCategoryWithChannels{Channels: []string{p.channel.Id}}
	wanted.UserId, wanted.TeamId, wanted.DisplayName = p.me.Id, p.team.Id, "Go"
	made := must(p.CreateSidebarCategoryForTeamForUser(ctx, p.me.Id, p.team.Id, wanted))
	expect(made.DisplayName == "Go" && len(made.Channels) == 1, "the category is %v", made)
	made.DisplayName, made.Collapsed = "Gophers", true
	changed := must(p.UpdateSidebarCategoryForTeamForUser(ctx, p.me.Id, p.team.Id, made.Id, made))
	expect(changed.DisplayName == "Gophers" && changed.Collapsed, "the category is %v", changed)
	order := must(p.GetSidebarCategoryOrderForTeamForUser(ctx, p.me.Id, p.team.Id, ""))
	expect(len(order) == 4, "the order is %v", order)
	done(p.DeleteSidebarCategoryForTeamForUser(ctx, p.me.Id, p.team.Id, made.Id))
}

func preferences() {
	p := own()
	wanted := model.Preferences{{UserId: p.me.Id, Category: "display_settings", Name: "use_military_time", Value: "true"}}
	done(p.UpdatePreferences(ctx, p.me.Id, wanted))
	one := must(p.GetPreferenceByCategoryAndName(ctx, p.me.Id, "display_settings", "use_military_time"))
	expect(one.Value == "true", "the preference is %v", one)
	expect(len(must(p.GetPreferences(ctx, p.me.Id))) > 0, "the preference is listed")
	done(p.DeletePreferences(ctx, p.me.Id, wanted))
}

func people() {
	p, by := own(), other()
	expect(must(p.GetUserByUsername(ctx, by.me.Username, "")).Id == by.me.Id, "an account is found by its name")
	expect(len(must(p.GetUsersByIds(ctx, []string{by.me.Id}))) == 1, "an account is found by its id")
	found := must(p.SearchUsers(ctx, &model.UserSearch{Term: by.me.Username}))
	expect(len(found) == 1 && found[0].Id == by.me.Id, "the search finds %v", found)
	must(p.AutocompleteUsersInChannel(ctx, p.team.Id, p.channel.Id, "a", 10, ""))
	nickname := "Gopher"
	expect(must(p.PatchUser(ctx, p.me.Id, &model.UserPatch{Nickname: &nickname})).Nickname == nickname, "the nickname")
	away := must(p.UpdateUserStatus(ctx, p.me.Id, &model.Status{UserId: p.me.Id, Status: model.StatusAway}))
	expect(away.Status == model.StatusAway, "the status is %v", away)
	expect(len(must(p.GetUsersStatusesByIds(ctx, []string{p.me.Id, by.me.Id}))) == 2, "both statuses are listed")
	custom := &model.CustomStatus{Emoji: "tada", Text: "in Go"}
	_, _, err := p.UpdateUserCustomStatus(ctx, p.me.Id, custom)
	expect(err == nil, "the custom status: %v", err)
	done(p.RemoveUserCustomStatus(ctx, p.me.Id))
	expect(len(must(p.GetProfileImage(ctx, by.me.Id, ""))) > 0, "an account has a picture")
	expect(len(must(p.GetSupportedTimezone(ctx))) > 100, "there are time zones")
	must(p.GetUserAudits(ctx, p.me.Id, 0, 10, ""))
}

func drafts() {
	p := own()
	draft := &model.Draft{UserId: p.me.Id, ChannelId: p.channel.Id, Message: "unfinished"}
	expect(must(p.UpsertDraft(ctx, draft)).Message == "unfinished", "the draft is kept")
	expect(len(must(p.GetDrafts(ctx, p.me.Id, p.team.Id))) == 1, "the draft is listed")
	_, _, err := p.DeleteDraft(ctx, p.me.Id, p.channel.Id, "")
	expect(err == nil, "deleting the draft: %v", err)
}

// admin makes the calls of Mattermost's command line.
func admin() {
	p := other()
	expect(must(p.GetPing(ctx)) == model.StatusOk, "the server is well")
	made := must(p.CreateTeam(ctx, &model.Team{Name: "gophers", DisplayName: "Gophers", Type: model.TeamOpen}))
	description := "about Go"
	changed := must(p.PatchTeam(ctx, made.Id, &model.TeamPatch{Description: &description}))
	expect(changed.Description == description, "the description is %q", changed.Description)
	user := must(p.CreateUser(ctx, &model.User{
		Username: "gopher", Email: "gopher@example.org", Password: "password-of-gopher",
	}))
	must(p.AddTeamMember(ctx, made.Id, user.Id))
	done(p.UpdateUserRoles(ctx, user.Id, "system_user system_admin"))
	bot := must(p.CreateBot(ctx, &model.Bot{Username: "gobot", DisplayName: "Go", Description: "digs"}))
	expect(must(p.GetBot(ctx, bot.UserId, "")).Description == "digs", "the bot is found")
	token := must(p.CreateUserAccessToken(ctx, bot.UserId, "for Go"))
	expect(must(client(token.Token).GetMe(ctx, "")).IsBot, "the token is the bot's")
	done(p.RevokeUserAccessToken(ctx, token.Id))
	hook := must(p.CreateIncomingWebhook(ctx, &model.IncomingWebhook{ChannelId: p.channel.Id, DisplayName: "Go"}))
	expect(hook.ChannelId == p.channel.Id, "the hook is %v", hook)
	roles := must(p.GetRolesByNames(ctx, []string{model.SystemUserRoleId, model.TeamAdminRoleId}))
	expect(len(roles) == 2, "the roles are %v", roles)
	must(p.ListCommands(ctx, p.team.Id, false))
	expect(len(must(p.GetKnownUsers(ctx))) > 0, "the other account is known")
	must(p.GetPostsUsage(ctx))
	done(p.SoftDeleteTeam(ctx, made.Id))
}

// absent calls what the server does not offer.
func absent() {
	p := other()
	_, response, err := p.GetGroups(ctx, model.GroupSearchOpts{})
	refused(response, err, 501)
	_, response, err = p.GetLdapGroups(ctx)
	refused(response, err, 501)
}
