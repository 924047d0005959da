<?php
// Signs and calls the four methods of the signed API. PHP 7.4 or later, nothing else.
//   JACKFIELD_URL=http://127.0.0.1:8065 JACKFIELD_CODE=ci JACKFIELD_KEY=... php signed.php USERNAME

function call(string $method, array $parameters = [], ?array $body = null): array
{
    // The form that is signed is the one http_build_query writes.
    $query = http_build_query(['m' => 'im', 'f' => $method] + $parameters + ['code' => getenv('JACKFIELD_CODE')]);
    $token = md5(md5($query) . getenv('JACKFIELD_KEY'));
    $http = $body === null ? [] : ['method' => 'POST', 'content' => json_encode($body)];
    $http['header'] = 'Content-Type: application/json';
    $address = getenv('JACKFIELD_URL') . "/api.php?$query&token=$token";
    $text = file_get_contents($address, false, stream_context_create(['http' => $http]));
    echo $text, "\n";
    return json_decode($text, true);
}

$message = ['title' => 'Build passed', 'content' => '**main** is green', 'sender' => ['name' => 'PHP']];
$gid = array_key_first(call('getGroupChats')['data']);
call('getChatUsers', ['gid' => $gid]);
call('sendNotification', [], ['users' => [$argv[1]]] + $message);
call('sendChatMessage', [], ['gid' => $gid] + $message);
