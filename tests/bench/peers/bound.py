"""The upper bound of a Python webhook worker: parses, answers, and remembers nothing."""

import asyncio
import hmac
import socket

import orjson
import telegram
import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.peers import PATH, Orders, book, orders, serve_until_stopped
from tests.bench.wire import HOST


def webhook(secret: str) -> Starlette:
    """Return an application that answers every message in the response to its update."""
    expected = secret.encode()

    async def heard(request: Request) -> Response:
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        if not hmac.compare_digest(given.encode(), expected):
            return Response(status_code=403)
        update = telegram.Update.de_json(orjson.loads(await request.body()), None)
        chat = update.effective_chat
        if chat is None:
            return Response()
        answer = {"method": "sendMessage", "chat_id": chat.id, "text": book.PAID}
        return Response(orjson.dumps(answer), media_type="application/json")

    return Starlette(routes=[Route(f"/{PATH}", heard, methods=["POST"])])


class Server(uvicorn.Server):
    """Tells when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port, and tell."""
        await super().startup(sockets)
        self.up.set()


async def serve(told: Orders) -> None:
    """Run until stopped."""
    config = uvicorn.Config(
        webhook(told.secret),
        host=HOST,
        port=told.port,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    server = Server(config)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(server.serve())
        await server.up.wait()
        await serve_until_stopped()
        server.should_exit = True


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(orders()))
