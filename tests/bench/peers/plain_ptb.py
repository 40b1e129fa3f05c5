"""A plain python-telegram-bot: its own web server, one handler, answers by a call to the API."""

import asyncio

import uvloop
from sqlalchemy.ext.asyncio import async_sessionmaker
from telegram import Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from tests.bench.peers import PATH, Orders, book, orders, serve_until_stopped
from tests.bench.wire import HOST, TOKEN

SESSIONS = "sessions"


async def said(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Check in whoever says anything."""
    message = update.effective_message
    if message is None or message.from_user is None:
        return
    async with context.bot_data[SESSIONS]() as session:
        answer = await book.check_in(session, message.from_user.id, book.day_of(message.date))
    await message.reply_text(answer)


async def tapped(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Check in whoever taps anything."""
    query, message = update.callback_query, update.effective_message
    if query is None or message is None:
        return
    async with context.bot_data[SESSIONS]() as session:
        answer = await book.check_in(session, query.from_user.id, book.today())
    await query.answer()
    await message.reply_text(answer)


async def serve(told: Orders) -> None:
    """Run the bot until it is stopped; what `run_webhook` does, plus the line on stdout."""
    engine = book.connect(told.database)
    application = (
        Application.builder()
        .token(TOKEN)
        .base_url(f"{told.api}/bot")
        .concurrent_updates(True)  # noqa: FBT003 - the builder's own way
        .build()
    )
    application.bot_data[SESSIONS] = async_sessionmaker(engine, expire_on_commit=False)
    application.add_handler(MessageHandler(filters.TEXT, said))
    application.add_handler(CallbackQueryHandler(tapped))
    async with application:
        await application.start()
        if application.updater is None:
            raise RuntimeError("the builder makes an updater unless told otherwise")
        await application.updater.start_webhook(
            HOST, told.port, PATH, webhook_url=told.address, secret_token=told.secret
        )
        await serve_until_stopped()
        await application.updater.stop()
        await application.stop()
    await engine.dispose()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(orders()))
