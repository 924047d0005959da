"""A mail server (aiosmtpd) that reports each mail as one line of JSON on stdout.

Usage: mail_server.py [--refuse CODE] [--times N] [--starttls | --tls] [--authority FILE]
                      [--user NAME --password TEXT]

The first line is {"port": N}; then follows one line per mail that was accepted or refused. `--refuse` refuses every
recipient, or the first N of them, with that code. With `--starttls` the server requires STARTTLS; with `--tls` it uses
TLS from the start. Its certificate is generated at the start, and its authority's certificate is written to FILE. The
server stops when stdin is closed.
"""

import argparse
import asyncio
import email
import email.policy
import json
import logging
import ssl
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


def tell(line):
    print(json.dumps(line), flush=True)


def parts(message):
    """Returns the text and the HTML of a mail."""
    found = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
    return found.get("text/plain"), found.get("text/html")


class Handler:
    def __init__(self, options):
        self.refuse, self.times = options.refuse, options.times

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if self.refuse and self.times != 0:
            self.times -= 1
            tell({"refused": address})
            return f"{self.refuse} not today"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text, html = parts(message)
        tell({
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in message.items()},
            "text": text,
            "html": html,
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "user": getattr(session.auth_data, "login", b"").decode(),
        })
        return "250 OK"


def context(options):
    """Returns a TLS context for this machine, and writes the file that lets a client trust it."""
    import trustme

    authority = trustme.CA()
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(made)
    if options.authority:
        authority.cert_pem.write_to_path(options.authority)
    return made


def authenticator(options):
    def check(server, session, envelope, mechanism, auth_data):
        given = (auth_data.login.decode(), auth_data.password.decode())
        if given == (options.user, options.password):
            return AuthResult(success=True, auth_data=auth_data)
        tell({"refused": given[0]})
        return AuthResult(success=False, handled=False)

    return check


async def serve(options):
    handler = Handler(options)
    settings = {"hostname": "localhost"}
    wrapped = None
    if options.starttls:
        settings.update(tls_context=context(options), require_starttls=True)
    if options.tls:
        wrapped = context(options)
    if options.user:
        settings.update(authenticator=authenticator(options), auth_required=True, auth_require_tls=bool(options.starttls))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, **settings), "127.0.0.1", 0, ssl=wrapped)
    tell({"port": server.sockets[0].getsockname()[1]})
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    # Mails are reported above; the library's warnings about lost clients and sign-ins without STARTTLS are noise.
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--refuse", type=int)
    parser.add_argument("--times", type=int, default=-1)
    parser.add_argument("--starttls", action="store_true")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--authority")
    parser.add_argument("--user")
    parser.add_argument("--password")
    asyncio.run(serve(parser.parse_args()))
