"""An aiogram bot in its fastest documented way: answers in the webhook's response."""
# mypy: ignore-errors
# aiogram is installed for benchmarks only (requirements-bench.txt), not where types are checked.

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop
from aiogram import BaseMiddleware, Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import SendMessage, TelegramMethod
from aiogram.types import CallbackQuery, Message, TelegramObject
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from tests.bench.peers import PATH, Orders, book, orders, serve_until_stopped
from tests.bench.wire import HOST, TOKEN

router = Router()


class SessionPerUpdate(BaseMiddleware):
    """Hands a session to the handler, as aiogram's documentation shows."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Open a session around one update."""
        async with self.sessions() as session:
            data["session"] = session
            return await handler(event, data)


@router.message(F.text)
async def said(message: Message, session: AsyncSession) -> SendMessage | None:
    """Check in whoever says anything."""
    if message.from_user is None:
        return None
    day = book.day_of(message.date)
    return message.answer(await book.check_in(session, message.from_user.id, day))


@router.callback_query()
async def tapped(query: CallbackQuery, session: AsyncSession) -> TelegramMethod[bool]:
    """Check in whoever taps anything."""
    answer = await book.check_in(session, query.from_user.id, book.today())
    if query.message is not None:
        await query.message.answer(answer)
    return query.answer()


async def serve(told: Orders) -> None:
    """Run the bot until it is stopped."""
    engine = book.connect(told.database)
    bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(told.api)))
    dispatcher = Dispatcher()
    dispatcher.update.middleware(
        SessionPerUpdate(async_sessionmaker(engine, expire_on_commit=False))
    )
    dispatcher.include_router(router)
    application = web.Application()
    handler = SimpleRequestHandler(
        dispatcher, bot, handle_in_background=False, secret_token=told.secret
    )
    handler.register(application, path=f"/{PATH}")
    setup_application(application, dispatcher, bot=bot)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, told.port).start()
    await bot.set_webhook(told.address, secret_token=told.secret)
    await serve_until_stopped()
    await runner.cleanup()
    await engine.dispose()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(serve(orders()))
