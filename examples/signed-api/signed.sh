#!/bin/sh
# Signs and calls the four methods of the signed API. Needs curl and md5sum.
#   JACKFIELD_URL=http://127.0.0.1:8065 JACKFIELD_CODE=ci JACKFIELD_KEY=... sh signed.sh USERNAME
set -eu

md5() {
    printf %s "$1" | md5sum | cut -d' ' -f1
}

# call QUERY [curl's options]: the query is signed in the order in which it is sent, blanks as `+`.
call() {
    query=$1
    shift
    token=$(md5 "$(md5 "$query")$JACKFIELD_KEY")
    curl -sS "$@" "$JACKFIELD_URL/api.php?$query&token=$token"
    echo
}

groups=$(call "m=im&f=getGroupChats&code=$JACKFIELD_CODE")
gid=$(printf %s "$groups" | sed 's/.*"data":{"\([^"]*\)".*/\1/')
echo "$groups"
call "m=im&f=getChatUsers&gid=$gid&code=$JACKFIELD_CODE"
call "m=im&f=sendNotification&code=$JACKFIELD_CODE" --data \
    '{"users": ["'"$1"'"], "title": "Build passed", "content": "**main** is green", "sender": {"name": "sh"}}'
call "m=im&f=sendChatMessage&code=$JACKFIELD_CODE" --data \
    '{"gid": "'"$gid"'", "title": "Build passed", "content": "**main** is green", "sender": {"name": "sh"}}'
