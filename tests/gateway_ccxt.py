"""Trades on a gateway by Python's ccxt, unaltered: argv is its address, key and secret. Prints what it came to as JSON."""
import asyncio
import json
import sys

import ccxt
import ccxt.pro

ADDRESS, KEY, SECRET = sys.argv[1:]
SYMBOL = "ZERO/USD"


def at_gateway(exchange):
    api = exchange.urls["api"]
    for name, address in api.items():
        if isinstance(address, str):
            api[name] = ADDRESS + "/" + address.split("/", 3)[3]
    sockets = ADDRESS.replace("http", "ws")
    if "ws" in api:
        api["ws"].update({"spot": sockets + "/stream/ws", "ws-api": {"spot": sockets + "/ws-api/v3"}})
    return exchange


def by_rest():
    exchange = at_gateway(ccxt.binance({"apiKey": KEY, "secret": SECRET, "enableRateLimit": False}))
    exchange.load_markets()
    bid = exchange.fetch_order_book(SYMBOL)["bids"][0][0]
    placed = exchange.create_order(SYMBOL, "limit", "buy", 2, bid - 5)
    amended = exchange.edit_order(placed["id"], SYMBOL, "limit", "buy", 1, bid - 4)
    cancelled = exchange.cancel_order(amended["id"], SYMBOL)
    bought = exchange.create_order(SYMBOL, "market", "buy", 3)
    return [each["status"] for each in (placed, amended, cancelled, bought)]


async def by_sockets():
    exchange = at_gateway(ccxt.pro.binance({"apiKey": KEY, "secret": SECRET, "enableRateLimit": False}))
    try:
        await exchange.load_markets()
        book = await exchange.watch_order_book(SYMBOL)
        await exchange.authenticate({"type": "spot"})
        mine = asyncio.create_task(exchange.watch_my_trades(SYMBOL))
        await asyncio.sleep(0)
        await exchange.create_order(SYMBOL, "market", "sell", 1)
        trades = [[trade["side"], trade["amount"]] for trade in await mine]
        total = (await exchange.fetch_balance())["total"]
        return {"crossed": book["bids"][0][0] >= book["asks"][0][0], "trades": trades, "total": total}
    finally:
        await exchange.close()


print(json.dumps({"statuses": by_rest(), **asyncio.run(by_sockets())}))
