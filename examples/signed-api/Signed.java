// Signs and calls the four methods of the signed API. Java 17 or later, nothing else.
//   JACKFIELD_URL=http://127.0.0.1:8065 JACKFIELD_CODE=ci JACKFIELD_KEY=... java Signed.java USERNAME
import java.net.URI;
import java.net.http.*;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

public class Signed {
    static final String CODE = System.getenv("JACKFIELD_CODE"), KEY = System.getenv("JACKFIELD_KEY");

    static String md5(String text) throws Exception {
        byte[] digest = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest);
    }

    // The query is signed in the order in which it is sent; values go through URLEncoder, then `*` to `%2A`.
    static String call(String method, String also, String body) throws Exception {
        String query = "m=im&f=" + method + also + "&code=" + CODE;
        String address = System.getenv("JACKFIELD_URL") + "/api.php?" + query + "&token=" + md5(md5(query) + KEY);
        var request = HttpRequest.newBuilder(URI.create(address));
        if (body != null) request.POST(HttpRequest.BodyPublishers.ofString(body));
        var answer = HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
        return answer.body();
    }

    public static void main(String[] arguments) throws Exception {
        String rest = "\"title\": \"Build passed\", \"content\": \"**main** is green\", \"sender\": {\"name\": \"Java\"}}";
        String gid = call("getGroupChats", "", null).replaceFirst(".*\"data\":\\{\"([^\"]*)\".*", "$1");
        call("getChatUsers", "&gid=" + gid, null);
        call("sendNotification", "", "{\"users\": [\"" + arguments[0] + "\"], " + rest);
        call("sendChatMessage", "", "{\"gid\": \"" + gid + "\", " + rest);
    }
}
